"""What both forms of a report need: the style, names, places and commands.

The forms are report_text.py, for people, and report_json.py, for programs.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from fractions import Fraction
from typing import List, Sequence

from cairn_grader.bundle import rewindable
from cairn_grader.catalogue import exact
from cairn_grader.grading import Result, TestResult
from cairn_grader.places import Where
from cairn_grader.runner import DEFAULT_SEED, Outcome

EMULATOR_NAMES = {"qemu": "QEMU", "bochs": "Bochs"}
#: The variables of the Makefile that stand for options of the grader.
VARIABLES = {"--lab": "LAB", "--ref": "REF", "--submission": "LABS"}


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


def run_command(result: Result, outcome: Outcome, style: Style) -> str:
    """What a student types to see the same failure again: as short as it can be."""
    return _make_command(result, f"run-{outcome.test.name}", _differing(result, outcome), style)


def grade_command(result: Result, style: Style, pattern: str = "") -> str:
    """What grades the whole lab again, or the tests that fit a pattern."""
    return _make_command(result, "grade", ["--filter", pattern] * bool(pattern), style)


def build_command(result: Result, style: Style) -> str:
    """What builds the kernel and does nothing else."""
    return _make_command(result, "kernel", [], style)


def _differing(result: Result, outcome: Outcome) -> List[str]:
    """The options that make a run another one than the first of its kind."""
    words: List[str] = []
    if outcome.emulator != "qemu":
        words += ["--emulator", outcome.emulator]
    if result.request.settings.seed != DEFAULT_SEED:
        words += ["--seed", str(result.request.settings.seed)]
    if outcome.schedule != outcome.test.schedules[0] or len(outcome.test.schedules) > 1:
        words += ["--schedule", str(outcome.schedule)]
    return words


def _make_command(result: Result, goal: str, options: Sequence[str], style: Style) -> str:
    """A command of make; one of the grader where that is not called from the kit's folder."""
    program, *chosen = style.command
    settings = dict(zip(chosen[::2], chosen[1::2]))
    if program != "grader/grade" or re.search(r"[^\w./,:@+-]", "".join(settings.values())):
        names = [goal[len("run-") :]] if goal.startswith("run-") else []
        return " ".join(shlex.quote(word) for word in [*style.command, *options, *names])
    settings.setdefault("--lab", str(result.request.lab.number))
    words = ["make", goal]
    words += [f"{VARIABLES[name]}={settings[name]}" for name in VARIABLES if name in settings]
    return " ".join(words + [f'ARGS="{" ".join(options)}"'] * bool(options))


def where(result: Result) -> Where:
    """Where the student has to look."""
    request = result.request
    return Where(request.root, request.lab, lambda path: source_path(result, path))


def source_path(result: Result, path: str) -> str:
    """A source file of the kernel, where the reader finds it."""
    request = result.request
    if not path.startswith("labs/"):
        return path
    lab = re.match(r"labs/lab(\d+)", path)
    if request.reference == "all" or lab and lab.group(1) in request.reference.split(","):
        return "solutions" + path[len("labs") :]
    return (request.shown or str(request.submission)) + path[len("labs") :]


def shown_name(result: Result, test: TestResult, style: Style) -> str:
    """A test's name; a hidden one is known by its number alone."""
    if not test.test.hidden or style.reveal:
        return test.test.name
    hidden = [other for other in result.request.lab.tests if other.hidden]
    return f"hidden test {1 + hidden.index(test.test)}"


def worth(tests: Sequence[TestResult]) -> Fraction:
    """The points that tests are worth together."""
    values = (exact(test.test.points) for test in tests)
    return sum(values, Fraction(0))
