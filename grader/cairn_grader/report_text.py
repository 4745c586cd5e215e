"""Results as text for people.

The failures come first, each with three lines before anything else: what was expected and what
happened; where to look; how to run just this. Then come the points of each exercise, and last what
to do next.
"""

from __future__ import annotations

import re
import textwrap
from fractions import Fraction
from typing import Dict, List, Sequence

from cairn_grader.findings import Finding
from cairn_grader.grading import Result, TestResult
from cairn_grader.report import (
    EMULATOR_NAMES,
    Style,
    build_command,
    grade_command,
    rewind_command,
    run_command,
    shown_name,
    source_path,
    where,
    worth,
)
from cairn_grader.runner import Outcome
from cairn_grader.sentences import condition_of, sentence
from cairn_grader.text import clean_lines, plural, points_text
from cairn_grader.verdict import Kind

CONSOLE_LINES = 40
#: Failures after the first of a test that are shown without --verbose.
FURTHER_SHOWN = 2
#: An error in a file; the compiler says in which line.
ERROR = re.compile(r"(\S+?)(:\d+)?(?::\d+)?: (?:fatal )?error: ")


def to_text(result: Result, style: Style) -> str:
    """The whole result for people."""
    lines = failures(result, style)
    for exercise in result.request.lab.exercises:
        tests = [test for test in result.tests if test.test.exercise == exercise.name]
        if tests:
            lines.append(_exercise_line(exercise.name, exercise.title, tests, style))
            for test in tests if style.verbose else ():
                lines += _passed_lines(test, shown_name(result, test, style))
    lines += [""] + _next_step(result, style) + [_summary(result, style)]
    return "\n".join(lines) + "\n"


def failures(result: Result, style: Style) -> List[str]:
    """What failed, line by line."""
    lines = _build_lines(result, style)
    undone = _undone(result, style)
    for test in result.tests:
        lines += _test_lines(result, test, style)
        for finding, outcomes in undone.items():
            if outcomes[0] in test.outcomes:
                lines += _undone_lines(result, finding, outcomes, style)
    return lines


def _exercise_line(name: str, title: str, tests: Sequence[TestResult], style: Style) -> str:
    earned, possible = sum((test.points for test in tests), Fraction(0)), worth(tests)
    score = f"{points_text(earned):>6} / {points_text(possible)}"
    return style.paint("32" if earned == possible else "33", f"{name:<10} {title:<52} {score}")


def _three_lines(told: str, look_at: str, run: str, style: Style) -> List[str]:
    """How every failure begins."""
    return [
        f"{style.paint('31', 'FAILED')}  {told}",
        f"  look at: {look_at}",
        f"  run:     {run}",
    ]


def _build_lines(result: Result, style: Style) -> List[str]:
    """Why the submission does not build, if it does not."""
    if not result.build_errors:
        return []
    errors = result.build_errors
    first = next((line for line in errors if ERROR.match(line)), errors[0])
    match = ERROR.match(first)
    place, line = match.groups("") if match is not None else ("", "")
    told = sentence("", "the submission builds", first)
    look_at = place + line or "the files of the submission, and what else this computer does"
    # What only the grader forbids, the compiler does not see.
    run = build_command(result, style) if line else grade_command(result, style)
    more = [f"    {line}" for line in errors] if len(errors) > 1 else []
    return _three_lines(told, look_at, run, style) + more + [""]


def _test_lines(result: Result, test: TestResult, style: Style) -> List[str]:
    """The failures of a test that are not told together with those of others."""
    lines: List[str] = []
    for outcome in test.outcomes:
        if outcome.verdict.passed or _shared(outcome, style):
            continue
        if test.test.hidden and not style.reveal:
            lines += _hidden_lines(result, test, outcome, style)
        else:
            lines += _failure_lines(result, test, outcome, style)
    return lines


def _shared(outcome: Outcome, style: Style) -> bool:
    """Whether a verdict is told once for many tests."""
    missing = outcome.verdict.kind is Kind.MISSING and not style.verbose
    return missing or outcome.verdict.kind is Kind.NOT_BUILT


def _hidden_lines(result: Result, test: TestResult, outcome: Outcome, style: Style) -> List[str]:
    """Of a hidden test, only the category of its failure is told."""
    name = shown_name(result, test, style)
    category = outcome.verdict.kind.value.replace("_", " ")
    told = sentence("", "it passes", category, f"{name} of {test.test.exercise}")
    run = grade_command(result, style, test.test.exercise)
    lines = _three_lines(told, where(result).exercise(test.test), run, style)
    return lines + [f"  test:    {name} ({_score(test, outcome)})", ""]


def _score(test: TestResult, outcome: Outcome) -> str:
    """For instance "2 of 3 points, QEMU"."""
    points = f"{points_text(test.points)} of {points_text(test.test.points)} points"
    return f"{points}, {EMULATOR_NAMES[outcome.emulator]}"


def _passed_lines(test: TestResult, name: str) -> List[str]:
    if not test.passed:
        return []
    lines = [f"  passed  {name} ({points_text(test.test.points)}): {test.test.title}"]
    for outcome in test.outcomes if not test.test.hidden else ():
        parts = "; ".join(part.name for part in outcome.verdict.parts if part.name)
        lines += [f"    parts:    {parts}"] if parts else []
        lines += _run_lines(outcome)
    return lines


