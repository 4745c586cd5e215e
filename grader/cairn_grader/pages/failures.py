"""Failed tests, explained: what was expected, what happened, where, and how to see it again.

Tests of an exercise that fail in the same way are told together, so that a function which is not
written yet, or a panic, does not fill a page with the same words. Each keeps what is its own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from cairn_grader.formats.document import Finding, Outcome, Test
from cairn_grader.pages.markup import Child, Html, element, escaped
from cairn_grader.pages.standing import anchor
from cairn_grader.report import EMULATOR_NAMES
from cairn_grader.text import plural, points_text

KINDS = {
    "failed_checks": "a check failed",
    "panic": "panic",
    "missing_exercise": "not written yet",
    "guest_time_limit": "did not end in time",
    "triple_fault": "triple fault",
    "reset": "the machine was reset",
    "output_limit": "too much output",
    "ended_early": "ended early",
    "no_inspection": "an inspection is missing",
    "damaged_trace": "the trace is damaged",
    "tampered": "tampered with",
    "catalogue": "the kernel lacks the test",
    "emulator_failed": "the emulator failed",
    "not_built": "not built",
}
#: Most pairs of an expected and an actual value that are told of one check.
PAIRS = 8
#: A line of the trace that says what went wrong: number, time, event.
LOUD = re.compile(r"\s*\d+\s+\d+\s+(test\.fail|panic|todo)\b(?!\.)")


@dataclass
class Failure:
    """The same outcome of a test, in one emulator and schedule or in several."""

    first: Outcome
    others: List[Outcome] = field(default_factory=list)


def kind_words(verdict: str) -> str:
    """A verdict for people."""
    return KINDS.get(verdict, verdict.replace("_", " "))


def failures_of(test: Test) -> List[Failure]:
    """The failed outcomes of a test; equal ones are one."""
    found: Dict[object, Failure] = {}
    for outcome in test.failed_outcomes:
        key = (outcome.verdict, outcome.findings, outcome.parts)
        if key in found:
            found[key].others.append(outcome)
        else:
            found[key] = Failure(outcome)
    return list(found.values())


def explain(tests: Iterable[Test]) -> List[Html]:
    """The failed tests among these, in their order; those that fail alike stand together."""
    groups: Dict[object, List[Test]] = {}
    for test in tests:
        if not test.passed:
            groups.setdefault(_likeness(test), []).append(test)
    return [_alone(group[0]) if len(group) == 1 else _alike(group) for group in groups.values()]


def _likeness(test: Test) -> object:
    """What is equal for tests that fail in the same way."""
    found = failures_of(test)
    if len(found) != 1 or not found[0].first.findings:
        return test.name
    return (found[0].first.verdict, cause(test))


def cause(test: Test) -> Optional[Finding]:
    """The first thing that went wrong, without how it came to be; None if that is not told."""
    for failure in failures_of(test)[:1]:
        for finding in failure.first.findings[:1]:
            return replace(finding, details=())
    return None


def _within(finding: Finding, test: Test) -> Finding:
    """A finding for a reader who knows the exercise of the test."""
    return replace(finding, exercise="") if finding.exercise == test.exercise else finding


def _alone(test: Test) -> Html:
    found = failures_of(test)
    body: List[Child] = []
    for failure in found:
        body += [_where(failure)] if len(found) > 1 or failure.others else []
        if failure.first.findings:
            body.append(finding_list(_within(failure.first.findings[0], test), failure.first.hint))
        body += _own(failure)
    if test.hidden and not any(failure.first.findings for failure in found):
        body.append(element("p", "This test is hidden; of its failure, only the kind is told."))
    return element("article", _head(test), body, class_="failure", id=anchor(test))


def _head(test: Test) -> Html:
    kinds = list(dict.fromkeys(kind_words(outcome.verdict) for outcome in test.failed_outcomes))
    badges = [element("span", kind, class_="badge") for kind in kinds]
    title = element("p", test.title, class_="title") if test.title else None
    name = element("h3", element("code", test.name))
    return element("header", name, element("p", badges, " ", _score([test])), title)


def _score(tests: Sequence[Test]) -> Html:
    earned = sum(test.points for test in tests)
    most = sum(test.max_points for test in tests)
    return element("span", f"{points_text(earned)} of {points_text(most)}", class_="score")


def _alike(tests: Sequence[Test]) -> Html:
    """Tests that fail in the same way."""
    first = failures_of(tests[0])[0].first
    badge = element("span", kind_words(first.verdict), class_="badge")
    title = element("h3", f"{plural(len(tests), 'test')} that fail in the same way")
    head = element("header", title, element("p", badge, " ", _score(tests)))
    shared = replace(_within(first.findings[0], tests[0]), details=())
    each = [_member(test) for test in tests]
    return element("article", head, finding_list(shared), each, class_="failure")


def _member(test: Test) -> Html:
    title = f": {test.title}" if test.title else ""
    summary = element("summary", element("code", test.name), title, " ", _score([test]))
    failure = failures_of(test)[0]
    own = [_row("Details", _paragraphs(failure.first.findings[0].details)),
           _row("Hint", failure.first.hint)]  # fmt: skip
    body = [element("dl", own, class_="finding"), *_own(failure)]
    return element("details", summary, body, class_="member", id=anchor(test))


def _where(failure: Failure) -> Html:
    """In which emulator, and at which speed, this happened."""
    outcomes = [failure.first, *failure.others]
    words = [
        f"{EMULATOR_NAMES.get(outcome.emulator, outcome.emulator)}, schedule {outcome.schedule}"
        for outcome in outcomes
    ]
    return element("p", "In " + "; ".join(words) + ":", class_="where")


def finding_list(finding: Finding, hint: str = "") -> Html:
    """A finding as a list of what it is and where."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    rows: List[Tuple[str, Child]] = [
        ("Check", finding.what),
        ("Expected", finding.expected),
        ("Happened", finding.actual),
        ("Where", element("code", place) if place else ""),
        ("Exercise", finding.exercise),
        ("Details", _paragraphs(finding.details)),
        ("Hint", hint),
    ]
    return element("dl", [_row(*row) for row in rows], class_="finding")


