"""What the tests of exercises 1 to 4 let the grader look at from outside.

Each function below handles one tag of ktest_inspect(): it reads the stopped machine's registers
and physical memory, walks the page tables by itself, and compares what it finds with what the test
says. `inspect` is what the catalogue names; it finds the function for a tag.
"""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, List, Optional, Sequence

from cairn_grader import pagewalk
from cairn_grader.machine import Check, Machine, read_words
from cairn_grader.pagewalk import PAGE_SIZE

#: The window of kernel stacks (src/kernel/memory/layout.h).
STACKS_START = 0xF0000000
STACKS_END = 0xFC000000
STACK_SIZE = 0x2000
STACK_STRIDE = 0x4000
#: Bytes of a struct switch_frame (src/kernel/process/switch.h).
FRAME_SIZE = 20
#: Where the task state segment has the stack for entries from ring 3 (SDM 3A, figure 7-2).
ESP0_OFFSET = 4
#: The word that fills freed memory in debug builds (src/kernel/memory/poison.h).
POISON_FREE = 0xDFDFDFDF
#: Words at the start of a free frame in which an allocator may keep links.
LINK_WORDS = 4

Arguments = Sequence[int]


def inspect(machine: Machine, tag: str, arguments: Arguments) -> List[Check]:
    """Judge a machine that stopped in ktest_inspect()."""
    return _TAGS[tag](machine, arguments)


def stacks(machine: Machine, arguments: Arguments) -> List[Check]:
    """The window of kernel stacks holds exactly the stacks that end at certain addresses."""
    directory, table, count = arguments[:3]
    tops = read_words(machine, table, count)
    offsets = range(PAGE_SIZE, STACK_SIZE + 1, PAGE_SIZE)
    wanted = {top - offset for top in tops for offset in offsets}
    pages = list(pagewalk.pages(machine, directory, STACKS_START, STACKS_END))
    found = {page.address for page in pages}
    frames = [page.frame for page in pages]
    repeated = {frame for frame, number in Counter(frames).items() if number > 1}
    guards = {page for page in found - wanted if page % STACK_STRIDE < STACK_STRIDE - STACK_SIZE}
    return [
        Check.equal("each process has a stack of its own", count, len(set(tops))),
        _none("every page of a stack is mapped", wanted - found),
        _none("the guard below a stack is never mapped", guards),
        _none("no stack is mapped without a process", found - wanted - guards),
        _none("no frame belongs to two stacks", repeated),
        _none("a stack can be written", {p.address for p in pages if not p.writable}),
        _none("no stack is offered to programs", {p.address for p in pages if p.user}),
    ]


def switched_out(machine: Machine, arguments: Arguments) -> List[Check]:
    """Processes that do not run have a switch frame on their stacks; the one that runs is there."""
    directory, table, count, current_top = arguments
    words = read_words(machine, table, 2 * count)
    checks = [_on_stack("the stack pointer", machine.registers()["esp"], current_top)]
    for pointer, top in zip(words[::2], words[1::2]):
        inside = _on_stack("kernel_esp of a process that waits", pointer, top - FRAME_SIZE + 4)
        checks.append(inside)
        if inside.passed:
            checks += _switch_frame(machine, directory, pointer, top)
    return checks


def running(machine: Machine, arguments: Arguments) -> List[Check]:
    """The processor has the memory and the stacks of the process that runs."""
    directory, top, task = arguments[:3]
    registers = machine.registers()
    return [
        Check.equal(
            "CR3 holds the directory of the process that runs",
            directory,
            pagewalk.table_address(registers["cr3"]),
        ),
        Check.equal(
            "the task state segment names its kernel stack",
            top,
            read_words(machine, task + ESP0_OFFSET, 1)[0],
        ),
        _on_stack("the stack pointer", registers["esp"], top),
    ]


def directory_gone(machine: Machine, arguments: Arguments) -> List[Check]:
    """The processor does not use a directory that was released; its frame is free."""
    kernel_directory, directory = arguments[:2]
    words = read_words(machine, directory, PAGE_SIZE // 4)
    kept = {directory + 4 * i for i in range(LINK_WORDS, len(words)) if words[i] != POISON_FREE}
    return [
        Check.equal(
            "CR3 holds the kernel's directory",
            kernel_directory,
            pagewalk.table_address(machine.registers()["cr3"]),
        ),
        _none("the directory of a process that has ended is released", kept),
    ]


_TAGS: Dict[str, Callable[[Machine, Arguments], List[Check]]] = {
    function.__name__: function for function in (stacks, switched_out, running, directory_gone)
}


def _switch_frame(machine: Machine, directory: int, pointer: int, top: int) -> List[Check]:
    """Judge a struct switch_frame: edi, esi, ebx, ebp, eip."""
    place = pagewalk.physical_address(machine, directory, pointer)
    if place is None:
        return [Check.holds("the stack of a process that waits is mapped", False)]
    ebp, eip = read_words(machine, place, FRAME_SIZE // 4)[3:]
    text = range(machine.symbol("kernel_text_start"), machine.symbol("kernel_text_end"))
    chain = [] if ebp == 0 else [_on_stack("EBP in its switch frame", ebp, top)]
    return chain + [
        Check.holds("a waiting process goes on in the kernel", eip in text, "code", f"0x{eip:08x}")
    ]


def _on_stack(what: str, pointer: int, top: int) -> Check:
    """A pointer must lie on the stack below an address."""
    expected = f"0x{top - STACK_SIZE:08x} to 0x{top:08x}"
    inside = top - STACK_SIZE <= pointer < top
    return Check(f"{what} lies on its stack", expected, f"0x{pointer:08x}", inside)


def _none(what: str, addresses: "set[int]") -> Check:
    """A search must have found nothing."""
    found: Optional[int] = min(addresses) if addresses else None
    actual = "always" if found is None else f"not at address 0x{found:08x}"
    return Check(what, "always", actual, found is None)
