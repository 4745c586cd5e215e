"""The frame allocator's figures.

How frames are kept is up to each student; the contract (src/kernel/memory/frame.h) only has
frame_stats(). The figures are read from a static variable of that type in the file of
frame_stats(), if there is one, because a call would disturb the machine. The free blocks by order
are shown if the allocator keeps the tables of the reference solution's buddy system.
"""

from __future__ import annotations

import struct
from typing import Dict, List, Optional, Sequence

import gdb

from cairn_gdb import machine
from cairn_gdb.command import Command, size_text, table

FRAME_SIZE = 4096


class Frames(Command):
    """Show how many frames of physical memory are free and in use.

    Usage: frames

    The figures are read from the variable of type struct frame_stats in frame.c; if there is none,
    the kernel's frame_stats() is called, which disturbs the machine a little. For a buddy system
    with the tables of the reference solution, the free blocks of each order are listed as well."""

    name = "frames"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the figures."""
        figures = machine.static_variable("frame_stats", "struct frame_stats")
        called = figures is None
        if figures is None:
            figures = machine.call("frame_stats")
        total, free = int(figures["total"]), int(figures["free"])
        if total == 0:
            print("No frame is managed: frame_init() has not run, or has found none.")
            return
        rows = [("total", total), ("free", free), ("used", total - free)]
        texts = [(name, count, size_text(count * FRAME_SIZE)) for name, count in rows]
        print("frames of 4 KiB" + (", by a call of frame_stats()" if called else ""))
        print("\n".join(table(texts, right=(1, 2))))
        blocks = free_blocks()
        if blocks is not None:
            print_blocks(blocks, free)


def print_blocks(blocks: List[int], free: int) -> None:
    """Print the number of free blocks of each order, and whether they add up."""
    rows = [("order", "block", "blocks", "frames")]
    for order, count in enumerate(blocks):
        rows.append((str(order), size_text(FRAME_SIZE << order), str(count), str(count << order)))
    print("\n".join(table(rows, right=(0, 1, 2, 3))))
    listed = sum(count << order for order, count in enumerate(blocks))
    if listed != free:
        print(f"The lists hold {listed} frames, but {free} are counted as free.")


def free_blocks() -> Optional[List[int]]:
    """The length of each list of the buddy system; None if this allocator is none."""
    names = ("free_lists", "frames", "frame_count")
    values = {name: machine.file_variable("frame_stats", name) for name in names}
    if any(value is None for value in values.values()):
        return None
    heads, frames = values["free_lists"], values["frames"]
    if heads.type.code != gdb.TYPE_CODE_ARRAY or frames.type.code != gdb.TYPE_CODE_PTR:
        return None
    descriptor = frames.type.target().strip_typedefs()
    fields = {field.name: field for field in descriptor.fields()}
    if not {"next", "order", "managed"} <= set(fields):
        return None
    count = int(values["frame_count"])
    content = machine.read_physical(int(frames), count * descriptor.sizeof)
    place = fields["next"].bitpos // 8
    links = [
        struct.unpack_from("<I", content, number * descriptor.sizeof + place)[0]
        for number in range(count)
    ]
    first, last = heads.type.range()
    return [list_length(links, int(heads[order])) for order in range(first, last + 1)]


def list_length(links: Sequence[int], head: int) -> int:
    """The length of a list of frame numbers that ends with 0; a broken list is an error."""
    seen: Dict[int, bool] = {}
    while head != 0:
        if head >= len(links) or head in seen:
            raise gdb.GdbError(f"A list of free blocks is damaged at frame number {head}.")
        seen[head] = True
        head = links[head]
    return len(seen)
