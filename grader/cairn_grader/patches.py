"""Unified diffs, applied by their text alone.

A hunk fits where its old lines stand in the file; its line numbers do not matter, so a patch
survives changes elsewhere in the file. The old lines must stand there exactly once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import List, Tuple

from cairn_grader.errors import GraderError


class PatchError(GraderError):
    """A patch cannot be read, or does not fit the file."""


@dataclass
class Hunk:
    """One change: these lines become those."""

    #: The line that the patch names, for messages.
    line: int
    old: List[str] = field(default_factory=list)
    new: List[str] = field(default_factory=list)


@dataclass(frozen=True)
class Patch:
    """Changes to one file."""

    #: The first line of the patch, which describes it.
    description: str
    #: The file, relative to the kit's folder.
    file: str
    hunks: Tuple[Hunk, ...]


def parse(text: str) -> Patch:
    """Read a patch: a line that describes it, then a unified diff of one file."""
    lines = text.splitlines()
    if len(lines) < 3 or not lines[1].startswith("--- a/") or not lines[2].startswith("+++ b/"):
        raise PatchError("a line of description must come first, then '--- a/FILE', '+++ b/FILE'")
    file = lines[1][len("--- a/") :]
    if lines[2][len("+++ b/") :] != file:
        raise PatchError("it changes the name of the file")
    hunks: List[Hunk] = []
    for line in lines[3:]:
        _read_line(hunks, line)
    if not hunks:
        raise PatchError("it changes nothing")
    return Patch(lines[0], file, tuple(hunks))


def _read_line(hunks: List[Hunk], line: str) -> None:
    header = re.match(r"@@ -(\d+)", line)
    if header:
        hunks.append(Hunk(int(header.group(1))))
    elif not hunks or line[:1] not in (" ", "-", "+", ""):
        raise PatchError(f"'{line}' is not a line of a unified diff")
    else:
        if not line.startswith("+"):
            hunks[-1].old.append(line[1:])
        if not line.startswith("-"):
            hunks[-1].new.append(line[1:])


def apply(patch: Patch, text: str) -> str:
    """The text of the file after the patch; PatchError if a hunk does not fit."""
    lines = text.splitlines()
    for hunk in patch.hunks:
        size = len(hunk.old)
        places = [i for i in range(len(lines) - size + 1) if lines[i : i + size] == hunk.old]
        if len(places) != 1:
            fits = "nowhere" if not places else f"in {len(places)} places"
            raise PatchError(f"the change at line {hunk.line} fits {fits} in {patch.file}")
        lines[places[0] : places[0] + size] = hunk.new
    return "".join(line + "\n" for line in lines)
