"""From what a run left behind to a verdict on one test, with points and an explanation.

A test passes if its beginning and its end stand in the trace exactly once, no check failed,
every inspection took place, and the trace is whole. Parts that were completed without a failure
earn their share even if the test as a whole fails.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import List, Optional, Sequence, Tuple

from cairn_grader.audit import Reached
from cairn_grader.catalogue import Test
from cairn_grader.findings import Finding, how_it_ended, of_check, of_event, panic_finding
from cairn_grader.machine import Check
from cairn_grader.programs import failed_check
from cairn_grader.run import End, Run
from cairn_grader.text import clean, plural
from cairn_grader.trace import Event


#: Most findings of a test that are kept.
FINDINGS_MAX = 50
#: What must happen where a test wants a panic of a certain kind.
PANICS = {
    "assert": "an assertion fails, and the kernel panics",
    "misuse": "misuse of memory is reported, and the kernel panics",
    "double_fault": "the kernel reports a double fault, panics and powers off",
}
NOT_LINKED = "it was not linked in, which is a mistake of the kit's or of its catalogue"


class Kind(enum.Enum):
    """What became of a test."""

    PASSED = "passed"
    CHECKS = "failed_checks"
    PANIC = "panic"
    MISSING = "missing_exercise"
    LIMIT = "guest_time_limit"
    TRIPLE_FAULT = "triple_fault"
    RESET = "reset"
    OUTPUT = "output_limit"
    ENDED_EARLY = "ended_early"
    NO_INSPECTION = "no_inspection"
    DAMAGED = "damaged_trace"
    TAMPERED = "tampered"
    CATALOGUE = "catalogue"
    EMULATOR = "emulator_failed"
    NOT_BUILT = "not_built"


@dataclass(frozen=True)
class Part:
    """One part of a test."""

    name: str
    passed: bool


@dataclass
class Verdict:
    """What became of a test, how much of its points it earned, and why."""

    kind: Kind
    parts: List[Part]
    #: The first is the one to show; the others are what followed.
    findings: List[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Full marks."""
        return self.kind is Kind.PASSED

    @property
    def share(self) -> Fraction:
        """The part of the points that was earned, from 0 to 1."""
        return Fraction(sum(part.passed for part in self.parts), len(self.parts))


@dataclass(frozen=True)
class _Record:
    """The part of a trace that belongs to one test."""

    #: From test.begin to test.end, or to where the run or the test ended instead.
    events: Tuple[Event, ...]
    begun: int
    end: Optional[Event]

    def all(self, name: str) -> List[Event]:
        """Every event of a name."""
        return [event for event in self.events if event.name == name]


def judge(test: Test, run: Run, measure: Optional[Reached] = None) -> Verdict:
    """The verdict on a test that took part in a run; `measure` is how far its code must get."""
    record = _record(test, run)
    found = _problems(test, run, record) + _foreign_code(run)
    if measure is not None:
        found += _jumped_over(test, run, record, measure, whole=not found)
    if not found:
        return Verdict(Kind.PASSED, _parts(test, run, record, whole=True))
    kinds = [kind for kind, _ in found]
    if {Kind.DAMAGED, Kind.TAMPERED} & set(kinds) or test.expect != "end":
        parts = [Part(part.name, False) for part in _parts(test, run, record, whole=False)]
    else:
        parts = _parts(test, run, record, whole=False)
    if all(part.passed for part in parts):
        parts[-1] = Part(parts[-1].name, False)
    return Verdict(kinds[0], parts, [finding for _, finding in found[:FINDINGS_MAX]])


def not_built(test: Test, errors: Sequence[str]) -> Verdict:
    """The verdict on every test of a submission that does not build."""
    finding = Finding("the submission builds", "it does not build", details=tuple(errors))
    return Verdict(Kind.NOT_BUILT, [Part("", False)] * test.parts, [finding])


def own_events(test: Test, run: Run) -> Tuple[Event, ...]:
    """The part of a run's trace that belongs to a test, and what ended it if it did not end."""
    record = _record(test, run)
    if record.end is not None or not record.events:
        return record.events
    last = record.events[-1].sequence
    return record.events + tuple(event for event in run.trace if event.sequence > last)


