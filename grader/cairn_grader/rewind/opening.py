"""Reading a bundle, which may come from anybody: only its own files, and only if they are whole."""

from __future__ import annotations

import json
import re
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Callable, Dict, Iterator, Optional, Tuple

from cairn_grader.bundle import CONSOLE, DESCRIPTION, INITRD, KERNEL, SCHEMA, TRACE, file_hash
from cairn_grader.errors import GraderError
from cairn_grader.findings import Finding
from cairn_grader.text import clean
from cairn_grader.trace import Trace

#: Largest file of a bundle.
FILE_LIMIT = 64 << 20
#: Names of the files that a bundle may hold.
FILE_NAME = re.compile(r"labs/lab[1-9]-[a-z0-9-]+/[A-Za-z0-9_]+\.[A-Za-z]+")
#: Names of programs in an initrd, and where GDB's commands look for them beside a kernel.
PROGRAM_NAME = re.compile(r"[a-z]+/[A-Za-z0-9_]+")
PROGRAMS = "user"
FIXED_NAMES = (DESCRIPTION, KERNEL, INITRD, TRACE, CONSOLE)
MEMORY_MAX, SHIFT_MAX, COMMAND_LINE_MAX = 2048, 10, 1000


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are in a folder of our own."""

    folder: Path
    lab: int
    test: str
    seed: int
    #: The icount shift.
    schedule: int
    memory: int
    command_line: str
    #: Whether QEMU's quick firmware booted it.
    quick: bool
    #: Whether the grader stopped the machine to look at it.
    inspected: bool
    verdict: str
    finding: Finding
    #: How the run ended.
    end: str
    #: Where it failed; see bundle.Failure.
    failure: str
    event: Optional[int]
    #: The fingerprint of its trace.
    trace: str

    @property
    def kernel(self) -> Path:
        """The kernel."""
        return self.folder / KERNEL

    @property
    def initrd(self) -> Optional[Path]:
        """Its programs, if it has programs."""
        path = self.folder / INITRD
        return path if path.is_file() else None


def whole_run(folder: Path, name: str, schedule: int, memory: int, command_line: str) -> Bundle:
    """A bundle of a run that is no test's, and has not failed: it is replayed from end to end."""
    return Bundle(
        folder=folder,
        lab=1,
        test=name,
        seed=0,
        schedule=schedule,
        memory=memory,
        command_line=command_line,
        quick=False,
        inspected=False,
        verdict="",
        finding=Finding("nothing", "nothing happens"),
        end="power_off",
        failure="end",
        event=None,
        trace=Trace().fingerprint(),
    )


#: Opens a file of a bundle by its name; None if it is not there.
_Opener = Callable[[str], Optional[IO[bytes]]]


def open_bundle(source: Path, folder: Path) -> Bundle:
    """Copy a bundle, a folder or an archive, into an empty folder; GraderError if it is no good."""
    with _opener(source) as opener:
        _copy(opener, source, DESCRIPTION, folder)
        description = _read_description(source, folder / DESCRIPTION)
        for name, wanted in _files(source, description).items():
            _copy(opener, source, name, folder)
            if file_hash(folder / name) != wanted:
                raise _damaged(source, f"{name} is not the file that was written")
    if (folder / INITRD).is_file():
        _unpack_programs(source, folder)
    if description.get("boot") != "direct":
        raise GraderError(f"'{source}' boots through GRUB from a CD-ROM, which is not replayed")
    try:
        return _bundle(description, folder)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(source, f"{DESCRIPTION} lacks something ({clean(str(error), 80)})") from None


def _damaged(source: Path, reason: str) -> GraderError:
    return GraderError(f"the bundle '{source}' is damaged: {reason}")


@contextmanager
def _opener(source: Path) -> Iterator[_Opener]:
    """What opens the files of a bundle."""
    if source.is_dir():
        yield lambda name: _open_regular(source / name)
        return
    try:
        with tarfile.open(source) as archive:
            members = _members(archive)
            yield lambda name: archive.extractfile(members[name]) if name in members else None
    except FileNotFoundError:
        raise GraderError(f"there is no bundle '{source}'") from None
    except (tarfile.TarError, EOFError, OSError):
        raise GraderError(f"'{source}' is no bundle: neither a folder nor a .tar.gz") from None


