"""Results as text for people and as JSON for programs.

The JSON object has these members; everything but `times` is the same, byte for byte, whenever
the same submission is graded in the same way:

    schema       "cairn.grade/1"
    lab          number of the lab
    submission   the folder, as it was given; null if all labs were taken from solutions/
    reference    which labs were taken from solutions/: "", "1,2" or "all"
    seed         the seed of the run
    emulators    ["qemu", "bochs"] or one of them
    points, max_points, passed
    build        {"passed": true or false, "errors": [line, ...]}
    exercises    [{"name", "title", "points", "max_points"}, ...]
    tests        [{"name", "exercise", "title", "hidden", "points", "max_points", "passed",
                   "outcomes": [{"emulator", "schedule", "verdict", "trace",
                                 "parts": [{"name", "passed"}],
                                 "findings": [{"what", "expected", "actual", "file", "line",
                                               "exercise", "details"}],
                                 "hint", "command"}]}, ...]
    times        {"build": seconds, "run": seconds}

`verdict` is a value of verdict.Kind; `trace` a fingerprint of the run's trace, the same for every
repetition of it. Of a hidden test only the category is told: name and title
are replaced, and parts, findings, hint and command are left out.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Dict, List, Sequence

from cairn_grader.findings import Finding
from cairn_grader.grading import Result, TestResult
from cairn_grader.runner import Outcome
from cairn_grader.text import clean_lines, plural, points_text
from cairn_grader.verdict import Kind

SCHEMA = "cairn.grade/1"
EMULATOR_NAMES = {"qemu": "QEMU", "bochs": "Bochs"}
CONSOLE_LINES = 40
#: Failures after the first of a test that are shown without --verbose.
FURTHER_SHOWN = 2


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


def number(value: Fraction) -> float:
    """Points as a number of JSON."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def repeat_command(result: Result, outcome: Outcome, style: Style) -> str:
    """The command that repeats one run exactly."""
    words = list(style.command) + ["--emulator", outcome.emulator]
    words += ["--seed", str(result.request.settings.seed)]
    if outcome.schedule != outcome.test.schedules[0] or len(outcome.test.schedules) > 1:
        words += ["--schedule", str(outcome.schedule)]
    return " ".join(shlex.quote(word) for word in words + [outcome.test.name])


def source_path(result: Result, path: str) -> str:
    """A source file of the kernel, where the reader finds it."""
    own = str(result.request.submission)
    return own + path[len("labs") :] if path.startswith("labs/") else path


# ------------------------------------------------------------------ JSON


