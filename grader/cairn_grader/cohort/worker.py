"""What `grader/class --task OUT` does: tasks, one after the other.

With keys, it does these. Without, it says that it is ready, reads keys from its standard input,
one a line, and answers each with the key as soon as the task is finished.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Iterable, Sequence

from cairn_grader.cohort.task import open_grader
from cairn_grader.errors import GraderError

READY = "ready"
KEY = re.compile("[0-9a-f]{8,64}")


def work(out: Path, keys: Sequence[str]) -> int:
    """Do tasks; return the exit status."""
    with open_grader(out) as grader:
        if not keys:
            _say(READY)
        for key in keys or _read_keys():
            if not KEY.fullmatch(key):
                raise GraderError(f"{key!r} is not the key of a task")
            grader.grade(key)
            if not keys:
                _say(key)
    return 0


def _read_keys() -> Iterable[str]:
    return (line.strip() for line in iter(sys.stdin.readline, ""))


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()
