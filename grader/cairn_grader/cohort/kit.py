"""What of the kit and of this machine a result depends on, and the key of a set of files.

Results are found again by their key, so a key must change whenever a result could: with any byte
of the kit's sources, tests and grader, of the solutions, with the version of a compiler or an
emulator, with a setting, and with the submission itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.errors import GraderError
from cairn_grader.make import ask
from cairn_grader.text import clean

#: Letters of a key.
KEY_LENGTH = 32
#: Of the kit, as patterns; {lab} is the number of a lab up to the one that is graded.
SOURCES = ("Makefile", "src/**/*", "scripts/*", "grader/tests/common/**/*")
GRADER = (
    "grader/cairn_grader/*.py",
    "grader/cairn_grader/cohort/reference.py",
    "grader/cairn_grader/cohort/settings.py",
    "grader/cairn_grader/cohort/task.py",
)
OF_LAB = ("grader/tests/lab{lab}/**/*",)
OF_LABS = ("solutions/lab{lab}-*/*",)
#: The commands that tell the versions of emulators, and of what makes their discs.
QEMU = ("qemu-system-i386", "--version")
BOCHS = ("bochs", "--help")
DISCS = ("grub-mkrescue", "--version")
#: Seconds for such a command.
PATIENCE = 60


def files_to_take(root: Path, settings: ClassSettings) -> List[str]:
    """The files that are graded, as "lab1-memory/frame.c"."""
    taken = [int(lab) for lab in settings.reference.split(",") if lab]
    files: List[str] = []
    for lab in range(1, settings.lab + 1):
        if lab not in taken:
            files += ask(root, "lab-files", f"LAB={lab}").split()
    return files


def describe_kit(root: Path, settings: ClassSettings) -> Dict[str, Any]:
    """What results depend on: a fingerprint of files, and versions by the names of programs."""
    return {"files": _fingerprint(root, settings.lab), "tools": _tools(root, settings)}


def difference(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> str:
    """In which way two such descriptions differ; empty if they do not."""
    names = sorted({*expected["tools"], *actual["tools"]})
    for name in names:
        before, now = (kit["tools"].get(name, "not used") for kit in (expected, actual))
        if before != now:
            return f"{name} is '{now}', not '{before}'"
    return "" if expected["files"] == actual["files"] else "the kit's files differ"


def key_of(kit: Mapping[str, Any], settings: ClassSettings, digest: str) -> str:
    """The key of a set of files whose digest is given."""
    text = json.dumps([kit, settings.to_json(), digest], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:KEY_LENGTH]


def digest_of(files: Mapping[str, bytes]) -> str:
    """A digest of names and contents of files."""
    return _digest((name, files[name]) for name in sorted(files))


def _digest(named: Iterable[Tuple[str, bytes]]) -> str:
    digest = hashlib.sha256()
    for name, data in named:
        encoded = name.encode("utf-8", "surrogateescape")
        digest.update(b"%d %d\n" % (len(encoded), len(data)) + encoded + data)
    return digest.hexdigest()


def _fingerprint(root: Path, lab: int) -> str:
    paths = sorted(set(_paths(root, lab)))
    return _digest((str(path.relative_to(root)), path.read_bytes()) for path in paths)


def _paths(root: Path, lab: int) -> Iterator[Path]:
    patterns = [*SOURCES, *GRADER, *(pattern.format(lab=lab) for pattern in OF_LAB)]
    for number in range(1, lab + 1):
        patterns += [pattern.format(lab=number) for pattern in OF_LABS]
    for pattern in patterns:
        for path in root.glob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _tools(root: Path, settings: ClassSettings) -> Dict[str, str]:
    compilers = ask(root, "--eval=tools: ; @printf '%s\\n' '$(CC)' '$(LD)'", "tools")
    commands: List[Sequence[str]] = [(*line.split(), "--version") for line in compilers.split("\n")]
    commands = [command for command in commands if len(command) > 1]
    commands += [QEMU] if "qemu" in settings.emulators else []
    commands += [BOCHS] if "bochs" in settings.emulators else []
    commands += [DISCS] if shutil.which(DISCS[0]) else []
    return {command[0]: _version(command) for command in commands}


def _version(command: Sequence[str]) -> str:
    """The first line with a digit that a command prints."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise GraderError(f"{command[0]} is not installed: run scripts/setup.sh") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GraderError(f"{command[0]} does not tell its version ({error})") from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return clean(next((line.strip() for line in lines if any(map(str.isdigit, line))), ""), 120)
