"""Results as text for people.

Of a failure, the first lines say what was expected and what happened; then comes where to look,
and last the command that repeats the run.
"""

from __future__ import annotations

import textwrap
from fractions import Fraction
from typing import Dict, List, Sequence

from cairn_grader.findings import Finding
from cairn_grader.grading import Result, TestResult
from cairn_grader.report import (
    EMULATOR_NAMES,
    Style,
    repeat_command,
    rewind_command,
    shown_name,
    source_path,
    worth,
)
from cairn_grader.runner import Outcome
from cairn_grader.text import clean_lines, plural, points_text
from cairn_grader.verdict import Kind

CONSOLE_LINES = 40
#: Failures after the first of a test that are shown without --verbose.
FURTHER_SHOWN = 2
#: Verdicts that are told once for many tests.
SHARED = (Kind.MISSING, Kind.NOT_BUILT)
INDENT = "    "


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
            lines += _undone_lines(result, tests, style)
            for test in tests:
                lines += _test_lines(result, test, style)
    lines += [""] + _next_step(result) + [_summary(result, style)]
    return "\n".join(lines) + "\n"


def _exercise_line(name: str, title: str, tests: Sequence[TestResult], style: Style) -> str:
    earned, possible = sum((test.points for test in tests), Fraction(0)), worth(tests)
    score = f"{points_text(earned):>6} / {points_text(possible)}"
    return style.paint("32" if earned == possible else "33", f"{name:<10} {title:<52} {score}")


def _test_lines(result: Result, test: TestResult, style: Style) -> List[str]:
    name = shown_name(result, test, style)
    if test.passed:
        return _passed_lines(test, name) if style.verbose else []
    score = f"{points_text(test.points)} of {points_text(test.test.points)}"
    if test.test.hidden and not style.reveal:
        kinds = sorted({o.verdict.kind.value for o in test.outcomes if not o.verdict.passed})
        category = ", ".join(kinds).replace("_", " ")
        return [f"  {style.paint('31', 'FAILED')}  {name} ({score}): {category}"]
    lines: List[str] = []
    for outcome in test.outcomes:
        if not outcome.verdict.passed and (style.verbose or outcome.verdict.kind not in SHARED):
            where = EMULATOR_NAMES[outcome.emulator]
            head = f"  {style.paint('31', 'FAILED')}  {name} ({score}, {where}): {test.test.title}"
            lines += [head] + _failure_lines(result, outcome, style) + [""]
    return lines


def _passed_lines(test: TestResult, name: str) -> List[str]:
    lines = [f"  passed  {name} ({points_text(test.test.points)}): {test.test.title}"]
    for outcome in test.outcomes if not test.test.hidden else ():
        parts = "; ".join(part.name for part in outcome.verdict.parts if part.name)
        lines += [f"    parts:    {parts}"] if parts else []
        lines += _run_lines(outcome)
    return lines


def _undone_lines(result: Result, tests: Sequence[TestResult], style: Style) -> List[str]:
    """An exercise that is not done fails many tests in the same way; it is told once."""
    groups: Dict[Finding, List[Outcome]] = {}
    for test in tests:
        for outcome in test.outcomes if style.reveal or not test.test.hidden else ():
            if outcome.verdict.kind is Kind.MISSING and not style.verbose:
                groups.setdefault(outcome.verdict.findings[0], []).append(outcome)
    lines: List[str] = []
    for finding, outcomes in groups.items():
        names = dict.fromkeys(outcome.test.name for outcome in outcomes)
        lines.append(f"  {style.paint('31', 'FAILED')}  {plural(len(names), 'test')}:")
        lines += textwrap.wrap(
            ", ".join(names), 90, initial_indent=INDENT, subsequent_indent=INDENT
        )
        lines += _finding_lines(result, finding)
        lines += [f"    repeat:   {repeat_command(result, outcomes[0], style)}", ""]
    return lines


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
    back = rewind_command(result, outcome, style) if style.verbose else ""
    lines += [f"    rewind:   {back}"] if back else []
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
        f"{points_text(result.points)} of {points_text(result.max_points)} points, "
        f"{passed} of {plural(len(result.tests), 'test')} passed, {seconds:.1f} s"
    )
    if Kind.NOT_BUILT in {o.verdict.kind for test in result.tests for o in test.outcomes}:
        text += "; nothing was run"
    text = style.paint("1;32" if result.passed else "1;31", text)
    return text if result.folder is None else f"Files of the runs: {result.folder}\n{text}"