def _paragraphs(texts: Sequence[str]) -> List[Html]:
    return [element("p", text) for text in texts]


def _row(name: str, value: Child) -> Child:
    """A line of such a list; none if there is nothing to say."""
    if not value:
        return None
    kind = "actual" if name == "Happened" else None
    return element("div", element("dt", name), element("dd", value, class_=kind))


def _own(failure: Failure) -> List[Child]:
    """What follows the first finding: other findings, parts, evidence, what to do."""
    outcome = failure.first
    body: List[Child] = [_further(outcome.findings[1:])]
    if len(outcome.parts) > 1 and any(part.name for part in outcome.parts):
        body.append(_parts(outcome))
    body += [_evidence("The trace around the failure", outcome.trace)]
    body += [_evidence("The end of the console", outcome.console)]
    command = _command(outcome.command) if outcome.command else ""
    rows = [_row("Look at", outcome.look_at), _row("Repeat", command)]
    if any(rows):
        body.append(element("dl", rows, class_="finding"))
    return body


def _command(command: str) -> Html:
    """A command whose words stay whole where a line ends; a click selects all of it."""
    words = [[element("span", word), " "] for word in command.split()]
    return element("code", words, class_="command")


def _further(findings: Sequence[Finding]) -> Child:
    if not findings:
        return None
    summary = element("summary", f"{plural(len(findings), 'further failure')} in this test")
    groups: Dict[Finding, List[Finding]] = {}
    for finding in findings:
        groups.setdefault(replace(finding, expected="", actual=""), []).append(finding)
    shown = [_repeated(group) for group in groups.values()]
    return element("details", summary, shown, class_="further")


def _repeated(findings: Sequence[Finding]) -> Html:
    """A check that failed perhaps many times: each pair of values once."""
    counts = Counter((finding.expected, finding.actual) for finding in findings)
    if len(counts) == 1 and len(findings) == 1:
        return finding_list(findings[0])
    pairs = [
        f"{expected}, but it was {actual}" + (f" ({count} times)" if count > 1 else "")
        for (expected, actual), count in counts.items()
    ]
    left = len(pairs) - PAIRS
    words = _paragraphs(pairs[:PAIRS] + ([f"and {plural(left, 'other pair')}"] if left > 0 else []))
    rest = finding_list(replace(findings[0], expected="", actual=""))
    return element("div", rest, element("dl", _row("Expected", words), class_="finding"))


def _parts(outcome: Outcome) -> Html:
    items = [
        element(
            "li", part.name or "(no name)",
            element("span", " passed" if part.passed else " not passed",
                    class_="passed" if part.passed else "failed"),
        )
        for part in outcome.parts
    ]  # fmt: skip
    return element("dl", _row("Parts", element("ol", items)), class_="finding")


def _evidence(title: str, shown: Sequence[str]) -> Child:
    if not shown:
        return None
    marked = [element("mark", line) if LOUD.match(line) else escaped(line) for line in shown]
    text = element("pre", Html("\n".join(marked)))
    return element("details", element("summary", title), text, class_="evidence")