def _undone(result: Result, style: Style) -> Dict[Finding, List[Outcome]]:
    """An exercise that is not done fails many tests in the same way; it is told once."""
    groups: Dict[Finding, List[Outcome]] = {}
    for test in result.tests:
        for outcome in test.outcomes if style.reveal or not test.test.hidden else ():
            if outcome.verdict.kind is Kind.MISSING and not style.verbose:
                groups.setdefault(outcome.verdict.findings[0], []).append(outcome)
    return groups


def _undone_lines(
    result: Result, finding: Finding, outcomes: Sequence[Outcome], style: Style
) -> List[str]:
    told = sentence("", finding.expected, finding.actual)
    look_at = where(result).look_at(outcomes[0].test, finding)
    names = list(dict.fromkeys(outcome.test.name for outcome in outcomes))
    lines = _three_lines(told, look_at, run_command(result, outcomes[0], style), style)
    count = f"  tests:   {plural(len(names), 'test')}: "
    return lines + textwrap.wrap(
        count + ", ".join(names), 98, subsequent_indent=" " * len("  tests:   ")
    ) + [""]


def _failure_lines(result: Result, test: TestResult, outcome: Outcome, style: Style) -> List[str]:
    first, *others = outcome.verdict.findings
    look_at = where(result).look_at(test.test, first)
    run = run_command(result, outcome, style)
    lines = _three_lines(_told(first, test), look_at, run, style)
    lines += [f"  hint:    {test.test.hint}"] if test.test.hint else []
    lines.append(_caption(test, outcome))
    lines += _evidence_lines(result, first)
    shown = others if style.verbose else _different(first, others)[:FURTHER_SHOWN]
    for finding in shown:
        lines.append(f"  also:    {_told(finding, test)}")
        lines += _evidence_lines(result, finding)
    if len(others) > len(shown):
        lines.append(f"  and {plural(len(others) - len(shown), 'further failure')}")
    back = rewind_command(result, outcome, style) if style.verbose else ""
    lines += [f"  rewind:  {back}"] if back else []
    return lines + (_run_lines(outcome) if style.verbose else []) + [""]


def _different(first: Finding, others: Sequence[Finding]) -> List[Finding]:
    """The failures of other checks than the first; each check once, however often it failed."""
    checks = {(first.what, first.file, first.line)}
    different: List[Finding] = []
    for finding in others:
        check = (finding.what, finding.file, finding.line)
        different += [finding] if check not in checks else []
        checks.add(check)
    return different


def _told(finding: Finding, test: TestResult) -> str:
    title, part = test.test.title, finding.part
    return sentence(finding.what, finding.expected, finding.actual, title, part)


def _caption(test: TestResult, outcome: Outcome) -> str:
    """The test itself: name, title, points, and which of its parts were lost."""
    text = f"  test:    {test.test.name} ({_score(test, outcome)}): {test.test.title}"
    parts = outcome.verdict.parts
    failed = [part.name for part in parts if part.name and not part.passed]
    return text + (f"; not passed: {'; '.join(failed)}" if failed and len(parts) > 1 else "")


def _evidence_lines(result: Result, finding: Finding) -> List[str]:
    """Where a check stands, and what is known besides."""
    lines: List[str] = []
    if finding.what and finding.file:
        condition = condition_of(finding.expected)
        place = f"{source_path(result, finding.file)}:{finding.line}"
        lines.append(f"  check:   {place}" + (f": {condition}" if condition else ""))
    return lines + [f"           {detail}" for detail in finding.details]


def _run_lines(outcome: Outcome) -> List[str]:
    """The console of the guest."""
    if outcome.run is None:
        return []
    lines = [f"    console:  (in {EMULATOR_NAMES[outcome.emulator]})"]
    return lines + [f"      {line}" for line in clean_lines(outcome.run.console, CONSOLE_LINES)]


def _next_step(result: Result, style: Style) -> List[str]:
    """What to do first, if something is to be done."""
    failed = [o for test in result.tests for o in test.outcomes if not o.verdict.passed]
    for outcome in failed:
        if outcome.verdict.kind is Kind.MISSING:
            finding = outcome.verdict.findings[0]
            place = source_path(result, finding.file)
            return [f"Next: exercise {finding.exercise}, in {place}"]
    shown = [o for o in failed if not o.test.hidden and o.verdict.kind is not Kind.NOT_BUILT]
    if len(shown) > 1:
        return [f"Next: the first failure above, {run_command(result, shown[0], style)}"]
    return []


def _summary(result: Result, style: Style) -> str:
    passed = sum(test.passed for test in result.tests)
    emulators = " and ".join(EMULATOR_NAMES[name] for name in result.request.settings.emulators)
    seconds = sum(result.times.values())
    text = (
        f"Lab {result.request.lab.number} in {emulators}: "
        f"{points_text(result.points)} of {points_text(result.max_points)} points, "
        f"{passed} of {plural(len(result.tests), 'test')} passed, {seconds:.1f} s"
    )
    missing = result.request.lab.missing_points
    if missing and len(result.tests) == len(result.request.lab.tests):
        text += f"; {points_text(missing)} more are given by hidden tests, not in this copy"
    if Kind.NOT_BUILT in {o.verdict.kind for test in result.tests for o in test.outcomes}:
        text += "; nothing was run"
    text = style.paint("1;32" if result.passed else "1;31", text)
    return text if result.folder is None else f"Files of the runs: {result.folder}\n{text}"
