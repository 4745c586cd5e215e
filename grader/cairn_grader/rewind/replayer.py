"""QEMU, recording a run or replaying it.

A recording (`-icount ...,rr=record`) holds everything that reaches the machine from outside of its
instructions, each thing with the number of instructions before it. Replaying it (`rr=replay`) takes
the machine through the same run; it can be told to stop at an instruction by its number, and its
states can be kept and loaded again, which needs a disk (`rrsnapshot`). That disk is attached to no
device, so the machine is the one that is graded.

Sources: QEMU's documentation, "Record/replay" (system/replay.html) and "Execution Record/Replay"
(devel/replay.html); its manual page.
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from dataclasses import dataclass, replace
from typing import Callable, Collection, List, Optional, Set, Tuple

from cairn_grader.elf import Elf
from cairn_grader.errors import EmulatorError
from cairn_grader.gdbstub import ConnectionClosed, GdbClient
from cairn_grader.inspector import INSPECTION_POINT
from cairn_grader.processes import Emulator, Processes, find_program
from cairn_grader.qemu import accept, kernel_options, listen, machine_options, serial_options
from cairn_grader.rewind.opening import Bundle
from cairn_grader.run import TRACE_FILE
from cairn_grader.sandbox import EMULATING, MEBIBYTE, Sandbox

RECORDING = "recording.bin"
#: The disk for states, and the name of the first of them, which QEMU keeps by itself.
STATES = "states.qcow2"
FIRST_STATE = "init"
SOCKET = "qemu.sock"
#: Seconds of real time for recording.
RECORDING_LIMIT = 120.0
#: Seconds of real time for one debugging session.
SESSION_LIMIT = 24 * 3600.0
#: Seconds between two looks at whether the user has interrupted.
POLL = 0.1
#: Seconds within which QEMU must answer while the machine stands still, and within which a machine
#: must stop that runs although it is not as it was recorded: it may have to wait for ever.
PATIENCE = 60.0
ASTRAY = 5.0
#: Where registers stand in the protocol's packet g, in words.
ESP, EBP, EIP = 4, 5, 8
#: What QEMU says when it stops at the instruction that it was told, or was interrupted.
PAUSED = "T02"
#: What it says when the guest has shut itself down.
SHUT_DOWN = "T03"


@dataclass(frozen=True)
class Point:
    """What stops a machine: an instruction about to be executed, or an access to memory.

    The kinds are those of the protocol: 0 and 1 are breakpoints, 2 watches what is written, 3 what
    is read, 4 both.
    """

    kind: int
    address: int
    size: int = 1

    @property
    def watches(self) -> bool:
        """Whether it watches memory."""
        return self.kind >= 2

    @property
    def text(self) -> str:
        """As in the protocol's packets Z and z."""
        return f"{self.kind},{self.address:x},{self.size:x}"


class Workplace:
    """A folder in which one bundle is recorded and replayed; the bundle's files lie above it."""

    def __init__(self, bundle: Bundle, elf: Elf, processes: Processes, sandbox: bool) -> None:
        self.bundle = bundle
        self._inspection_point = elf.symbols.get(INSPECTION_POINT, 0)
        self._processes = processes
        self._sandbox = sandbox
        self.folder = bundle.folder / "run"
        self.folder.mkdir()
        self.trace = self.folder / TRACE_FILE

    def record(self) -> None:
        """Run and record; the trace is in self.trace afterwards."""
        disk = self.folder / STATES
        tool = find_program("qemu-img", "qemu-utils")
        subprocess.run([tool, "create", "-q", "-f", "qcow2", str(disk), "1M"], check=True)
        if self.bundle.inspected:
            emulator, connection = self._connect("record")
            if connection is not None:
                with connection:
                    _stop_at_inspections(GdbClient(connection), self._inspection_point)
        else:
            emulator = self._start("record", [])
        with emulator:
            status = emulator.wait()
        if emulator.timed_out or status < 0 or not (self.folder / RECORDING).is_file():
            reasons = emulator.errors() or ["it did not end"]
            raise EmulatorError(f"QEMU could not record the run: {reasons[-1]}")

    def states_size(self) -> int:
        """Bytes that all states take."""
        return (self.folder / STATES).stat().st_size

    def replay(self) -> "Replayer":
        """Start to replay, before the first instruction."""
        emulator, connection = self._connect("replay", "-action", "shutdown=pause")
        if connection is None:
            emulator.kill()
            emulator.wait()
            reasons = emulator.errors() or ["it said nothing"]
            raise EmulatorError(f"QEMU could not replay the run: {reasons[-1]}")
        return Replayer(emulator, connection)

    def _connect(self, mode: str, *more: str) -> Tuple[Emulator, Optional[socket.socket]]:
        """Start a machine that stands before its first instruction, and its debugger."""
        with socket.socket(socket.AF_UNIX) as listener:
            listen(listener, self.folder / SOCKET)
            options = ["-S", "-gdb", f"unix:{SOCKET}", *more]
            emulator = self._start(mode, options)
            connection = accept(listener, emulator)
        (self.folder / SOCKET).unlink()
        return emulator, connection

    def _start(self, mode: str, more: List[str]) -> Emulator:
        limit = RECORDING_LIMIT if mode == "record" else SESSION_LIMIT
        command = [find_program("qemu-system-i386", "qemu-system-x86"), *self._options(mode)]
        return self._processes.start(self._contained(command + more), self.folder, limit)

    def _options(self, mode: str) -> List[str]:
        bundle = self.bundle
        options = machine_options(bundle.memory, shift=bundle.schedule, quick=bundle.quick)
        clock = options.index("-icount") + 1
        options[clock] += f",rr={mode},rrfile={RECORDING},rrsnapshot={FIRST_STATE}"
        options += ["-drive", f"if=none,id=states,file={STATES},format=qcow2,cache=unsafe"]
        options += serial_options()
        initrd = bundle.initrd
        return options + kernel_options(bundle.kernel, initrd, bundle.command_line, self.folder)

    def _contained(self, command: List[str]) -> List[str]:
        """The command, in a sandbox if the kernel is somebody else's."""
        if not self._sandbox:
            return command
        memory = EMULATING.memory + self.bundle.memory * MEBIBYTE
        limits = replace(EMULATING, memory=memory, seconds=3600, file_size=4096 * MEBIBYTE)
        shown = [path for path in (self.bundle.kernel, self.bundle.initrd) if path is not None]
        return Sandbox(shown, (self.folder,), self.folder, limits).command(command)