def _record(test: Test, run: Run) -> _Record:
    if not test.in_kernel:
        return _Record(tuple(run.trace), 1, None)
    events: List[Event] = []
    begun = 0
    end: Optional[Event] = None
    inside = False
    for event in run.trace:
        if event.name == "test.begin":
            inside = event.text("name") == test.name
            begun += inside
        if inside:
            events.append(event)
        if inside and event.name == "test.end" and event.text("name") == test.name:
            end, inside = event, False
    return _Record(tuple(events), begun, end)


_Found = List[Tuple[Kind, Finding]]


def _problems(test: Test, run: Run, record: _Record) -> _Found:
    """Everything that is wrong, the cause before the consequence."""
    found = _failed_checks(test, run, record)
    if test.expect == "end":
        found += _unfinished(test, run, record) if record.end is None else []
    elif not found:
        found += _unexpected(test, run)
    if test.judge is not None and not found:
        checks = test.judge(run.trace, run.console)
        found += [(Kind.CHECKS, of_check(check)) for check in checks if not check.passed]
    return found or _doubts(test, run, record)


def _failed_checks(test: Test, run: Run, record: _Record) -> _Found:
    """The checks that failed, within the kernel and from outside, with the parts they are in."""
    seen = {
        inspected.serial: [of_check(c, inspected.tag) for c in inspected.checks if not c.passed]
        for inspected in run.inspected
        if inspected.test == test.name
    }
    within: List[Finding] = []
    outside: List[Finding] = []
    part = program = fault = ""
    for event in record.events:
        program = program or failed_check(event)
        if event.name == "test.part":
            part, program, fault = clean(event.text("name")), "", ""
        elif event.name == "program.fault":
            fault = clean(event.text("reason"))
        elif event.name == "test.fail":
            told = (f"a program failed before: {fault}",) if fault else ()
            within.append(replace(of_event(event), part=part, program=program, details=told))
            program = fault = ""
        elif event.name == "test.inspect":
            found = seen.pop(event.number("n"), [])
            outside += [replace(finding, part=part) for finding in found]
    # What no event announces counts all the same.
    outside += [finding for findings in seen.values() for finding in findings]
    return [(Kind.CHECKS, finding) for finding in within + outside]


def _foreign_code(run: Run) -> _Found:
    """What the processor ran that was not built."""
    violations = run.audit.violations if run.audit is not None else []
    expected = "the processor runs the code that was built, and nothing else"
    return [(Kind.TAMPERED, Finding(expected, text)) for text in violations]


def _jumped_over(
    test: Test, run: Run, record: _Record, measure: Reached, whole: bool
) -> _Found:
    """Whether a test did not do what the trace says; `whole`: it seems to have passed."""
    reached = run.audit.reached.get(test.name) if run.audit is not None else None
    if reached is None:
        return []
    claimed = len(record.all("test.part"))
    # A test may begin several parts at one place, in a loop.
    possible = test.parts - len(measure.parts - reached.parts)
    if measure.parts and (claimed > possible or not reached.parts and claimed):
        expected = f"{plural(claimed, 'part')} of the test begun, as the trace says"
        return [(Kind.TAMPERED, Finding(expected, f"{len(reached.parts)} calls that begin one"))]
    shortfall = reached.shortfall(measure) if whole else ""
    expected = "the test's own code runs to its end and makes its checks"
    return [(Kind.TAMPERED, Finding(expected, shortfall))] if shortfall else []


def _unfinished(test: Test, run: Run, record: _Record) -> _Found:
    """Why a test that had to end did not."""
    when = "the test comes to its end" if record.begun else "the kernel starts, and runs the test"
    for event in run.trace:
        if event.name == "test.unknown" and event.text("name") == test.name:
            return [(Kind.CATALOGUE, Finding("the kernel has this test", NOT_LINKED))]
        if event.name == "todo":
            return [(Kind.MISSING, of_event(event))]
        if event.name == "panic":
            kind = Kind.LIMIT if event.text("kind") == "timeout" else Kind.PANIC
            finding = panic_finding(event, run.trace, when, test.limit)
            return [(kind, replace(finding, part=_last_part(record)))]
    if record.all("test.fail"):
        return []
    kind, finding = _end_problem(test, run, when)
    return [(kind, replace(finding, part=_last_part(record)))]


def _last_part(record: _Record) -> str:
    """The part that was under way when a test did not end; empty if it has none."""
    names = [clean(event.text("name")) for event in record.all("test.part")]
    return names[-1] if names else ""


