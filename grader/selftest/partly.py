"""Labs of which some exercises are done: the solutions with the other holes left open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Container, Iterator, List

from kit import ROOT

#: The exercise, its solution, and what the skeleton has instead.
HOLE = re.compile(
    r"^[ \t]*/\* BEGIN SOLUTION (\S+) \*/\n(.*?)"
    r"^[ \t]*/\* SKELETON\n(.*?)^[ \t]*END SOLUTION \*/\n",
    re.MULTILINE | re.DOTALL,
)


def write_labs(labs: Path, done: Container[str]) -> None:
    """Write the students' files of all labs, in which the exercises of done are solved."""
    for solution in sorted((ROOT / "solutions").glob("lab*/*.[chS]")):
        text = HOLE.sub(
            lambda hole: hole.group(2 if hole.group(1) in done else 3),
            solution.read_text(encoding="utf-8"),
        )
        path = labs / solution.parent.name / solution.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def exercises(lab: int) -> List[str]:
    """The names of a lab's exercises, in order."""
    return sorted(set(_named(lab)))


def _named(lab: int) -> Iterator[str]:
    for solution in (ROOT / "solutions").glob(f"lab{lab}-*/*.[chS]"):
        for hole in HOLE.finditer(solution.read_text(encoding="utf-8")):
            yield hole.group(1)