def _stop_at_inspections(client: GdbClient, address: int) -> None:
    """Let the machine run, and stop it where the grader has, which takes some guest time."""
    client.handshake()
    client.step_with_interrupts()
    client.set_breakpoint(address)
    while client.resume() is not None:
        client.clear_breakpoint(address)
        client.step()
        client.set_breakpoint(address)


class Gone(EmulatorError):
    """The machine has left its history: QEMU has ended, or the guest has shut itself down."""

    def __init__(self, shut_down: bool) -> None:
        super().__init__("the machine has ended")
        self.shut_down = shut_down


class Replayer(GdbClient):
    """A machine that replays a recording, and stands still unless it is told to run."""

    def __init__(self, emulator: Emulator, connection: socket.socket) -> None:
        super().__init__(connection)
        self._emulator = emulator
        self._socket = connection
        self._socket.settimeout(POLL)
        self._points: Set[Point] = set()
        self._running = False
        self._astray = False
        #: Asked while the machine runs; the machine is stopped if it says yes.
        self.interrupted: Callable[[], bool] = lambda: False
        self.request("qSupported")
        self.step_with_interrupts()

    def kill(self) -> None:
        """End QEMU, even if another thread waits for it."""
        self._emulator.kill()

    def close(self) -> None:
        """End QEMU, and forget it."""
        self._socket.close()
        self._emulator.kill()
        self._emulator.__exit__(None, None, None)

    def position(self) -> int:
        """The number of instructions before this moment."""
        text = self.monitor("info replay")
        found = re.search(r"instruction count = (\d+)", text)
        if found is None:
            raise EmulatorError(f"QEMU does not say where the replay is: {text.strip()}")
        return int(found.group(1))

    def save(self, name: str) -> None:
        """Keep the state of the machine under a name."""
        self._monitor_quietly(f"savevm {name}")

    def load(self, name: str) -> None:
        """Go back, or forward, to a state that was kept."""
        self._monitor_quietly(f"loadvm {name}")

    def run(self, points: Collection[Point], limit: int) -> str:
        """Run to one of the points, or to the instruction of that number, which is to come; the
        stop reply. Gone if it does not get there."""
        self._set_points(points)
        self._monitor_quietly(f"replay_break {limit}")
        reply = self._resume("c")
        if not reply.startswith(PAUSED):
            self._monitor_quietly("replay_delete_break")
        return reply

    def advance(self, points: Collection[Point] = ()) -> str:
        """Execute one instruction, or begin to serve an interrupt; the stop reply."""
        self._set_points(points)
        return self._resume("s")

    def go_on(self, command: str, points: Collection[Point]) -> str:
        """Let the machine run as it is, whatever the recording says; Gone if it does not stop."""
        self._set_points(points)
        self._astray = True
        try:
            return self._resume(command)
        finally:
            self._astray = False

    def state(self) -> str:
        """All registers, as in the protocol's packet g."""
        return self.request("g")

    def register(self, number: int) -> int:
        """One of ESP, EBP and EIP."""
        return int.from_bytes(bytes.fromhex(self.state())[4 * number : 4 * number + 4], "little")

    def read(self, address: int, size: int) -> Optional[bytes]:
        """Memory as the running code sees it; None if it is not mapped."""
        answer = self.request(f"m{address:x},{size:x}")
        return None if answer.startswith("E") else bytes.fromhex(answer)

    def read_word(self, address: int) -> Optional[int]:
        """A word of memory."""
        data = self.read(address & 0xFFFFFFFF, 4)
        return None if data is None else int.from_bytes(data, "little")

    def _set_points(self, points: Collection[Point]) -> None:
        """Make these the points that stop the machine."""
        wanted = set(points)
        for point in self._points - wanted:
            self._expect_ok(f"z{point.text}")
        for point in wanted - self._points:
            self._expect_ok(f"Z{point.text}")
        self._points = wanted

    def _monitor_quietly(self, command: str) -> None:
        text = self.monitor(command).strip()
        if text:
            raise EmulatorError(f"QEMU refused '{command}': {text}")

    def _resume(self, command: str) -> str:
        self._running = True
        try:
            reply = self.request(command)
        except (ConnectionClosed, OSError):
            raise Gone(False) from None
        finally:
            self._running = False
        if reply[:1] in ("W", "X") or reply.startswith(SHUT_DOWN):
            raise Gone(reply.startswith(SHUT_DOWN))
        return reply

    def _receive(self) -> str:
        """As GdbClient's; meanwhile, look whether the user wants the machine to stop."""
        deadline = time.monotonic() + (ASTRAY if self._astray else PATIENCE)
        while True:
            try:
                return super()._receive()
            except socket.timeout:
                if self._running and self.interrupted():
                    self._socket.sendall(b"\x03")
                if time.monotonic() > deadline and (self._astray or not self._running):
                    raise ConnectionClosed("QEMU does not answer any more") from None
