"""Processes as the kernel's own structures describe them.

How the table and the queues of processes are kept is up to each student. What is given is struct
process (src/kernel/process/process.h) and the idle process in state.c, from which every process can
be reached: by the lists of children and zombies. Lists are trusted only as far as they make sense.
"""

from __future__ import annotations

from typing import Dict, Iterator, List, Optional, Tuple

import gdb

from cairn_gdb import machine
from cairn_gdb.trap import frame_at

PROCESS_H = machine.ROOT / "src" / "kernel" / "process" / "process.h"
#: How an exit status says in what way the process ended (enum exit_kind in cairn/process.h).
EXIT_NORMAL, EXIT_KILLED = 0, 1
WAIT_ANY = -1
PID_IDLE = 0


class Process:
    """A process that exists; its structure is read once."""

    def __init__(self, value: gdb.Value) -> None:
        value.fetch_lazy()
        self.value = value
        self.address = int(value.address)
        self.pid = int(value["pid"])
        self.name = value["name"].string(errors="replace")
        self.is_idle = self.address == int(idle().address)
        self.in_user_mode = str(value["mode"]) == "PROCESS_USER"
        self.state = str(value["state"]).replace("PROCESS_", "").lower()
        self.reason = str(value["reason"]).replace("REASON_", "").lower()

    @property
    def title(self) -> str:
        """What to call it."""
        return f"process {self.pid} ({self.name})"

    @property
    def is_current(self) -> bool:
        """Whether it is the one that runs."""
        return self.address == int(running())

    @property
    def stack(self) -> Tuple[int, int]:
        """The bounds of its kernel stack."""
        if self.is_idle:
            return machine.linker_symbol("kernel_stack_bottom"), machine.linker_symbol(
                "kernel_stack_top"
            )
        top = int(self.value["stack_top"])
        return top - machine.constant("KERNEL_STACK_SIZE"), top

    @property
    def kernel_esp(self) -> Optional[int]:
        """Its stack pointer in the kernel; None if it is in ring 3, or on no stack of its own."""
        esp = int(self.value["kernel_esp"])
        if self.is_current:
            if machine.ring() == 3:
                return None
            esp = machine.register("esp")
        bottom, top = self.stack
        return esp if bottom <= esp <= top else None

    @property
    def space(self) -> gdb.Value:
        """Its address space."""
        pointer = self.value["space"]
        if int(pointer) == 0:
            raise gdb.GdbError(f"{self.title} has no address space: its space is NULL.")
        return pointer.dereference()

    @property
    def directory(self) -> int:
        """The physical address of its page directory."""
        return int(self.space["directory"])

    @property
    def trap_frame(self) -> Optional[gdb.Value]:
        """Its registers in ring 3, as the kernel has saved them; None if it has not."""
        if not self.in_user_mode or self.state == "zombie":
            return None
        frame = frame_at(self.stack[1] - gdb.lookup_type("struct trap_frame").sizeof)
        esp = self.kernel_esp
        return frame if esp is not None and esp <= int(frame.address) else None

    @property
    def program(self) -> str:
        """The path of its program, such as bin/init; empty if it has none."""
        file = self.value["program"]
        return file["name"].string(errors="replace") if int(file) != 0 else ""


class Family:
    """All processes that can be reached, and what is wrong with the lists."""

    def __init__(self) -> None:
        self.problems: List[str] = []
        self.members: Dict[int, Process] = {}
        self._add(Process(idle()))
        if int(running()) not in self.members:
            self._lost()

    def __iter__(self) -> Iterator[Process]:
        return iter(sorted(self.members.values(), key=lambda process: process.pid))

    def find(self, pid: int) -> Process:
        """The process of a pid."""
        for process in self:
            if process.pid == pid:
                return process
        raise gdb.GdbError(f"No process has pid {pid}; to list all of them: processes.")

    def named(self, pid: int) -> str:
        """A pid with its name, if there is such a process."""
        names = [process.name for process in self if process.pid == pid]
        return f"{pid} {names[0]}" if names else str(pid)

    def _lost(self) -> None:
        """The current process is in no list."""
        process = Process(running().dereference())
        self.problems.append(f"{process.title} runs, but is in nobody's list of children.")
        self._add(process)

    def _add(self, process: Process) -> None:
        """Add a process and its descendants."""
        waiting = [process]
        while waiting:
            member = waiting.pop()
            self.members[member.address] = member
            for kind in ("children", "zombies"):
                waiting += self._relatives(member, kind)

    def _relatives(self, parent: Process, kind: str) -> List[Process]:
        """The processes in one of a process's two lists, as far as it is sound."""
        found: List[Process] = []
        where = f"The list of {kind} of {parent.title}"
        try:
            for address in elements(parent.value[kind], "family_link"):
                if address in self.members or address in [one.address for one in found]:
                    self.problems.append(f"{where} leads to a process that is listed already.")
                    break
                relative = Process(structure(address))
                found.append(relative)
                if int(relative.value["parent"]) != parent.address:
                    self.problems.append(f"{where} holds {relative.title}, who has another parent.")
        except gdb.MemoryError as error:
            self.problems.append(f"{where} is damaged: {error}.")
        except gdb.GdbError as error:
            self.problems.append(f"{where} {error}.")
        return found


