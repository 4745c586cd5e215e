"""Grades the reference solution and the skeleton, and measures how long that takes."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from kit import ROOT, KitTest, Stopwatch, need, run

from cairn_grader.catalogue import lab_numbers

ORDER = 90
ALONE = True  # It measures time, and the grader keeps every core busy by itself.
LIMIT = 900

LABS = lab_numbers(ROOT)
#: Seconds that grading each lab takes on a machine with two cores that does nothing else.
SECONDS = {
    "qemu": {1: 10.0, 2: 20.0, 3: 30.0},
    "bochs": {1: 40.0, 2: 60.0, 3: 75.0},
}
BUILD_SECONDS = 5.0
#: How many points the skeletons may earn at most.
SKELETON_SHARE = 0.05


def grade(folder: Path, lab: int, *words: str) -> Dict[str, Any]:
    """Grade a lab; the result, with the exit status and the time that it took."""
    result = folder / "result.json"
    command = [ROOT / "grader/grade", "--lab", str(lab), "--json", result]
    watch = Stopwatch()
    done = run(*command, "--build", folder / "build", *words, timeout=300)
    watch.stop()
    if not result.is_file():
        raise AssertionError(f"no result: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found: Dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    found.update(status=done.returncode, watch=watch, text=done.stdout)
    result.unlink()
    return found


class Reference(unittest.TestCase):
    """The reference solution earns every point, on either emulator, the same way every time."""

    def everything_passes(self, lab: int, emulator: str) -> Dict[str, Any]:
        """Grade on one emulator; one part for each of the lab's tests."""
        with tempfile.TemporaryDirectory() as folder:
            result = grade(Path(folder), lab, "--ref", "--emulator", emulator)
        for test in result["tests"]:
            with self.subTest(f"lab {lab}, {emulator}: {test['name']}"):
                self.assertTrue(test["passed"], json.dumps(test["outcomes"], indent=2)[:4000])
        with self.subTest(f"lab {lab}, {emulator}: points and exit status"):
            self.assertEqual(result["points"], result["max_points"])
            self.assertEqual(result["max_points"], 100)
            self.assertEqual(result["status"], 0)
        return result

    def is_quick(self, lab: int, emulator: str, result: Dict[str, Any]) -> None:
        """The time, image included, is within what is promised."""
        limit = SECONDS[emulator][lab]
        with self.subTest(f"lab {lab}, {emulator}: at most {limit:.0f} s"):
            result["watch"].must_be_at_most(self, limit)

    @need("qemu-system-i386")
    def test_reference(self) -> None:
        for lab in LABS:
            first = self.everything_passes(lab, "qemu")
            self.is_quick(lab, "qemu", first)
            with tempfile.TemporaryDirectory() as folder:
                second = grade(Path(folder), lab, "--ref", "--emulator", "qemu", "-j", "1")
            with self.subTest(f"lab {lab}, qemu: one test at a time gives identical traces"):
                self.assertEqual(self.traces(first), self.traces(second))

    @need("bochs", "grub-mkrescue")
    def test_reference_in_bochs(self) -> None:
        for lab in LABS:
            self.is_quick(lab, "bochs", self.everything_passes(lab, "bochs"))

    def traces(self, result: Dict[str, Any]) -> Dict[str, Any]:
        """The fingerprints of all traces, by test."""
        return {
            test["name"]: [outcome["trace"] for outcome in test["outcomes"]]
            for test in result["tests"]
        }

    def test_every_lab_has_enough_tests(self) -> None:
        for lab in LABS:
            listed = run(ROOT / "grader/grade", "--lab", str(lab), "--list").stdout
            self.assertGreaterEqual(len(listed.strip().splitlines()), 30)


class Skeleton(unittest.TestCase):
    """What a student has who has not begun."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.labs = self.folder / "labs"
        run("sh", ROOT / "scripts/skeleton.sh", ROOT / "solutions", self.labs)

    def must_earn_little(self, lab: int, exercise: str, *words: str) -> None:
        """Grade; next to nothing is earned, and an exercise is named as the next one."""
        result = grade(self.folder, lab, "--submission", str(self.labs), *words)
        self.assertEqual(result["status"], 1)
        self.assertLessEqual(result["points"], SKELETON_SHARE * result["max_points"])
        self.assertIn(f"Next: exercise {exercise},", result["text"])

    @need("qemu-system-i386")
    def test_skeletons_earn_at_most_5_percent(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}, those before it done"):
                done = ",".join(str(number) for number in LABS if number < lab)
                reference = [f"--ref={done}"] if done else []
                self.must_earn_little(lab, f"lab{lab}.ex1", *reference)

    @need("qemu-system-i386")
    def test_skeletons_of_all_labs_earn_nothing_for_the_last(self) -> None:
        result = grade(self.folder, LABS[-1], "--submission", str(self.labs))
        self.assertEqual((result["status"], result["points"]), (1, 0))


class Speed(KitTest):
    """The time of a build from nothing."""

    def test_clean_build_takes_at_most_5_seconds(self) -> None:
        jobs = f"-j{os.cpu_count() or 1}"
        watch = Stopwatch()
        self.must_succeed("make", jobs, "REF=all", f"BUILD={self.folder}/build", "kernel")
        watch.stop()
        watch.must_be_at_most(self, BUILD_SECONDS)


if __name__ == "__main__":
    unittest.main()
