"""Where tasks are done: the interface of an executor, and what it may rely on.

A task is a set of files to grade. Before an executor runs, the class folder OUT holds

    OUT/class.json              lab, seed, emulators: how to grade
    OUT/tasks/KEY/labN-NAME/... the files of each task

and `task_command(OUT, keys)` is a command that grades these tasks one after the other, on any
machine that sees the kit and OUT under the same paths. It leaves for each task one of

    OUT/graded/KEY/result.json  the result
    OUT/graded/KEY/error.txt    why the grader itself could not work: one line

Both appear as a whole or not at all, even if the command is killed. Neither is there when an
executor is called. The command's exit status is 0 if it has left one of them for each task.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Protocol, Sequence

from cairn_grader.cli import ROOT


@dataclass(frozen=True)
class Task:
    """One set of files to grade; they are in OUT/tasks/KEY/."""

    key: str


class Executor(Protocol):
    """Has tasks done."""

    def run(
        self, out: Path, tasks: Sequence[Task], jobs: int, finished: Callable[[Task], None]
    ) -> None:
        """Do all tasks, at most `jobs` at once; return when each of them is finished.

        `finished` is called once for each task, by the thread that called run(), as soon as
        is_finished() holds. GraderError if the executor itself fails. On KeyboardInterrupt it
        stops what it has started and passes the exception on.
        """


def result_file(out: Path, key: str) -> Path:
    """Where the result of a task is."""
    return out / "graded" / key / "result.json"


def error_file(out: Path, key: str) -> Path:
    """Where it stands why a task has no result."""
    return out / "graded" / key / "error.txt"


def bundles_folder(out: Path, key: str) -> Path:
    """Where it is what repeats the failed runs of a task, a folder for each test."""
    return out / "graded" / key / "bundles"


def is_finished(out: Path, task: Task) -> bool:
    """Whether a task has a result, or an error in place of it."""
    return result_file(out, task.key).exists() or error_file(out, task.key).exists()


def task_command(out: Path, keys: Sequence[str]) -> List[str]:
    """The command that does tasks one after the other, with one build area for all of them."""
    return [sys.executable, str(ROOT / "grader" / "class"), "--task", str(out), *keys]
