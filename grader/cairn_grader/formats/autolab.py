"""Autolab's feedback: text for the student, and the scores as JSON in the last line.

Specification: Autolab's "Guide for Lab Authors" (docs/lab.md in its repository). Before it parses
the last line, Autolab's parseAutoresult() puts quotes around whatever fits [a-zA-Z0-9]+: so a
colon within a text would break the line; it is written as the escape \\u003a instead. Feedback
that cannot be parsed is thrown away if it is longer than 10,000 lines, and graders' output is
limited to 1 MiB in grading.

The problems of the assessment must be called like the exercises: lab1.ex1, lab1.ex2 and so on.
"""

from __future__ import annotations

import json
from typing import List

from cairn_grader.formats.document import Document, Test, conceal
from cairn_grader.formats.wording import caption, category, evidence, explain, score, summary
from cairn_grader.text import points_text

#: Most bytes and lines of feedback before the last line.
BYTES_LIMIT = 900_000
LINES_LIMIT = 9_000


def to_autolab(document: Document) -> str:
    """The feedback and the last line."""
    shown = conceal(document)
    return "".join(f"{line}\n" for line in _capped(_feedback(shown)) + [_autoresult(shown)])


def _autoresult(document: Document) -> str:
    rows = document.exercises
    scores = ", ".join(f"{_quoted(row.name)}: {points_text(row.points)}" for row in rows)
    columns = [row.points for row in rows] + [document.points]
    board = ", ".join(points_text(points) for points in columns)
    return f'{{"scores": {{{scores}}}, "scoreboard": [{board}]}}'


def _quoted(text: str) -> str:
    """A JSON string that Autolab's rewriting leaves alone."""
    return json.dumps(text).replace(":", "\\u003a")


def _feedback(document: Document) -> List[str]:
    lines = summary(document)
    for exercise in document.exercises:
        points = f"{points_text(exercise.points)} of {points_text(exercise.max_points)} points"
        lines += ["", f"{exercise.name}  {exercise.title} ({points})"]
        for test in document.tests:
            if test.exercise == exercise.name and not test.passed:
                lines += _failure(test)
    return lines + [""]


def _failure(test: Test) -> List[str]:
    head = f"  FAILED  {caption(test)} ({score(test)})"
    if test.hidden:
        return [f"{head}: {category(test)}"]
    return [head] + [f"    {line}" for line in explain(test) + evidence(test)]


def _capped(lines: List[str]) -> List[str]:
    """As many lines from the beginning as Autolab takes."""
    size = 0
    for count, line in enumerate(lines):
        size += len(line.encode("utf-8")) + 1
        if size > BYTES_LIMIT or count >= LINES_LIMIT:
            return lines[:count] + ["(the rest is left out)"]
    return lines
