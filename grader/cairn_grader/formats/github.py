"""GitHub Classroom's result object: JSON in base64, the output `result` of a grading step.

Specification: the source of the action autograding-grading-reporter (main.js, console-results.js,
notify-classroom.js), which receives it in an environment variable: it adds up the scores of the
tests, reports them as "Points SCORE/MAX_SCORE", and prints names and messages to the log.

Two limits follow. The runner takes a line of the log that begins with `::` or holds `##[` for a
command to itself ("Workflow commands for GitHub Actions"); both are taken apart. And Linux
refuses to start a program with a variable of more than 128 KiB (MAX_ARG_STRLEN), so messages
are shortened until all fit. Times of single tests are not known: `duration` is always 0.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, List

from cairn_grader.formats.document import Document, Test, conceal
from cairn_grader.formats.wording import caption, category, explain, headline
from cairn_grader.text import clean

#: Most characters of the result in base64.
SIZE_LIMIT = 120_000
#: Most characters of a message: the first that make everything fit.
MESSAGE_LIMITS = (4000, 1000, 400, 100, 0)


def to_github(document: Document) -> str:
    """The result in base64, as one line."""
    shown = conceal(document)
    for limit in MESSAGE_LIMITS:
        tests = [_test(shown, test, limit) for test in shown.tests]
        text = _encoded(shown, _with_sum(tests, shown.points))
        if len(text) <= SIZE_LIMIT:
            return text + "\n"
    return _encoded(shown, _with_sum(_exercises(shown), shown.points)) + "\n"


def _encoded(document: Document, tests: List[Dict[str, Any]]) -> str:
    result = {
        "version": 1,
        "status": _status(document, document.passed),
        "max_score": document.max_points,
        "tests": tests,
    }
    return base64.b64encode(json.dumps(result).encode("ascii")).decode("ascii")


def _status(document: Document, passed: bool) -> str:
    if passed:
        return "pass"
    return "error" if document.build_errors else "fail"


def _test(document: Document, test: Test, limit: int) -> Dict[str, Any]:
    first = next((f for outcome in test.failed_outcomes for f in outcome.findings), None)
    command = next((outcome.command for outcome in test.outcomes), "")
    return {
        "name": powerless(clean(f"{test.exercise} {caption(test)}", 200)),
        "status": _status(document, test.passed),
        "score": test.points,
        "message": None if test.passed else _message(document, test, limit),
        "test_code": powerless(command),
        "filename": powerless(first.file) if first else "",
        "line_no": first.line if first else 0,
        "duration": 0,
    }


def _with_sum(tests: List[Dict[str, Any]], points: float) -> List[Dict[str, Any]]:
    """The tests, where one makes up for the rounding of all, because GitHub adds them up."""
    missing = round(points - sum(test["score"] for test in tests), 3)
    if missing and tests:
        best = max(tests, key=lambda test: float(test["score"]))
        best["score"] = round(best["score"] + missing, 3)
    return tests


def _message(document: Document, test: Test, limit: int) -> str:
    if document.build_errors:
        return powerless(document.build_errors[0][:limit])
    lines = [category(test)] if test.hidden else [headline(test)] + explain(test)
    text = "\n".join(powerless(line) for line in lines)
    return text if len(text) <= limit else text[: max(0, limit - 4)] + " ..."


def _exercises(document: Document) -> List[Dict[str, Any]]:
    """An entry for each exercise, where there are too many tests."""
    return [
        {
            "name": powerless(clean(row.name, 40)),
            "status": _status(document, row.points == row.max_points),
            "score": row.points,
            "message": None,
            "test_code": "",
            "filename": "",
            "line_no": 0,
            "duration": 0,
        }
        for row in document.exercises[:100]
    ]


def powerless(line: str) -> str:
    """A line that GitHub's runner takes for no command."""
    return line.replace("::", ": :").replace("##[", "## [")
