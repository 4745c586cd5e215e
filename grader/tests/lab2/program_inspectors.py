"""What the tests of programs let the grader look at from outside.

Each function below handles one tag of ktest_inspect(): it reads the stopped machine's registers
and physical memory, walks the page tables by itself, and compares what it finds with what the
contracts of lab 2 and the processor's manual demand. `inspect` is what the catalogue names.
"""

from __future__ import annotations

import struct
from typing import Callable, Dict, List, Optional, Sequence, Set

from cairn_grader import pagewalk
from cairn_grader.machine import Check, Machine, read_words
from cairn_grader.pagewalk import PAGE_SIZE, Page

USER_START = 0x40000000
USER_END = 0xC0000000
STACK_GUARD = 0x40000000
STACK_BOTTOM = 0x40010000
STACK_TOP = 0x40100000
KERNEL_STACK_SIZE = 0x2000

KERNEL_CODE, KERNEL_DATA, USER_CODE, USER_DATA = 0x08, 0x10, 0x1B, 0x23
#: Interrupts on; bit 1 is always set.
EFLAGS_PROGRAM = 0x202
#: The words of struct trap_frame, lowest address first.
FRAME = (
    "edi esi ebp esp ebx edx ecx eax gs fs es ds vector error_code eip cs eflags user_esp user_ss"
).split()
FRAME_SIZE = 4 * len(FRAME)
#: Words in struct switch_frame, and which of them is the return address.
SWITCH_WORDS = 5
SWITCH_EIP = 4
#: Where esp0, ss0 and the offset of the I/O map are in a task state segment (SDM 3A, figure 7-2).
TASK_ESP0, TASK_SS0, TASK_IO_MAP = 4, 8, 102
#: Vectors that programs may raise by an instruction.
OPEN_VECTORS = (3, 4, 0x80)
DOUBLE_FAULT = 8

Arguments = Sequence[int]


def inspect(machine: Machine, tag: str, arguments: Arguments) -> List[Check]:
    """Judge a machine that stopped in ktest_inspect()."""
    return _TAGS[tag](machine, arguments)


def first_frame(machine: Machine, arguments: Arguments) -> List[Check]:
    """A program that has not run yet: two frames wait on its kernel stack."""
    stack_top, stack_pointer, entry = arguments[:3]
    frame = _trap_frame(machine, stack_top)
    switch = _read_virtual(machine, stack_pointer, 4 * SWITCH_WORDS)
    returns_to = struct.unpack_from("<I", switch, 4 * SWITCH_EIP)[0]
    general = [name for name in FRAME[:8] if name != "esp" and frame[name]]
    return [
        Check.equal("CS names ring 3's code segment", USER_CODE, frame["cs"]),
        Check.equal("SS names ring 3's data segment", USER_DATA, frame["user_ss"]),
        Check.equal("EFLAGS: interrupts on, nothing else", EFLAGS_PROGRAM, frame["eflags"]),
        Check.equal("EIP is the program's entry", entry, frame["eip"]),
        Check.holds(
            "ESP is in the last page of the stack, a multiple of 16",
            STACK_TOP - PAGE_SIZE <= frame["user_esp"] < STACK_TOP and frame["user_esp"] % 16 == 0,
            "so",
            f"0x{frame['user_esp']:x}",
        ),
        Check.holds("the general registers are 0", not general, "0", ", ".join(general)),
        Check.equal(
            "the switch frame lies below the trap frame",
            stack_top - FRAME_SIZE - 4 * SWITCH_WORDS,
            stack_pointer,
        ),
        Check.equal("the process begins in trap_return", machine.symbol("trap_return"), returns_to),
    ]


def inside_call(machine: Machine, arguments: Arguments) -> List[Check]:
    """The kernel within a system call: on the process's stack, in the process's space."""
    stack_top, directory, frame_address = arguments[:3]
    registers = machine.registers()
    task = _read_virtual(machine, machine.symbol("segments_kernel_task"), 12)
    esp0, ss0 = struct.unpack_from("<II", task, TASK_ESP0)
    frame = _trap_frame(machine, stack_top)
    return [
        Check.equal("the task's esp0 is the end of the process's kernel stack", stack_top, esp0),
        Check.equal("the task's ss0 is the kernel's data segment", KERNEL_DATA, ss0 & 0xFFFF),
        Check.holds(
            "the kernel runs on the process's kernel stack",
            stack_top - KERNEL_STACK_SIZE <= registers["esp"] < stack_top,
            "so",
            f"ESP is 0x{registers['esp']:x}",
        ),
        Check.equal("the trap frame is at its top", stack_top - FRAME_SIZE, frame_address),
        Check.equal("the interrupted CS is ring 3's", USER_CODE, frame["cs"]),
        Check.equal(
            "CR3 holds the process's directory", directory, pagewalk.table_address(registers["cr3"])
        ),
    ]


