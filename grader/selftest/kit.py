"""What the tests of the kit share: where it is, running commands, copies of it to spoil."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import compilers

ROOT = Path(__file__).resolve().parent.parent.parent
# unittest leaves the frames of this file out of tracebacks.
__unittest = True
# Folders that hold no source, and would only make a copy slow.
NOT_COPIED = ("build", "handin", ".git", "__pycache__")


def run(
    *command: Union[str, Path],
    cwd: Path = ROOT,
    env: Optional[Mapping[str, str]] = None,
    timeout: float = 120,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a command and collect what it prints. Entries of env are added to the environment."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(env or {}),
        timeout=timeout,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def clean_environment(extra: Mapping[str, str]) -> Dict[str, str]:
    """The environment without what a make above us would pass on to a make below us."""
    left_out = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, **extra}


def have(*tools: str) -> bool:
    """Whether every one of these commands exists."""
    return all(shutil.which(tool) for tool in tools)


def need(*tools: str) -> Any:
    """Decorator: skip the test, with a reason, where one of these commands is missing."""
    absent = [tool for tool in tools if not shutil.which(tool)]
    return unittest.skipIf(absent, "not installed: " + ", ".join(absent))


class Stopwatch:
    """Real time, and how much of the machine others used meanwhile."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.busy_before = machine_seconds()
        self.own_before = own_seconds()

    def stop(self) -> None:
        """Take the time; what ran since the start must have ended."""
        self.seconds = time.monotonic() - self.begun
        own = own_seconds() - self.own_before
        others = machine_seconds() - self.busy_before - own
        self.share_of_others = others / (self.seconds * (os.cpu_count() or 1))

    def must_be_at_most(self, test: unittest.TestCase, limit: float) -> None:
        """Skip with the figure if it took longer: no test may fail for the speed of its host."""
        if self.seconds > limit:
            test.skipTest(
                f"took {self.seconds:.1f} s, more than {limit:.0f} s; others used "
                f"{self.share_of_others:.0%} of the machine meanwhile"
            )


def machine_seconds() -> float:
    """Seconds of work that all processors have done since the machine started."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Seconds of work that this process and its ended children have done."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class KitTest(unittest.TestCase):
    """A test with a temporary directory, and with assertions about commands."""

    def setUp(self) -> None:
        """Make the directory; it is removed when the test is over."""
        self.folder = Path(tempfile.mkdtemp(prefix="kit-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def copy_of_kit(self) -> Path:
        """A copy of the tree that the test may spoil."""
        target = self.folder / "kit"
        shutil.copytree(
            ROOT, target, symlinks=True, ignore=shutil.ignore_patterns(*NOT_COPIED)
        )
        return target

    def must_succeed(
        self, *command: Union[str, Path], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that must end with status 0."""
        return self.must_end_with(0, *command, **options)

    def must_end_with(
        self, status: int, *command: Union[str, Path], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that must end with the given status."""
        done = run(*command, **options)
        if done.returncode != status:
            words = " ".join(str(word) for word in command)
            self.fail(
                f"`{words}` ended with status {done.returncode}, not {status}\n"
                f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            )
        return done


def path_without(folder: Path, absent: Sequence[str], fake: Mapping[str, str]) -> str:
    """
    A PATH on which some commands are absent and others replaced by shell scripts.

    folder becomes a directory of links to everything else that PATH offers now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    there = {*os.listdir(folder), *absent, *fake}
    for directory in dict.fromkeys(map(os.path.realpath, os.environ["PATH"].split(os.pathsep))):
        if os.path.isdir(directory) and os.path.basename(directory) != compilers.FOLDER:
            for name in set(os.listdir(directory)) - there:
                os.symlink(f"{directory}/{name}", f"{folder}/{name}")
                there.add(name)
    for name, script in fake.items():
        (folder / name).write_text("#!/bin/sh\n" + script + "\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    return str(folder)
