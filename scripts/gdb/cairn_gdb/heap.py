"""The map of the kernel heap.

Every heap that uses src/kernel/memory/block.h is a row of blocks from KERNEL_HEAP_START on, each
behind a sealed header with its size. The walk trusts a size only as far as it makes sense, so that
it shows where a heap is damaged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Sequence

import gdb

from cairn_gdb import machine
from cairn_gdb.command import Command, size_text, table
from cairn_gdb.paging import PAGE_SIZE, directory_of, pages

BLOCK_C = machine.ROOT / "src" / "kernel" / "memory" / "block.c"
BLOCK_H = machine.ROOT / "src" / "kernel" / "memory" / "block.h"
HEAP_H = machine.ROOT / "src" / "kernel" / "memory" / "heap.h"
#: struct block: seal, size, previous, requested.
HEADER = struct.Struct("<4I")
RED_ZONE = 0xA5
RED_ZONE_MAX = 16
#: Bytes that are read at once.
CHUNK = 16 * PAGE_SIZE


@dataclass(frozen=True)
class Block:
    """A block, and what is wrong with it, if anything is."""

    address: int
    size: int
    requested: int
    state: str
    problem: str = ""

    @property
    def memory(self) -> int:
        """What the caller got."""
        return self.address + HEADER.size


class Heap(Command):
    """Show the blocks of the kernel heap in order of address.

    Usage: heap

    For each block: the address of its header and of its memory, its size with the header, whether
    it is used, the bytes that were asked for, and whether its seal and red zone are sound. Works
    with every heap that uses kernel/memory/block.h."""

    name = "heap"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the map."""
        start = machine.constant("KERNEL_HEAP_START")
        end = mapped_end(start, machine.constant("KERNEL_HEAP_END"))
        if end is None:
            raise gdb.GdbError("There is no heap yet: paging is off.")
        if end == start:
            print(f"The heap is empty: nothing is mapped at 0x{start:08x}.")
            return
        blocks = list(walk(start, end))
        print(f"heap 0x{start:08x}-0x{end - 1:08x}: {size_text(end - start)} mapped")
        rows = [("header", "memory", "size", "state", "requested", "check")]
        rows += [row(block) for block in blocks]
        print("\n".join(table(rows, right=(2, 4))))
        for state in ("used", "free", "damaged"):
            sizes = [block.size for block in blocks if block.state == state]
            if sizes or state != "damaged":
                print(f"{state}: {len(sizes)} blocks, {sum(sizes)} bytes")


def row(block: Block) -> Sequence[str]:
    """A line of the map."""
    requested = str(block.requested) if block.state == "used" else "-"
    size = str(block.size) if block.size else "?"
    addresses = (f"0x{block.address:08x}", f"0x{block.memory:08x}")
    return (*addresses, size, block.state, requested, block.problem or "ok")


def mapped_end(start: int, limit: int) -> Optional[int]:
    """The end of the pages that are mapped without a gap from start on; None without paging."""
    directory = directory_of(None)
    if directory is None:
        return None
    end = start
    for page in pages(directory, start >> 22, limit >> 22):
        if page.address != end:
            break
        end = page.end
    return end


def walk(start: int, end: int) -> Iterator[Block]:
    """The blocks from start up to end; after a size that makes no sense the walk is over."""
    memory = Memory(end)
    smallest = machine.constant("BLOCK_MIN", BLOCK_H)
    alignment = machine.constant("HEAP_ALIGNMENT", HEAP_H)
    address, previous = start, 0
    while address < end:
        size = HEADER.unpack(memory.read(address, HEADER.size))[1]
        if size < smallest or size % alignment != 0 or size > end - address:
            problem = f"the header is overwritten: its size is {size:#x}; what follows is unknown"
            yield Block(address, 0, 0, "damaged", problem)
            return
        yield examine(memory, address, previous)
        address, previous = address + size, size


def examine(memory: "Memory", address: int, previous: int) -> Block:
    """Check a block whose size makes sense; previous is the size of the block before it."""
    seal, size, before, requested = HEADER.unpack(memory.read(address, HEADER.size))
    states = {
        seal_of("USED", address, size, before, requested): "used",
        seal_of("FREE", address, size, before, requested): "free",
    }
    state = states.get(seal, "damaged")
    problem = ""
    if state == "damaged":
        problem = f"the seal 0x{seal:08x} does not fit the header"
    elif before != previous:
        problem = f"the block before has {previous} bytes, not {before}"
    elif state == "used":
        problem = overwritten(memory, address, size, requested)
    return Block(address, size, requested, state, problem)


def seal_of(state: str, address: int, size: int, previous: int, requested: int) -> int:
    """The seal that a header must have (block.c, seal_of)."""
    seal = machine.constant(f"SEAL_{state}", BLOCK_C)
    return (seal ^ address ^ size << 1 ^ previous << 2 ^ requested << 3) & 0xFFFFFFFF


def overwritten(memory: "Memory", address: int, size: int, requested: int) -> str:
    """What was written behind the requested bytes of a used block, or nothing."""
    slack = size - HEADER.size - requested
    zone = memory.read(address + HEADER.size + requested, min(slack, RED_ZONE_MAX))
    for offset, byte in enumerate(zone):
        if byte != RED_ZONE:
            return f"the red zone is overwritten: byte {offset} past the end is 0x{byte:02x}"
    return ""


class Memory:
    """Mapped memory up to an end, read in large pieces."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.pieces: Dict[int, bytes] = {}

    def read(self, address: int, size: int) -> bytes:
        """Bytes from an address on."""
        result: List[bytes] = []
        while size > 0:
            start = address // CHUNK * CHUNK
            if start not in self.pieces:
                length = min(CHUNK, self.end - start)
                self.pieces[start] = machine.read_virtual(start, length)
            part = self.pieces[start][address - start : address - start + size]
            if not part:
                raise gdb.MemoryError(f"nothing is mapped at 0x{address:08x}")
            result.append(part)
            address, size = address + len(part), size - len(part)
        return b"".join(result)
