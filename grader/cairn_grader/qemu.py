"""One run in QEMU.

With `-icount` an instruction takes a fixed time of the guest, and with constant clocks and no
default devices nothing of the host reaches the machine, so a run repeats exactly. Serial ports
go to files, because a socket's back pressure would be visible to the guest.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import List, Optional

from cairn_grader import iso
from cairn_grader.errors import EmulatorError
from cairn_grader.gdbstub import GdbClient
from cairn_grader.inspector import Inspector
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

GDB_SOCKET = "gdb.sock"
LOG_FILE = "qemu.log"
#: Bytes of QEMU's logs that are looked at.
LOG_TAIL = 1 << 16
EXCEPTIONS_SHOWN = 3
#: A firmware that does little and so takes little time. It makes no text screen, and leaves the
#: local APIC as it is after a reset, where no interrupt of the 8259 passes: so there is none.
#: Sources: qboot's README; Intel SDM volume 3, "Local APIC State After Power-Up Reset".
QUICK_FIRMWARE = ("-bios", "qboot.rom", "-cpu", "qemu32,-apic")
#: Exit statuses of isa-debug-exit for the reasons of src/kernel/x86/power.h.
POWER_OFF_STATUSES = (1, 3, 5)


def machine_options(
    memory: int, icount: bool = True, shift: int = 5, quick: bool = False
) -> List[str]:
    """The options that make a machine, without what it boots and where its output goes.

    `quick`: with QUICK_FIRMWARE, which is enough for most kernels that QEMU itself loads.
    The VAPIC, of use to KVM alone, is off: its reset can lock up a machine that goes back to an
    earlier state of a recording, and a recording must be of the same machine.
    """
    options = ["-M", "pc", "-m", f"{memory}M", "-nodefaults", "-no-user-config"]
    options += ["-display", "none", "-vga", "std", "-no-reboot", "-sandbox", "on"]
    options += ["-rtc", "base=2000-01-01T00:00:00,clock=vm"]
    options += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    options += ["-device", "ib700", "-action", "watchdog=inject-nmi"]
    options += ["-global", "apic-common.vapic=off"]
    if quick:
        options += QUICK_FIRMWARE
    if icount:
        options += ["-icount", f"shift={shift},align=off,sleep=off"]
    return options


def serial_options() -> List[str]:
    """COM1 and COM2 to files of the current folder."""
    options: List[str] = []
    for name, file in (("console", CONSOLE_FILE), ("trace", TRACE_FILE)):
        options += ["-chardev", f"file,id={name},path={file}", "-serial", f"chardev:{name}"]
    return options


def boot_options(boot: Boot) -> List[str]:
    """What the machine boots: the kernel itself, or a CD-ROM with GRUB."""
    if boot.grub:
        image = iso.make(boot)
        return ["-drive", f"file={image.name},format=raw,if=ide,media=cdrom", "-boot", "d"]
    return kernel_options(boot.image.kernel, boot.image.initrd, boot.command_line, boot.folder)


def kernel_options(
    kernel: Path, initrd: Optional[Path], command_line: str, folder: Path
) -> List[str]:
    """What makes QEMU, running in a folder, boot a kernel without a boot loader.

    Paths are given relative to the folder, because the machine can read them: what it does must
    not depend on where it is graded.
    """
    options = ["-kernel", os.path.relpath(kernel, folder), "-append", command_line]
    if initrd is not None:
        options += ["-initrd", os.path.relpath(initrd, folder)]
    return options


def run(boot: Boot, processes: Processes) -> Run:
    """Boot an image and wait until the run is over."""
    command = [find_program("qemu-system-i386", "qemu-system-x86")]
    command += machine_options(boot.memory, shift=boot.shift, quick=boot.quick) + serial_options()
    command += boot_options(boot)
    started = time.monotonic()
    inspector = Inspector(boot)
    if boot.plugin is not None:
        command += ["-plugin", f"{boot.plugin},{boot.plugin_options}"]
    logged = boot.contained(command + ["-d", "cpu_reset", "-D", LOG_FILE])
    if boot.inspected:
        emulator = _run_inspected(logged, boot, processes, inspector)
    else:
        emulator = processes.start(logged, boot.folder, boot.wall_limit)
    with emulator:
        status = emulator.wait()
    result = _result(boot, status, emulator)
    if result.end is End.TRIPLE_FAULT:
        result.detail = _last_exceptions(command, boot, processes)
    result.inspected = inspector.results
    result.seconds = time.monotonic() - started
    return result


def _run_inspected(
    command: List[str], boot: Boot, processes: Processes, inspector: Inspector
) -> Emulator:
    """Start the machine stopped, and attend to each of its stops until it ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listen(listener, boot.folder / GDB_SOCKET)
        command = command + ["-S", "-gdb", f"unix:{GDB_SOCKET}"]
        emulator = processes.start(command, boot.folder, boot.wall_limit)
        connection = accept(listener, emulator)
    if connection is None:
        return emulator
    with connection:
        try:
            _attend(GdbClient(connection), inspector)
        except (EmulatorError, OSError):
            if not emulator.ended():
                emulator.kill()
    return emulator


