"""The class folder: where everything of a class lies, and how it is written.

Whatever appears there under its final name is whole, since it is written under another name first
and then renamed. So a run that is killed at any moment loses only the work that was under way.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence

from cairn_grader.cohort.executor import bundles_folder, error_file, result_file
from cairn_grader.errors import GraderError
from cairn_grader.files import UNFINISHED, make_folder, write_atomically
from cairn_grader.text import clean

CLASS_FILE = "class.json"
#: Names of folders in which somebody works begin like this, in OUT/work/.
AREA = "area-"
LOCK = "lock"


class Store:
    """A class folder."""

    def __init__(self, out: Path) -> None:
        self.out = out

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if need be, and keep others out; GraderError if one is in."""
        if re.search(r"[\s:,'\"$]", str(self.out)):
            raise GraderError(f"make cannot work in '{self.out}': use a path without blanks")
        make_folder(self.out, mode=0o700)  # Marks are nobody else's business.
        with (self.out / LOCK).open("a+") as stream:
            if not _try_lock(stream.fileno()):
                stream.seek(0)
                who = clean(stream.read(40).strip()) or "another process"
                raise GraderError(f"{who} is grading in '{self.out}' already")
            stream.truncate(0)
            stream.write(f"process {os.getpid()}\n")
            stream.flush()
            yield

    def clear_leftovers(self) -> None:
        """Remove what a run that was killed has left."""
        for folder in (".", "results", "graded/*", "measures"):
            for path in self.out.glob(f"{folder}/{UNFINISHED}*"):
                path.unlink()
        self.clear_tasks()
        for area in (self.out / "work").glob(f"{AREA}*"):
            _remove_if_abandoned(area)

    # ---- class.json ----

    def read_class(self) -> Optional[Dict[str, Any]]:
        """What class.json says; None if there is none."""
        path = self.out / CLASS_FILE
        return read_json(path) if path.exists() else None

    def write_class(self, value: Mapping[str, Any]) -> None:
        """Write class.json."""
        write_json(self.out / CLASS_FILE, value)

    # ---- submissions and tasks ----

    def write_files(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """Make a folder of the class folder hold exactly these files; each run does so anew."""
        target = self.out / folder
        for path in [path for path in target.rglob("*") if not path.is_dir()]:
            if str(path.relative_to(target)) not in files:
                path.unlink()
        for name, data in files.items():
            path = target / name
            if not path.is_file() or path.read_bytes() != data:
                make_folder(path.parent)
                path.write_bytes(data)

    def clear_tasks(self) -> None:
        """Remove the files of tasks."""
        shutil.rmtree(self.out / "tasks", ignore_errors=True)

    def keep_only(self, ids: Sequence[str]) -> None:
        """Forget submissions that are not of the class any more."""
        known = set(ids)
        for path in (self.out / "results").glob("*.json"):
            if path.stem not in known:
                path.unlink()
        for path in (self.out / "submissions").glob("*"):
            if path.name not in known:
                shutil.rmtree(path, ignore_errors=True)

    # ---- results ----

    def result(self, key: str) -> Optional[Dict[str, Any]]:
        """The result of a set of files; None if it has not been graded."""
        path = result_file(self.out, key)
        return read_json(path) if path.exists() else None

    def error(self, key: str) -> str:
        """Why a set of files has no result; empty if that is not known."""
        try:
            return clean(error_file(self.out, key).read_text("utf-8").strip(), 400)
        except FileNotFoundError:
            return ""

    def forget(self, key: str) -> None:
        """Remove a result and all that belongs to it, so that it is made anew."""
        shutil.rmtree(result_file(self.out, key).parent, ignore_errors=True)

    def bundles(self, key: str) -> str:
        """The folder that repeats failed runs, within the class folder; empty if there is none."""
        folder = bundles_folder(self.out, key)
        return str(folder.relative_to(self.out)) if folder.is_dir() else ""

    def keep_bundles(self, before: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Take the bundles of an older document over for tests whose results were kept."""
        if not before.get("bundles") or not new["bundles"]:
            return
        kept = {test["name"] for test in before["tests"]} & {test["name"] for test in new["tests"]}
        for bundle in (self.out / before["bundles"]).glob("*"):
            place = self.out / new["bundles"] / bundle.name
            if bundle.name in kept and not place.exists():
                shutil.copytree(bundle, place)

    def document_path(self, name: str) -> Path:
        """Where the document of a submission is."""
        return self.out / "results" / f"{name}.json"

    def document(self, name: str) -> Optional[Dict[str, Any]]:
        """The document of a submission; None if there is none."""
        path = self.document_path(name)
        return read_json(path) if path.exists() else None

    def write_document(self, name: str, document: Mapping[str, Any]) -> None:
        """Write the document of a submission."""
        write_json(self.document_path(name), document)

    def remove_document(self, name: str) -> None:
        """Remove the document of a submission."""
        if self.document_path(name).exists():
            self.document_path(name).unlink()


@contextmanager
def work_area(out: Path) -> Iterator[Path]:
    """A new folder to work in, removed afterwards; if not by us, then by the next run."""
    make_folder(out / "work")
    area = Path(tempfile.mkdtemp(prefix=AREA, dir=out / "work"))
    with (area / LOCK).open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield area
        finally:
            shutil.rmtree(area, ignore_errors=True)


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Have this process, and those that it starts, keep temporary files in a folder."""
    folder.mkdir()
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir, os.environ["TMPDIR"] = str(folder), str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before[0]
        if before[1] is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before[1]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file, unless it holds that already."""
    data = (json.dumps(value, indent=2, ensure_ascii=True) + "\n").encode("ascii")
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)


def read_json(path: Path) -> Dict[str, Any]:
    """Read a JSON file that this package has written."""
    try:
        return dict(json.loads(path.read_text(encoding="ascii")))
    except (OSError, ValueError) as error:
        raise GraderError(f"cannot read '{path}' ({error}): remove it") from None


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise GraderError(f"cannot lock the class folder: {error.strerror}") from None
        return False
    return True


def _remove_if_abandoned(area: Path) -> None:
    try:
        with (area / LOCK).open("a") as stream:
            if _try_lock(stream.fileno()):
                shutil.rmtree(area, ignore_errors=True)
    except FileNotFoundError:
        shutil.rmtree(area, ignore_errors=True)
