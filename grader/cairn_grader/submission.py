"""Taking the files of a submission: only those that the lab lists, and only regular files.

Each is reached without following a link, and its size is limited. Nothing else of a submission is
looked at.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from cairn_grader.errors import BuildFailed, GraderError

#: Largest file that is taken from a submission.
FILE_LIMIT = 256 << 10


def take_submission(submission: Path, files: Sequence[str], area: Path) -> None:
    """Make `area` hold exactly the listed files; unchanged ones are left alone for make."""
    problems: List[str] = []
    contents: Dict[str, bytes] = {}
    for name in files:
        try:
            contents[name] = _read_regular(submission, name)
        except _Refused as refused:
            problems.append(f"{name}: {refused}")
    if problems:
        raise BuildFailed(problems)
    for path in area.rglob("*") if area.is_dir() else ():
        if path.is_file() and str(path.relative_to(area)) not in contents:
            path.unlink()
    for name, data in contents.items():
        _write_if_changed(area / name, data)


class _Refused(Exception):
    """A file of a submission is not taken."""


def _read_regular(submission: Path, name: str) -> bytes:
    """Read a file below a folder without following a link."""
    folder_name, file_name = name.split("/")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        top = os.open(submission, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        message = f"there is no folder '{submission}' ({error.strerror})"
        raise GraderError(f"{message}: give --submission the folder that holds lab1-...") from None
    with _closing(top):
        with _closing(_open(folder_name, flags | os.O_DIRECTORY, top)) as folder:
            with _closing(_open(file_name, flags, folder)) as file:
                return _read_checked(file)


def _open(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        raise _Refused("the file is missing") from None
    except OSError as error:
        raise _Refused(f"it must be a regular file, not a link ({error.strerror})") from None


def _read_checked(file: int) -> bytes:
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise _Refused("it must be a regular file")
    with os.fdopen(os.dup(file), "rb") as stream:
        data = stream.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise _Refused(f"it is larger than {FILE_LIMIT >> 10} KiB")
    return data


@contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_if_changed(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)
