"""Verdicts: from traces that are made up here to points and explanations."""

from __future__ import annotations

import unittest
from dataclasses import replace
from fractions import Fraction
from typing import List, Sequence

from cairn_grader.catalogue import Test
from cairn_grader.machine import Check
from cairn_grader.run import End, Inspected, Run
from cairn_grader.trace import Trace, parse_trace
from cairn_grader.verdict import Kind, Verdict, judge, not_built

ORDER = 1

THREE_PARTS = Test("three", "lab1.ex1", 3, "three parts", parts=3)
BEGIN = "test.begin name=three seed=1"
PARTS = [f'test.part name="part {number}" n={number}' for number in (1, 2, 3)]
FINISH = "test.end name=three failures=0 parts=3"
CLOSE = ["tests.done", "power.off reason=done"]
PASSING = [BEGIN, *PARTS, FINISH, *CLOSE]


def trace(events: Sequence[str]) -> Trace:
    """A trace with these events, numbered and timed."""
    lines = [f"seq={n} t={100 + n} ev={event}\n" for n, event in enumerate(events)]
    return parse_trace("".join(lines).encode())


def fail(part: int) -> str:
    """A failed check."""
    return f'test.fail part={part} file=a.c line=7 check="it holds" expected="1" actual="2"'


def verdict(events: Sequence[str], end: End = End.POWER_OFF, test: Test = THREE_PARTS) -> Verdict:
    """The verdict on a run that consists of these events."""
    return judge(test, Run(end, trace=trace(events)))


class InKernel(unittest.TestCase):
    """Tests that run in the kernel and must end."""

    def check(self, found: Verdict, kind: Kind, passed_parts: int) -> None:
        """A verdict must be of a kind, and some parts must have earned their share."""
        self.assertEqual(found.kind, kind)
        self.assertEqual(found.share, Fraction(passed_parts, 3))
        self.assertEqual(bool(found.findings), kind is not Kind.PASSED)

    def test_passed(self) -> None:
        """Beginning, parts and end are there, and nothing failed."""
        found = verdict(PASSING)
        self.check(found, Kind.PASSED, 3)
        self.assertEqual([part.name for part in found.parts], ["part 1", "part 2", "part 3"])

    def test_failed_check(self) -> None:
        """The part in which a check failed is lost, the others are not."""
        found = verdict([BEGIN, PARTS[0], PARTS[1], fail(2), PARTS[2], FINISH, *CLOSE])
        self.check(found, Kind.CHECKS, 2)
        finding = found.findings[0]
        self.assertEqual((finding.expected, finding.actual, finding.what), ("1", "2", "it holds"))
        self.assertEqual((finding.file, finding.line), ("a.c", 7))

    def test_fatal_check(self) -> None:
        """A failed REQUIRE ends the run: the parts after it were not reached."""
        found = verdict([BEGIN, PARTS[0], PARTS[1], fail(2), "power.off reason=done"])
        self.check(found, Kind.CHECKS, 1)
        self.assertEqual(len(found.findings), 1)

    def test_check_without_parts(self) -> None:
        """A test without ktest_part() has one part."""
        test = Test("one", "lab1.ex1", 2, "one part")
        events = ["test.begin name=one seed=1", fail(1), "test.end name=one failures=1 parts=1"]
        found = verdict(events + CLOSE, test=test)
        self.assertEqual((found.kind, found.share), (Kind.CHECKS, 0))

    def test_panic(self) -> None:
        """A panic ends the test; the part in which it happened is lost."""
        panic = (
            'panic kind=assert message="it broke" exercise=lab1.ex2 eip=0x1 function=f file=b.c '
            "line=9"
        )
        frame = "panic.frame n=0 function=f file=b.c line=9"
        found = verdict([BEGIN, PARTS[0], PARTS[1], panic, frame, "power.off reason=panic"])
        self.check(found, Kind.PANIC, 1)
        finding = found.findings[0]
        self.assertIn("it broke", finding.actual)
        self.assertEqual((finding.file, finding.line), ("b.c", 9))
        self.assertEqual(finding.exercise, "lab1.ex2")
        self.assertEqual(finding.details, ("in f() at b.c:9",))

    def test_panic_after_failed_check(self) -> None:
        """The check comes first, because it is the cause."""
        panic = "panic kind=assert message=x exercise=- eip=0x1 function=f file=b.c line=9"
        found = verdict([BEGIN, PARTS[0], fail(1), PARTS[1], panic])
        self.check(found, Kind.CHECKS, 0)
        self.assertEqual(len(found.findings), 2)
        self.assertEqual(found.findings[1].exercise, "")

    def test_limit_of_guest_time(self) -> None:
        """The watchdog's panic says where the kernel was."""
        panic = "panic kind=timeout message=x exercise=- eip=0x1 function=f file=b.c line=9"
        found = verdict([BEGIN, PARTS[0], panic])
        self.check(found, Kind.LIMIT, 0)
        self.assertIn("within 2 s of guest time", found.findings[0].expected)
        self.assertEqual(found.findings[0].actual, "it was still in f()")

    def test_limit_seen_by_the_emulator(self) -> None:
        """Bochs has no watchdog; its debugger says where the kernel was."""
        run = Run(End.GUEST_LIMIT, trace=trace([BEGIN]), backtrace=["f()", "g()"])
        found = judge(THREE_PARTS, run)
        self.check(found, Kind.LIMIT, 0)
        self.assertEqual(found.findings[0].details, ("it was in f(), called from g()",))

    def test_missing_exercise(self) -> None:
        """An exercise that is not done is named, whether or not the test began."""
        todo = "todo exercise=lab1.ex1 function=frame_init file=frame.c"
        for events in ([todo], [BEGIN, todo]):
            found = verdict(events + ["power.off reason=todo"])
            self.check(found, Kind.MISSING, 0)
            self.assertIn("lab1.ex1", found.findings[0].expected)
            self.assertIn("frame_init()", found.findings[0].actual)

    def test_ends_without_a_word(self) -> None:
        """Triple fault, reset, power-off, a dead emulator."""
        for end, kind in (
            (End.TRIPLE_FAULT, Kind.TRIPLE_FAULT),
            (End.RESET, Kind.RESET),
            (End.POWER_OFF, Kind.ENDED_EARLY),
            (End.WALL_LIMIT, Kind.EMULATOR),
            (End.DIED, Kind.EMULATOR),
        ):
            with self.subTest(end=end.value):
                self.check(verdict([BEGIN, PARTS[0], PARTS[1]], end), kind, 1)
                self.check(verdict([], end), kind, 0)

    def test_not_linked_in(self) -> None:
        """The kernel does not know the test."""
        found = verdict(["test.unknown name=three", "power.off reason=done"])
        self.check(found, Kind.CATALOGUE, 0)

    def test_wrong_number_of_parts(self) -> None:
        """Catalogue and kernel must agree."""
        found = verdict([BEGIN, PARTS[0], "test.end name=three failures=0 parts=1", *CLOSE])
        self.check(found, Kind.CATALOGUE, 1)

    def test_among_others(self) -> None:
        """Of a run of several tests only the test's own events count."""
        other = ["test.begin name=other seed=1", fail(1), "test.end name=other failures=1 parts=1"]
        self.check(verdict(other + PASSING), Kind.PASSED, 3)
        self.check(verdict(PASSING[:-2] + other + CLOSE), Kind.PASSED, 3)


