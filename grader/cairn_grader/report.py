"""What both forms of a report need: the style, names, places and commands.

The forms are report_text.py, for people, and report_json.py, for programs.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from fractions import Fraction
from typing import Sequence

from cairn_grader.bundle import rewindable
from cairn_grader.grading import Result, TestResult
from cairn_grader.runner import Outcome

EMULATOR_NAMES = {"qemu": "QEMU", "bochs": "Bochs"}


@dataclass(frozen=True)
class Style:
    """How much to print, and whether in colour."""

    colour: bool = False
    #: Also show consoles, traces and passed tests.
    verbose: bool = False
    #: The words of the command that was typed, without emulator, seed, schedule and test.
    command: Sequence[str] = ("grader/grade",)
    #: Name hidden tests and explain their failures.
    reveal: bool = False

    def paint(self, code: str, text: str) -> str:
        """Text in a colour, if colours are on."""
        return f"\033[{code}m{text}\033[0m" if self.colour else text


def repeat_command(result: Result, outcome: Outcome, style: Style) -> str:
    """The command that repeats one run exactly."""
    words = list(style.command) + ["--emulator", outcome.emulator]
    words += ["--seed", str(result.request.settings.seed)]
    if outcome.schedule != outcome.test.schedules[0] or len(outcome.test.schedules) > 1:
        words += ["--schedule", str(outcome.schedule)]
    return " ".join(shlex.quote(word) for word in words + [outcome.test.name])


def rewind_command(result: Result, outcome: Outcome, style: Style) -> str:
    """The command that goes back in time from a failure; empty if that cannot be done."""
    program = style.command[0]
    if not rewindable(outcome) or not program.endswith("grade"):
        return ""
    words = [program[: -len("grade")] + "rewind", *style.command[1:]]
    words += ["--seed", str(result.request.settings.seed)]
    if outcome.schedule != outcome.test.schedules[0] or len(outcome.test.schedules) > 1:
        words += ["--schedule", str(outcome.schedule)]
    return " ".join(shlex.quote(word) for word in words + ["--test", outcome.test.name])


def source_path(result: Result, path: str) -> str:
    """A source file of the kernel, where the reader finds it."""
    own = result.request.shown or str(result.request.submission)
    return own + path[len("labs") :] if path.startswith("labs/") else path


def shown_name(result: Result, test: TestResult, style: Style) -> str:
    """A test's name; a hidden one is known by its number alone."""
    if not test.test.hidden or style.reveal:
        return test.test.name
    hidden = [other for other in result.request.lab.tests if other.hidden]
    return f"hidden test {1 + hidden.index(test.test)}"


def worth(tests: Sequence[TestResult]) -> Fraction:
    """The points that tests are worth together."""
    values = (Fraction(test.test.points).limit_denominator(1000) for test in tests)
    return sum(values, Fraction(0))
