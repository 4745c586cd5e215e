"""Commands about processes: the list, one of them, and who runs when."""

from __future__ import annotations

from typing import List, Sequence

import gdb

from cairn_gdb import machine, program, trap
from cairn_gdb.command import Command, optional, table
from cairn_gdb.process import (
    PROCESS_H,
    Family,
    Process,
    chosen,
    current,
    exit_text,
    now,
    offset,
    queue_head,
    running,
    ticks_left,
)
from cairn_gdb.space import region_lines
from cairn_gdb.stack import seen_from, service_call, walk_lines
from cairn_gdb.waiting import why

SCHEDULER_H = PROCESS_H.parent / "scheduler.h"


class Processes(Command):
    """List the processes: what each is doing, or what it waits for.

    Usage: processes

    The star marks the current one. Shown are the ring of its program, its state and why, its
    parent, the clock ticks that it has used, and how much of its kernel stack is in use now. The
    processes are found from the idle process by the lists of children and zombies; one that is in
    no list is not found, unless it runs."""

    name = "processes"

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each."""
        running()
        family = Family()
        rows = [("", "pid", "name", "ring", "state", "parent", "ticks", "stack", "why")]
        rows += [row(process, family) for process in family]
        print("\n".join(table(rows, right=(1, 5, 6, 7))))
        print(where())
        print_problems(family)


class ProcessDetails(Command):
    """Show what the kernel knows about a process, and where it will go on.

    Usage: process [PID]

    PID is a pid, or a pointer to a struct process; without it the current process is meant. Shown
    are its family, its time, its stack from the inside out, its registers in ring 3 if the kernel
    has saved them, and the regions of its space."""

    name = "process"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print all of it."""
        text = optional(arguments, 0)
        process = current() if text is None else chosen(text)
        family = Family()
        print("\n".join(facts(process, family)))
        print_problems(family)
        with program.symbols_of(process.program):
            print("\n".join(["", *stack_lines(process), "", *user_lines(process)]))
        if process.program and process.state != "zombie":
            print("\n".join(["", *region_lines(process.space)]))


class Scheduler(Command):
    """Show who runs, who will run next, and who waits for what.

    Usage: scheduler

    Who is ready is listed in the order of the ready queue if that can be found by the queue_link of
    struct process; however scheduler.c keeps its queues, the states are right."""

    name = "scheduler"

    def run(self, arguments: Sequence[str]) -> None:
        """Print a paragraph for each state."""
        running()
        family = Family()
        print(f"clock     tick {now()}")
        process = current()
        used = int(process.value["slice_used"])
        length = machine.constant("TIME_SLICE", SCHEDULER_H)
        print(f"running   {family.named(process.pid)}, {used} of {length} ticks of its time slice")
        print_names("ready", ready_order(family), family)
        sleepers = [one for one in family if one.state == "sleeping"]
        print_names("sleeping", sorted(sleepers, key=ticks_left), family)
        print_names("blocked", [one for one in family if one.state == "blocked"], family)
        print_problems(family)


def print_names(title: str, members: Sequence[Process], family: Family) -> None:
    """Print who is in a state, one a line."""
    if not members:
        print(f"{title:<9} nobody")
    for number, process in enumerate(members):
        label = title if number == 0 else ""
        print(f"{label:<9} {family.named(process.pid)}: {why(process, family)}")


def print_problems(family: Family) -> None:
    """Print what is wrong with the lists."""
    for problem in family.problems:
        print(problem)


def ready_order(family: Family) -> List[Process]:
    """Who is ready; in the order of the queue if all of them are in one list by queue_link."""
    ready = [process for process in family if process.state == "ready"]
    members = {process.address: process for process in ready}
    in_queue = [process for process in ready if not process.is_idle]
    heads = {queue_head(process, family) for process in in_queue}
    head = heads.pop() if len(heads) == 1 else None
    if head is None:
        return ready
    order: List[Process] = []
    kind = gdb.lookup_type("struct list_link").pointer()
    link = int(gdb.Value(head).cast(kind)["next"])
    while link != head and len(order) < len(in_queue):
        process = members.get(link - offset("queue_link"))
        if process is None:
            return ready
        order.append(process)
        link = int(gdb.Value(link).cast(kind)["next"])
    return order + [process for process in ready if process not in order]


