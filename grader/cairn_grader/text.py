"""Text that came out of a guest or a submission is data: it is cleaned before anybody reads it.

Control characters could move a terminal's cursor or change its title, so each is replaced. Long
text is cut, in the middle of a line if it must be.
"""

from __future__ import annotations

from typing import List, SupportsFloat

#: Most characters of a value that a report shows.
VALUE_LIMIT = 400


def clean(text: str, limit: int = VALUE_LIMIT) -> str:
    """One line without control characters, at most `limit` characters long."""
    visible = "".join(character if character.isprintable() else "?" for character in text)
    if len(visible) <= limit:
        return visible
    return visible[: limit - 3] + "..."


def clean_lines(text: str, line_limit: int, width: int = 200) -> List[str]:
    """The last `line_limit` lines, each cleaned."""
    lines = text.replace("\r", "").rstrip("\n").split("\n")
    return [clean(line.replace("\t", "    "), width) for line in lines[-line_limit:]]


def plural(count: int, noun: str) -> str:
    """For instance "1 test", "2 tests"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def points_text(points: SupportsFloat) -> str:
    """Points without needless decimals: 3, 2.5, 1.33."""
    return f"{float(points):.2f}".rstrip("0").rstrip(".")
