"""Objects of communication and what processes hold of them, as src/kernel/ipc/*.h lay it out.

Every pointer is checked before it is believed: where an object should be, there must be one, with
the type that is expected and with references; and each list must lead back to its head.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple

import gdb

from cairn_gdb import dialect, machine
from cairn_gdb.names import names_of
from cairn_gdb.process import Family, Process, queue_head, structure
from cairn_gdb.structures import members, offset, pointed, reason

HANDLE_H = machine.ROOT / "src" / "kernel" / "ipc" / "handle.h"
#: More references than this are not believed.
REFERENCES_MAX = 1 << 20
#: The structure that each type of object begins.
STRUCTURES = {
    "endpoint": "struct endpoint",
    "notification": "struct notification",
    "memory": "struct shared_memory",
}
WAIT_ANY = -1


def exists() -> bool:
    """Whether this kernel has communication at all."""
    return gdb.lookup_global_symbol("ipc_init") is not None


def require() -> None:
    """An error if this kernel has none."""
    if not exists():
        raise gdb.GdbError(
            "This kernel has no communication between processes: it comes with lab 3. To build it:"
            " make kernel LAB=3."
        )


def ipc_of(process: Process) -> Optional[gdb.Value]:
    """What a process holds; None if it has nothing, or if it cannot be read."""
    address = int(process.value["ipc"]) if exists() else 0
    if address == 0:
        return None
    try:
        return pointed(address, "struct ipc")
    except gdb.MemoryError:
        return None


def unreadable(process: Process) -> str:
    """What to say of a process whose pointer to its struct ipc is damaged."""
    return f"The struct ipc of {process.title} cannot be read; its pointer is damaged."


def kind_of(value: gdb.Value) -> str:
    """The kind of an object; empty if its type is none."""
    text = str(value["object"]["type"]).replace("OBJECT_", "").lower()
    return text if text in STRUCTURES else ""


def check(address: int, kind: str = "") -> str:
    """What is wrong with the object at an address, which should be of a kind; empty: nothing."""
    if address == 0:
        return "the pointer is NULL"
    try:
        value = pointed(address, "struct notification")
    except gdb.MemoryError as error:
        return reason(error)
    found, references = kind_of(value), int(value["object"]["references"])
    if not found:
        return f"0x{address:08x} is no object: its type is {int(value['object']['type']):#x}"
    if kind and found != kind:
        return f"0x{address:08x} is no {kind}, but a {found}"
    if not 0 < references <= REFERENCES_MAX:
        return f"the {found} at 0x{address:08x} has {references} references"
    return ""


# ---- everything that can be reached ----


@dataclass
class Holder:
    """A handle, or what else has a reference."""

    process: Process
    number: int
    rights: int


@dataclass
class Thing:
    """An object, with who has it."""

    address: int
    kind: str
    value: gdb.Value
    holders: List[Holder] = field(default_factory=list)
    names: List[str] = field(default_factory=list)

    @property
    def references(self) -> int:
        """How many there are."""
        return int(self.value["object"]["references"])

    @property
    def held_by(self) -> str:
        """The handles to it, by pid and number."""
        return ", ".join(f"{one.process.pid}:{one.number}" for one in self.holders) or "no handle"


class Objects:
    """All objects that can be found, and what is wrong with the ways to them."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.things: Dict[int, Thing] = {}
        self.problems: List[str] = []
        self.well_known = well_known()
        for address in self.well_known:
            self.add(address, "endpoint", f"the well-known endpoint {self.well_known[address]}")
        for process in family:
            self._add_of(process)
        for irq, entry in interrupts():
            self.add(int(entry["notification"]), "notification", f"the notification of IRQ {irq}")

    def of_kind(self, kind: str) -> List[Thing]:
        """Those of a kind, in the order of their addresses."""
        found = [thing for thing in self.things.values() if thing.kind == kind]
        return sorted(found, key=lambda thing: thing.address)

    def add(self, address: int, kind: str, what: str) -> Optional[Thing]:
        """Add an object; if it is none, note the problem."""
        thing = self.things.get(address)
        if thing is not None and kind in ("", thing.kind):
            return thing
        wrong = check(address, kind)
        if wrong:
            self.problems.append(f"{what[0].upper()}{what[1:]} is damaged: {wrong}.")
            return None
        kind = kind or kind_of(pointed(address, "struct notification"))
        thing = Thing(address, kind, pointed(address, STRUCTURES[kind]))
        self.things[address] = thing
        return thing

    def _add_of(self, process: Process) -> None:
        """Add what a process has, waits for, or carries."""
        ipc = ipc_of(process)
        if ipc is None:
            if exists() and int(process.value["ipc"]) != 0:
                self.problems.append(unreadable(process))
            return
        self.add(int(ipc["own"]), "endpoint", f"the own endpoint of {process.title}")
        self._add_lists(process, ipc)
        for number, entry in handles(ipc, process, self.problems):
            what = f"handle {number} of {process.title}"
            thing = self.add(int(entry["object"]), "", what)
            if thing is not None:
                thing.holders.append(Holder(process, number, int(entry["rights"])))
        for index in range(min(int(ipc["carried_count"]), ipc["carried"].type.range()[1] + 1)):
            what = f"object {index} on its way from {process.title}"
            self.add(int(ipc["carried"][index]["object"]), "", what)
        if process.state == "blocked" and process.reason in ("send", "receive"):
            self.add(int(ipc["endpoint"]), "endpoint", f"what {process.title} waits for")
        notification = waited_notification(process, self.family)
        if notification is not None:
            self.add(notification, "notification", f"what {process.title} waits for")

    def _add_lists(self, process: Process, ipc: gdb.Value) -> None:
        """Add what is in the lists of a process."""
        where = f"of {process.title}"
        place = offset("struct endpoint", "owner_link")
        what = f"The list of endpoints {where}"
        for address in members(ipc["endpoints"], place, what, self.problems):
            self.add(address, "endpoint", f"an endpoint in the list {where}")
        for mapping in mappings(process, self.problems):
            self.add(int(mapping["memory"]), "memory", f"a mapping {where}")
        for name in names_of(ipc["names"], process, self.problems):
            if name.endpoint:
                thing = self.add(name.endpoint, "endpoint", f"the endpoint of {name.text}")
                if thing is not None:
                    thing.names.append(name.text)