def descriptor_tables(machine: Machine, arguments: Arguments) -> List[Check]:
    """GDT, IDT and task state segment, at the addresses that SGDT, SIDT and STR gave."""
    gdt, idt, limit, task_selector = arguments[:4]
    gates = _read_virtual(machine, idt, 256 * 8)
    access = [gates[8 * vector + 5] for vector in range(256)]
    open_gates = [vector for vector in range(256) if access[vector] >> 5 & 3 == 3]
    kinds = {access[v] & 0x9F for v in range(256) if v != DOUBLE_FAULT}
    checks = [
        Check.holds(
            "ring 3 may use the gates of 3, 4 and 0x80 only",
            tuple(open_gates) == OPEN_VECTORS,
            str(OPEN_VECTORS),
            str(tuple(open_gates)),
        ),
        Check.holds(
            "all gates but the double fault's are 32-bit interrupt gates",
            kinds == {0x8E},
            "0x8e",
            ", ".join(f"0x{kind:x}" for kind in sorted(kinds)),
        ),
    ]
    for selector, wanted in ((0x08, 0x9A), (0x10, 0x92), (0x18, 0xFA), (0x20, 0xF2)):
        low, high = struct.unpack("<II", _read_virtual(machine, gdt + selector, 8))
        span = (high & 0x00F00000, high & 0xF0000 | low & 0xFFFF, high & 0xFF0000FF, low >> 16)
        checks += [
            Check.equal(f"descriptor 0x{selector:02x}: access", wanted, high >> 8 & 0xFE),
            Check.holds(
                f"descriptor 0x{selector:02x} spans all addresses, 32 bits",
                span == (0xC00000, 0xFFFFF, 0, 0),
            ),
        ]
    return checks + _task_checks(machine, gdt, limit, task_selector)


def _task_checks(machine: Machine, gdt: int, limit: int, selector: int) -> List[Check]:
    """The descriptor of the task, and that no port is open to programs."""
    low, high = struct.unpack("<II", _read_virtual(machine, gdt + (selector & 0xFFF8), 8))
    base = low >> 16 | (high & 0xFF) << 16 | high & 0xFF000000
    size = (low & 0xFFFF | high & 0xF0000) + 1
    io_map = struct.unpack("<H", _read_virtual(machine, base + TASK_IO_MAP, 2))[0]
    return [
        Check.equal(
            "the task register leads to the kernel's task",
            machine.symbol("segments_kernel_task"),
            base,
        ),
        Check.holds("the task has no I/O map", io_map >= size, f">= {size}", str(io_map)),
        Check.equal("the GDT has seven entries", 7 * 8 - 1, limit),
    ]


def arguments(machine: Machine, words: Arguments) -> List[Check]:
    """argc, argv and the strings, read through the program's own page tables."""
    directory, stack_pointer, source = words[:3]
    count, size = struct.unpack("<II", machine.read_physical(source, 8))
    texts = machine.read_physical(source + 8, size).split(b"\0")[:count]
    head = _read_from(machine, directory, stack_pointer, 4 * (count + 3))
    found, *pointers = struct.unpack(f"<{count + 3}I", head)
    strings = [
        _read_from(machine, directory, pointer, len(text) + 1)
        for pointer, text in zip(pointers, texts)
    ]
    return [
        Check.equal("argc lies at ESP", count, found),
        Check.holds("argv and the environment end with null", pointers[count:] == [0, 0]),
        Check.holds(
            "argv points to the strings", strings == [text + b"\0" for text in texts], "so", "no"
        ),
    ]


def address_space(machine: Machine, words: Arguments) -> List[Check]:
    """What a program can reach, whatever the program."""
    directory = words[0]
    low = _first(machine, directory, 0, USER_START, lambda page: page.user)
    high = _first(machine, directory, USER_END, 1 << 32, lambda page: page.user)
    guard = _first(machine, directory, STACK_GUARD, STACK_BOTTOM, lambda page: True)
    own = list(pagewalk.pages(machine, directory, USER_START, USER_END))
    tables = set(pagewalk.page_tables(machine, directory)) | {directory}
    frames = [page.frame for page in own]
    twice = {frame for frame in frames if frames.count(frame) > 1}
    return [
        _none("no page below USER_START is accessible to programs", low),
        _none("no page from USER_END on is accessible to programs", high),
        _none("nothing is mapped in the guard below the stack", guard),
        Check.holds(
            "address 0 is not mapped",
            pagewalk.translate(machine, directory, 0) is None,
            "not mapped",
            "mapped",
        ),
        _none("a page of the user half is the program's", _least_of(own, lambda p: not p.user)),
        _none("no page table is mapped in the user half", _least(set(frames) & tables)),
        _none("no frame is mapped twice", _least(twice)),
    ]


def segment(machine: Machine, words: Arguments) -> List[Check]:
    """The pages of a segment: all that the file fills are there, with the segment's rights."""
    directory, start, end, may_write = words[:4]
    pages = list(pagewalk.pages(machine, directory, start, end))
    count = (end - 1) // PAGE_SIZE - start // PAGE_SIZE + 1
    wrong = _least_of(pages, lambda page: page.writable != bool(may_write))
    rights = "can be written" if may_write else "is read only"
    return [
        Check.equal("every page with bytes of the file is mapped", count, len(pages)),
        _none(f"every page of the segment {rights}", wrong),
    ]


