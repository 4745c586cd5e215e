"""From a submission to a kernel image and an initrd.

Of a submission, only the files that the lab lists are taken, as regular files of limited size
that are reached without links; they are copied into the build area and compiled by the kit's own
Makefile. Nothing else of a submission is looked at.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

from cairn_grader.errors import GraderError
from cairn_grader.text import clean

#: Largest file that is taken from a submission.
FILE_LIMIT = 256 << 10
#: Most lines of a compiler's output that are reported.
ERRORS_SHOWN = 12
#: The submission's folder within the build area.
AREA = "submission"


class BuildFailed(Exception):
    """A submission does not build; `errors` says why, line by line."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__(errors[0])
        self.errors = list(errors)


@dataclass(frozen=True)
class Recipe:
    """What to build."""

    root: Path
    lab: int
    #: The folder that holds labN-NAME/; not used for labs that `reference` names.
    submission: Path
    #: Where everything that is built goes.
    build: Path
    #: Labs taken from solutions/: "", "1,2" or "all".
    reference: str = ""
    #: Folders whose tests are linked in, and whose programs go into the initrd.
    tests: Sequence[Path] = ()
    debug: bool = True
    jobs: int = 2


@dataclass(frozen=True)
class Built:
    """What was built; the next build in the same place replaces it."""

    kernel: Path
    #: The programs; None for a lab that has none.
    initrd: Optional[Path]


def build(recipe: Recipe) -> Built:
    """Build an image and say where it is; BuildFailed if the submission is at fault."""
    for path in (recipe.root, recipe.build):
        if re.search(r"[\s:,'\"$]", str(path)):
            raise GraderError(f"make cannot work in '{path}': use a path without blanks or quotes")
    recipe.build.mkdir(parents=True, exist_ok=True)
    with _locked(recipe.build / "lock"):
        area = recipe.build / AREA
        take_submission(recipe.submission, _student_files(recipe), area)
        return _make_image(recipe, area)


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


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One grader at a time builds in a folder."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _write_if_changed(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)


def _student_files(recipe: Recipe) -> List[str]:
    """The files to take from the submission, as "lab1-memory/frame.c"."""
    if recipe.reference == "all":
        return []
    taken = [int(lab) for lab in recipe.reference.split(",") if lab]
    files: List[str] = []
    for lab in range(1, recipe.lab + 1):
        if lab not in taken:
            output = _make(recipe, ["-s", "lab-files", f"LAB={lab}"]).stdout
            files += output.split()
    return files


def _make_image(recipe: Recipe, area: Path) -> Built:
    rule = "graded-image: kernel; @printf 'image=%s:%s\\n' $(abspath $(OUT)/kernel.elf $(INITRD))"
    folders = " ".join(str(_relative(folder, recipe.root)) for folder in recipe.tests)
    done = _make(
        recipe,
        [
            f"--eval={rule}",
            f"-j{recipe.jobs}",
            "graded-image",
            f"LAB={recipe.lab}",
            f"REF={recipe.reference}",
            f"LABS={area}",
            f"BUILD={recipe.build}",
            f"TESTS={folders}",
            f"DEBUG={int(recipe.debug)}",
        ],
        fatal=False,
    )
    image = re.search(r"^image=(.*):(.*)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or image is None:
        output = done.stdout + done.stderr
        _blame_kit(output, area)
        raise BuildFailed(compile_errors(output, recipe.submission, area))
    kernel, initrd = image.groups()
    return Built(Path(kernel), Path(initrd) if initrd else None)


def _relative(folder: Path, root: Path) -> Path:
    return folder.relative_to(root) if root in folder.parents else folder


def _blame_kit(output: str, area: Path) -> None:
    """GraderError if what went wrong has nothing to do with the submission."""
    stopped = re.search(r"^(?:make: )?Makefile:\d+: \*\*\* (.*?)\.?  Stop\.$", output, re.MULTILINE)
    if stopped:
        raise GraderError(clean(stopped.group(1), 200))
    error = re.search(r"^(?:src|grader|solutions)/.* error: .*$", output, re.MULTILINE)
    if error and str(area) not in output and not re.search(r"\blabs/lab\d", output):
        raise GraderError(f"the kit itself does not build: {clean(error.group(0), 200)}")


def compile_errors(output: str, submission: Path, area: Path) -> List[str]:
    """The lines of a compiler's output that say what is wrong, with the student's paths."""
    own = re.sub(r"\blabs/(?=lab\d)", f"{submission}/", output.replace(str(area), "labs"))
    lines = [clean(line, 200) for line in own.splitlines()]
    first = next((i for i, line in enumerate(lines) if _is_error(line)), None)
    if first is None:
        return lines[-ERRORS_SHOWN:] or ["make failed without a word"]
    wanted = [line for line in lines[first:] if not line.startswith(("make", "  CC", "  LD"))]
    shown = wanted[:ERRORS_SHOWN]
    return shown if len(wanted) <= ERRORS_SHOWN else shown + ["..."]


def _is_error(line: str) -> bool:
    return re.search(r"error:|undefined reference|multiple definition|\*\*\*", line) is not None


def _make(
    recipe: Recipe, arguments: List[str], fatal: bool = True
) -> "subprocess.CompletedProcess[str]":
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS", "MAKEOVERRIDES")
    }
    environment["LC_ALL"] = "C"
    try:
        done = subprocess.run(
            ["make", "--no-print-directory", "-C", str(recipe.root)] + arguments,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise GraderError("make is not installed: run scripts/setup.sh") from None
    if fatal and done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GraderError(f"make failed: {clean(reason, 200)}")
    return done