def to_json(result: Result, style: Style) -> str:
    """The whole result as JSON text."""
    request = result.request
    document: Dict[str, Any] = {
        "schema": SCHEMA,
        "lab": request.lab.number,
        "submission": None if request.reference == "all" else str(request.submission),
        "reference": request.reference,
        "seed": request.settings.seed,
        "emulators": list(request.settings.emulators),
        "points": number(result.points),
        "max_points": number(result.max_points),
        "passed": result.passed,
        "build": {"passed": not result.build_errors, "errors": result.build_errors},
        "exercises": _json_exercises(result),
        "tests": [_json_test(result, test, style) for test in result.tests],
        "times": {name: round(seconds, 3) for name, seconds in sorted(result.times.items())},
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _json_exercises(result: Result) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = []
    for exercise in result.request.lab.exercises:
        tests = [test for test in result.tests if test.test.exercise == exercise.name]
        rows.append(
            {
                "name": exercise.name,
                "title": exercise.title,
                "points": number(sum((test.points for test in tests), Fraction(0))),
                "max_points": number(_worth(tests)),
            }
        )
    return rows


def _json_test(result: Result, test: TestResult, style: Style) -> Dict[str, Any]:
    secret = test.test.hidden and not style.reveal
    return {
        "name": _name(result, test, style),
        "exercise": test.test.exercise,
        "title": "" if secret else test.test.title,
        "hidden": test.test.hidden,
        "points": number(test.points),
        "max_points": number(_worth([test])),
        "passed": test.passed,
        "outcomes": [_json_outcome(result, o, style, secret) for o in test.outcomes],
    }


def _json_outcome(result: Result, outcome: Outcome, style: Style, secret: bool) -> Dict[str, Any]:
    verdict = outcome.verdict
    row: Dict[str, Any] = {
        "emulator": outcome.emulator,
        "schedule": outcome.schedule,
        "verdict": verdict.kind.value,
        "trace": outcome.run.trace.fingerprint() if outcome.run else None,
    }
    if not secret:
        row["parts"] = [{"name": part.name, "passed": part.passed} for part in verdict.parts]
        row["findings"] = [_json_finding(result, finding) for finding in verdict.findings]
        row["hint"] = outcome.test.hint
        row["command"] = repeat_command(result, outcome, style)
    return row


def _json_finding(result: Result, finding: Finding) -> Dict[str, Any]:
    return {
        "what": finding.what,
        "expected": finding.expected,
        "actual": finding.actual,
        "file": source_path(result, finding.file),
        "line": finding.line,
        "exercise": finding.exercise,
        "details": list(finding.details),
    }


# ------------------------------------------------------------------ text


def to_text(result: Result, style: Style) -> str:
    """The whole result for people."""
    lines: List[str] = []
    if result.build_errors:
        lines += [style.paint("31", "The submission does not build:")]
        lines += [f"  {line}" for line in result.build_errors] + [""]
    for exercise in result.request.lab.exercises:
        tests = [test for test in result.tests if test.test.exercise == exercise.name]
        if tests:
            lines.append(_exercise_line(exercise.name, exercise.title, tests, style))
            for test in tests:
                lines += _test_lines(result, test, style)
    lines += [""] + _next_step(result) + [_summary(result, style)]
    return "\n".join(lines) + "\n"


def _exercise_line(name: str, title: str, tests: Sequence[TestResult], style: Style) -> str:
    earned, worth = sum((test.points for test in tests), Fraction(0)), _worth(tests)
    score = f"{points_text(float(earned)):>6} / {points_text(float(worth))}"
    return style.paint("32" if earned == worth else "33", f"{name:<10} {title:<52} {score}")


def _test_lines(result: Result, test: TestResult, style: Style) -> List[str]:
    name = _name(result, test, style)
    if test.passed:
        return _passed_lines(test, name) if style.verbose else []
    score = f"{points_text(float(test.points))} of {points_text(test.test.points)}"
    if test.test.hidden and not style.reveal:
        return [f"  {style.paint('31', 'FAILED')}  {name} ({score})"]
    if result.build_errors:
        return []
    lines: List[str] = []
    for outcome in test.outcomes:
        if not outcome.verdict.passed:
            where = EMULATOR_NAMES[outcome.emulator]
            head = f"  {style.paint('31', 'FAILED')}  {name} ({score}, {where}): "
            if outcome.verdict.kind is Kind.MISSING and not style.verbose:
                lines.append(head + _missing_text(outcome))
            else:
                lines += [head + test.test.title] + _failure_lines(result, outcome, style) + [""]
    return lines


def _passed_lines(test: TestResult, name: str) -> List[str]:
    lines = [f"  passed  {name} ({points_text(test.test.points)}): {test.test.title}"]
    for outcome in test.outcomes if not test.test.hidden else ():
        parts = "; ".join(part.name for part in outcome.verdict.parts if part.name)
        lines += [f"    parts:    {parts}"] if parts else []
        lines += _run_lines(outcome)
    return lines


def _missing_text(outcome: Outcome) -> str:
    """An exercise that is not done fails many tests in the same way: a line is enough."""
    finding = outcome.verdict.findings[0]
    return f"expected: {finding.expected}; actual: {finding.actual}"


def _failure_lines(result: Result, outcome: Outcome, style: Style) -> List[str]:
    verdict, test = outcome.verdict, outcome.test
    lines: List[str] = []
    shown = len(verdict.findings) if style.verbose else 1 + FURTHER_SHOWN
    for finding in verdict.findings[:shown]:
        lines += _finding_lines(result, finding)
    if len(verdict.findings) > shown:
        lines.append(f"    and {plural(len(verdict.findings) - shown, 'further failure')}")
    failed = [part.name for part in verdict.parts if part.name and not part.passed]
    if failed and len(verdict.parts) > 1:
        lines.append(f"    not passed: {'; '.join(failed)}")
    exercise = result.request.lab.exercise(test.exercise)
    look = f"{test.exercise} ({exercise.file})" if exercise.file else test.exercise
    lines.append(f"    look at:  {look}" + (f": {test.hint}" if test.hint else ""))
    lines.append(f"    repeat:   {repeat_command(result, outcome, style)}")
    return lines + (_run_lines(outcome) if style.verbose else [])


def _finding_lines(result: Result, finding: Finding) -> List[str]:
    lines = [f"    expected: {finding.expected}", f"    actual:   {finding.actual}"]
    if finding.what:
        lines.append(f"    check:    {finding.what}")
    if finding.file:
        line = f":{finding.line}" if finding.line else ""
        lines.append(f"    where:    {source_path(result, finding.file)}{line}")
    if finding.exercise:
        lines.append(f"    exercise: {finding.exercise}")
    return lines + [f"              {detail}" for detail in finding.details]


def _run_lines(outcome: Outcome) -> List[str]:
    """The console of the guest."""
    if outcome.run is None:
        return []
    lines = [f"    console:  (in {EMULATOR_NAMES[outcome.emulator]})"]
    return lines + [f"      {line}" for line in clean_lines(outcome.run.console, CONSOLE_LINES)]


def _next_step(result: Result) -> List[str]:
    """What to do first, if an exercise is not done."""
    for test in result.tests:
        for outcome in test.outcomes:
            if outcome.verdict.kind is Kind.MISSING:
                finding = outcome.verdict.findings[0]
                place = source_path(result, finding.file)
                return [f"Next: exercise {finding.exercise}, in {place}"]
    return []


def _summary(result: Result, style: Style) -> str:
    passed = sum(test.passed for test in result.tests)
    where = " and ".join(EMULATOR_NAMES[name] for name in result.request.settings.emulators)
    seconds = sum(result.times.values())
    text = (
        f"Lab {result.request.lab.number} in {where}: "
        f"{points_text(float(result.points))} of {points_text(float(result.max_points))} points, "
        f"{passed} of {plural(len(result.tests), 'test')} passed, {seconds:.1f} s"
    )
    if Kind.NOT_BUILT in {o.verdict.kind for test in result.tests for o in test.outcomes}:
        text += "; nothing was run"
    text = style.paint("1;32" if result.passed else "1;31", text)
    return text if result.folder is None else f"Files of the runs: {result.folder}\n{text}"


def _name(result: Result, test: TestResult, style: Style) -> str:
    """A test's name; a hidden one is known by its number alone."""
    if not test.test.hidden or style.reveal:
        return test.test.name
    hidden = [other for other in result.request.lab.tests if other.hidden]
    return f"hidden test {1 + hidden.index(test.test)}"


def _worth(tests: Sequence[TestResult]) -> Fraction:
    values = (Fraction(test.test.points).limit_denominator(1000) for test in tests)
    return sum(values, Fraction(0))
