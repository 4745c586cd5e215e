"""The Test Anything Protocol, version 14.

Specification: https://testanything.org/tap-version-14-specification.html. `#` and the backslash
are escaped in descriptions ("Escaping"), so that a name cannot skip its test. Diagnostics are a
YAML block of keys and quoted strings: strings as JSON writes them are YAML too, and older
harnesses, whose YAML is small, read them as well (TAP::Parser::YAMLish::Reader).
"""

from __future__ import annotations

import json
from typing import List, Tuple, Union

from cairn_grader.formats.document import Document, Test
from cairn_grader.formats.wording import caption, category, evidence, explain, headline, summary

Pair = Tuple[str, Union[str, float]]


def to_tap(document: Document) -> str:
    """A result as TAP."""
    plan = f"1..{len(document.tests)}" + ("" if document.tests else " # no test was run")
    lines = ["TAP version 14", plan]
    lines += [f"# {line}" for line in summary(document)]
    for number, test in enumerate(document.tests, start=1):
        status = "ok" if test.passed else "not ok"
        lines.append(f"{status} {number} - {escaped(f'{test.exercise} {caption(test)}')}")
        if not test.passed:
            lines += _diagnostics(test)
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text in which nothing begins a directive."""
    return text.replace("\\", "\\\\").replace("#", "\\#")


def _diagnostics(test: Test) -> List[str]:
    finding = next((f for outcome in test.failed_outcomes for f in outcome.findings), None)
    pairs: List[Pair] = [
        ("message", headline(test)),
        ("severity", "fail"),
        ("category", category(test)),
        ("points", test.points),
        ("max_points", test.max_points),
    ]
    if finding is not None:
        pairs += [("expected", finding.expected), ("actual", finding.actual)]
        pairs += [("file", finding.file), ("line", finding.line)] if finding.file else []
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in pairs]
    lines += _block("explanation", explain(test)) + _block("evidence", evidence(test))
    return [f"  {line}" for line in ["---", *lines, "..."]]


def _block(key: str, shown: List[str]) -> List[str]:
    """Several lines as a mapping: a list of strings is more than older harnesses read."""
    rows = [f"  line{n}: {json.dumps(t, ensure_ascii=False)}" for n, t in enumerate(shown, start=1)]
    return [f"{key}:"] + rows if rows else []
