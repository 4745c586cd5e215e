"""Grades what a student has who has not begun, and the reference in Bochs.

The reference of all labs in QEMU, and of the last one in Bochs, is graded by test_demo.py.
"""

from __future__ import annotations

import json
import re
import unittest
from pathlib import Path
from typing import Any, Dict, Tuple

from kit import ROOT, KitTest, need, run

from cairn_grader import scouts
from cairn_grader.catalogue import lab_numbers
from cairn_grader.elf import Elf

ORDER = 7

LABS = lab_numbers(ROOT)
#: How many points the skeletons may earn at most.
SKELETON_SHARE = 0.05


def must_earn_everything(test: unittest.TestCase, result: Dict[str, Any]) -> None:
    """One part for each test of a result, and one for the points."""
    what = f"lab {result['lab']}, {' and '.join(result['emulators'])}"
    for one in result["tests"]:
        with test.subTest(f"{what}: {one['name']}"):
            test.assertTrue(one["passed"], json.dumps(one["outcomes"], indent=2)[:4000])
    with test.subTest(f"{what}: points"):
        test.assertEqual((result["points"], result["max_points"]), (100, 100))


class Solution(KitTest):
    """The reference solution."""

    @need("bochs", "grub-mkrescue")
    def test_in_bochs(self) -> None:
        file = self.folder / "result.json"
        for lab in LABS[:-1]:
            command = [ROOT / "grader/grade", "--lab", str(lab), "--ref", "--emulator", "bochs"]
            command += ["--json", file, "--build", self.folder / "build"]
            self.must_succeed(*command, timeout=500)
            must_earn_everything(self, json.loads(file.read_text(encoding="utf-8")))


class Skeleton(KitTest):
    """The skeletons, generated anew."""

    def setUp(self) -> None:
        super().setUp()
        self.labs = self.folder / "labs"
        run("sh", ROOT / "scripts/skeleton.sh", ROOT / "solutions", self.labs)

    def grade(self, lab: int, *words: str) -> Tuple[Dict[str, Any], str]:
        """Grade; the result, and what was printed."""
        file = self.folder / "result.json"
        command = [ROOT / "grader/grade", "--lab", str(lab), "--json", file, *words]
        command += ["--submission", self.labs, "--build", self.folder / "build"]
        done = self.must_end_with(1, *command, timeout=250)
        result: Dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return result, done.stdout

    def must_earn_little(self, lab: int, share: float, exercise: str, *words: str) -> None:
        """Grade; next to nothing is earned, and an exercise is named as the next one."""
        result, printed = self.grade(lab, *words)
        self.assertLessEqual(result["points"], share * result["max_points"])
        self.assertIn(f"Next: exercise {exercise},", printed)

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

    @need("qemu-system-i386")
    def test_one_boot_speaks_for_tests_that_end_at_the_same_hole(self) -> None:
        lab = LABS[0]
        result, printed = self.grade(lab, "--keep", "-j2")
        kept = re.search(r"^Files of the runs: (.*)$", printed, re.MULTILINE)
        assert kept is not None, printed
        boots = list(Path(kept.group(1)).glob("qemu-*"))
        self.assertLess(len(boots), len(result["tests"]) / 3)
        for test in result["tests"][:: len(result["tests"]) // 4]:
            with self.subTest(test["name"]):
                (alone,) = self.grade(lab, test["name"])[0]["tests"]
                self.assertEqual(what_counts(alone), what_counts(test))

    def test_a_kernel_without_tests_has_no_milestones(self) -> None:
        self.must_succeed("make", "-s", f"LAB={LABS[0]}", f"BUILD={self.folder}/plain", "kernel",
                          f"LABS={self.labs}", cwd=ROOT)  # fmt: skip
        kernel = next((self.folder / "plain").glob("*/kernel.elf"))
        self.assertEqual(scouts.milestones(Elf.load(kernel)), {})


def what_counts(test: Dict[str, Any]) -> Dict[str, Any]:
    """The result of a test without what differs between boots, the times of events."""
    outcomes = [{**outcome, "evidence": None, "trace": None} for outcome in test["outcomes"]]
    return {**test, "outcomes": outcomes}


class Catalogue(unittest.TestCase):
    """The lists of tests."""

    def test_every_lab_has_enough_tests(self) -> None:
        for lab in LABS:
            listed = run(ROOT / "grader/grade", "--lab", str(lab), "--list").stdout
            self.assertGreaterEqual(len(listed.strip().splitlines()), 30)


if __name__ == "__main__":
    unittest.main()
