"""A result as the other formats need it, read from the JSON of report_json.py.

    document = read(text)           # one result
    document.tests[0].outcomes[0].verdict

A document may have come from anywhere, and most of its texts came out of a submission. So it is
checked while it is read, and every text becomes one line without control characters; the
formats need only escape what their own syntax gives a meaning to.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, List, Tuple

from cairn_grader.errors import GraderError
from cairn_grader.formats.members import LIST_LIMIT, Members
from cairn_grader.report_json import SCHEMA
from cairn_grader.text import clean

#: Most characters of a name, and of a command.
NAME_LIMIT = 200
COMMAND_LIMIT = 1000
#: Most lines of evidence, as the grader keeps it.
TRACE_LINES = 40
CONSOLE_LINES = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run."""

    what: str
    expected: str
    actual: str
    file: str
    line: int
    exercise: str
    details: Tuple[str, ...]
    part: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a test; its name may be empty."""

    name: str
    passed: bool


@dataclass(frozen=True)
class Outcome:
    """What became of a test in one emulator; of a hidden test often the verdict alone."""

    emulator: str
    verdict: str
    findings: Tuple[Finding, ...] = ()
    look_at: str = ""
    hint: str = ""
    command: str = ""
    trace: Tuple[str, ...] = ()
    console: Tuple[str, ...] = ()
    schedule: int = 0
    parts: Tuple[Part, ...] = ()

    @property
    def passed(self) -> bool:
        """Full marks."""
        return self.verdict == "passed"


@dataclass(frozen=True)
class Test:
    """What became of a test in all emulators."""

    name: str
    exercise: str
    title: str
    hidden: bool
    points: float
    max_points: float
    passed: bool
    outcomes: Tuple[Outcome, ...]

    @property
    def failed_outcomes(self) -> Tuple[Outcome, ...]:
        """The outcomes to explain."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


@dataclass(frozen=True)
class Exercise:
    """The points of an exercise."""

    name: str
    title: str
    points: float
    max_points: float


@dataclass(frozen=True)
class Student:
    """Who handed in; each member may be empty."""

    id: str = ""
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Document:
    """The result of one submission."""

    lab: int
    points: float
    max_points: float
    passed: bool
    #: The submission's name within a class; empty for a result of grader/grade.
    id: str
    #: The folder that was graded; empty if all labs were taken from solutions/.
    submission: str
    student: Student
    notes: Tuple[str, ...]
    seed: int
    emulators: Tuple[str, ...]
    build_errors: Tuple[str, ...]
    #: Those of which a test was to be run.
    exercises: Tuple[Exercise, ...]
    tests: Tuple[Test, ...]
    #: Seconds of real time; the only member that differs between two gradings of the same work.
    seconds: float

    @property
    def title(self) -> str:
        """A short name for this result."""
        return self.id or self.student.id or self.submission or f"lab {self.lab}"


def read(text: str) -> Document:
    """The document in a text; GraderError if it is none."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GraderError(f"this is not JSON ({clean(str(error), 100)})") from None
    return parse(members)


def parse(members: Any) -> Document:
    """The document that decoded JSON holds; GraderError if it is none."""
    if not isinstance(members, dict) or members.get("schema") != SCHEMA:
        raise GraderError(f"this is not a result of grader/grade ('{SCHEMA}')")
    top = Members(members, "")
    build = top.inner("build")
    return Document(
        lab=int(top.number("lab")),
        points=top.number("points"),
        max_points=top.number("max_points"),
        passed=top.flag("passed"),
        id=top.text("id", optional=True),
        submission=top.text("submission", optional=True),
        student=_student(top),
        notes=top.texts("notes", optional=True),
        seed=int(top.number("seed")),
        emulators=top.texts("emulators"),
        build_errors=() if build.flag("passed") else build.texts("errors") or ("no reason given",),
        exercises=tuple(row for row in top.each("exercises", _exercise) if row.max_points),
        tests=top.each("tests", _test),
        seconds=_seconds(top.inner("times")),
    )


def _student(top: Members) -> Student:
    student = top.inner("student", optional=True)
    return Student(*(student.text(name, optional=True) for name in ("id", "name", "email")))


def _seconds(times: Members) -> float:
    return round(sum(times.number(name) for name in times.names()), 2)


def _exercise(row: Members) -> Exercise:
    return Exercise(
        row.text("name", NAME_LIMIT),
        row.text("title"),
        row.number("points"),
        row.number("max_points"),
    )


def _test(row: Members) -> Test:
    return Test(
        name=row.text("name", NAME_LIMIT),
        exercise=row.text("exercise", NAME_LIMIT),
        title=row.text("title", optional=True),
        hidden=row.flag("hidden"),
        points=row.number("points"),
        max_points=row.number("max_points"),
        passed=row.flag("passed"),
        outcomes=row.each("outcomes", _outcome),
    )


def _outcome(row: Members) -> Outcome:
    evidence = row.inner("evidence", optional=True)
    return Outcome(
        emulator=row.text("emulator", NAME_LIMIT),
        verdict=row.text("verdict", NAME_LIMIT),
        findings=row.each("findings", _finding, optional=True)[:LIST_LIMIT],
        look_at=row.text("look_at", optional=True),
        hint=row.text("hint", optional=True),
        command=row.text("command", COMMAND_LIMIT, optional=True),
        trace=evidence.texts("trace", TRACE_LINES, optional=True),
        console=evidence.texts("console", CONSOLE_LINES, optional=True),
        schedule=int(row.number("schedule")),
        parts=row.each("parts", _part, optional=True)[:LIST_LIMIT],
    )


def _part(row: Members) -> Part:
    return Part(row.text("name", NAME_LIMIT, optional=True), row.flag("passed"))


def _finding(row: Members) -> Finding:
    return Finding(
        what=row.text("what", optional=True),
        expected=row.text("expected", optional=True),
        actual=row.text("actual", optional=True),
        file=row.text("file", optional=True),
        line=int(row.number("line")),
        exercise=row.text("exercise", NAME_LIMIT, optional=True),
        details=row.texts("details", optional=True),
        part=row.text("part", optional=True),
    )


def conceal(document: Document) -> Document:
    """The document as its student may see it: of hidden tests the category alone.

    A document made with --reveal tells more, which must not reach a place where students read.
    """
    tests: List[Test] = []
    number = 0
    for test in document.tests:
        number += test.hidden
        tests.append(_concealed(test, number) if test.hidden else test)
    return replace(document, tests=tuple(tests))


def _concealed(test: Test, number: int) -> Test:
    nameless = re.fullmatch(r"hidden test \d+", test.name) is not None
    return replace(
        test,
        name=test.name if nameless else f"hidden test {number}",
        title="",
        outcomes=tuple(Outcome(outcome.emulator, outcome.verdict) for outcome in test.outcomes),
    )
