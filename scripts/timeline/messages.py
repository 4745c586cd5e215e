"""From the events of communication to the messages of a run.

A message is known when it has been copied to its receiver (`ipc.message`), or before, when its
sender begins to wait for that. A call goes on until its reply has come, or until its caller goes on
without one. What a process sends while it deals with a message has that message as its cause: so a
call and everything that the server does for it are a tree.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, Optional

from cairn_grader.trace import Event
from timeline.model import Call, Message, Process, Run, Span

ROOT = Path(__file__).resolve().parent.parent.parent
#: In the type of a message, the bits of its operation.
OPERATION = 0xFFFF
#: What became of a message when its sender goes on, by the reason; and what a process has done
#: that ended.
NOT_RECEIVED = {
    "timeout": "timed out before it was received",
    "error": "not received",
    "end": "ended without receiving it",
}
NOT_ANSWERED = {
    "timeout": "timed out before the answer came",
    "error": "not answered",
    "end": "ended without an answer",
}
#: System calls whose messages are no calls.
SENDING = ("send", "endpoint_send")


@lru_cache(maxsize=None)
def dialects() -> Dict[int, str]:
    """The names of the dialects, from the one list that there is."""
    try:
        source = (ROOT / "src/include/cairn/message.h").read_text(encoding="utf-8")
    except OSError:
        return {}
    found = re.findall(r"\bDIALECT_(\w+) = (0x[0-9A-Fa-f]+|\d+)", source)
    return {int(number, 0): name.lower() for name, number in found if name != "USER"}


def operation_text(kind: int, name: str) -> str:
    """A message's type, as dialect and operation: vfs.open, or 0x100.7 if nothing names it."""
    dialect, operation = kind >> 16 & 0x7FFF, kind & OPERATION
    known = name if name not in ("", "?") else str(operation)
    return f"{dialects().get(dialect, hex(dialect))}.{known}"


class Messages:
    """Follows the messages of a run, one event after the other."""

    def __init__(self, run: Run) -> None:
        self.run = run
        #: By process: its message that nobody has received, and its call that nobody answered.
        self._waiting: Dict[int, Message] = {}
        self._open: Dict[int, Message] = {}
        #: Calls by what they have in common with their replies.
        self._by_id: Dict[int, Message] = {}
        #: By process: the message that it deals with.
        self._subject: Dict[int, int] = {}
        #: By process: what went wrong last; its system call may tell more.
        self._failed: Dict[int, Message] = {}
        #: The process whose end is being told.
        self._ending: Optional[Process] = None

    def _new(self, kind: str, source: Process, time: int) -> Message:
        message = Message(len(self.run.messages), kind, source.index, time)
        message.cause = self._subject.get(source.index)
        self.run.messages.append(message)
        return message

    def blocked(self, process: Process, span: Span, time: int, call: Optional[Call]) -> None:
        """A process begins to wait; its span is told what for."""
        if span.why == "send":
            sends = call is not None and call.name in SENDING
            message = self._new("send" if sends else "call", process, time)
            self._waiting[process.index] = message
            span.message = message.number
        elif span.why == "reply" and process.index in self._open:
            message = self._open[process.index]
            span.message, span.other = message.number, message.target
        elif span.why == "receive":
            self._subject.pop(process.index, None)

    def delivered(self, event: Event, source: Process, target: Process, time: int) -> Message:
        """A message has been copied to its receiver."""
        self._ending = None
        kind = event.text("kind")
        if kind == "reply":
            message = self._new(kind, source, time)
        else:
            waited = self._waiting.pop(source.index) if source.index in self._waiting else None
            message = waited or self._new(kind, source, time)
        message.kind = kind if kind in ("call", "reply") else "send"
        message.target, message.received = target.index, time
        message.id = event.number("id")
        message.operation = operation_text(event.number("type"), event.text("name"))
        message.length, message.handles = event.number("length"), event.number("handles")
        message.status = event.number("status")
        if message.kind == "reply":
            self._answered(message)
        else:
            self._subject[target.index] = message.number
        if message.kind == "call":
            self._open[source.index] = self._by_id[message.id] = message
        return message

    def _answered(self, reply: Message) -> None:
        call = self._by_id.pop(reply.id, None)
        reply.cause = None
        if call is None or reply.target != call.source:
            return
        call.partner, reply.partner, reply.cause = reply.number, call.number, call.number
        call.ended = reply.received
        self._open.pop(call.source, None)
        if self._subject.get(reply.source) == call.number:
            del self._subject[reply.source]

    def ended(self, process: Process, time: int) -> None:
        """A process ends: it waits for nothing any more, and what happens next is its work."""
        self._ending = process
        self._close(process, time, "its sender ended first")

    def woken(self, process: Process, why: str, time: int) -> None:
        """A process goes on; if it waited with a message, without success."""
        message = self._waiting.get(process.index) or self._open.get(process.index)
        if message is None:
            return
        outcomes = NOT_RECEIVED if message.received is None else NOT_ANSWERED
        outcome = outcomes["timeout" if why == "timeout" else "error"]
        if self._ending is not None and why != "timeout":
            message.target = self._ending.index if message.target is None else message.target
            outcome = f"{self.run.label(self._ending.index)} {outcomes['end']}"
        self._close(process, time, outcome)
        self._failed[process.index] = message

    def _close(self, process: Process, time: int, outcome: str) -> None:
        for table in (self._waiting, self._open):
            message = table.pop(process.index, None)
            if message is not None:
                message.ended, message.outcome = time, outcome
                self._by_id.pop(message.id, None)

    def returned(self, process: Process, error: str) -> None:
        """A system call has returned; if a message has just failed, its error says more."""
        message = self._failed.pop(process.index, None)
        general = (NOT_RECEIVED["error"], NOT_ANSWERED["error"])
        if message is not None and error and message.outcome in general:
            message.outcome += f": {error}"

    def settled(self) -> None:
        """Whatever wakes now has nothing to do with a process's end."""
        self._ending = None

    def finish(self) -> None:
        """The trace has ended: nothing more will be received or answered."""
        for message in self._waiting.values():
            message.outcome = "still not received when the trace ended"
        for message in self._open.values():
            message.outcome = "still not answered when the trace ended"
