"""Grades what a student has who has not begun, and counts the tests of each lab."""

from __future__ import annotations

import json
import unittest

from kit import ROOT, KitTest, need, run

from cairn_grader.catalogue import lab_numbers

ORDER = 40

LABS = lab_numbers(ROOT)
#: How many points the skeletons may earn at most.
SKELETON_SHARE = 0.05


class Skeleton(KitTest):
    """The skeletons, generated anew."""

    def setUp(self) -> None:
        super().setUp()
        self.labs = self.folder / "labs"
        run("sh", ROOT / "scripts/skeleton.sh", ROOT / "solutions", self.labs)

    def must_earn_little(self, lab: int, share: float, exercise: str, *words: str) -> None:
        """Grade; next to nothing is earned, and an exercise is named as the next one."""
        file = self.folder / "result.json"
        command = [ROOT / "grader/grade", "--lab", str(lab), "--json", file, *words]
        command += ["--submission", self.labs, "--build", self.folder / "build"]
        done = self.must_end_with(1, *command, timeout=250)
        result = json.loads(file.read_text(encoding="utf-8"))
        self.assertLessEqual(result["points"], share * result["max_points"])
        self.assertIn(f"Next: exercise {exercise},", done.stdout)

    @need("qemu-system-i386")
    def test_skeletons_earn_at_most_5_percent(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}, those before it done"):
                done = ",".join(str(number) for number in LABS if number < lab)
                reference = [f"--ref={done}"] if done else []
                self.must_earn_little(lab, SKELETON_SHARE, f"lab{lab}.ex1", *reference)

    @need("qemu-system-i386")
    def test_skeletons_of_all_labs_earn_nothing_for_the_last(self) -> None:
        self.must_earn_little(LABS[-1], 0, "lab1.ex1")


class Catalogue(unittest.TestCase):
    """The lists of tests."""

    def test_every_lab_has_enough_tests(self) -> None:
        for lab in LABS:
            listed = run(ROOT / "grader/grade", "--lab", str(lab), "--list").stdout
            self.assertGreaterEqual(len(listed.strip().splitlines()), 30)


if __name__ == "__main__":
    unittest.main()
