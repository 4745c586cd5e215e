"""What the trace says about conversations: who had the processor after each message.

Given code writes a line for each message and for each switch, so the trace is what happened. A call
to a server that waits, and an answer after which the server waits, must hand the processor over
directly: the very next switch goes from the one to the other, whoever else is ready.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from cairn_grader.machine import Check
from cairn_grader.trace import Event, Trace

CALL = "a call to a server that waits gives the processor to the server"
REPLY = "reply_receive without a message that waits gives the processor to the caller"
#: Calls that programs/endpoint_direct.c makes, but for those at the edges.
CALLS_AT_LEAST = 30


class _Talk:
    """Follows messages, and what comes after them."""

    def __init__(self) -> None:
        self.direct: Dict[str, int] = {CALL: 0, REPLY: 0}
        self.wrong: Dict[str, str] = {}
        self._waits: Dict[int, str] = {}
        self._expected: Optional[Tuple[str, int, int]] = None
        self._replied: Optional[Tuple[int, int]] = None

    def follow(self, event: Event) -> None:
        """Follow an event."""
        if event.name == "ipc.message":
            self._message(event)
        elif event.name == "proc.state":
            self._state(event)
        elif event.name == "sched.switch":
            self._switch(event)

    def _message(self, event: Event) -> None:
        source, target = event.number("from"), event.number("to")
        self._replied = None
        if event.text("kind") == "call" and self._waits.get(target) == "receive":
            self._expected = (CALL, source, target)
        elif event.text("kind") == "reply":
            self._replied = (source, target)

    def _state(self, event: Event) -> None:
        pid = event.number("pid")
        waits = event.text("why") if event.text("to") == "blocked" else ""
        self._waits[pid] = waits
        if self._replied is not None and self._replied[0] == pid and waits == "receive":
            self._expected = (REPLY, *self._replied)

    def _switch(self, event: Event) -> None:
        if self._expected is not None:
            rule, source, target = self._expected
            if (event.number("from"), event.number("to")) == (source, target):
                self.direct[rule] += 1
            else:
                actual = f"event {event.sequence}: from {event.number('from')} to "
                self.wrong.setdefault(rule, actual + str(event.number("to")))
        self._expected = None


def direct(trace: Trace, _console: str) -> List[Check]:
    """Nobody comes between a caller and a server that waits, nor on the way back."""
    talk = _Talk()
    for event in trace:
        talk.follow(event)
    checks: List[Check] = []
    for rule in (CALL, REPLY):
        checks.append(Check(rule, "always", talk.wrong.get(rule, "always"), rule not in talk.wrong))
        count = talk.direct[rule]
        enough = count >= CALLS_AT_LEAST
        checks.append(Check(rule, f"at least {CALLS_AT_LEAST} times", f"{count} times", enough))
    return checks