def idle() -> gdb.Value:
    """The idle process, which is there from the first instruction on."""
    symbol = gdb.lookup_global_symbol("process_idle_state")
    if symbol is None:
        raise gdb.GdbError(
            "This kernel has no processes: they come with lab 2. To build it: make kernel LAB=2."
        )
    return symbol.value()


def running() -> gdb.Value:
    """The pointer to the current process."""
    idle()
    pointer = gdb.parse_and_eval("process_running")
    if int(pointer) == 0:
        raise gdb.GdbError(
            "No process exists yet: process_init_idle() has not run. Let the kernel go on, for"
            " instance by: break scheduler_yield, and continue."
        )
    return pointer


def current() -> Process:
    """The process that runs."""
    return Process(running().dereference())


def exist() -> bool:
    """Whether there are processes."""
    try:
        running()
    except (gdb.error, gdb.GdbError):
        return False
    return True


def chosen(text: str) -> Process:
    """The process that is meant: a pid, or an expression for a struct process or a pointer."""
    running()
    if text.isdigit():
        return Family().find(int(text))
    process = as_process(machine.evaluate(text))
    if process is None:
        raise gdb.GdbError(f"{text} is neither a pid nor a struct process.")
    return process


def as_process(value: gdb.Value) -> Optional[Process]:
    """The process that a value of GDB is or points to; None if it is something else."""
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_PTR:
        kind = kind.target().strip_typedefs()
        if str(kind.unqualified()) != "struct process":
            return None
        if int(value) == 0:
            raise gdb.GdbError("This pointer to a process is NULL.")
        return Process(value.dereference())
    return Process(value) if str(kind.unqualified()) == "struct process" else None


def structure(address: int) -> gdb.Value:
    """The struct process at an address."""
    pointer = gdb.lookup_type("struct process").pointer()
    return gdb.Value(address).cast(pointer).dereference()


def offset(member: str) -> int:
    """Where a member of struct process lies."""
    fields = gdb.lookup_type("struct process").fields()
    return next(field.bitpos // 8 for field in fields if field.name == member)


def elements(head: gdb.Value, member: str) -> Iterator[int]:
    """The addresses of the processes in a list (lib/list.h); GdbError ends a broken one."""
    start = int(head["head"].address)
    link = int(head["head"]["next"])
    kind = gdb.lookup_type("struct list_link").pointer()
    while link != start:
        if link == 0:
            raise gdb.GdbError("is damaged: a link is NULL (was list_init() called?)")
        yield link - offset(member)
        link = int(gdb.Value(link).cast(kind)["next"])


# ---- words ----


def exit_text(status: int) -> str:
    """An exit status in words."""
    kind, code = status >> 8, status & 0xFF
    if kind == EXIT_NORMAL:
        return f"ended with {code}"
    if kind == EXIT_KILLED:
        return "was killed"
    names = machine.file_variable("trap_name", "exception_names")
    name = ""
    if names is not None and code <= names.type.range()[1] and int(names[code]) != 0:
        name = f", {names[code].string()}"
    return f"was ended by exception {code}{name}"


def queue_head(process: Process, family: Family) -> Optional[int]:
    """The head of the list that a process is in by its queue_link: a link that is no process's."""
    links = {address + offset("queue_link") for address in family.members}
    link = process.value["queue_link"]["next"]
    for _ in range(len(links) + 1):
        if int(link) == 0:
            return None
        if int(link) not in links:
            return int(link)
        link = link["next"]
    return None


def now() -> int:
    """The time in ticks."""
    ticks = machine.file_variable("clock_now", "ticks")
    return int(ticks) if ticks is not None else int(machine.call("clock_now"))


def ticks_left(process: Process) -> int:
    """How long a process still sleeps; times wrap, so the difference counts."""
    left = (int(process.value["wake_tick"]) - now()) & 0xFFFFFFFF
    return left - (1 << 32) if left >= 1 << 31 else left


def until(process: Process) -> str:
    """Until when a process waits."""
    left = ticks_left(process)
    when = f"in {left}" if left >= 0 else f"{-left} TOO LATE"
    return f"until tick {int(process.value['wake_tick'])}, {when}"
