"""Serves GDB a machine that goes forwards and backwards.

It speaks GDB's remote protocol. What has to do with time is answered here, by moves within the
history: c, s, bc and bs, and the points that stop them. Everything else is QEMU's to answer. When
GDB changes a register or memory, the machine is no longer the one that was recorded; as soon as it
has its old registers again and is to move, for instance after a call of a function from GDB, it is
taken back to the moment of the change, so that history stays what it was.

Source: "Debugging with GDB", appendix E (packets, stop reply packets, replay log).
"""

from __future__ import annotations

import re
import select
import socket
from typing import Dict, List, NamedTuple, Optional

from cairn_grader.errors import EmulatorError
from cairn_grader.gdbstub import encode_packet
from cairn_grader.rewind.history import History, Stop, Why
from cairn_grader.rewind.moments import Moment
from cairn_grader.rewind.replayer import Gone, Point

FEATURES = "PacketSize=1000;qXfer:features:read+;ReverseStep+;ReverseContinue+"
TRAP, INTERRUPT = "T05thread:01;", "T02thread:01;"
REPLIES = {
    Why.STEP: TRAP,
    Why.BREAKPOINT: TRAP,
    Why.INTERRUPTED: INTERRUPT,
    Why.BEGIN: TRAP + "replaylog:begin;",
    Why.END: TRAP + "replaylog:end;",
}
WATCHED = {2: "watch", 3: "rwatch", 4: "awatch"}
CONTROL_C = 0x03
_PACKET = re.compile(rb"\$([^#]*)#[0-9A-Fa-f]{2}", re.DOTALL)


class _Change(NamedTuple):
    """When GDB began to change the machine, and all registers before that."""

    moment: Moment
    state: str


class Server:
    """Serves one GDB after the other."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._connection: Optional[socket.socket] = None
        self._buffer = b""
        self._points: Dict[str, Point] = {}
        self._change: Optional[_Change] = None
        history.machine.interrupted = self._interrupted

    def serve(self, listener: socket.socket) -> None:
        """Serve until the listener is closed."""
        while True:
            try:
                self._connection, _ = listener.accept()
            except OSError:
                return
            with self._connection:
                self._buffer = b""
                self._points.clear()
                try:
                    self._converse(self._connection)
                except OSError:
                    continue  # It has left without a word.
                except EmulatorError as error:
                    self._say(f"The machine is lost: {error}.\n")
                    self._send("X09")

    def _converse(self, connection: socket.socket) -> None:
        """Answer packets until GDB leaves."""
        while True:
            found = _PACKET.search(self._buffer)
            if found is None:
                data = connection.recv(65536)
                if not data:
                    return
                self._buffer += data
                continue
            self._buffer = self._buffer[found.end() :]
            connection.sendall(b"+")
            packet = found.group(1).decode("latin-1")
            answer = self._answer(packet)
            if answer is None:
                return
            self._send(answer)

    def _send(self, payload: str) -> None:
        if self._connection is not None:
            self._connection.sendall(encode_packet(payload))

    def _say(self, text: str) -> None:
        """Print text in GDB, which must be waiting for the machine."""
        self._send("O" + text.encode().hex())

    def _interrupted(self) -> bool:
        """Whether GDB has sent Ctrl-C, or has left, while the machine runs."""
        connection = self._connection
        if connection is None or not select.select([connection], [], [], 0)[0]:
            return False
        data = connection.recv(65536)
        self._buffer += data.replace(bytes([CONTROL_C]), b"")
        return CONTROL_C in data or not data

    def _answer(self, packet: str) -> Optional[str]:
        """The answer to a packet; None if there is none and GDB is about to leave."""
        head = packet[:1]
        if packet in ("k", "vKill") or packet.startswith("vKill;"):
            return None
        if head == "D":
            return "OK"
        if packet.startswith("qSupported"):
            return FEATURES
        if head == "?":
            return TRAP
        if head in ("Z", "z"):
            return self._set_point(packet)
        if packet[:1] in ("c", "s", "C", "S") or packet in ("bc", "bs"):
            return self._move(packet)
        if head in ("G", "P", "M", "X"):
            self._remember()
        if packet.startswith("vCont") or packet.startswith("QStart"):
            return ""
        if packet.startswith("qRcmd,"):
            return self._monitor(packet)
        return self._history.machine.request(packet)

    def _monitor(self, packet: str) -> str:
        """Let a command of QEMU's monitor print, as GDB waits for it."""
        text = self._history.machine.monitor(bytes.fromhex(packet[len("qRcmd,") :]).decode())
        if text:
            self._say(text)
        return "OK"

    def _set_point(self, packet: str) -> str:
        """Note a point, or forget it."""
        fields = packet[1:].split(";")[0].split(",")
        try:
            point = Point(int(fields[0]), int(fields[1], 16), int(fields[2], 16))
        except (ValueError, IndexError):
            return "E22"
        if point.kind > 4:
            return ""
        if packet[0] == "Z":
            self._points[point.text] = point
        else:
            self._points.pop(point.text, None)
        return "OK"

    def _move(self, packet: str) -> str:
        """Go forwards or backwards; the stop reply."""
        points: List[Point] = list(self._points.values())
        change, self._change = self._change, None
        if change is not None:
            if packet[0] != "b" and self._history.machine.state() != change.state:
                return self._go_on(packet, points, change)
            self._history.reload(change.moment)
        if packet == "bs":
            stop = self._history.back()
        elif packet == "bc":
            stop = self._history.backward(points)
        elif packet[0] in "sS":
            stop = self._history.step(points)
        else:
            stop = self._history.forward(points)
        return _reply(stop)

    def _go_on(self, packet: str, points: List[Point], change: _Change) -> str:
        """Let a machine run that is no longer the recorded one, for instance to call a function."""
        try:
            reply = self._history.machine.go_on("s" if packet[0] in "sS" else "c", points)
        except Gone:
            self._say("The machine was changed, and the recording does not say how it goes on.\n")
            self._history.restart()
            self._history.reload(change.moment)
            return TRAP
        self._change = change
        return reply

    def _remember(self) -> None:
        """GDB is going to change the machine."""
        if self._change is None:
            moment = self._history.moment()
            self._change = _Change(moment, self._history.machine.state())


def _reply(stop: Stop) -> str:
    """What GDB is told about a stop."""
    if stop.point is not None:
        return f"{TRAP}{WATCHED[stop.point.kind]}:{stop.point.address:x};"
    return REPLIES[stop.why]
