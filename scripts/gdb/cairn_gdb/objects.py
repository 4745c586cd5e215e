"""Commands about objects: endpoints with their queues, notifications, shared memory, handles."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

import gdb

from cairn_gdb import dialect, ipc, process
from cairn_gdb.command import Command, optional, size_text, table
from cairn_gdb.ipc import Objects, Thing
from cairn_gdb.paging import PAGE_SIZE, pages
from cairn_gdb.process import Family, Process, chosen, current, running, until
from cairn_gdb.structures import members
from cairn_gdb.waiting import has_limit, why

PTE_WRITE = 1 << 1
#: Pages of the largest object (SHARED_MEMORY_MAX).
PAGES_MAX = 4096


class Endpoints(Command):
    """List the endpoints: whose they are, who waits in them, and how much went through them.

    Usage: endpoints

    Found are the well-known endpoints and those that a process owns, has a handle to, has a name
    for, sends in a message, or waits for. First come their figures; then, for each in which
    somebody waits, who it is: senders by priority, the next to be received first, or the owner."""

    name = "endpoints"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the table and the queues."""
        objects = found_objects()
        things = objects.of_kind("endpoint")
        title = ("endpoint", "owner", "senders", "messages", "calls", "replies", "failures",
                 "references", "what it is")  # fmt: skip
        queues = {thing.address: Queue(thing, objects) for thing in things}
        rows = [title, *(endpoint_row(thing, queues[thing.address], objects) for thing in things)]
        if things:
            print("\n".join(table(rows, right=(2, 3, 4, 5, 6, 7))))
        else:
            print("There is no endpoint yet.")
        for thing in things:
            lines = queues[thing.address].lines()
            if lines:
                print("\n".join(["", *lines]))
        print_problems(objects)


class Handles(Command):
    """List the handles of a process: what each names, and what it allows.

    Usage: handles [PID]

    PID is a pid, or a pointer to a struct process; without it the current process is meant. The
    letters of the rights are those of enum right: S send or signal, R receive or wait, r read,
    w write, t transfer. Behind them are the object's references, of which each handle is one."""

    name = "handles"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each handle."""
        ipc.require()
        text = optional(arguments, 0)
        owner = current() if text is None else chosen(text)
        held = ipc.ipc_of(owner)
        problems: List[str] = []
        entries = [] if held is None else list(ipc.handles(held, owner, problems))
        never = int(owner.value["ipc"]) == 0
        if held is None and not never:
            problems.append(ipc.unreadable(owner))
        objects = ipc.objects_of(Family())
        rows: List[Sequence[str]] = [("handle", "kind", "rights", "references", "object")]
        rows += [handle_row(number, entry, objects) for number, entry in entries]
        if entries:
            print("\n".join(table(rows, right=(0, 3))))
            print(dialect.RIGHTS_LEGEND)
        elif not problems:
            print(f"{owner.title} has no handles{': it has never communicated' if never else ''}.")
        for problem in problems:
            print(problem)


class Notifications(Command):
    """List the notifications: which bits are set, and who waits for them.

    Usage: notifications

    Found are those to which a process has a handle, for which it waits, which are on their way in a
    message, and those of interrupts. Handles are listed as pid:number."""

    name = "notifications"

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each."""
        objects = found_objects()
        things = objects.of_kind("notification")
        if not things:
            print("No notification can be found.")
        else:
            rows: List[Sequence[str]] = [
                ("notification", "bits", "references", "handles", "waiting")
            ]
            rows += [notification_row(thing, objects) for thing in things]
            print("\n".join(table(rows, right=(2,))))
        print_problems(objects)


class Shared(Command):
    """List shared memory: its frames, and who has mapped it where.

    Usage: shared

    Found is memory to which a process has a handle, which it has mapped, or which is on its way in
    a message. Frames are physical addresses. A mapping is checked against the process's page
    tables: its rights are shown, and where a page is missing or leads to another frame."""

    name = "shared"

    def run(self, arguments: Sequence[str]) -> None:
        """Print a paragraph for each."""
        objects = found_objects()
        things = objects.of_kind("memory")
        if not things:
            print("No shared memory can be found.")
        for thing in things:
            print("\n".join(memory_lines(thing, objects)))
        print_problems(objects)


