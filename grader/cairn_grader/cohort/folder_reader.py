"""Reads a folder as if it were an archive: without following links, and within the same limits."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Iterator, List, Tuple

from cairn_grader.cohort.members import (
    FILE_LIMIT,
    NOT_REGULAR,
    TOO_LARGE,
    Budget,
    Member,
    Unreadable,
    Wanted,
)

#: How deep a folder is searched.
DEPTH_LIMIT = 6


def read_folder(folder: Path, wanted: Wanted, budget: Budget) -> Iterator[Member]:
    """All files below a folder; those that are wanted with what they hold."""
    waiting: List[Tuple[str, int]] = [("", 0)]
    while waiting:
        prefix, depth = waiting.pop()
        for entry in _entries(folder / prefix, top=depth == 0):
            budget.spend_member()
            name = prefix + entry.name
            if wanted(name):
                yield _member(name, entry.path, budget)
            elif not entry.is_dir(follow_symlinks=False):
                yield Member(name)
            elif depth < DEPTH_LIMIT:
                waiting.append((name + "/", depth + 1))


def _entries(folder: Path, top: bool) -> "List[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        if top:
            raise Unreadable(f"the folder cannot be read ({error.strerror})") from None
        return []


def _member(name: str, path: str, budget: Budget) -> Member:
    # A pipe must not make the grader wait, so it is opened without waiting.
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        problem = NOT_REGULAR if os.path.islink(path) else f"it cannot be read ({error.strerror})"
        return Member(name, None, problem)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        return Member(name, None, NOT_REGULAR)
    with os.fdopen(file, "rb") as stream:
        data = stream.read(FILE_LIMIT + 1)
    budget.spend_bytes(len(data))
    return Member(name, data) if len(data) <= FILE_LIMIT else Member(name, None, TOO_LARGE)
