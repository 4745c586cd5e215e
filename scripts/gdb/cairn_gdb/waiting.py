"""Why a process is in its state, in words, and who waits for whom."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Set

import gdb

from cairn_gdb import ipc, machine
from cairn_gdb.command import Command
from cairn_gdb.process import (
    WAIT_ANY,
    Family,
    Process,
    exit_text,
    queue_head,
    running,
    until,
)

READY = {
    "start": "it was just created",
    "yield": "it gave way",
    "preempt": "its time slice was over",
    "wake": "what it waited for has happened",
    "timeout": "its time limit is over",
}


def why(process: Process, family: Family) -> str:
    """Why a process is in its state: what it waits for, and until when."""
    state, reason = process.state, process.reason
    if state == "ready" and process.is_idle:
        return "it runs when nobody else is ready"
    if state == "ready":
        return READY.get(reason, reason)
    if state == "sleeping":
        return until(process)
    if state == "zombie":
        return exit_text(int(process.value["exit_status"]))
    if state != "blocked":
        return ""
    words = f"waits {awaited(process, family)}"
    if has_limit(process):
        words += f", {until(process)} at most"
    return words


def has_limit(process: Process) -> bool:
    """Whether a blocked process waits for a time as well."""
    return int(process.value["timer_link"]["next"]) != 0


def awaited(process: Process, family: Family) -> str:
    """What a blocked process waits for."""
    reason = process.reason
    if reason == "child":
        child = int(process.value["waiting_for"])
        return f"for the end of {'any child' if child == WAIT_ANY else family.named(child)}"
    if reason == "event":
        return "for an event" + queue_text(process, family)
    if reason == "notification" and ipc.exists():
        address = ipc.waited_notification(process, family)
        return "for a notification" + (f", 0x{address:08x}" if address is not None else "")
    held = ipc.ipc_of(process)
    if held is None or reason not in ("send", "receive", "reply"):
        return f"for {reason}"
    if reason == "receive":
        return received_text(held, family)
    what = ipc.operation_of(process)
    if reason == "reply":
        return f"for the reply of {ipc.process_named(int(held['server']), family)} to {what}"
    verb = "call" if bool(held["calling"]) else "send to"
    title = ipc.endpoint_title(int(held["endpoint"]), family)
    return f"to {verb} {whom(int(held['endpoint']), family)}: {what}, at {title}"


def received_text(held: gdb.Value, family: Family) -> str:
    """What a process waits to receive."""
    accept = int(held["accept"])
    from_whom = "" if accept == WAIT_ANY else f" from {family.named(accept)}"
    return f"for a message{from_whom} at {ipc.endpoint_title(int(held['endpoint']), family)}"


def whom(endpoint: int, family: Family) -> str:
    """Who receives at an endpoint."""
    thing = ipc.objects_of(family).things.get(endpoint)
    if thing is None or thing.kind != "endpoint":
        return "nobody"
    return ipc.process_named(int(thing.value["owner"]), family)


def queue_text(process: Process, family: Family) -> str:
    """Which queue a process is in by its queue_link, if the queue can be found."""
    head = queue_head(process, family)
    if head is None:
        return ""
    name = machine.symbol(head)
    return f" in the queue at 0x{head:08x}" + (f" ({name})" if name else "")


# ---- who waits for whom ----


class Waits(Command):
    """Show who waits for whom, and for what.

    Usage: waits

    Below each process, indented, are those that wait for it: for its reply, until it receives, for
    a message from it alone, or for its end. A process that waits for none in particular, or does
    not wait, begins a tree. Processes that wait for each other in a circle are marked; the kernel
    should have refused that. A time limit is said in clock ticks."""

    name = "waits"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the trees, then the circles, then what is wrong."""
        running()
        forest = Forest(Family())
        print("\n".join(forest.lines()) or "Nobody is blocked.")
        for problem in forest.family.problems:
            print(problem)


class Forest:
    """The blocked processes, each below the one for which it waits."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.blocked = [one for one in family if one.state == "blocked"]
        self.blockers = {one.address: blocker(one, family) for one in self.blocked}
        self.shown: Set[int] = set()

    def waiters(self, process: Process) -> List[Process]:
        """Who waits for a process."""
        return [one for one in self.blocked if self.blockers[one.address] == process.address]

    def lines(self) -> List[str]:
        """The trees, and then the circles with what hangs on them."""
        found: List[str] = []
        for process in self.family:
            is_root = self.blockers.get(process.address) is None
            if is_root and (process.state == "blocked" or self.waiters(process)):
                found += self.tree(process, 0)
        for process in self.blocked:
            if process.address not in self.shown:
                found += self.circle(process)
        return found

    def tree(self, process: Process, depth: int) -> List[str]:
        """A process and below it those that wait for it."""
        self.shown.add(process.address)
        found = [f"{'    ' * depth}{self.family.named(process.pid)}: {self.text(process)}"]
        for waiter in self.waiters(process):
            if waiter.address not in self.shown:
                found += self.tree(waiter, depth + 1)
        return found

    def circle(self, process: Process) -> List[str]:
        """The circle to which a process leads, and below it who waits for its members."""
        order: List[int] = []
        address: Optional[int] = process.address
        while address is not None and address not in order:
            order.append(address)
            address = self.blockers[address]
        if address is None:
            return []
        members = order[order.index(address) :]
        first = min(members, key=lambda one: self.family.members[one].pid)
        place = members.index(first)
        members = members[place:] + members[:place]
        names = [self.family.named(self.family.members[one].pid) for one in [*members, first]]
        self.shown.update(members)
        found = [f"CIRCLE: {' waits for '.join(names)}"]
        for member in members:
            found += self.tree(self.family.members[member], 1)
        return found

    def text(self, process: Process) -> str:
        """What a process does."""
        words = [] if process.state == "blocked" else [process.state]
        words += [text for text in (why(process, self.family),) if text]
        if process.reason in LIMITED and process.state == "blocked" and not has_limit(process):
            words.append("without a time limit")
        return ", ".join(words)


#: Reasons with which a process may wait for a time as well.
LIMITED = ("send", "receive", "reply", "notification")


def blocker(process: Process, family: Family) -> Optional[int]:
    """The address of the process for which a blocked one waits; None if it is nobody's turn."""
    if process.reason == "child":
        return by_pid(int(process.value["waiting_for"]), family)
    held = ipc.ipc_of(process)
    if held is None:
        return None
    if process.reason == "receive":
        return by_pid(int(held["accept"]), family)
    address = 0
    if process.reason == "reply":
        address = int(held["server"])
    elif process.reason == "send":
        thing = ipc.objects_of(family).things.get(int(held["endpoint"]))
        address = int(thing.value["owner"]) if thing and thing.kind == "endpoint" else 0
    return address if address in family.members else None


def by_pid(pid: int, family: Family) -> Optional[int]:
    """The address of the process of a pid."""
    addresses: Dict[int, int] = {one.pid: one.address for one in family if not one.is_idle}
    return addresses.get(pid)