def found_objects() -> Objects:
    """All objects; an error if there can be none."""
    ipc.require()
    running()
    return ipc.objects_of(Family())


def print_problems(objects: Objects) -> None:
    """Print what is wrong with the lists and pointers."""
    for problem in objects.family.problems + objects.problems:
        print(problem)


# ---- endpoints ----


class Queue:
    """Who waits in an endpoint."""

    def __init__(self, thing: Thing, objects: Objects) -> None:
        self.thing = thing
        self.objects = objects
        self.family = objects.family
        self.senders: List[Tuple[int, int]] = []
        senders = thing.value["senders"]
        for priority in range(senders.type.range()[1], -1, -1):
            what = f"The queue of priority {priority} of the endpoint at 0x{thing.address:08x}"
            place = process.offset("queue_link")
            for address in members(senders[priority], place, what, objects.problems):
                self.senders.append((priority, address))

    def lines(self) -> List[str]:
        """The queue, the first line with a title; nothing if nobody waits."""
        title = f"0x{self.thing.address:08x} {describe(self.thing, self.objects)}"
        lines = [
            f"    priority {priority}: {self.sender(address)}" for priority, address in self.senders
        ]
        waiting = {address for _, address in self.senders}
        for one in self.family:
            held = ipc.ipc_of(one)
            if one.state != "blocked" or held is None:
                continue
            if int(held["endpoint"]) != self.thing.address:
                continue
            if one.reason == "receive":
                lines.append(f"    receiver: {self.receiver(one)}")
            elif one.reason == "send" and one.address not in waiting:
                lines.append(f"    {one.title} says that it waits here, but IS IN NO QUEUE")
        return [title, *lines] if lines else []

    def sender(self, address: int) -> str:
        """A process in the queue, and what it sends."""
        one = self.family.members.get(address)
        if one is None:
            return f"0x{address:08x}, WHICH IS NO PROCESS"
        held = ipc.ipc_of(one)
        named = self.family.named(one.pid)
        here = one.state == "blocked" and one.reason == "send"
        if held is None or not here or int(held["endpoint"]) != self.thing.address:
            text = why(one, self.family)
            return f"{named}: {', '.join(word for word in (one.state, text) if word)}, BUT NOT HERE"
        verb = "calls" if bool(held["calling"]) else "sends"
        limit = f", {until(one)} at most" if has_limit(one) else ""
        return f"{named} {verb} {dialect.type_title(int(held['message']['type']))}{limit}"

    def receiver(self, one: Process) -> str:
        """A process that waits for a message."""
        text = f"{self.family.named(one.pid)} {why(one, self.family)}"
        if int(self.thing.value["owner"]) != one.address:
            text += ", BUT IT IS NOT THE OWNER"
        return text


def endpoint_row(thing: Thing, queue: Queue, objects: Objects) -> Sequence[str]:
    """A line about an endpoint."""
    figures = ("messages", "calls", "replies", "failures")
    return (
        f"0x{thing.address:08x}",
        ipc.process_named(int(thing.value["owner"]), objects.family),
        str(len(queue.senders)),
        *(str(int(thing.value[name])) for name in figures),
        str(thing.references),
        describe(thing, objects),
    )


def describe(thing: Thing, objects: Objects) -> str:
    """What an object is, beside its kind and its address."""
    if thing.kind == "endpoint":
        title = ipc.endpoint_title(thing.address, objects.family)
        return "" if title.startswith("endpoint 0x") else title
    if thing.kind == "memory":
        return size_text(int(thing.value["page_count"]) * PAGE_SIZE)
    return f"bits {int(thing.value['bits']):#x}"


# ---- handles ----


