"""What the tests of scripts/doctor.sh share: running some of its checks where something is broken.

Each test breaks one thing in earnest, as far as that is possible without harm to the machine, and
asks for the line about it. Only the checks in question run, since all of them take seconds.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Mapping, Sequence

from kit import ROOT, KitTest, path_without

#: How GDB, QEMU and the others say their versions; {} is the version.
VERSIONS = {
    "make": "GNU Make {}",
    "gcc": "gcc (Debian {0}-6) {0}",
    "ld": "GNU ld (GNU Binutils for Debian) {}",
    "clang": "Debian clang version {}",
    "qemu-system-i386": "QEMU emulator version {0} (Debian 1:{0}+dfsg-11+deb11u3)",
    "xorriso": "xorriso {} : RockRidge filesystem manipulator, libburnia project.",
    "grub-mkrescue": "grub-mkrescue (GRUB) {}-ubuntu1",
    "python3": "Python {}",
    "gdb": "GNU gdb (Debian {0}-1.7) {0}",
    "doxygen": "{}",
    "bwrap": "bubblewrap {}",
}


@functools.lru_cache(maxsize=None)
def can(*command: str) -> bool:
    """Whether a command works here; for means that not every system permits."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def real(tool: str) -> str:
    """The path of a command as it is on this machine."""
    path = shutil.which(tool)
    assert path is not None, f"{tool} is not installed"
    return os.path.realpath(path) if tool != "clang" else path


class DoctorTest(KitTest):
    """A test that runs the doctor."""

    def examine(
        self,
        status: int,
        *checks: str,
        absent: Sequence[str] = (),
        fake: Mapping[str, str] = {},
        kit: Path = ROOT,
        **env: str,
    ) -> str:
        """Run some checks, with some commands absent and others replaced; what is printed."""
        if absent:
            env["PATH"] = path_without(self.folder / "bin", absent, fake)
        elif fake:
            env["PATH"] = f"{self.fakes(fake)}:{os.environ['PATH']}"
        script = kit / "scripts/doctor.sh"
        return self.must_end_with(status, "sh", script, *checks, env=env).stdout

    def fakes(self, scripts: Mapping[str, str]) -> Path:
        """A folder with shell scripts in place of commands."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for name, script in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder

    def found(self, printed: str, kind: str, check: str, what: str, remedy: str) -> None:
        """There is a line of this kind about a check, which says what is wrong, and what to do."""
        lines = [line for line in printed.splitlines() if re.match(rf"{kind} +{check} ", line)]
        pattern = rf"{what}.*; .*{remedy}"
        if not any(re.search(pattern, line) for line in lines):
            self.fail(f"no line `{kind} {check} ... {pattern}` in\n{printed}")

    def remedy(self, printed: str) -> str:
        """What the first line that has something to type says to type."""
        match = re.search(r"; type: (.*)", printed)
        assert match is not None, printed
        return match.group(1)
