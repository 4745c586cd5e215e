"""What the tests of kernel-mode programs let the grader look at from outside.

Each function below handles one tag of ktest_inspect(), as in the tests of lab 2: it reads the
stopped machine's registers and memory, and walks the page tables by itself. In which ring a program
runs is told by the selector that the processor has pushed when the clock interrupted it.
"""

from __future__ import annotations

import struct
from typing import Callable, Dict, List, Sequence, Tuple

from cairn_grader import pagewalk
from cairn_grader.machine import Check, Machine
from cairn_grader.pagewalk import PAGE_SIZE

USER_START = 0x40000000
USER_END = 0xC0000000
PROGRAM_BASE = 0x40100000
STACKS_START, STACKS_END = 0xF0000000, 0xFC000000
#: Bytes from one kernel stack to the next, the lower half of which is a guard.
STACK_STRIDE = 0x4000
STACK_SIZE = 0x2000
KERNEL_CODE = 0x08
#: Bit 1 of EFLAGS is always set, bit 9 while interrupts are on.
FLAGS_ALWAYS, FLAGS_INTERRUPTS = 0x2, 0x200

Arguments = Sequence[int]


def inspect(machine: Machine, tag: str, arguments: Arguments) -> List[Check]:
    """Judge a machine that stopped in ktest_inspect()."""
    return _TAGS[tag](machine, arguments)


def preempted_program(machine: Machine, arguments: Arguments) -> List[Check]:
    """A program that works for ever, and was interrupted: its registers lie on its stack."""
    stack_pointer, stack_top, directory, program_end = arguments[:4]
    size = stack_top - stack_pointer
    data = _read_from(machine, directory, stack_pointer, size) if 0 < size <= STACK_SIZE else b""
    frames = _interrupted(data, PROGRAM_BASE, program_end)
    selectors = sorted({selector for _, selector, _ in frames})
    interrupted = frames[-1][0] if frames else 0
    page = pagewalk.translate(machine, directory, interrupted)
    return [
        Check.holds(
            "the program's registers are on its kernel stack",
            0 < size <= STACK_SIZE,
            "so",
            f"ESP is 0x{stack_pointer:x}, the stack ends at 0x{stack_top:x}",
        ),
        Check.holds("the clock has interrupted the program", bool(frames), "so", "no such frame"),
        Check.holds(
            "the interrupted CS is the kernel's, of ring 0",
            selectors == [KERNEL_CODE],
            f"0x{KERNEL_CODE:x}",
            ", ".join(f"0x{selector:x}" for selector in selectors),
        ),
        Check.holds("the program's code is mapped in its own space", page is not None),
        Check.holds(
            "the program's code is not mapped in the kernel's space",
            pagewalk.translate(machine, _current_directory(machine), interrupted) is None,
        ),
    ]


def inside_program(machine: Machine, arguments: Arguments) -> List[Check]:
    """A program that called the kernel: who called it, and on which stack."""
    local = arguments[0]
    registers = machine.registers()
    directory = _current_directory(machine)
    stack_end = registers["esp"] - registers["esp"] % STACK_STRIDE + STACK_STRIDE
    data = _read_from(machine, directory, registers["esp"], stack_end - registers["esp"])
    words = struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
    code = [word for word in words if PROGRAM_BASE <= word < USER_END]
    return [
        Check.holds(
            "the program runs on a kernel stack",
            STACKS_START <= registers["esp"] < STACKS_END
            and registers["esp"] % STACK_STRIDE >= STACK_STRIDE - STACK_SIZE,
            "so",
            f"ESP is 0x{registers['esp']:x}",
        ),
        Check.holds(
            "the program's variables are on that stack, too",
            registers["esp"] <= local < stack_end,
            "so",
            f"one is at 0x{local:x}",
        ),
        Check.holds("a program has called the kernel", bool(code), "so", "no return address"),
        Check.holds(
            "CR3 holds the directory of a space with a program",
            pagewalk.translate(machine, directory, PROGRAM_BASE) is not None,
        ),
    ]


_TAGS: Dict[str, Callable[[Machine, Arguments], List[Check]]] = {
    function.__name__: function for function in (preempted_program, inside_program)
}


def _current_directory(machine: Machine) -> int:
    return pagewalk.table_address(machine.registers()["cr3"])


def _interrupted(data: bytes, start: int, end: int) -> List[Tuple[int, int, int]]:
    """What an interrupt of a program's code has pushed: EIP, CS and EFLAGS, wherever they lie."""
    words = struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
    wanted = FLAGS_ALWAYS | FLAGS_INTERRUPTS
    return [
        (eip, selector & 0xFFFF, flags)
        for eip, selector, flags in zip(words, words[1:], words[2:])
        if start <= eip < end and 0 < selector & 0xFFFF < 0x30 and flags & wanted == wanted
    ]


def _read_from(machine: Machine, directory: int, address: int, size: int) -> bytes:
    """Bytes at a virtual address, through certain page tables; they end where nothing is mapped."""
    data = b""
    while len(data) < size:
        place = address + len(data)
        physical = pagewalk.physical_address(machine, directory, place)
        if physical is None:
            break
        data += machine.read_physical(
            physical, min(size - len(data), PAGE_SIZE - physical % PAGE_SIZE)
        )
    return data