def row(process: Process, family: Family) -> Sequence[str]:
    """A line about a process."""
    return (
        "*" if process.is_current else "",
        str(process.pid),
        process.name,
        "3" if process.in_user_mode else "0",
        process.state,
        parent(process),
        str(int(process.value["ticks"])),
        stack_use(process),
        why(process, family),
    )


def parent(process: Process) -> str:
    """The pid of the parent."""
    pointer = process.value["parent"]
    return str(int(pointer["pid"])) if int(pointer) != 0 else "-"


def stack_use(process: Process) -> str:
    """How many bytes of its kernel stack are in use."""
    if process.is_current and machine.ring() == 3:
        return "0"
    esp = process.kernel_esp
    return "-" if esp is None else str(process.stack[1] - esp)


def where() -> str:
    """What the processor is doing, and for whom."""
    process = current()
    if machine.in_program():
        return f"The processor is in ring {machine.ring()}, in {process.title}."
    return f"The processor is in the kernel, for {process.title}: {entered()}."


def entered() -> str:
    """Why the kernel was entered last."""
    service = ""
    for frame in trap.stack():
        handled = trap.handled(frame)
        if handled is not None:
            return trap.reason(handled)
        service = service or service_call(frame)
    return service or "no trap is being handled"


def facts(process: Process, family: Family) -> List[str]:
    """What the structure says."""
    ring = "3" if process.in_user_mode else "0"
    state = ", ".join(text for text in (process.state, why(process, family)) if text)
    bottom, top = process.stack
    rows = [
        ("process", f"{process.pid} {process.name}, ring {ring}, {state}"),
        ("parent", family.named(int(parent(process))) if parent(process) != "-" else "none"),
        ("children", relatives(process, family, zombies=False)),
        ("zombies", relatives(process, family, zombies=True)),
        ("ticks", ticks_text(process)),
        ("program", program_text(process)),
        ("stack", f"0x{bottom:08x}-0x{top - 1:08x}, {stack_use(process)} of {top - bottom} bytes"),
    ]
    return table(rows)


def ticks_text(process: Process) -> str:
    """The clock ticks during which a process ran."""
    text = str(int(process.value["ticks"]))
    if process.is_current:
        text += f", {int(process.value['slice_used'])} of them in its time slice"
    return text


def relatives(process: Process, family: Family, zombies: bool) -> str:
    """The children of a process that live, or those that have ended."""
    found = [
        one
        for one in family
        if int(one.value["parent"]) == process.address
        and one.address != process.address
        and (one.state == "zombie") == zombies
    ]
    texts = [
        family.named(one.pid)
        + (f" ({exit_text(int(one.value['exit_status']))})" if zombies else "")
        for one in found
    ]
    return ", ".join(texts) or "none"


def program_text(process: Process) -> str:
    """The program of a process, and where its heap is."""
    if not process.program:
        return "none: it runs in the kernel"
    start, end = int(process.value["heap_start"]), int(process.value["heap_end"])
    symbols = "loaded" if program.loaded() == process.program else "not loaded"
    heap = f"heap 0x{start:08x}-0x{end - 1:08x}" if end > start else f"empty heap at 0x{start:08x}"
    return f"{process.program}, {heap}, symbols {symbols}"


def stack_lines(process: Process) -> List[str]:
    """The stack of a process."""
    if process.is_current:
        return ["It runs; from the inside out:"] + walk_lines()
    if process.state == "zombie":
        return ["It has ended and never goes on."]
    try:
        with seen_from(process):
            return ["It will go on here; from the inside out:"] + walk_lines()
    except gdb.GdbError as error:
        return [str(error)]


def user_lines(process: Process) -> List[str]:
    """The registers with which a process goes on in ring 3."""
    if not process.in_user_mode:
        where = "its program runs in ring 0" if process.program else "it runs in the kernel"
        return [f"It has no registers in ring 3: {where}."]
    if process.state == "zombie":
        return ["Its memory and its registers in ring 3 are gone."]
    frame = process.trap_frame
    if frame is not None:
        frame.fetch_lazy()
        return ["Its registers in ring 3:"] + trap.describe(frame)
    if process.is_current and machine.ring() == 3:
        return ["It is in ring 3: its registers are those of the processor (info registers)."]
    return ["Its registers in ring 3 are just being saved or restored."]