# ---- what a process holds ----


def handles(
    ipc: gdb.Value, process: Process, problems: List[str]
) -> Iterator[Tuple[int, gdb.Value]]:
    """The entries of a process's table that are in use, with their numbers."""
    table = ipc["handles"]
    size, address = int(table["size"]), int(table["entries"])
    if size == 0:
        return
    what = f"The handle table of {process.title} is damaged"
    if size > machine.constant("HANDLES_MAX", HANDLE_H):
        problems.append(f"{what}: it claims {size} entries.")
        return
    kind = gdb.lookup_type("struct handle").array(size - 1)
    try:
        entries = gdb.Value(address).cast(kind.pointer()).dereference()
        entries.fetch_lazy()
    except gdb.MemoryError as error:
        problems.append(f"{what}: {reason(error)}.")
        return
    used = 0
    for number in range(size):
        if int(entries[number]["object"]) != 0:
            used += 1
            yield number, entries[number]
    if used != int(table["used"]):
        problems.append(
            f"{what}: it claims {int(table['used'])} handles in use, but there are {used}."
        )


def mappings(process: Process, problems: List[str]) -> List[gdb.Value]:
    """The mappings of shared memory of a process."""
    ipc = ipc_of(process)
    if ipc is None:
        return []
    what = f"The list of mappings of {process.title}"
    place = offset("struct mapping", "link")
    addresses = members(ipc["mappings"], place, what, problems)
    return [pointed(address, "struct mapping") for address in addresses]