class Forgery(unittest.TestCase):
    """What must not earn points."""

    def test_written_by_others(self) -> None:
        """Lines that the kernel's trace did not write spoil everything."""
        for data in (
            b"seq=0 t=1 ev=test.begin name=three seed=1\nPASS\nseq=1 t=2 ev=test.end name=three "
            b"failures=0 parts=3\n",
            b"seq=0 t=1 ev=test.begin name=three seed=1\nseq=0 t=2 ev=test.end name=three "
            b"failures=0 parts=3\n",
        ):
            found = judge(THREE_PARTS, Run(End.POWER_OFF, trace=parse_trace(data)))
            self.assertEqual((found.kind, found.share), (Kind.DAMAGED, 0))

    def test_begun_twice(self) -> None:
        """A forged passing test before the real one."""
        found = verdict(PASSING[:-2] + PASSING)
        self.assertEqual((found.kind, found.share), (Kind.DAMAGED, 0))

    def test_only_the_end(self) -> None:
        """An end without a beginning."""
        found = verdict([FINISH, *CLOSE])
        self.assertEqual((found.kind, found.share), (Kind.ENDED_EARLY, 0))

    def test_end_that_admits_failures(self) -> None:
        """Failures are counted even if their events are missing."""
        found = verdict([BEGIN, *PARTS, "test.end name=three failures=1 parts=3", *CLOSE])
        self.assertFalse(found.passed)
        self.assertLess(found.share, 1)


