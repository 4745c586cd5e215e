"""One run of one image: what is booted, and what is left when it is over."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import List, Optional, Tuple

from cairn_grader.audit import Audit
from cairn_grader.catalogue import Test
from cairn_grader.elf import Elf
from cairn_grader.machine import Check
from cairn_grader.sandbox import EMULATING, MEBIBYTE, Sandbox
from cairn_grader.trace import Trace

#: Seconds of real time after which an emulator counts as dead.
WALL_LIMIT = 60.0
#: Seconds of guest time that the watchdog of QEMU's machine can count, at most.
WATCHDOG_MAX = 30
#: Most bytes of a console that are read.
CONSOLE_LIMIT = 1 << 20
#: Names of the files in the folder of a run.
CONSOLE_FILE = "console.txt"
TRACE_FILE = "trace.txt"


class End(enum.Enum):
    """How a run ended."""

    POWER_OFF = "power_off"
    RESET = "reset"
    TRIPLE_FAULT = "triple_fault"
    GUEST_LIMIT = "guest_limit"
    WALL_LIMIT = "wall_limit"
    #: As WALL_LIMIT, but the emulator was at work: the guest's time hardly moves.
    STALLED = "stalled"
    OUTPUT_LIMIT = "output_limit"
    DIED = "died"


@dataclass(frozen=True)
class Image:
    """A kernel that was built, in a place where nothing changes it any more."""

    kernel: Path
    elf: Elf
    #: The kit's folder, for its scripts.
    root: Path
    #: The programs; None for a lab that has none.
    initrd: Optional[Path] = None


@dataclass(frozen=True)
class Boot:
    """What to boot, and with what."""

    image: Image
    #: The tests of this run, in the order in which the kernel is to run them.
    tests: Tuple[Test, ...]
    seed: int
    shift: int
    #: The run's own folder; it exists and is empty.
    folder: Path
    wall_limit: float = WALL_LIMIT
    #: Whether the kernel is somebody else's, and the emulator runs in a sandbox.
    sandbox: bool = False
    #: A plugin that QEMU loads, and its options; None: none.
    plugin: Optional[Path] = None
    plugin_options: str = ""

    @property
    def limit(self) -> int:
        """Seconds of guest time for all tests together."""
        return sum(test.limit for test in self.tests)

    @property
    def memory(self) -> int:
        """Memory of the machine in MiB."""
        return self.tests[0].memory + self.seed % (self.tests[0].more_memory + 1)

    @property
    def grub(self) -> bool:
        """Whether to boot through GRUB where there is a choice."""
        return self.tests[0].boot == "grub"

    @property
    def quick(self) -> bool:
        """Whether QEMU's quick firmware is enough."""
        return self.tests[0].boot == "direct"

    @property
    def inspected(self) -> bool:
        """Whether a test wants the machine to be inspected."""
        return any(test.inspect is not None for test in self.tests)

    @property
    def command_line(self) -> str:
        """The kernel's command line."""
        names = ",".join(test.name for test in self.tests if test.in_kernel)
        words = [f"ktest={names}"] if names else []
        words += [f"seed={self.seed}", f"limit={min(self.limit, WATCHDOG_MAX)}"]
        if any(test.expect == "power_off" for test in self.tests):
            words.append("poweroff")
        return " ".join(words + self.tests[0].options.split())

    def timed_out(self, busy: float) -> End:
        """How a run ended that reached the limit of real time; `busy`: seconds at work."""
        return End.STALLED if busy > self.wall_limit / 4 else End.WALL_LIMIT

    def contained(self, command: List[str]) -> List[str]:
        """An emulator's command, in a sandbox if the kernel is somebody else's."""
        if not self.sandbox:
            return command
        given = (self.image.kernel, self.image.initrd, self.plugin)
        shown = [path for path in given if path is not None]
        memory = EMULATING.memory + self.memory * MEBIBYTE
        limits = replace(EMULATING, memory=memory)
        return Sandbox(shown, (self.folder,), self.folder, limits).command(command)


@dataclass(frozen=True)
class Inspected:
    """One inspection that took place."""

    test: str
    tag: str
    serial: int
    checks: Tuple[Check, ...]


@dataclass
class Run:
    """What a run left behind."""

    end: End
    #: What the emulator had to say about an unusual end.
    detail: List[str] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    console: str = ""
    inspected: List[Inspected] = field(default_factory=list)
    #: What the processor ran, if that was looked at.
    audit: Optional[Audit] = None
    #: Where the processor was, if the emulator was asked; innermost function first.
    backtrace: List[str] = field(default_factory=list)
    #: Seconds of real time.
    seconds: float = 0.0


def read_capped(path: Path, limit: int) -> bytes:
    """The first bytes of a file; nothing if there is no such file."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        return b""


def read_tail(path: Path, limit: int) -> bytes:
    """The last bytes of a file; nothing if there is no such file."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - limit))
            return stream.read(limit)
    except FileNotFoundError:
        return b""
