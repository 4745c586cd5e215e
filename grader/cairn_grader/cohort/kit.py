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
from typing import Any, Dict, Iterator, List, Mapping, Sequence

from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.errors import GraderError
from cairn_grader.make import ask
from cairn_grader.text import clean

#: Letters of a key.
KEY_LENGTH = 32
#: Of the kit, as patterns; {lab} is the number of a lab up to the one that is graded.
SOURCES = ("Makefile", "src/**/*", "scripts/*", "grader/tests/common/**/*")
GRADER = (
    "grader/audit/*",
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
    """What results depend on: digests of the kit's files, and versions of programs, by names."""
    return {"files": _files(root, settings.lab), "tools": _tools(root, settings)}


def difference(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> str:
    """In which way two such descriptions differ; empty if they do not."""
    tools = _different(expected["tools"], actual["tools"])
    if tools:
        before, now = (kit["tools"].get(tools[0], "not used") for kit in (expected, actual))
        return f"{tools[0]} is '{now}', not '{before}'"
    files = _different(expected["files"], actual["files"])
    if not files:
        return ""
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"the kit's files differ: {files[0]}{more}"


def _different(expected: Mapping[str, str], actual: Mapping[str, str]) -> List[str]:
    """The names that do not stand for the same in both, sorted."""
    names = {*expected, *actual}
    return sorted(name for name in names if expected.get(name) != actual.get(name))


def key_of(kit: Mapping[str, Any], settings: ClassSettings, digest: str) -> str:
    """The key of a set of files whose digest is given."""
    text = json.dumps([kit, settings.to_json(), digest], sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:KEY_LENGTH]


def digest_of(files: Mapping[str, bytes]) -> str:
    """A digest of names and contents of files."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        encoded = name.encode("utf-8", "surrogateescape")
        digest.update(b"%d %d\n" % (len(encoded), len(data)) + encoded + data)
    return digest.hexdigest()


def _files(root: Path, lab: int) -> Dict[str, str]:
    digests: Dict[str, str] = {}
    for path in sorted(set(_paths(root, lab))):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        digests[str(path.relative_to(root))] = digest[:KEY_LENGTH]
    return digests


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
