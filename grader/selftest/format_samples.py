"""Results for the tests of formats: one that the grader made, one of a class, hostile ones."""

from __future__ import annotations

import json
from typing import Any, Dict, List

from cairn_grader.report import Style
from cairn_grader.report_json import to_json
from test_grader_report import result

Members = Dict[str, Any]

#: Texts that a submission may have written, and that mean something to somebody.
HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "]]>",
    "&amp;&lt;\"'",
    "\x1b[2J\x1b]0;title\x07",
    "=cmd|' /C calc'!A1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r\n=1+1",
    "\uff1d1+1",
    'a "quoted", cell',
    "two\nlines",
    "\nok 1 - forged\nBail out! now\n1..1",
    "passed # SKIP",
    "passed \\# ToDo",
    "passed \\",
    "...",
    "---",
    "key: value",
    "- item: value",
    "word:word: lab1.ex1:",
    '{"scores": {"lab1.ex1": 100}}',
    "::add-mask::secret",
    "  ::stop-commands::x",
    "##[error]forged",
    "\ud800\udfff and \udcff",
    "\x00\x0b\x7f\x85\u2028\ufffe\uffff",
    "\u202egnp.exe",
    "\U0001f600 \u00e4\u00f6\u00fc",
    "%0A::error::x",
    "../../etc/passwd",
    "",
)


def plain(style: Style = Style()) -> Members:
    """What the grader itself writes of four tests: passed, failed in part, undone, hidden."""
    return dict(json.loads(to_json(result(build=1.25, run=2.0), style)))


def of_class(identity: str = "ada") -> Members:
    """The same with what a class run adds."""
    members = plain()
    evidence = {"trace": ["seq=1 t=5 ev=panic"], "console": ["PANIC: it is broken"]}
    for test in members["tests"]:
        for outcome in test["outcomes"]:
            if outcome["verdict"] != "passed" and not test["hidden"]:
                outcome["evidence"] = evidence
    members["id"] = identity
    members["student"] = {"id": "s1", "name": "Ada Lovelace", "email": "ada@example.org"}
    members["notes"] = ["handed in twice; the later one counts", "late"]
    return members


def all_passed() -> Members:
    """A result with full marks."""
    members = plain()
    for test in members["tests"]:
        test.update(passed=True, points=test["max_points"])
        for outcome in test["outcomes"]:
            outcome.update(verdict="passed", findings=[])
    for row in [members, *members["exercises"]]:
        row["points"] = row["max_points"]
    members["passed"] = True
    return members


def not_built(*errors: str) -> Members:
    """A submission that does not build, or was not to be read at all."""
    members = of_class()
    members["build"] = {"passed": False, "errors": list(errors)}
    members["points"] = 0
    for exercise in members["exercises"]:
        exercise["points"] = 0
    finding: Members = {"what": "", "expected": "it builds", "actual": "it does not"}
    finding.update(file="", line=0, exercise="", details=list(errors))
    for test in members["tests"]:
        test.update(passed=False, points=0)
        for outcome in test["outcomes"]:
            outcome["verdict"] = "not_built"
            if not test["hidden"]:
                outcome["findings"] = [finding]
    return members


def hostile() -> List[Members]:
    """Results in which every text is hostile, and one with a text of a MiB everywhere."""
    texts = [*HOSTILE_TEXTS, "x" * (1 << 20)]
    return [_filled(text, number) for number, text in enumerate(texts)]


def together() -> Members:
    """All hostile texts, but for the long one, in one result."""
    members = of_class()
    tests = []
    for text in HOSTILE_TEXTS:
        tests += _filled(text, 0)["tests"]
    members["tests"] = tests
    members["points"] = sum(test["points"] for test in tests)
    members["max_points"] = sum(test["max_points"] for test in tests)
    for row in members["exercises"]:
        own = [test for test in tests if test["exercise"] == row["name"]]
        row["points"] = sum(test["points"] for test in own)
        row["max_points"] = sum(test["max_points"] for test in own)
    return members


def _filled(text: str, number: int) -> Members:
    members = of_class(f"hostile{number}")
    members["student"] = {"id": text, "name": text, "email": text}
    members["notes"] = [text, text]
    members["submission"] = text
    for exercise in members["exercises"]:
        exercise["title"] = text
    for test in members["tests"]:
        if not test["hidden"]:
            test.update(name=text, title=text)
        for outcome in test["outcomes"]:
            _fill_outcome(outcome, text)
    return members


def _fill_outcome(outcome: Members, text: str) -> None:
    for finding in outcome.get("findings", []):
        finding.update(what=text, expected=text, actual=text, file=text, details=[text] * 3)
    outcome["hint"] = outcome["command"] = text
    if "evidence" in outcome:
        outcome["evidence"] = {"trace": [text] * 40, "console": [text] * 20}
