"""What a test program found wrong, in words.

A check that fails in a program leaves a note in the trace, "check forks.c:047", and ends the
program. The words are in the program's source: a comment behind the check or above it, and the
condition. The file is looked for by its name in the kit; what a note says comes from a machine.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import List, Optional

from cairn_grader.findings import Finding
from cairn_grader.text import clean
from cairn_grader.trace import Event

_NOTE = re.compile(r"check ([a-z0-9_]+\.[ch]):(\d{3})")
#: Lines that one check may have.
LINES_MAX = 6


def failed_check(event: Event) -> str:
    """The place of a check that failed, if this is a note about one: "forks.c:47"."""
    note = _NOTE.fullmatch(event.text("text")) if event.name == "note" else None
    return f"{note.group(1)}:{int(note.group(2))}" if note else ""


def explained(finding: Finding, root: Path, lab: str) -> Finding:
    """A finding of which a program's check is the cause, in the words of that check."""
    name, _, line = finding.program.partition(":")
    path = _source(root, name, lab)
    if path is None or not finding.what:
        return finding
    place = f"{path.relative_to(root)}:{line}"
    words = _words(path.read_text(encoding="utf-8").splitlines(), int(line))
    return replace(finding, actual=clean(f"its check at {place} fails: {words}"))


def _source(root: Path, name: str, lab: str) -> Optional[Path]:
    """A program's file, of this lab before others; None if there is none."""
    for folder in (lab, "lab*"):
        for path in sorted((root / "grader" / "tests").glob(f"{folder}/**/programs/{name or '-'}")):
            return path
    return None


def _words(lines: List[str], number: int) -> str:
    """What the check at a line says."""
    last = min(number, len(lines))
    first = next((n for n in range(last, max(0, last - LINES_MAX), -1) if _begins(lines[n - 1])), 0)
    if first == 0:
        return "it has no words"
    text = " ".join(line.strip() for line in lines[first - 1 : first - 1 + LINES_MAX])
    condition, rest = _condition(text[text.index("CHECK") :])
    behind = re.match(r"\s*/\* (.*?) \*/", rest)
    above = re.fullmatch(r"\s*/\* (.*?) \*/", lines[first - 2]) if first > 1 else None
    comment = behind or above
    return f"{comment.group(1)}: {condition}" if comment else condition


def _begins(line: str) -> bool:
    return re.search(r"\bCHECK(_\w+)?\(", line) is not None


def _condition(text: str) -> "tuple[str, str]":
    """What stands between the parentheses, and what follows the statement."""
    start = text.index("(")
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place], text[place + 1 :].lstrip(";")
    return text[start + 1 :], ""