class Inspections(unittest.TestCase):
    """Tests with inspections from outside."""

    TEST = replace(THREE_PARTS, inspect=lambda machine, tag, arguments: [], inspections=2)
    EVENTS = [BEGIN, PARTS[0], "test.inspect name=x n=1", PARTS[1], "test.inspect name=x n=2"]

    def run_with(self, second: Check, count: int = 2) -> Verdict:
        """The verdict when the second inspection finds this."""
        good = Check("a", "1", "1", True)
        checks = [(good,), (second,)][:count]
        run = Run(End.POWER_OFF, trace=trace(self.EVENTS + [PARTS[2], FINISH, *CLOSE]))
        run.inspected = [Inspected("three", "x", n + 1, each) for n, each in enumerate(checks)]
        return judge(self.TEST, run)

    def test_good(self) -> None:
        """All took place and found nothing."""
        self.assertTrue(self.run_with(Check("b", "1", "1", True)).passed)

    def test_bad(self) -> None:
        """What an inspection finds counts against the part in which it happened."""
        found = self.run_with(Check("b", "1", "2", False))
        self.assertEqual([part.passed for part in found.parts], [True, False, True])
        self.assertEqual(found.findings[0].what, "b")
        self.assertIn("from outside", found.findings[0].details[0])

    def test_missing(self) -> None:
        """An inspection that never happened is a failure."""
        found = self.run_with(Check("b", "1", "1", True), count=1)
        self.assertEqual(found.kind, Kind.NO_INSPECTION)
        self.assertLess(found.share, 1)


class OtherEnds(unittest.TestCase):
    """Tests that must end otherwise than by the end of an in-kernel test."""

    PANIC = "panic kind=panic message=x exercise=- eip=0x1 function=f file=b.c line=9"

    @staticmethod
    def wants_word(_: Trace, console: str) -> List[Check]:
        """A judge that wants a word on the console."""
        return [Check.holds("the console says so", "word" in console)]

    def judge(self, test: Test, events: Sequence[str], console: str = "word") -> Verdict:
        """The verdict on a run with a console."""
        return judge(test, Run(End.POWER_OFF, trace=trace(events), console=console))

    def test_panic(self) -> None:
        """A panic of the right kind, and a judge."""
        test = Test("p", "lab1.ex1", 1, "t", expect=("panic", "panic"), judge=self.wants_word)
        self.assertTrue(self.judge(test, [self.PANIC]).passed)
        self.assertEqual(self.judge(test, [self.PANIC], "").kind, Kind.CHECKS)
        self.assertEqual(self.judge(test, []).kind, Kind.ENDED_EARLY)
        other = self.PANIC.replace("kind=panic", "kind=trap")
        self.assertEqual(self.judge(test, [other]).kind, Kind.PANIC)

    def test_panic_in_kernel_test(self) -> None:
        """A panic that an in-kernel test provokes."""
        test = Test("p", "lab1.ex1", 1, "t", expect=("panic", "panic"))
        self.assertTrue(self.judge(test, ["test.begin name=p seed=1", self.PANIC]).passed)
        self.assertEqual(self.judge(test, [self.PANIC]).kind, Kind.DAMAGED)

    def test_power_off(self) -> None:
        """A kernel that does its work and powers off."""
        test = Test("p", "lab1.ex1", 1, "t", expect="power_off", judge=self.wants_word)
        self.assertTrue(self.judge(test, ["power.off reason=done"]).passed)
        self.assertEqual(self.judge(test, []).kind, Kind.ENDED_EARLY)
        todo = ["todo exercise=lab1.ex1 function=f file=x", "power.off reason=todo"]
        self.assertEqual(self.judge(test, todo).kind, Kind.MISSING)
        self.assertEqual(self.judge(test, [self.PANIC]).share, 0)


class Text(unittest.TestCase):
    """What a guest writes is data."""

    def test_control_characters(self) -> None:
        """They are replaced, and long text is cut."""
        nasty = r'"\x1b[2J\x07\n' + "a" * 1000 + '"'
        events = [BEGIN, f"test.fail part=1 file=a line=1 check=x expected={nasty} actual=1"]
        finding = verdict(events).findings[0]
        self.assertTrue(finding.expected.isprintable())
        self.assertLessEqual(len(finding.expected), 400)

    def test_not_built(self) -> None:
        """Every test of a submission that does not build."""
        found = not_built(THREE_PARTS, ["a.c:1: error"])
        self.assertEqual((found.kind, found.share), (Kind.NOT_BUILT, 0))


if __name__ == "__main__":
    unittest.main()
