"""That the same work gets the same result, and that a difference would be seen."""

from __future__ import annotations

import sys
import unittest
from typing import List

from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader import repeat  # noqa: E402  (the path must be set first)


class Repeat(KitTest):
    """grader/repeat, on a few tests of each lab."""

    def words(self, lab: int, pattern: str) -> List[str]:
        """Options that choose some tests of the reference."""
        build = self.folder / "build"
        return ["--lab", str(lab), "--ref", "--filter", pattern, "--build", str(build)]

    def test_two_runs_agree_on_an_idle_and_on_a_busy_machine(self) -> None:
        # Of labs 2 and 3, those that the clock decides, and a clock of the host would change.
        for lab, pattern in ((1, "frame_init_un*"), (2, "sched_t*"), (3, "endpoint_limits*")):
            with self.subTest(f"lab {lab}"):
                command = ["grader/repeat", "--times", "2", *self.words(lab, pattern)]
                done = self.must_succeed(*command, timeout=250)
                self.assertIn("2 runs, 1 different result", done.stdout)
                self.assertIn("busy", done.stdout)

    def test_different_seeds_give_different_digests(self) -> None:
        words = self.words(1, "frame_init_un*")
        result = self.folder / "result.json"
        digests = {repeat.grade_once([*words, "--seed", seed], result) for seed in ("1", "2")}
        self.assertEqual(len(digests), 2)


if __name__ == "__main__":
    unittest.main()
