"""Grades the reference solution and the skeleton, and measures how long that takes."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from kit import ROOT, KitTest, Stopwatch, need, run

ORDER = 90
ALONE = True  # It measures time, and the grader keeps every core busy by itself.
LIMIT = 400

# Seconds that the project promises on a machine with two cores.
SECONDS = {"qemu": 10.0, "bochs": 40.0, "build": 5.0}


def grade(folder: Path, *words: str) -> Dict[str, Any]:
    """Grade lab 1; the result, with the exit status and the time that it took."""
    result = folder / "result.json"
    command = [ROOT / "grader/grade", "--lab", "1", "--json", result, "--build", folder / "build"]
    watch = Stopwatch()
    done = run(*command, *words, timeout=200)
    watch.stop()
    if not result.is_file():
        raise AssertionError(f"no result: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    found: Dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    found.update(status=done.returncode, watch=watch, text=done.stdout)
    result.unlink()
    return found


class Reference(unittest.TestCase):
    """The reference solution earns every point, on either emulator, the same way every time."""

    def everything_passes(self, emulator: str) -> Dict[str, Any]:
        """Grade on one emulator; one part for each of the lab's tests."""
        with tempfile.TemporaryDirectory() as folder:
            result = grade(Path(folder), "--ref", "--emulator", emulator)
        for test in result["tests"]:
            with self.subTest(f"{emulator}: {test['name']}"):
                self.assertTrue(test["passed"], json.dumps(test["outcomes"], indent=2)[:4000])
        with self.subTest(f"{emulator}: points and exit status"):
            self.assertEqual(result["points"], result["max_points"])
            self.assertEqual(result["status"], 0)
        return result

    def is_quick(self, emulator: str, result: Dict[str, Any]) -> None:
        """The time, image included, is within what is promised."""
        with self.subTest(f"{emulator}: at most {SECONDS[emulator]:.0f} s"):
            result["watch"].must_be_at_most(self, SECONDS[emulator])

    @need("qemu-system-i386")
    def test_reference(self) -> None:
        first = self.everything_passes("qemu")
        self.is_quick("qemu", first)
        with tempfile.TemporaryDirectory() as folder:
            second = grade(Path(folder), "--ref", "--emulator", "qemu", "-j", "1")
        with self.subTest("qemu: a second run, one test at a time, gives identical traces"):
            self.assertEqual(self.traces(first), self.traces(second))

    @need("bochs", "grub-mkrescue")
    def test_reference_in_bochs(self) -> None:
        result = self.everything_passes("bochs")
        self.is_quick("bochs", result)

    def traces(self, result: Dict[str, Any]) -> Dict[str, Any]:
        """The fingerprints of all traces, by test."""
        return {
            test["name"]: [outcome["trace"] for outcome in test["outcomes"]]
            for test in result["tests"]
        }

    @need("qemu-system-i386")
    def test_the_lab_has_enough_tests(self) -> None:
        listed = run(ROOT / "grader/grade", "--lab", "1", "--list").stdout
        self.assertGreaterEqual(len(listed.strip().splitlines()), 30)


class Skeleton(unittest.TestCase):
    """What a student has who has not begun."""

    @need("qemu-system-i386")
    def test_skeleton_earns_at_most_5_percent(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            labs = folder / "labs"
            run("sh", ROOT / "scripts/skeleton.sh", ROOT / "solutions", labs)
            result = grade(folder, "--submission", str(labs))
        self.assertEqual(result["status"], 1)
        self.assertLessEqual(result["points"], 0.05 * result["max_points"])
        self.assertIn("lab1.ex1", result["text"])


class Speed(KitTest):
    """The time of a build from nothing."""

    def test_clean_build_takes_at_most_5_seconds(self) -> None:
        jobs = f"-j{os.cpu_count() or 1}"
        watch = Stopwatch()
        self.must_succeed("make", jobs, "REF=all", f"BUILD={self.folder}/build", "kernel")
        watch.stop()
        watch.must_be_at_most(self, SECONDS["build"])


if __name__ == "__main__":
    unittest.main()
