"""A client of GDB's remote protocol, as far as QEMU's stub needs it.

A packet is `$payload#checksum`; each side confirms with `+`. While the machine runs the stub
says nothing; when it stops, or ends, it sends a stop reply by itself. Source: "Debugging with
GDB", appendix E.
"""

from __future__ import annotations

import re
import socket
from typing import Dict, Optional

from cairn_grader.errors import EmulatorError

#: Most bytes in one memory packet: QEMU's packets hold 4,096 characters, two for each byte.
MEMORY_CHUNK = 2032
#: Registers in what the monitor prints, by their names there.
_REGISTER = re.compile(r"\b(E[A-DS][XIP]|EDI|EBP|EIP|EFL|CR[0234])=([0-9a-f]{8})\b")


class ConnectionClosed(EmulatorError):
    """The emulator is gone."""


def encode_packet(payload: str) -> bytes:
    """A payload with its frame and checksum."""
    data = payload.encode("latin-1")
    return b"$" + data + b"#" + f"{sum(data) & 0xFF:02x}".encode()


class GdbClient:
    """One connection to a stub. Not to be shared between threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def handshake(self) -> None:
        """Agree on features, and read memory by physical address from now on."""
        self.request("qSupported")
        if self.request("Qqemu.PhyMemMode:1") != "OK":
            raise EmulatorError("this QEMU cannot read physical memory: install QEMU 4.1 or later")

    def request(self, payload: str) -> str:
        """Send a packet and return the answer."""
        self._connection.sendall(encode_packet(payload))
        return self._receive()

    def read_physical(self, address: int, size: int) -> bytes:
        """Read physical memory."""
        result = b""
        while len(result) < size:
            chunk = min(size - len(result), MEMORY_CHUNK)
            answer = self.request(f"m{address + len(result):x},{chunk:x}")
            if len(answer) != 2 * chunk:
                raise EmulatorError(f"physical address 0x{address:x} cannot be read: {answer}")
            result += bytes.fromhex(answer)
        return result

    def registers(self) -> Dict[str, int]:
        """General and control registers, by name.

        They come from QEMU's monitor, because the numbers of control registers in the protocol
        do not agree with QEMU's own description of them.
        """
        found = dict(_REGISTER.findall(self.monitor("info registers")))
        found["EFLAGS"] = found.pop("EFL", "0")
        return {name.lower(): int(value, 16) for name, value in found.items()}

    def monitor(self, command: str) -> str:
        """What a command of QEMU's monitor prints."""
        answer = self.request("qRcmd," + command.encode().hex())
        text = ""
        while answer[:1] == "O" and answer != "OK":
            text += bytes.fromhex(answer[1:]).decode("latin-1")
            answer = self._receive()
        return text

    def set_breakpoint(self, address: int) -> None:
        """Stop before the instruction at an address is executed."""
        self._expect_ok(f"Z1,{address:x},1")

    def clear_breakpoint(self, address: int) -> None:
        """Undo set_breakpoint()."""
        self._expect_ok(f"z1,{address:x},1")

    def step_with_interrupts(self) -> None:
        """Let step() hold back neither interrupts nor timers, just as in a recorded machine."""
        self._expect_ok("Qqemu.sstep=1")

    def step(self) -> None:
        """Execute one instruction."""
        self.request("s")

    def resume(self) -> Optional[str]:
        """Run until the machine stops; return the stop reply, or None if the emulator ended."""
        try:
            reply = self.request("c")
        except (ConnectionClosed, OSError):
            return None
        return None if reply[:1] in ("W", "X") else reply

    def _expect_ok(self, payload: str) -> None:
        answer = self.request(payload)
        if answer != "OK":
            raise EmulatorError(f"the debugger stub refused '{payload}': {answer or 'unsupported'}")

    def _receive(self) -> str:
        while True:
            match = re.search(rb"\$([^#]*)#(..)", self._buffer, re.DOTALL)
            if match:
                self._buffer = self._buffer[match.end() :]
                return self._accept(match.group(1), match.group(2))
            data = self._connection.recv(65536)
            if not data:
                raise ConnectionClosed("the emulator closed its debugger")
            self._buffer += data

    def _accept(self, payload: bytes, checksum: bytes) -> str:
        if int(checksum, 16) != sum(payload) & 0xFF:
            raise EmulatorError("a packet of the debugger stub was damaged")
        self._connection.sendall(b"+")
        return payload.decode("latin-1")
