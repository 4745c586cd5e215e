"""A failure in words, for all formats: what was expected, what happened, where to look.

The words and their order are those of report_text.py; here they are made from a document. Each line
is clean, and each explanation is short enough to be shown whole.
"""

from __future__ import annotations

from typing import Dict, List, Sequence

from cairn_grader.formats.document import Document, Finding, Outcome, Test
from cairn_grader.report import EMULATOR_NAMES
from cairn_grader.sentences import condition_of, sentence
from cairn_grader.text import plural, points_text

#: Failures of a run that are told.
FINDINGS_SHOWN = 3


def emulator_name(outcome: Outcome) -> str:
    """An emulator as people write it."""
    return EMULATOR_NAMES.get(outcome.emulator, outcome.emulator)


def category(test: Test) -> str:
    """What kind of failures a test had: "failed checks, panic"; empty if it passed."""
    kinds = sorted({outcome.verdict for outcome in test.failed_outcomes})
    return ", ".join(kinds).replace("_", " ") or ("" if test.passed else "failed")


def caption(test: Test) -> str:
    """A test's name with what it tests."""
    return f"{test.name}: {test.title}" if test.title else test.name


def score(test: Test) -> str:
    """For instance "2 of 3"."""
    return f"{points_text(test.points)} of {points_text(test.max_points)}"


def headline(test: Test) -> str:
    """A failure in one line."""
    for outcome in test.failed_outcomes:
        for finding in outcome.findings[:1]:
            return _told(finding, test)
    return category(test)


def explain(test: Test) -> List[str]:
    """A failure line by line; nothing if the test passed."""
    if test.passed:
        return []
    lines: List[str] = []
    for outcome in test.failed_outcomes:
        lines.append(f"{emulator_name(outcome)}: {outcome.verdict.replace('_', ' ')}")
        # Why it does not build is told once, in the summary.
        lines += _outcome_lines(outcome, test) if outcome.verdict != "not_built" else []
    return lines or [category(test)]


def evidence(test: Test) -> List[str]:
    """The last lines of trace and console of the failed runs."""
    lines: List[str] = []
    for outcome in test.failed_outcomes:
        for name, shown in (("trace", outcome.trace), ("console", outcome.console)):
            if shown:
                lines.append(f"last lines of the {name}, in {emulator_name(outcome)}:")
                lines += [f"  {line}" for line in shown]
    return lines


def summary(document: Document) -> List[str]:
    """The result as a whole: points, and why it does not build."""
    passed = sum(test.passed for test in document.tests)
    points = f"{points_text(document.points)} of {points_text(document.max_points)} points"
    lines = [
        f"Lab {document.lab}: {points}, {passed} of {plural(len(document.tests), 'test')} passed"
    ]
    if document.build_errors:
        lines += ["The submission cannot be graded:"]
        lines += [f"  {line}" for line in document.build_errors]
    return lines + _not_run(document)


def _not_run(document: Document) -> List[str]:
    """Which exercises were not run, with the reason, if some were not."""
    reasons: Dict[str, str] = {}
    for test in document.tests:
        for outcome in test.outcomes:
            if outcome.verdict == "not_run" and outcome.findings:
                reasons[test.exercise] = outcome.findings[0].actual
    return [f"Not graded: {name}; {reason}" for name, reason in reasons.items()]


def _told(finding: Finding, test: Test) -> str:
    """What was expected and what happened."""
    return sentence(finding.what, finding.expected, finding.actual, test.title, finding.part)


def _outcome_lines(outcome: Outcome, test: Test) -> List[str]:
    """In the order of report_text.py: what, where to look, how to run it; then the rest."""
    lines: List[str] = []
    for number, finding in enumerate(outcome.findings[:FINDINGS_SHOWN]):
        label = "also: " if number else ""
        lines.append(f"  {label}{_told(finding, test)}")
        if number == 0:
            names = ("look at:", outcome.look_at), ("repeat:", outcome.command)
            lines += _labelled((*names, ("hint:", outcome.hint)))
        lines += _evidence_lines(finding)
    if len(outcome.findings) > FINDINGS_SHOWN:
        further = plural(len(outcome.findings) - FINDINGS_SHOWN, "further failure")
        lines.append(f"  and {further}")
    return lines


def _evidence_lines(finding: Finding) -> List[str]:
    """Where it was noticed, and what is known besides."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    condition = condition_of(finding.expected)
    place += f": {condition}" if place and condition else ""
    lines = _labelled((("where:", place), ("exercise:", finding.exercise)))
    return lines + [f"            {detail}" for detail in finding.details]


def _labelled(pairs: "Sequence[tuple[str, str]]") -> List[str]:
    return [f"  {label:<9} {text}" for label, text in pairs if text]
