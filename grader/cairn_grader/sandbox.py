"""The sandbox in which work of others is compiled and run: bubblewrap, and limits.

A sandboxed command sees the system's programs and libraries, read only, and the paths that it is
given; it has no network, no home, no /proc, no other processes, and an empty /tmp. Limits hold for
each of its processes: processor time, memory, the size of a file, and the number of processes. When
the grader or bubblewrap dies, everything in the sandbox dies.

An emulator is a sandboxed command like a compiler: interpreting a guest's instructions is no
wall by itself, since an error in a device's emulation would let the guest out.

Sources: bwrap(1), prlimit(1), namespaces(7), setrlimit(2).
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence

from cairn_grader.errors import GraderError
from cairn_grader.processes import TUNED

#: What of the system a sandbox shows. On most systems all but /usr are links into it. The last is
#: where Debian keeps the links that make `awk` one of several programs.
SYSTEM_FOLDERS = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    "/etc/alternatives",
)
LARGE_PAGES = "/sys/kernel/mm/transparent_hugepage"
#: Seconds of real time for the attempt that tells whether a sandbox can be made.
PATIENCE = 60
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What each process in a sandbox may use."""

    #: Seconds of processor time.
    seconds: int
    #: Bytes of address space.
    memory: int
    #: Bytes of each file that is written.
    file_size: int = 64 * MEBIBYTE
    #: Processes of the user at once. Linux exempts root from this one.
    processes: int = 1024


#: For make, compilers and linkers.
BUILDING = Limits(seconds=60, memory=1024 * MEBIBYTE)
#: For an emulator; what the machine's own memory takes comes on top.
EMULATING = Limits(seconds=600, memory=4096 * MEBIBYTE)


@dataclass(frozen=True)
class Sandbox:
    """What a sandboxed command sees and may use."""

    #: Paths that can be read, besides the system's.
    readable: Sequence[Path]
    #: Paths that can be written.
    writable: Sequence[Path]
    #: The folder in which the command starts.
    folder: Path
    limits: Limits

    def command(self, words: Sequence[str]) -> List[str]:
        """The command that runs `words` in the sandbox."""
        options = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent"]
        options += ["--new-session", "--hostname", "sandbox", "--clearenv"]
        options += ["--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LC_ALL", "C"]
        # For __TIME__ and __DATE__: what is built must not depend on when.
        options += ["--setenv", "SOURCE_DATE_EPOCH", "946684800"]
        for name, value in TUNED.items():
            options += ["--setenv", name, value]
        options += _system_options() + ["--tmpfs", "/tmp"]
        for option, paths in (("--ro-bind", self.readable), ("--bind", self.writable)):
            for path in paths:
                options += [option, str(path), str(path)]
        options += ["--chdir", str(self.folder), "--"]
        return options + _limited(self.limits) + list(words)


def _system_options() -> List[str]:
    options: List[str] = []
    for name in SYSTEM_FOLDERS:
        path = Path(name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            options += ["--ro-bind", name, name]
    # Where the C library looks whether there are large pages; see TUNED.
    options += ["--ro-bind-try", LARGE_PAGES, LARGE_PAGES]
    # Of the devices only the one that never gives anything: compilers would read others for ever.
    # No /proc: its list of mounts names the host's folders, and compilers quote lines of any file.
    return options + ["--tmpfs", "/dev", "--dev-bind", "/dev/null", "/dev/null"]


def _limited(limits: Limits) -> List[str]:
    return [
        "prlimit",
        f"--cpu={limits.seconds}",
        f"--as={limits.memory}",
        f"--fsize={limits.file_size}",
        f"--nproc={limits.processes}",
        "--core=0",
        "--",
    ]


def require() -> None:
    """GraderError unless sandboxes can be made here."""
    reason = why_impossible()
    if reason:
        raise GraderError(
            f"work of others is not graded without a sandbox, and {reason}; "
            "'make doctor' tells more, --trust grades without one"
        )


@functools.lru_cache(maxsize=None)
def why_impossible() -> str:
    """Why no sandbox can be made here; empty if one can."""
    for tool, package in (("bwrap", "bubblewrap"), ("prlimit", "util-linux")):
        if shutil.which(tool) is None:
            return f"{tool} is not installed (run scripts/setup.sh; package {package})"
    attempt = Sandbox((), (), Path("/"), BUILDING).command(["true"])
    try:
        done = subprocess.run(
            attempt,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "bubblewrap hangs on this system"
    if done.returncode != 0:
        return "bubblewrap may not make one: " + (done.stderr.strip() or "no reason given")
    return ""