def _end_problem(test: Test, run: Run, when: str) -> Tuple[Kind, Finding]:
    kinds = {
        End.POWER_OFF: Kind.ENDED_EARLY,
        End.RESET: Kind.RESET,
        End.TRIPLE_FAULT: Kind.TRIPLE_FAULT,
        End.GUEST_LIMIT: Kind.LIMIT,
        End.WALL_LIMIT: Kind.EMULATOR,
        End.STALLED: Kind.LIMIT,
        End.OUTPUT_LIMIT: Kind.OUTPUT,
        End.DIED: Kind.EMULATOR,
    }
    return kinds[run.end], how_it_ended(run, when, test.limit)


def _unexpected(test: Test, run: Run) -> _Found:
    """What is wrong with the end of a run that had to end in another way than by a test's end."""
    panic = run.trace.first("panic")
    if test.expect == "power_off":
        off = run.trace.first("power.off")
        if run.end is End.POWER_OFF and off is not None and off.text("reason") == "done":
            return []
        return _unfinished_boot(test, run, "the kernel does its work and powers off")
    wanted = test.expect[1]
    if panic is not None and panic.text("kind") == wanted and run.end is End.POWER_OFF:
        return []
    return _unfinished_boot(test, run, PANICS.get(wanted, f"a panic of the kind '{wanted}'"))


def _unfinished_boot(test: Test, run: Run, expected: str) -> _Found:
    todo = run.trace.first("todo")
    panic = run.trace.first("panic")
    if todo is not None:
        return [(Kind.MISSING, of_event(todo))]
    if panic is not None:
        return [(Kind.PANIC, panic_finding(panic, run.trace, expected, test.limit))]
    return [_end_problem(test, run, expected)]


def _doubts(test: Test, run: Run, record: _Record) -> _Found:
    """Why a test that looks passed is not."""
    count = sum(inspected.test == test.name for inspected in run.inspected)
    asked = len(record.all("test.inspect"))
    if count < test.inspections or test.inspect is not None and count != asked:
        wanted = plural(max(test.inspections, asked), "time")
        expected = f"the test lets the grader look into the machine from outside {wanted}"
        finding = Finding(expected, f"it did so {plural(count, 'time')}")
        return [(Kind.NO_INSPECTION, finding)]
    if run.trace.damage:
        expected = "nothing but the kernel's own trace writes to the trace's serial port"
        finding = Finding(expected, run.trace.damage[0])
        return [(Kind.DAMAGED, finding)]
    if record.begun != 1:
        finding = Finding("the test begins once", f"it begins {record.begun} times")
        return [(Kind.DAMAGED, finding)]
    if record.end is not None:
        return _miscounted(test, record.end)
    return []


def _miscounted(test: Test, end: Event) -> _Found:
    parts, failures = end.number("parts", 1), end.number("failures")
    if failures:
        told = f"it counted {plural(failures, 'failure')}, which the trace does not tell"
        return [(Kind.CHECKS, Finding("no check of the test fails", told))]
    if parts != test.parts:
        expected = f"the test has {plural(test.parts, 'part')}, as its catalogue says"
        return [(Kind.CATALOGUE, Finding(expected, f"it began {parts}"))]
    return []


def _parts(test: Test, run: Run, record: _Record, whole: bool) -> List[Part]:
    """Which parts were completed without a failure; all of them if the test passed as a `whole`."""
    names = {event.number("n"): clean(event.text("name")) for event in record.all("test.part")}
    numbers = range(1, test.parts + 1)
    if whole or not test.in_kernel:
        return [Part(names.get(number, ""), whole) for number in numbers]
    reached = max(names, default=1) if record.begun else 0
    completed = reached if record.end is not None else reached - 1
    failed = _failed_parts(test, run, record)
    return [
        Part(names.get(number, ""), number <= completed and number not in failed)
        for number in numbers
    ]


def _failed_parts(test: Test, run: Run, record: _Record) -> List[int]:
    """The numbers of the parts in which a check or an inspection failed."""
    failed = [event.number("part", 1) for event in record.all("test.fail")]
    bad = {
        inspected.serial
        for inspected in run.inspected
        if inspected.test == test.name and not _all_passed(inspected.checks)
    }
    part = 1
    for event in record.events:
        if event.name == "test.part":
            part = event.number("n")
        if event.name == "test.inspect" and event.number("n") in bad:
            failed.append(part)
    return failed


def _all_passed(checks: Sequence[Check]) -> bool:
    return all(check.passed for check in checks)
