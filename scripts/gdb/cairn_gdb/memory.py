"""The memory of a process, whether it runs or not."""

from __future__ import annotations

from typing import List, Optional, Sequence

import gdb

from cairn_gdb import machine
from cairn_gdb.command import Command, optional
from cairn_gdb.paging import PAGE_SIZE, translate
from cairn_gdb.process import Process, chosen

LINE = 16
DEFAULT_BYTES = 64
BYTES_MAX = 4096


class Memory(Command):
    """Show the memory of a process, by way of its page tables.

    Usage: memory PID ADDRESS [BYTES]

    BYTES is 64 if it is not given, and at most 4096. Each line has four words and the same bytes as
    text. Where the process has no page, it is said what its regions promise for the address.
    Example: memory 3 0x40100000 16"""

    name = "memory"
    arguments = 3

    def run(self, arguments: Sequence[str]) -> None:
        """Print the lines, and where pages are missing."""
        if len(arguments) < 2:
            raise gdb.GdbError(
                "memory needs a pid and an address; for instance: memory 1 0x40100000."
            )
        process = chosen(arguments[0])
        address = machine.evaluate_address(arguments[1])
        text = optional(arguments, 2)
        size = DEFAULT_BYTES if text is None else int(machine.evaluate(text))
        if not 0 < size <= BYTES_MAX:
            raise gdb.GdbError(f"memory shows 1 to {BYTES_MAX} bytes, not {size}.")
        print("\n".join(memory_lines(process, address, min(size, (1 << 32) - address))))


def memory_lines(process: Process, address: int, size: int) -> List[str]:
    """The memory from an address on, page by page."""
    lines: List[str] = []
    directory = process.directory
    end = address + size
    while address < end:
        next_page = min(end, (address // PAGE_SIZE + 1) * PAGE_SIZE)
        physical = translate(directory, address)
        if physical is None:
            lines.append(f"0x{address:08x}  {missing(process, address)}")
        else:
            lines += dump(address, machine.read_physical(physical, next_page - address))
        address = next_page
    return lines


def dump(address: int, content: bytes) -> List[str]:
    """Bytes as words and as text."""
    lines = []
    for place in range(0, len(content), LINE):
        part = content[place : place + LINE]
        words = [part[at : at + 4][::-1].hex() for at in range(0, len(part), 4)]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"0x{address + place:08x}  {' '.join(words):<35}  {text}".rstrip())
    return lines


def missing(process: Process, address: int) -> str:
    """Why there is no page at an address of a process."""
    region = region_of(process, address)
    if region is None:
        return "not mapped, and in no region: touching it is an error"
    if str(region["kind"]) == "REGION_GUARD":
        return "not mapped: a guard, touching it is an error"
    return "not mapped yet: a page of zeros appears when it is first touched"


def region_of(process: Process, address: int) -> Optional[gdb.Value]:
    """The region of a process's space that holds an address."""
    space = process.space
    for index in range(int(space["region_count"])):
        region = space["regions"][index]
        if int(region["start"]) <= address < int(region["end"]):
            return region
    return None
