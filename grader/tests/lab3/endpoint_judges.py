"""What the trace says about conversations: who had the processor after each message.

Given code writes a line for each message, each change of state and each switch, so the trace is
what happened. A call to a server that waits, and an answer after which the server waits, must hand
the processor over directly: the very next switch goes from the one to the other, whoever else is
ready. Whether the message is copied before that switch or after it makes no difference.
"""

from __future__ import annotations

from typing import Dict, List, Optional

from cairn_grader.machine import Check
from cairn_grader.trace import Event, Trace

CALL = "a call to a server that waits gives the processor to the server"
REPLY = "reply_receive without a message that waits gives the processor to the caller"
#: Calls that programs/endpoint_direct.c makes, but for those at the edges.
CALLS_AT_LEAST = 30


class _Talk:
    """Follows the processor between a client and its server."""

    def __init__(self, client: int, server: int) -> None:
        self.direct: Dict[str, int] = {CALL: 0, REPLY: 0}
        self.wrong: Dict[str, str] = {}
        self._client = client
        self._server = server
        self._server_waits = False
        #: Since the last switch: what happened that decides who must come next.
        self._called = False
        self._blocked = False
        self._replied = False
        #: A switch from a client that began to wait: its message says whether that was a call.
        self._switch_of_call: Optional[Event] = None

    def follow(self, event: Event) -> None:
        """Follow an event."""
        if event.name == "ipc.message":
            self._message(event)
        elif event.name == "proc.state":
            self._state(event)
        elif event.name == "sched.switch":
            self._switch(event)

    def _message(self, event: Event) -> None:
        pair = (event.number("from"), event.number("to"))
        is_call = event.text("kind") == "call"
        if pair == (self._server, self._client):
            self._replied = event.text("kind") == "reply"
        elif pair == (self._client, self._server) and self._switch_of_call is not None:
            if is_call:
                self._judge(CALL, self._switch_of_call, self._server)
            self._switch_of_call = None
        elif pair == (self._client, self._server):
            self._called = is_call and self._server_waits

    def _state(self, event: Event) -> None:
        pid, blocked = event.number("pid"), event.text("to") == "blocked"
        if pid == self._server:
            self._server_waits = blocked and event.text("why") == "receive"
        elif pid == self._client:
            why = event.text("why")
            self._blocked = blocked and why in ("send", "reply") and self._server_waits

    def _switch(self, event: Event) -> None:
        source = event.number("from")
        if source == self._client and self._called:
            self._judge(CALL, event, self._server)
        elif source == self._client and self._blocked:
            self._switch_of_call = event
        elif source == self._server and self._replied and self._server_waits:
            self._judge(REPLY, event, self._client)
        self._called = self._blocked = self._replied = False

    def _judge(self, rule: str, switch: Event, target: int) -> None:
        if switch.number("to") == target:
            self.direct[rule] += 1
        else:
            path = f"from {switch.number('from')} to {switch.number('to')}"
            self.wrong.setdefault(rule, f"event {switch.sequence}: {path}")


def _find(trace: Trace) -> Optional[_Talk]:
    """The client that calls, and its server."""
    for event in trace.all("ipc.message"):
        if event.text("kind") == "call":
            return _Talk(event.number("from"), event.number("to"))
    return None


def direct(trace: Trace, _console: str) -> List[Check]:
    """Nobody comes between a caller and a server that waits, nor on the way back."""
    talk = _find(trace)
    if talk is None:
        return [Check(CALL, f"at least {CALLS_AT_LEAST} times", "there is no call", False)]
    for event in trace:
        talk.follow(event)
    checks: List[Check] = []
    for rule in (CALL, REPLY):
        checks.append(Check(rule, "always", talk.wrong.get(rule, "always"), rule not in talk.wrong))
        count = talk.direct[rule]
        enough = count >= CALLS_AT_LEAST
        checks.append(Check(rule, f"at least {CALLS_AT_LEAST} times", f"{count} times", enough))
    return checks
