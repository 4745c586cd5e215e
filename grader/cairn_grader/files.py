"""Files that are written as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from cairn_grader.errors import GraderError

#: Names of files that are being written begin like this. Whoever finds an old one may remove it.
UNFINISHED = ".new-"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is as before or whole, whenever somebody reads it or power fails.

    Its folder is made if it is missing. GraderError if the file cannot be written.
    """
    make_folder(path.parent)
    temporary = path.parent / f"{UNFINISHED}{os.getpid()}-{path.stem[-40:]}"
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise GraderError(f"cannot write '{path}': {error.strerror}") from None
    finally:
        if temporary.exists():
            temporary.unlink()


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, if they are missing; GraderError if that is impossible."""
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        raise GraderError(f"cannot make the folder '{path}': {error.strerror}") from None


def _sync_folder(path: Path) -> None:
    """Make sure that a new name survives a loss of power."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
