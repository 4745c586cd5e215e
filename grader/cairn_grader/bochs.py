"""One run in Bochs, the second opinion.

Written for Bochs 2.7 as Debian ships it: with its debugger, which reads commands from a pipe,
and with no display but rfb, which does not wait for a viewer. Bochs always boots through GRUB.
Time in the guest is counted in instructions from the kernel's first one on. A processor that has
halted for good never reaches a breakpoint; then the debugger is interrupted, to look at the clock.
"""

from __future__ import annotations

import os
import re
import select
import struct
import time
from pathlib import Path
from typing import Dict, List, Optional

from cairn_grader import iso
from cairn_grader.elf import Elf
from cairn_grader.errors import EmulatorError
from cairn_grader.inspector import Inspector
from cairn_grader.pagewalk import physical_address
from cairn_grader.processes import Emulator, Processes, find_program
from cairn_grader.run import (
    CONSOLE_FILE,
    CONSOLE_LIMIT,
    TRACE_FILE,
    Boot,
    End,
    Run,
    read_capped,
    read_tail,
)
from cairn_grader.trace import TRACE_LIMIT, parse_trace

CONFIG_FILE = "bochsrc"
LOG_FILE = "bochs.log"
SHARE = os.environ.get("BXSHARE", "/usr/share/bochs")
#: Seconds of real time between two looks at the log of a machine that does not stop.
LOOK_INTERVAL = 0.5
#: Seconds of real time after which such a machine is interrupted in any case. Rarely, because
#: Bochs does not survive an interrupt at every moment.
PATIENCE = 20.0
#: What Bochs logs when the processor halts with interrupts off.
HALTED = b"HLT instruction with IF=0"
LOG_TAIL = 1 << 12
#: What EAX holds when a multiboot loader enters a kernel.
MULTIBOOT_MAGIC = 0x2BADB002
#: Instructions that the BIOS and GRUB need, at most; several times what was measured.
LOADER_TICKS = 2_000_000_000
BACKTRACE_MAX = 16
LOG_LIMIT = 16 << 20

_PROMPT = re.compile(rb"<bochs:\d+> $")
_CONFIG = """\
display_library: rfb, options="timeout=0"
plugin_ctrl: speaker=0, gameport=0, parallel=0, extfpuirq=0
romimage: file={share}/BIOS-bochs-latest
vgaromimage: file={share}/VGABIOS-lgpl-latest
megs: {memory}
cpu: ips={ips}, reset_on_triple_fault=0
clock: sync=none, time0=946684800
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={console}
com2: enabled=1, mode=file, dev={trace}
log: {log}
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""


def instructions_per_second(shift: int) -> int:
    """Bochs' speed for a schedule: the same as QEMU's with this icount shift."""
    return 10**9 >> shift


class Debugger:
    """Bochs' debugger, over pipes."""

    def __init__(self, emulator: Emulator, log: Path) -> None:
        assert emulator.process.stdin is not None and emulator.process.stdout is not None
        self._emulator = emulator
        self._log = log
        self._stdin = emulator.process.stdin
        self._stdout = emulator.process.stdout.fileno()

    def wait_prompt(self, impatient: bool = False) -> Optional[str]:
        """Everything up to the next prompt; None if Bochs ended instead.

        If `impatient`, a machine that has halted for good is interrupted.
        """
        output = b""
        waited = 0.0
        while _PROMPT.search(output[-32:]) is None:
            if impatient and not select.select([self._stdout], [], [], LOOK_INTERVAL)[0]:
                waited += LOOK_INTERVAL
                if waited >= PATIENCE or HALTED in read_tail(self._log, LOG_TAIL):
                    self._emulator.interrupt()
                continue
            data = os.read(self._stdout, 65536)
            if not data:
                return None
            output += data
        return output.decode("latin-1")

    def command(self, text: str, impatient: bool = False) -> Optional[str]:
        """Type a command; return what it printed, or None if Bochs ended."""
        try:
            self._stdin.write(text.encode() + b"\n")
        except BrokenPipeError:
            return None
        return self.wait_prompt(impatient)

    def ask(self, text: str) -> str:
        """As command(), for a command during which Bochs does not end."""
        answer = self.command(text)
        if answer is None:
            raise EmulatorError(f"Bochs ended during the debugger command '{text}'")
        return answer

    def read_physical(self, address: int, size: int) -> bytes:
        """Read physical memory."""
        count = (size + 3) // 4
        answer = self.ask(f"xp /{count}wx 0x{address:x}")
        words = [
            int(word, 16)
            for line in re.findall(r"^0x[0-9a-f]+ <[^>]*>:\s+(.*)$", answer, re.MULTILINE)
            for word in line.split()
        ]
        if len(words) != count:
            raise EmulatorError(f"physical address 0x{address:x} cannot be read")
        return struct.pack(f"<{count}I", *words)[:size]

    def registers(self) -> Dict[str, int]:
        """The registers by their 32-bit names."""
        general = re.findall(r"^r(..)\s*: [0-9a-f]{8}_([0-9a-f]{8})", self.ask("r"), re.MULTILINE)
        control = re.findall(r"^(CR[0234])=\D*(0x[0-9a-f]+)", self.ask("creg"), re.MULTILINE)
        result = {"e" + name: int(value, 16) for name, value in general}
        result.update({name.lower(): int(value, 16) for name, value in control})
        return result

    def ticks(self) -> int:
        """Instructions since power-on."""
        match = re.search(r"(\d+)", self.ask("ptime").split("ptime", 1)[-1])
        if match is None:
            raise EmulatorError("Bochs' debugger does not say the time")
        return int(match.group(1))