def well_known() -> Dict[int, str]:
    """The names of the well-known endpoints that have been made, by their addresses."""
    endpoints = machine.file_variable("well_known_init", "endpoints")
    if endpoints is None or endpoints.is_optimized_out:
        return {}
    found = {}
    for number, name in dialect.well_known_names().items():
        endpoint = endpoints[number]
        if int(endpoint["object"]["references"]) != 0:
            found[int(endpoint.address)] = name
    return found


def interrupts() -> Iterator[Tuple[int, gdb.Value]]:
    """The interrupts that programs have: their numbers, and who has them."""
    table = machine.file_variable("services_interrupt", "interrupts")
    if table is None or table.is_optimized_out:
        return
    for irq in range(table.type.range()[1] + 1):
        if int(table[irq]["process"]) != 0:
            yield irq, table[irq]


# ---- who waits ----


def waited_notification(process: Process, family: Family) -> Optional[int]:
    """The notification in whose queue a process waits."""
    if process.state != "blocked" or process.reason != "notification":
        return None
    try:
        head = queue_head(process, family)
    except gdb.MemoryError:
        return None
    if head is None:
        return None
    return head - offset("struct notification", "waiting")


def request_of(process: Process) -> Optional[gdb.Value]:
    """
    The message that a process waits to send, or for whose reply it waits.

    A call that finds its server waiting can go straight into the struct ipc of the server; there it
    is until the server has the next one. None if it is nowhere any more.
    """
    ipc = ipc_of(process)
    if ipc is None or process.state != "blocked" or process.reason not in ("send", "reply"):
        return None
    if process.reason == "send":
        return ipc["message"]
    number = int(ipc["request_id"])
    if is_request(ipc["message"], number):
        return ipc["message"]
    server = server_of(process)
    if server is None or not is_request(server["message"], number):
        return None
    return server["message"]


def is_request(message: gdb.Value, number: int) -> bool:
    """Whether a message is the request of a call."""
    return int(message["request_id"]) == number and not int(message["type"]) & dialect.REPLY


def operation_of(process: Process) -> str:
    """What a process sends, or has called; also a reply that is being written still tells it."""
    request = request_of(process)
    if request is not None:
        return dialect.type_title(int(request["type"]))
    server = server_of(process)
    number = int(process.value["ipc"]["request_id"])
    if server is not None and int(server["message"]["request_id"]) == number:
        return dialect.type_title(int(server["message"]["type"]))
    return "a call"


def server_of(process: Process) -> Optional[gdb.Value]:
    """What the server holds for whose reply a process waits; None if it cannot be read."""
    held = ipc_of(process)
    try:
        return None if held is None else ipc_of(Process(structure(int(held["server"]))))
    except gdb.MemoryError:
        return None


def endpoint_title(address: int, family: Family) -> str:
    """What to call an endpoint: by its names, or by whose it is."""
    objects = objects_of(family)
    thing = objects.things.get(address)
    if thing is None or thing.kind != "endpoint":
        return f"0x{address:08x}, WHICH IS NO ENDPOINT"
    if thing.names:
        return ", ".join(sorted(thing.names))
    if address in objects.well_known:
        return f"well-known {objects.well_known[address]}"
    for process in family:
        ipc = ipc_of(process)
        if ipc is not None and int(ipc["own"]) == address:
            return f"endpoint of pid {process.pid}"
    return f"endpoint 0x{address:08x}"


@functools.lru_cache(maxsize=1)
def objects_of(family: Family) -> Objects:
    """The objects, found once for each command, which makes a new Family."""
    return Objects(family)


def process_named(address: int, family: Family) -> str:
    """A process by its address, with pid and name."""
    if address == 0:
        return "nobody"
    process = family.members.get(address)
    return f"0x{address:08x}, WHICH IS NO PROCESS" if process is None else family.named(process.pid)
