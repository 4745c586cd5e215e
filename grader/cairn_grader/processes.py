"""The emulators that are running, so that none outlives the grader.

Every emulator is started here and killed by its process id: when its real-time limit is over, and
when the grader is interrupted. Where the system has `setpriv`, the kernel kills it too if the
grader itself is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import List, Optional, Set, Type

from cairn_grader.errors import GraderError

STDERR_FILE = "emulator.err"
#: Environment of programs that allocate much and end soon, emulators and compilers. With few large
#: pages, and memory fetched in large pieces, QEMU is at work in two thirds of the time. Source: The
#: GNU C Library Reference Manual, "Memory Allocation Tunables"; other libraries ignore it.
TUNED = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=8388608"}
#: What a shell, and a sandbox, adds to the number of the signal that ended a command.
SIGNALLED = 128


class Processes:
    """All emulators of one grader."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Set["Emulator"] = set()
        self._closed = False

    def start(self, command: List[str], folder: Path, wall_limit: float) -> "Emulator":
        """Start an emulator in its folder."""
        with self._lock:
            if self._closed:
                raise GraderError("interrupted")
            emulator = Emulator(self, command, folder, wall_limit)
            self._running.add(emulator)
        return emulator

    def forget(self, emulator: "Emulator") -> None:
        """An emulator has ended."""
        with self._lock:
            self._running.discard(emulator)

    def kill_all(self) -> None:
        """Kill what runs, and start nothing more."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for emulator in running:
            emulator.kill()


class Emulator:
    """One emulator process; leaving its `with` block ends it."""

    def __init__(
        self, owner: Processes, command: List[str], folder: Path, wall_limit: float
    ) -> None:
        self._owner = owner
        self._stderr = folder / STDERR_FILE
        self.timed_out = False
        #: Seconds of processor time that it had used when its real time was over.
        self.busy = 0.0
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                guarded(command),
                cwd=folder,
                env={**TUNED, **os.environ},
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        self._timer = threading.Timer(wall_limit, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()

    def wait(self) -> int:
        """Wait for the end; return the exit status, negative for a signal."""
        status = self.process.wait()
        if status > SIGNALLED:  # A sandbox says it as a shell does.
            status = SIGNALLED - status
        self._timer.cancel()
        self._owner.forget(self)
        return status

    def output_tail(self, limit: int) -> bytes:
        """Read its standard output until it ends; return the last bytes."""
        assert self.process.stdout is not None
        tail = b""
        while True:
            data = os.read(self.process.stdout.fileno(), 1 << 16)
            if not data:
                return tail
            tail = (tail + data)[-limit:]

    def ended(self) -> bool:
        """Whether it has ended, without waiting."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """Kill it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()

    def interrupt(self) -> None:
        """Send it SIGINT, which stops the machine in Bochs' debugger."""
        if self.process.poll() is None:
            os.kill(_innermost(self.process.pid), signal.SIGINT)

    def errors(self, limit: int = 2000) -> List[str]:
        """The last lines that it wrote to its standard error output."""
        text = self._stderr.read_bytes()[-limit:].decode("utf-8", "replace")
        return [line for line in text.splitlines() if line.strip() and "warning" not in line]

    def _expire(self) -> None:
        self.timed_out = True
        self.busy = _processor_seconds(_innermost(self.process.pid))
        self.kill()


def _processor_seconds(process: int) -> float:
    """What a process has used; 0 if that cannot be told."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _innermost(process: int) -> int:
    """The process that was started last: within a sandbox that is the emulator itself."""
    children = Path(f"/proc/{process}/task/{process}/children")
    try:
        words = children.read_text(encoding="ascii").split()
    except OSError:
        words = []
    return _innermost(int(words[-1])) if words else process


def guarded(command: List[str]) -> List[str]:
    """The command, made to die with the grader where the system can do that."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or not os.path.isdir("/proc/self"):
        return command
    return [setpriv, "--pdeathsig", "KILL", "--"] + command


def find_program(name: str, package: str) -> str:
    """The path of a program; GraderError with the package to install if it is missing."""
    path = shutil.which(name)
    if path is None:
        raise GraderError(f"{name} is not installed: run scripts/setup.sh (package {package})")
    return path