def handle_row(number: int, entry: gdb.Value, objects: Objects) -> Sequence[str]:
    """A line about a handle."""
    address, rights = int(entry["object"]), dialect.rights_text(int(entry["rights"]))
    thing = objects.things.get(address)
    if thing is None:
        return (str(number), "DAMAGED", rights, "-", f"0x{address:08x}: {ipc.check(address)}")
    words = [f"0x{address:08x}", describe(thing, objects)]
    if thing.kind == "endpoint":
        owner = ipc.process_named(int(thing.value["owner"]), objects.family)
        words.append(f"of {owner}")
    text = " ".join(word for word in words if word)
    return (str(number), thing.kind, rights, str(thing.references), text)


# ---- notifications and shared memory ----


def notification_row(thing: Thing, objects: Objects) -> Sequence[str]:
    """A line about a notification."""
    what = f"The queue of the notification at 0x{thing.address:08x}"
    head = thing.value["waiting"]
    waiting = members(head, process.offset("queue_link"), what, objects.problems)
    words = [ipc.process_named(address, objects.family) for address in waiting]
    for irq, entry in ipc.interrupts():
        if int(entry["notification"]) == thing.address:
            holder = ipc.process_named(int(entry["process"]), objects.family)
            words.append(f"IRQ {irq} sets {int(entry['bits']):#x} for {holder}")
    return (
        f"0x{thing.address:08x}",
        f"{int(thing.value['bits']):#x}",
        str(thing.references),
        thing.held_by,
        ", ".join(words) or "nobody",
    )


def memory_lines(thing: Thing, objects: Objects) -> List[str]:
    """The paragraph about shared memory."""
    frames = frames_of(thing)
    count = int(thing.value["page_count"])
    lines = [
        f"0x{thing.address:08x}  {describe(thing, objects)}, {thing.references} references, handles"
        f" {thing.held_by}"
    ]
    if len(frames) < count:
        lines.append(f"    DAMAGED: it claims {count} pages, which is more than 16 MiB")
        return lines
    lines.append(f"    frames {runs(frames)}")
    mapped = [
        (one, mapping)
        for one in objects.family
        for mapping in ipc.mappings(one, [])
        if int(mapping["memory"]) == thing.address
    ]
    lines += [f"    {mapping_text(one, int(m['address']), frames)}" for one, m in mapped]
    return lines if mapped else [*lines, "    nobody has mapped it"]


def frames_of(thing: Thing) -> List[int]:
    """The physical addresses of the pages; none if there are too many to be believed."""
    count = int(thing.value["page_count"])
    if not 0 < count <= PAGES_MAX:
        return []
    frames = thing.value["frames"]
    start, size = int(frames.address), frames.type.target().sizeof
    content = bytes(gdb.selected_inferior().read_memory(start, count * size))
    return [
        int.from_bytes(content[place : place + size], "little")
        for place in range(0, len(content), size)
    ]


def runs(frames: Sequence[int]) -> str:
    """Frames as ranges of addresses."""
    found: List[List[int]] = []
    for frame in frames:
        if found and frame == found[-1][1]:
            found[-1][1] += PAGE_SIZE
        else:
            found.append([frame, frame + PAGE_SIZE])
    return ", ".join(f"0x{start:08x}-0x{end - 1:08x}" for start, end in found)


def mapping_text(one: Process, address: int, frames: Sequence[int]) -> str:
    """Where a process has mapped memory, and whether its page tables agree."""
    text = f"mapped by {one.pid} {one.name} at 0x{address:08x}"
    end = address + len(frames) * PAGE_SIZE
    found: Dict[int, Tuple[int, bool]] = {}
    for page in pages(one.directory, address >> 22, ((end - 1) >> 22) + 1):
        if address <= page.address < end:
            found[page.address] = (page.frame, bool(page.rights & PTE_WRITE))
    wrong: Optional[int] = None
    for number, frame in enumerate(frames):
        place = address + number * PAGE_SIZE
        if wrong is None and found.get(place, (0, False))[0] != frame:
            wrong = place
    writable = any(right for _, right in found.values())
    text += ", writable" if writable else ", read only"
    if wrong is None:
        return text
    there = f"FRAME 0x{found[wrong][0]:08x}" if wrong in found else "NO PAGE"
    return f"{text}, BUT AT 0x{wrong:08x} IS {there}"