def no_page_in_common(machine: Machine, words: Arguments) -> List[Check]:
    """Two programs, started separately, share nothing."""
    frames = [
        {page.frame for page in pagewalk.pages(machine, directory, USER_START, USER_END)}
        for directory in words[:2]
    ]
    return [_none("no frame belongs to two programs", _least(frames[0] & frames[1]))]


def shared(machine: Machine, words: Arguments) -> List[Check]:
    """Just after a fork: the same pages, the same frames, nobody may write."""
    parent, child = (_pages_of(machine, directory) for directory in words[:2])
    common = set(parent) & set(child)
    return [
        _none("the child has every page of the parent's", _least(set(parent) - set(child))),
        _none("the child has no other page", _least(set(child) - set(parent))),
        _none(
            "both map the same frame",
            _least({a for a in common if parent[a].frame != child[a].frame}),
        ),
        _none("the parent can write to no page", _least({a for a in parent if parent[a].writable})),
        _none("the child can write to no page", _least({a for a in child if child[a].writable})),
        _none("every page is the program's", _least({a for a in child if not child[a].user})),
    ]


def copied(machine: Machine, words: Arguments) -> List[Check]:
    """After a write to one page: that page has a frame of its own, all others are shared."""
    writer, other, address = words[:3]
    mine, theirs = (_pages_of(machine, directory) for directory in (writer, other))
    page = address - address % PAGE_SIZE
    differing = {a for a in set(mine) & set(theirs) if mine[a].frame != theirs[a].frame}
    checks = [_none("no page was copied that nobody wrote to", _least(differing - {page}))]
    if page not in mine or page not in theirs:
        return checks + [Check.holds("the page is mapped in both spaces", False)]
    return checks + [
        Check.holds("the page that was written to was copied", page in differing),
        Check.holds("whoever has written to the page can write to it", mine[page].writable),
        Check.holds("whoever has not written to the page cannot yet", not theirs[page].writable),
    ]


def absent(machine: Machine, words: Arguments) -> List[Check]:
    """No page is mapped in a range."""
    directory, start, end = words[:3]
    return [
        _none(
            "nothing is mapped where nobody has touched anything",
            _first(machine, directory, start, end, lambda page: True),
        )
    ]


def present(machine: Machine, words: Arguments) -> List[Check]:
    """Every page of a range is mapped, for the program, writable."""
    directory, start, end = words[:3]
    pages = list(pagewalk.pages(machine, directory, start, end))
    return [
        Check.equal("each page that was touched is mapped", (end - start) // PAGE_SIZE, len(pages)),
        _none(
            "the program can use the pages that are mapped",
            _least_of(pages, lambda p: not (p.user and p.writable)),
        ),
    ]


_TAGS: Dict[str, Callable[[Machine, Arguments], List[Check]]] = {
    function.__name__: function
    for function in (
        first_frame,
        inside_call,
        descriptor_tables,
        arguments,
        address_space,
        segment,
        no_page_in_common,
        shared,
        copied,
        absent,
        present,
    )
}


def _read_from(machine: Machine, directory: int, address: int, size: int) -> bytes:
    """Bytes at a virtual address, through certain page tables."""
    data = b""
    while len(data) < size:
        place = address + len(data)
        physical = pagewalk.physical_address(machine, directory, place)
        if physical is None:
            raise ValueError(f"0x{place:08x} is not mapped")
        data += machine.read_physical(
            physical, min(size - len(data), PAGE_SIZE - physical % PAGE_SIZE)
        )
    return data


def _read_virtual(machine: Machine, address: int, size: int) -> bytes:
    """Bytes at an address of the kernel."""
    return _read_from(machine, pagewalk.table_address(machine.registers()["cr3"]), address, size)


def _trap_frame(machine: Machine, stack_top: int) -> Dict[str, int]:
    """The struct trap_frame at the top of a kernel stack."""
    data = _read_virtual(machine, stack_top - FRAME_SIZE, FRAME_SIZE)
    return dict(zip(FRAME, struct.unpack(f"<{len(FRAME)}I", data)))


def _pages_of(machine: Machine, directory: int) -> Dict[int, Page]:
    """The pages of a program by address."""
    pages = pagewalk.pages(machine, directory, USER_START, USER_END)
    return {page.address: page for page in pages}


def _none(what: str, address: Optional[int]) -> Check:
    """A search must have found nothing."""
    found = "always" if address is None else f"not at address 0x{address:08x}"
    return Check(what, "always", found, address is None)


def _least(addresses: Set[int]) -> Optional[int]:
    """The lowest of some addresses; None if there are none."""
    return min(addresses) if addresses else None


def _least_of(pages: Sequence[Page], wrong: Callable[[Page], bool]) -> Optional[int]:
    """The first page that is wrong."""
    return next((page.address for page in pages if wrong(page)), None)


def _first(
    machine: Machine, directory: int, start: int, end: int, wrong: Callable[[Page], bool]
) -> Optional[int]:
    """The first page from `start` to `end` that is wrong."""
    return _least_of(list(pagewalk.pages(machine, directory, start, end)), wrong)