class _Session:
    """A run from the loader's first instruction to the end."""

    def __init__(self, boot: Boot, debugger: Debugger, inspector: Inspector) -> None:
        self._boot = boot
        self._debugger = debugger
        self._inspector = inspector
        self._deadline = LOADER_TICKS
        self.backtrace: List[str] = []

    def follow(self) -> End:
        """Let the machine run; DIED stands for any end that Bochs decided on by itself."""
        self._debugger.wait_prompt()
        if not self._reach_kernel():
            return End.DIED
        limit = self._boot.limit * instructions_per_second(self._boot.shift)
        self._deadline = self._debugger.ticks() + limit
        self._debugger.ask(f"sb {limit}")
        if self._boot.inspected:
            self._debugger.ask(f"pb 0x{self._inspector.address:x}")
        while self._continue():
            if self._debugger.ticks() >= self._deadline:
                self.backtrace = backtrace(self._debugger, self._boot.image.elf)
                return End.GUEST_LIMIT
            self._inspector.stopped(self._debugger, self._debugger.registers())
        return End.DIED

    def _reach_kernel(self) -> bool:
        """Run until GRUB enters the kernel; False if that does not happen."""
        entry = self._boot.image.elf.entry
        self._debugger.ask(f"pb 0x{entry:x}")
        while self._continue():
            registers = self._debugger.registers()
            if registers["eip"] == entry and registers["eax"] == MULTIBOOT_MAGIC:
                self._debugger.ask("bpd 1")
                self._debugger.ask("del 1")
                return True
            if self._debugger.ticks() > LOADER_TICKS:
                return False
        return False

    def _continue(self) -> bool:
        return self._debugger.command("c", impatient=True) is not None


def run(boot: Boot, processes: Processes) -> Run:
    """Boot an image and wait until the run is over."""
    command = [find_program("bochs", "bochs"), "-q", "-f", CONFIG_FILE]
    (boot.folder / CONFIG_FILE).write_text(_config(boot), encoding="ascii")
    started = time.monotonic()
    inspector = Inspector(boot)
    with processes.start(boot.contained(command), boot.folder, boot.wall_limit) as emulator:
        session = _Session(boot, Debugger(emulator, boot.folder / LOG_FILE), inspector)
        try:
            end = session.follow()
        except (EmulatorError, OSError):
            end = End.DIED
    result = _result(boot, end, emulator)
    result.inspected = inspector.results
    result.backtrace = session.backtrace
    result.seconds = time.monotonic() - started
    return result


def backtrace(debugger: Debugger, elf: Elf) -> List[str]:
    """The functions on the stack of the stopped machine, innermost first."""
    registers = debugger.registers()
    code = [registers["eip"]]
    frame = registers["ebp"]
    while len(code) < BACKTRACE_MAX and frame:
        try:
            frame, address = struct.unpack("<2I", _read_virtual(debugger, registers, frame))
        except (EmulatorError, KeyError):
            break
        if address:
            code.append(address - 1)
    return [elf.describe(address) for address in code]


def _read_virtual(debugger: Debugger, registers: Dict[str, int], address: int) -> bytes:
    """The two words of a stack frame."""
    paging = registers["cr0"] >> 31
    place = physical_address(debugger, registers["cr3"], address) if paging else address
    if place is None:
        raise EmulatorError("the stack is not mapped")
    return debugger.read_physical(place, 8)


def _config(boot: Boot) -> str:
    return _CONFIG.format(
        share=SHARE,
        memory=boot.memory,
        ips=instructions_per_second(boot.shift),
        iso=iso.make(boot).name,
        console=CONSOLE_FILE,
        trace=TRACE_FILE,
        log=LOG_FILE,
    )


def _result(boot: Boot, end: End, emulator: Emulator) -> Run:
    trace = parse_trace(read_capped(boot.folder / TRACE_FILE, TRACE_LIMIT + 1))
    console = read_capped(boot.folder / CONSOLE_FILE, CONSOLE_LIMIT).decode("latin-1")
    result = Run(end, trace=trace, console=console)
    if emulator.timed_out:
        result.end = boot.timed_out(emulator.busy)
    elif end is End.DIED:
        log = read_capped(boot.folder / LOG_FILE, LOG_LIMIT).decode("latin-1")
        _explain_end(result, log, boot.image.elf)
        if result.end is End.DIED:
            result.detail += [f"exit status {emulator.process.returncode}"] + emulator.errors()
    return result


def _explain_end(result: Run, log: str, elf: Elf) -> None:
    """Bochs ends by a panic of its own, and its log says which."""
    panics = re.findall(r"^\d+p\[(.*?)\] >>PANIC<< (.*)$", log, re.MULTILINE)
    reason = panics[-1][1] if panics else "Bochs ended without a reason"
    if "shutdown requested" in reason:
        result.end = End.POWER_OFF
    elif "exception with no resolution" in reason:
        result.end = End.TRIPLE_FAULT
        state = dict(re.findall(r"\b(EIP|CR2|ESP)=(?:0x)?([0-9a-f]{8})\b", log))
        place = elf.describe(int(state.get("EIP", "0"), 16))
        result.detail.append(
            f"it was in {place}; " + " ".join(f"{k}={v}" for k, v in state.items())
        )
    else:
        result.detail = [f"Bochs stopped: {reason}"]
