"""Runs a kernel in QEMU for its trace, so that the same kernel gives the same trace.

The machine is the grader's, without a test: no input, no devices of the host, and time that counts
instructions. It is faster than the grader's, because writing the trace takes the kernel's time too,
and should not look like work of the processes.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import List, Optional, Tuple

from cairn_grader.errors import GraderError
from cairn_grader.processes import Processes, find_program
from cairn_grader.qemu import LOG_FILE, kernel_options, machine_options, serial_options
from cairn_grader.run import CONSOLE_FILE, TRACE_FILE, WATCHDOG_MAX, read_capped
from cairn_grader.trace import TRACE_LIMIT

#: An instruction takes 2 to the power of this in nanoseconds: 250 million in a second.
SHIFT = 2
#: Seconds of real time after which the emulator is ended.
WALL_LIMIT = 300.0
#: The archive of programs beside the kernel, from lab 2 on.
PROGRAMS_FILE = "initrd.tar"
GROUPS = "sched,syscall,ipc"
#: Bytes of QEMU's log that are looked at.
LOG_LIMIT = 1 << 16


def command_line(append: str, limit: int) -> str:
    """The kernel's command line. Of an option that appears twice the first counts."""
    words = append.split()
    groups = [word[len("trace=") :] for word in words if word.startswith("trace=")]
    rest = [word for word in words if not word.startswith(("trace=", "limit="))]
    return " ".join(["poweroff", f"trace={','.join([GROUPS, *groups])}", f"limit={limit}", *rest])


def megabytes(memory: str) -> int:
    """A size as the Makefile takes it, such as 32M."""
    digits = memory[:-1] if memory[-1:] in ("m", "M") else memory
    if not digits.isdecimal() or int(digits) == 0:
        raise GraderError(f"MEMORY={memory} is not a number of megabytes; write it as MEMORY=32M")
    return int(digits)


def seconds(limit: str) -> int:
    """A limit of the machine's time, as the Makefile takes it."""
    if not limit.isdecimal() or not 1 <= int(limit) <= WATCHDOG_MAX:
        raise GraderError(f"LIMIT={limit} is not a number of seconds from 1 to {WATCHDOG_MAX}")
    return int(limit)


def run(kernel: Path, memory: int, line: str) -> Tuple[bytes, str]:
    """Boot a kernel and wait for its end; the trace, and what was unusual about the end."""
    if not kernel.is_file():
        raise GraderError(f"{kernel} is missing; build it with: make kernel")
    command = [find_program("qemu-system-i386", "qemu-system-x86")]
    command += machine_options(memory, shift=SHIFT) + serial_options()
    command += ["-d", "cpu_reset", "-D", LOG_FILE]
    folder = Path(tempfile.mkdtemp(prefix="cairn-trace-"))
    command += kernel_options(*_links(kernel, folder), line, folder)
    processes = Processes()
    try:
        with processes.start(command, folder, WALL_LIMIT) as emulator:
            emulator.wait()
        return read_capped(folder / TRACE_FILE, TRACE_LIMIT + 1), _trouble(
            folder, emulator.timed_out, emulator.errors()
        )
    finally:
        processes.kill_all()
        shutil.rmtree(folder, ignore_errors=True)


def _links(kernel: Path, folder: Path) -> Tuple[Path, Optional[Path]]:
    """Kernel and programs, by names that are the same in every run: the machine can read them."""
    link = folder / kernel.name
    link.symlink_to(kernel.resolve())
    programs = kernel.with_name(PROGRAMS_FILE)
    if not programs.is_file():
        return link, None
    (folder / PROGRAMS_FILE).symlink_to(programs.resolve())
    return link, folder / PROGRAMS_FILE


def _trouble(folder: Path, timed_out: bool, errors: List[str]) -> str:
    if timed_out:
        return f"QEMU did not end within {WALL_LIMIT:.0f} s of real time; lower LIMIT"
    if b"Triple fault" in read_capped(folder / LOG_FILE, LOG_LIMIT):
        return "a triple fault ended the run: an exception could not be reported"
    if errors:
        return f"QEMU says: {errors[-1]}"
    console = read_capped(folder / CONSOLE_FILE, LOG_LIMIT).strip()
    return "" if console else "the kernel printed nothing"
