"""Which boots the grader makes and what it makes of them, with emulators that only pretend."""

from __future__ import annotations

import unittest
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, List
from unittest import mock

from kit import ROOT, KitTest

from cairn_grader import runner, scouts
from cairn_grader.catalogue import load_lab
from cairn_grader.processes import Processes
from cairn_grader.run import Boot, End, Image, Run
from cairn_grader.runner import Outcome, Runner, Settings
from cairn_grader.trace import parse_trace
from cairn_grader.verdict import Kind

ORDER = 1

HOLE = b'seq=0 t=1 ev=todo exercise="lab1.ex1" function="f"\nseq=1 t=2 ev=power.off reason=todo\n'


class Runs(KitTest):
    """Six tests of lab 1 that need the same machine."""

    def setUp(self) -> None:
        super().setUp()
        first = load_lab(ROOT, 1).tests[0]
        tests = (replace(first, name=f"t{number}", inspect=None) for number in range(6))
        self.tests = list(tests)
        self.booted: List[str] = []

    def outcomes(self, emulate: Callable[[Boot], Run], milestones: Any, jobs: int) -> List[Outcome]:
        """Run the tests, each boot as `emulate` says."""

        def run(boot: Boot, _: Processes) -> Run:
            self.booted.append(boot.tests[0].name)
            return emulate(boot)

        elf: Any = SimpleNamespace(symbols={})
        image = Image(Path("kernel.elf"), elf, ROOT)
        with mock.patch.dict(getattr(runner, "_EMULATORS"), {"qemu": run}), mock.patch.object(
            scouts, "milestones", lambda _: milestones
        ):
            settings = Settings(jobs=jobs)
            return Runner(image, self.folder, settings, Processes()).run(self.tests)

    def test_one_boot_speaks_for_its_milestone(self) -> None:
        milestones = {"t0": 0, "t1": 0, "t2": 1, "t3": 0, "t4": 1}  # t5 is in no table
        for jobs in (1, 3):
            self.booted.clear()
            hole = Run(End.POWER_OFF, trace=parse_trace(HOLE))
            found = self.outcomes(mock.Mock(return_value=hole), milestones, jobs)
            self.assertEqual(sorted(self.booted), ["t0", "t2", "t5"])
            self.assertEqual([outcome.verdict.kind for outcome in found], [Kind.MISSING] * 6)
            spoke = [outcome.scout.name if outcome.scout else "" for outcome in found]
            self.assertEqual(spoke, ["", "t0", "", "t0", "t2", ""])
            for path in self.folder.glob("*"):
                path.rmdir()

    def test_nobody_speaks_for_a_test_that_may_begin(self) -> None:
        self.outcomes(lambda boot: Run(End.POWER_OFF), dict.fromkeys("t0 t1 t2".split(), 0), 2)
        self.assertEqual(sorted(self.booted), [f"t{number}" for number in range(6)])

    def test_stalled_machines_are_not_tried_for_ever(self) -> None:
        self.outcomes(lambda boot: Run(End.STALLED), {}, 1)
        self.assertEqual(self.booted, ["t0", "t1", "t2"])

    def test_a_computer_that_stood_still_is_nobodys_mark(self) -> None:
        found = self.outcomes(lambda boot: Run(End.WALL_LIMIT), {}, 1)
        self.assertEqual(self.booted, ["t0"] * runner.ATTEMPTS)
        self.assertEqual({outcome.verdict.kind for outcome in found}, {Kind.EMULATOR})


class Choice(unittest.TestCase):
    """Who is booted first."""

    def test_those_wait_that_are_alike(self) -> None:
        self.assertEqual(scouts.choose([]), ([], {}))
        self.assertEqual(scouts.choose(["a", None, "b", "a", None, "a"]),
                         ([0, 1, 2, 4, 3, 5], {3: 0, 5: 0}))  # fmt: skip


if __name__ == "__main__":
    unittest.main()
