"""A result as the other formats need it, read from the JSON of report_json.py.

    document = read(text)           # one result
    document.tests[0].outcomes[0].verdict

A document may have come from anywhere, and most of its texts came out of a submission. So it is
checked while it is read, and every text becomes one line without control characters; the
formats need only escape what their own syntax gives a meaning to.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from typing import Any, Callable, List, Mapping, NoReturn, Tuple, TypeVar

from cairn_grader.errors import GraderError
from cairn_grader.report_json import SCHEMA
from cairn_grader.text import VALUE_LIMIT, clean

#: Most characters of a name, and of a command.
NAME_LIMIT = 200
COMMAND_LIMIT = 1000
#: Most lines of evidence, as the grader keeps it.
TRACE_LINES = 40
CONSOLE_LINES = 20
#: Most entries of any other list within a test or a build.
LIST_LIMIT = 100

Value = TypeVar("Value")


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
    top = _Members(members, "")
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


def _one_line(text: str, limit: int) -> str:
    """A clean line; of a text that is too long, no more is looked at than is shown."""
    return clean(text[: limit + 1], limit)


class _Members:
    """The members of a JSON object, each checked when it is asked for."""

    def __init__(self, members: Any, place: str) -> None:
        if not isinstance(members, dict):
            raise GraderError(f"this is not a result of grader/grade: '{place}' is no object")
        self._members: Mapping[str, Any] = members
        self._place = place

    def _wrong(self, name: str, wanted: str) -> NoReturn:
        place = f"{self._place}.{name}" if self._place else name
        raise GraderError(f"this is not a result of grader/grade: '{place}' is not {wanted}")

    def text(self, name: str, limit: int = VALUE_LIMIT, optional: bool = False) -> str:
        """One clean line; an optional one may be missing or null."""
        value = self._members.get(name)
        if value is None and optional:
            return ""
        if not isinstance(value, str):
            self._wrong(name, "a text")
        return _one_line(value, limit)

    def number(self, name: str) -> float:
        """A finite number that is not negative; an int where it is whole."""
        value = self._members.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(name, "a number")
        if not 0 <= value < 1 << 53 or not math.isfinite(value):
            self._wrong(name, "a number from 0 on")
        return int(value) if value == int(value) else round(value, 3)

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._members.get(name)
        if not isinstance(value, bool):
            self._wrong(name, "true or false")
        return value

    def items(self, name: str, optional: bool = False) -> List[Any]:
        """A list; an optional one may be missing or null."""
        value = self._members.get(name)
        if value is None and optional:
            return []
        if not isinstance(value, list):
            self._wrong(name, "a list")
        return value

    def texts(
        self, name: str, limit: int = LIST_LIMIT, optional: bool = False
    ) -> Tuple[str, ...]:
        """A list of texts, each one clean line; no more than the first `limit` of them."""
        values = self.items(name, optional)
        if not all(isinstance(value, str) for value in values):
            self._wrong(name, "a list of texts")
        return tuple(_one_line(value, VALUE_LIMIT) for value in values[:limit])

    def inner(self, name: str, optional: bool = False) -> "_Members":
        """An object within this one; an optional one may be missing or null."""
        value = self._members.get(name)
        place = f"{self._place}.{name}" if self._place else name
        return _Members({} if value is None and optional else value, place)

    def each(
        self, name: str, read_one: "Callable[[_Members], Value]", optional: bool = False
    ) -> Tuple[Value, ...]:
        """The objects of a list, read by a function."""
        place = f"{self._place}.{name}" if self._place else name
        values = self.items(name, optional)
        return tuple(read_one(_Members(v, f"{place}[{i}]")) for i, v in enumerate(values))

    def names(self) -> List[str]:
        """The names of all members."""
        return sorted(self._members)


def _student(top: _Members) -> Student:
    student = top.inner("student", optional=True)
    return Student(*(student.text(name, optional=True) for name in ("id", "name", "email")))


def _seconds(times: _Members) -> float:
    return round(sum(times.number(name) for name in times.names()), 2)


def _exercise(row: _Members) -> Exercise:
    return Exercise(
        row.text("name", NAME_LIMIT),
        row.text("title"),
        row.number("points"),
        row.number("max_points"),
    )


def _test(row: _Members) -> Test:
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


def _outcome(row: _Members) -> Outcome:
    evidence = row.inner("evidence", optional=True)
    return Outcome(
        emulator=row.text("emulator", NAME_LIMIT),
        verdict=row.text("verdict", NAME_LIMIT),
        findings=row.each("findings", _finding, optional=True)[:LIST_LIMIT],
        hint=row.text("hint", optional=True),
        command=row.text("command", COMMAND_LIMIT, optional=True),
        trace=evidence.texts("trace", TRACE_LINES, optional=True),
        console=evidence.texts("console", CONSOLE_LINES, optional=True),
        schedule=int(row.number("schedule")),
        parts=row.each("parts", _part, optional=True)[:LIST_LIMIT],
    )


def _part(row: _Members) -> Part:
    return Part(row.text("name", NAME_LIMIT, optional=True), row.flag("passed"))


def _finding(row: _Members) -> Finding:
    return Finding(
        what=row.text("what", optional=True),
        expected=row.text("expected", optional=True),
        actual=row.text("actual", optional=True),
        file=row.text("file", optional=True),
        line=int(row.number("line")),
        exercise=row.text("exercise", NAME_LIMIT, optional=True),
        details=row.texts("details", optional=True),
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