def _open_regular(path: Path) -> Optional[IO[bytes]]:
    if path.is_symlink() or not path.is_file():
        return None
    return path.open("rb")


def _members(archive: tarfile.TarFile) -> Dict[str, tarfile.TarInfo]:
    """The regular files by their path below the folder that holds bundle.json."""
    files = {_plain(member.name): member for member in archive if member.isreg()}
    for name in files:
        if name == DESCRIPTION or name.endswith("/" + DESCRIPTION):
            top = name[: -len(DESCRIPTION)]
            return {key[len(top) :]: files[key] for key in files if key.startswith(top)}
    return {}


def _plain(name: str) -> str:
    return name[2:] if name.startswith("./") else name


def _copy(opener: _Opener, source: Path, name: str, folder: Path) -> None:
    """Copy one file of a bundle."""
    stream = opener(name)
    if stream is None:
        if name == DESCRIPTION:
            raise GraderError(f"'{source}' is no bundle: it has no {DESCRIPTION}")
        raise _damaged(source, f"{name} is missing")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with stream:
        data = stream.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise _damaged(source, f"{name} is larger than {FILE_LIMIT >> 20} MiB")
    target.write_bytes(data)


def _unpack_programs(source: Path, folder: Path) -> None:
    """Put the programs where GDB's commands look for them; they have symbols, but no lines."""
    try:
        with tarfile.open(folder / INITRD) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isreg() else None
                if stream is not None and PROGRAM_NAME.fullmatch(member.name):
                    target = folder / PROGRAMS / f"{member.name}.elf"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(stream.read(FILE_LIMIT))
    except (tarfile.TarError, EOFError):
        raise _damaged(source, f"{INITRD} is no archive") from None


def _read_description(source: Path, path: Path) -> Dict[str, Any]:
    try:
        description = json.loads(path.read_text(encoding="ascii"))
    except (ValueError, RecursionError):
        raise _damaged(source, f"{DESCRIPTION} is not JSON") from None
    if not isinstance(description, dict) or description.get("schema") != SCHEMA:
        raise GraderError(f"'{source}' is no bundle that this kit reads: it needs {SCHEMA}")
    return description


def _files(source: Path, description: Dict[str, Any]) -> Dict[str, str]:
    """The files that a bundle says it has."""
    files = description.get("files")
    if not isinstance(files, dict) or not {KERNEL, TRACE} <= set(files):
        raise _damaged(source, f"{DESCRIPTION} does not list its files")
    for name in files:
        if name not in FIXED_NAMES[1:] and not FILE_NAME.fullmatch(name):
            raise _damaged(source, f"it lists '{clean(name, 80)}', which no bundle has")
    return files


def _bundle(description: Dict[str, Any], folder: Path) -> Bundle:
    """The description with its types checked."""
    finding, failure = description["finding"], description["failure"]
    event = failure["event"]
    return Bundle(
        folder=folder,
        lab=_number(description, "lab", (1, 9)),
        test=_text(description, "test"),
        seed=_number(description, "seed", (0, (1 << 32) - 1)),
        schedule=_number(description, "schedule", (0, SHIFT_MAX)),
        memory=_number(description, "memory", (1, MEMORY_MAX)),
        command_line=_text(description, "command_line"),
        quick=_text(description, "boot") == "direct",
        inspected=bool(description["inspected"]),
        verdict=_text(description, "verdict"),
        finding=Finding(
            _text(finding, "expected"),
            _text(finding, "actual"),
            _text(finding, "what"),
            _text(finding, "file"),
            _number(finding, "line", (0, 1 << 32)),
        ),
        end=_text(description, "end"),
        failure=_text(failure, "kind"),
        event=None if event is None else _number(failure, "event", (0, 1 << 32)),
        trace=_text(description, "trace"),
    )


def _number(source: Dict[str, Any], key: str, bounds: Tuple[int, int]) -> int:
    value = source[key]
    if not isinstance(value, int) or not bounds[0] <= value <= bounds[1]:
        raise ValueError(key)
    return value


def _text(source: Dict[str, Any], key: str) -> str:
    value = source[key]
    if not isinstance(value, str) or len(value) > COMMAND_LINE_MAX:
        raise ValueError(key)
    return clean(value, COMMAND_LINE_MAX)
