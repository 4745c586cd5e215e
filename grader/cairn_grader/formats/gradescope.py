"""Gradescope's results.json.

Specification: https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format",
"Controlling test case visibility", "Output string formatting"). Names and outputs are declared
as plain text, so that Gradescope renders neither HTML nor Markdown nor escape codes in them.

Hidden tests are shown when grades are published, with their category alone. Until then
Gradescope shows students no total, as its documentation says.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List

from cairn_grader.formats.document import Document, Test, conceal
from cairn_grader.formats.wording import caption, category, evidence, explain, summary
from cairn_grader.report_json import SCHEMA


def to_gradescope(document: Document) -> str:
    """The whole results.json."""
    shown = conceal(document)
    result: Dict[str, Any] = {
        "score": shown.points,
        "execution_time": shown.seconds,
        "output": "\n".join(summary(shown)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"schema": SCHEMA, "lab": shown.lab, "seed": shown.seed},
        "tests": _tests(shown),
    }
    return json.dumps(result, indent=2) + "\n"


def _tests(document: Document) -> List[Dict[str, Any]]:
    counts: Dict[str, int] = {}
    rows: List[Dict[str, Any]] = []
    for test in document.tests:
        counts[test.exercise] = counts.get(test.exercise, 0) + 1
        rows.append(_test(test, _number(test, counts[test.exercise])))
    return rows


def _number(test: Test, count: int) -> str:
    """The third test of lab1.ex2 is number 2.3."""
    exercise = re.search(r"(\d+)$", test.exercise)
    return f"{exercise.group(1) if exercise else 0}.{count}"


def _test(test: Test, number: str) -> Dict[str, Any]:
    lines = [category(test)] if test.hidden else explain(test) + evidence(test)
    return {
        "score": test.points,
        "max_score": test.max_points,
        "status": "passed" if test.passed else "failed",
        "name": caption(test),
        "name_format": "text",
        "number": number,
        "output": "\n".join(lines),
        "output_format": "text",
        "tags": [test.exercise],
        "visibility": "after_published" if test.hidden else "visible",
        "extra_data": {"exercise": test.exercise, "category": category(test) or "passed"},
    }
