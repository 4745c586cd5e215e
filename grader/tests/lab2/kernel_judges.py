"""What the trace says about processes: judges for tests of exercises 3 and 4.

Given code writes a line for each change of a process's state and for each switch, so the trace is
what happened, whatever the kernel believes. The judges follow it with a model of their own: the
states that there are, and the order in which processes became ready.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

from cairn_grader.machine import Check
from cairn_grader.trace import Event, Trace

IDLE = 0
INIT = 1

#: Why a state may change into another (src/kernel/process/process.h).
REASONS: Dict[Tuple[str, str], Tuple[str, ...]] = {
    ("new", "ready"): ("start",),
    ("ready", "running"): ("run",),
    ("running", "ready"): ("yield", "preempt"),
    ("running", "blocked"): ("child", "event"),
    ("running", "sleeping"): ("sleep",),
    ("blocked", "ready"): ("wake", "timeout"),
    ("sleeping", "ready"): ("wake", "timeout"),
    ("running", "zombie"): ("exit", "kill", "fault"),
    ("ready", "zombie"): ("kill",),
    ("blocked", "zombie"): ("kill",),
    ("sleeping", "zombie"): ("kill",),
}


class _Model:
    """The processes as the trace shows them, and what was wrong first about each rule."""

    def __init__(self) -> None:
        self.wrong: Dict[str, str] = {}
        self._states: Dict[int, str] = {IDLE: "running"}
        self._ready: List[int] = []
        self._running = IDLE

    def complain(self, rule: str, event: Event, actual: str) -> None:
        """A rule is broken; the first time counts."""
        self.wrong.setdefault(rule, f"event {event.sequence}: {actual}")

    def change(self, event: Event) -> None:
        """Follow a change of state."""
        pid, old, new = event.number("pid"), event.text("from"), event.text("to")
        known = self._states.get(pid, "new")
        if known == "zombie" and old == "new":
            known = "new"  # The pid is used again.
        if old != known:
            self.complain(CHAIN, event, f"{pid} was {known}, not {old}")
        if event.text("why") not in REASONS.get((old, new), ()):
            self.complain(LEGAL, event, f"{pid} from {old} to {new}, why: {event.text('why')}")
        self._states[pid] = new
        if pid in self._ready:
            self._leave_ready(event, pid, new)
        elif new == "running" and (pid != IDLE or self._ready):
            self.complain(ORDER, event, f"{pid} runs, though {self._ready} are ready")
        if new == "ready" and pid != IDLE:
            self._ready.append(pid)

    def _leave_ready(self, event: Event, pid: int, new: str) -> None:
        if new == "running" and self._ready[0] != pid:
            self.complain(ORDER, event, f"{pid} runs, though {self._ready[0]} was ready before")
        self._ready.remove(pid)

    def switch(self, event: Event) -> None:
        """Follow a switch of the processor."""
        old, new = event.number("from"), event.number("to")
        running = [pid for pid, state in self._states.items() if state == "running"]
        if old != self._running or running != [new]:
            actual = f"from {old} to {new}; {self._running} ran, {running} are running"
            self.complain(SWITCH, event, actual)
        self._running = new


CHAIN = "every change of a process's state goes through process_set_state()"
LEGAL = "a state changes into another only for a reason"
ORDER = "the process that has been ready longest runs next; the idle one if there is none"
SWITCH = "exactly one process runs, the one that the processor was switched to"
RULES = (CHAIN, LEGAL, ORDER, SWITCH)


def scheduling(trace: Trace, _console: str) -> List[Check]:
    """Who ran, in which order, in which states."""
    model = _Model()
    switches = 0
    for event in trace:
        if event.name == "proc.state":
            model.change(event)
        elif event.name == "sched.switch":
            model.switch(event)
            switches += 1
    checks = [
        Check(rule, "always", model.wrong.get(rule, "always"), rule not in model.wrong)
        for rule in RULES
    ]
    return checks + [Check.holds("the processor is switched", switches > 50, "often", "rarely")]


def lives(trace: Trace, _console: str) -> List[Check]:
    """How processes ended: each once, with a status, and never seen again."""
    problems: Dict[str, str] = {}
    ended: Dict[int, str] = {}
    count = 0
    for event in trace:
        pid = event.number("pid")
        if event.name == "proc.exit":
            count += 1
            if pid in ended:
                problems.setdefault(ONCE, f"event {event.sequence}: {pid} once more")
            ended[pid] = event.text("kind")
        elif event.name == "proc.state":
            _follow_life(event, pid, ended, problems)
    checks = [
        Check(rule, "always", problems.get(rule, "always"), rule not in problems)
        for rule in (ONCE, NEVER, STATUS)
    ]
    return checks + [Check.holds("processes end", count > 20, "many", str(count))]


ONCE = "a process ends once"
NEVER = "a process that has ended never runs again"
STATUS = "a process becomes a zombie by process_set_zombie(), with an exit status"
KINDS = {"exit": "normal", "kill": "killed", "fault": "fault"}


def _follow_life(event: Event, pid: int, ended: Dict[int, str], problems: Dict[str, str]) -> None:
    if event.text("from") == "new":
        ended.pop(pid, None)
    elif event.text("to") == "zombie":
        if ended.get(pid) != KINDS[event.text("why")]:
            problems.setdefault(STATUS, f"event {event.sequence}: {pid} without one")
    elif pid in ended:
        problems.setdefault(NEVER, f"event {event.sequence}: {pid} is {event.text('to')}")
