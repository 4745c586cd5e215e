"""That the same work gets the same result, and that a difference would be seen."""

from __future__ import annotations

import sys
import unittest

from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader import repeat  # noqa: E402  (the path must be set first)


class Repeat(KitTest):
    """grader/repeat, on a few tests of lab 1."""

    def test_two_runs_agree_on_an_idle_and_on_a_busy_machine(self) -> None:
        done = self.must_succeed(
            "grader/repeat", "--times", "2", "--ref", "--filter", "frame_init_un*",
            "--build", str(self.folder / "build"),
        )  # fmt: skip
        self.assertIn("2 runs, 1 different result", done.stdout)
        self.assertIn("busy", done.stdout)

    def test_different_seeds_give_different_digests(self) -> None:
        words = ["--ref", "--filter", "frame_init_un*", "--build", str(self.folder / "build")]
        result = self.folder / "result.json"
        digests = {repeat.grade_once([*words, "--seed", seed], result) for seed in ("1", "2")}
        self.assertEqual(len(digests), 2)


if __name__ == "__main__":
    unittest.main()