def _attend(client: GdbClient, inspector: Inspector) -> None:
    """Let the machine run from one inspection to the next."""
    client.handshake()
    client.step_with_interrupts()
    client.set_breakpoint(inspector.address)
    while client.resume() is not None:
        inspector.stopped(client, client.registers())
        client.clear_breakpoint(inspector.address)
        client.step()
        client.set_breakpoint(inspector.address)


def listen(listener: socket.socket, path: Path) -> None:
    """Listen on a unix socket, whose path must be short; Linux offers a short one to any folder."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    listener.listen(1)


def accept(listener: socket.socket, emulator: Emulator) -> "socket.socket | None":
    """QEMU's connection; None if QEMU ends before it connects."""
    listener.settimeout(0.1)
    while not emulator.ended():
        try:
            connection, _ = listener.accept()
            connection.settimeout(None)
            return connection
        except socket.timeout:
            continue
    return None


def _result(boot: Boot, status: int, emulator: Emulator) -> Run:
    trace = parse_trace(read_capped(boot.folder / TRACE_FILE, TRACE_LIMIT + 1))
    console = read_capped(boot.folder / CONSOLE_FILE, CONSOLE_LIMIT).decode("latin-1")
    result = Run(End.DIED, trace=trace, console=console)
    if emulator.timed_out:
        result.end = boot.timed_out(emulator.busy)
    elif status == -signal.SIGXFSZ:
        result.end = End.OUTPUT_LIMIT
    elif status in POWER_OFF_STATUSES and not (status == 1 and emulator.errors()):
        result.end = End.POWER_OFF
    elif status == 0:
        log = read_tail(boot.folder / LOG_FILE, LOG_TAIL)
        result.end = End.TRIPLE_FAULT if b"Triple fault" in log else End.RESET
    else:
        reason = f"signal {-status}" if status < 0 else f"exit status {status}"
        result.detail = [f"QEMU ended with {reason}"] + emulator.errors()
    return result


def _last_exceptions(command: List[str], boot: Boot, processes: Processes) -> List[str]:
    """The exceptions that led to a triple fault: the same run once more, with a log of them."""
    logged = boot.contained(command + ["-d", "int", "-D", "/proc/self/fd/1"])
    with processes.start(logged, boot.folder, boot.wall_limit) as emulator:
        log = emulator.output_tail(LOG_TAIL).decode("latin-1")
    found = re.findall(
        r"v=([0-9a-f]{2}) e=([0-9a-f]{4}).*? pc=([0-9a-f]{8}).*?(CR2=\w+)?$", log, re.M
    )
    return [
        f"exception {int(vector, 16)} at 0x{pc} in {boot.image.elf.describe(int(pc, 16))}, "
        f"error code 0x{code} {cr2}".rstrip()
        for vector, code, pc, cr2 in found[-EXCEPTIONS_SHOWN:]
    ]
