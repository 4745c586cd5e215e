"""The machine under GDB: its registers, its memory, and the kernel's variables."""

from __future__ import annotations

import functools
import re
import struct
from pathlib import Path
from typing import List, Optional

import gdb

ROOT = Path(__file__).resolve().parents[3]
LAYOUT = ROOT / "src" / "kernel" / "memory" / "layout.h"
CR0_WRITE_PROTECT = 1 << 16
CR0_PAGING = 1 << 31
CR4_LARGE_PAGES = 1 << 4
#: Instructions of a function that are looked at, to see whether it is still to be written.
FIRST_INSTRUCTIONS = 40


def require_machine() -> None:
    """An error if GDB is attached to nothing, for instance because the kernel has powered off."""
    if gdb.selected_thread() is None:
        raise gdb.GdbError("No machine is attached; to start one, leave GDB and type: make gdb.")


def register(name: str, frame: Optional[gdb.Frame] = None) -> int:
    """A register, of the processor itself or as it was in a frame of the stack."""
    return int((frame or gdb.newest_frame()).read_register(name)) & 0xFFFFFFFF


def ring() -> int:
    """The ring in which the processor is."""
    return register("cs") & 3


def in_program() -> bool:
    """Whether the processor executes a program, in whichever ring: one in ring 0 is in the kernel
    only while it is outside of the user half."""
    return ring() == 3 or constant("USER_START") <= register("eip") < constant("USER_END")


def paging_is_on() -> bool:
    """Whether the processor translates addresses (CR0.PG)."""
    return bool(register("cr0") & CR0_PAGING)


def read_physical(address: int, size: int) -> bytes:
    """Bytes of physical memory, whatever the page tables say."""
    inferior = gdb.selected_inferior()
    connection = inferior.connection
    if connection is None or connection.send_packet("Qqemu.PhyMemMode:1") != b"OK":
        raise gdb.GdbError("This machine's debugger interface cannot read physical memory.")
    try:
        return bytes(inferior.read_memory(address, size))
    finally:
        connection.send_packet("Qqemu.PhyMemMode:0")


def read_words(address: int, count: int) -> List[int]:
    """Words of 32 bits of physical memory."""
    return list(struct.unpack(f"<{count}I", read_physical(address, 4 * count)))


def read_virtual(address: int, size: int) -> bytes:
    """Bytes of memory, as the running code sees it; gdb.MemoryError if they are not mapped."""
    return bytes(gdb.selected_inferior().read_memory(address, size))


def evaluate(text: str) -> gdb.Value:
    """The value of an expression; an array or a function stands for its address."""
    value = gdb.parse_and_eval(text)
    code = value.type.strip_typedefs().code
    if code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY):
        return value.address
    return value


def evaluate_address(text: str) -> int:
    """The address that an expression means."""
    value = evaluate(text)
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        raise gdb.GdbError(f"{text} is a structure, not an address; perhaps &{text}?")
    address = int(value)
    if not -(1 << 31) <= address < 1 << 32:
        raise gdb.GdbError(f"{text} is {address:#x}, which is not an address of 32 bits.")
    return address & 0xFFFFFFFF


def symbol(address: int) -> str:
    """The symbol that holds an address and the offset in it, or nothing."""
    text = str(gdb.execute(f"info symbol {address:#x}", to_string=True))
    match = re.match(r"(\S+)(?: \+ (\d+))? in section", text)
    if match is None:
        return ""
    return match.group(1) + (f"+{match.group(2)}" if match.group(2) else "")


def linker_symbol(name: str) -> int:
    """The address of a symbol of the linker script."""
    return int(gdb.parse_and_eval(f"(unsigned int)&{name}"))


def code_place(address: int) -> str:
    """Where an instruction is: symbol and offset, file and line, and the function inlined there."""
    words = [symbol(address)]
    line = gdb.find_pc_line(address)
    if line.symtab is not None and line.line:
        words.append(f"{line.symtab.filename}:{line.line}")
    block = gdb.block_for_pc(address)
    while block is not None and block.function is None:
        block = block.superblock
    if block is not None and block.function.name != words[0].split("+")[0]:
        words.append(f"inlined {block.function.name}")
    return ", ".join(word for word in words if word)


@functools.lru_cache(maxsize=None)
def constant(name: str, header: Path = LAYOUT) -> int:
    """A number that a header of the kernel defines; the debugging information has no macros."""
    pattern = rf"^#define\s+{name}\s+(0[xX][0-9A-Fa-f]+|\d+)[uU]?\b"
    match = re.search(pattern, header.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise gdb.GdbError(f"{header.relative_to(ROOT)} does not define {name}.")
    return int(match.group(1), 0)


def static_variable(function: str, type_text: str) -> Optional[gdb.Value]:
    """The only static variable of a type in the file of a function; None if it is not there."""
    owner = gdb.lookup_global_symbol(function, gdb.SYMBOL_VAR_DOMAIN)
    if owner is None or owner.symtab is None:
        return None
    found = [
        variable.value()
        for variable in owner.symtab.static_block()
        if variable.is_variable and str(variable.type) == type_text
    ]
    return found[0] if len(found) == 1 else None


def file_variable(function: str, name: str) -> Optional[gdb.Value]:
    """The static variable of a name in the file of a function; None if it is not there."""
    owner = gdb.lookup_global_symbol(function, gdb.SYMBOL_VAR_DOMAIN)
    if owner is None or owner.symtab is None:
        return None
    for variable in owner.symtab.static_block():
        if variable.is_variable and variable.name == name:
            return variable.value()
    return None


def call(function: str) -> gdb.Value:
    """
    Let the kernel run one of its functions, which takes no arguments.

    This disturbs the machine, because it uses the stack. It is refused where it could not return:
    at HLT the processor waits for an interrupt whatever GDB asks of it, and a function that is
    still to be written ends the run.
    """
    if " HLT=1" in str(gdb.execute("monitor info registers", to_string=True)):
        raise gdb.GdbError(
            f"This needs a call of {function}(), but the processor rests at HLT; stop it where it"
            " is at work, for instance by a breakpoint."
        )
    start = int(evaluate(function))
    architecture = gdb.newest_frame().architecture()
    for instruction in architecture.disassemble(start, count=FIRST_INSTRUCTIONS):
        if "<exercise_missing" in instruction["asm"]:
            raise gdb.GdbError(f"{function}() is still to be written.")
        if instruction["asm"].startswith("ret"):
            break
    disabled = [point for point in gdb.breakpoints() if point.enabled]
    for point in disabled:
        point.enabled = False
    try:
        return gdb.parse_and_eval(f"{function}()")
    finally:
        for point in disabled:
            point.enabled = True
