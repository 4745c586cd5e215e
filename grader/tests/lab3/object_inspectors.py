"""What the tests of shared memory let the grader look at from outside.

Each function below handles one tag of ktest_inspect(): it walks a process's page tables by itself,
and compares what it finds with the frames of the object. `inspect` is what the catalogue names.
"""

from __future__ import annotations

import struct
from typing import Callable, Dict, List, Optional, Sequence, Set

from cairn_grader import pagewalk
from cairn_grader.machine import Check, Machine
from cairn_grader.pagewalk import PAGE_SIZE, Page

Arguments = Sequence[int]


def inspect(machine: Machine, tag: str, arguments: Arguments) -> List[Check]:
    """Judge a machine that stopped in ktest_inspect()."""
    return _TAGS[tag](machine, arguments)


def mapping(machine: Machine, arguments: Arguments) -> List[Check]:
    """An object is mapped as a whole, with its frames in order and with the rights asked for."""
    directory, address, table, more = arguments
    count, writable = more >> 1, bool(more & 1)
    frames = struct.unpack(f"<{count}I", _read_kernel(machine, directory, table, 4 * count))
    end = address + count * PAGE_SIZE
    pages = {page.address: page for page in pagewalk.pages(machine, directory, address, end)}
    wanted = {address + i * PAGE_SIZE: frame for i, frame in enumerate(frames)}
    wrong = {page.address for page in pages.values() if page.frame != wanted[page.address]}
    rights = "can be written" if writable else "is read only"
    return [
        _none("every page of the object is mapped", set(wanted) - set(pages)),
        _none("each page leads to the object's frame", wrong),
        _none("the program can use each page", _those(pages, lambda page: not page.user)),
        _none(f"each page {rights}", _those(pages, lambda page: page.writable != writable)),
        _none("no frame is that of a page table", set(frames) & _tables(machine, directory)),
    ]


def unmapped(machine: Machine, arguments: Arguments) -> List[Check]:
    """No page is mapped in a range."""
    directory, start, end = arguments[:3]
    left = {page.address for page in pagewalk.pages(machine, directory, start, end)}
    return [_none("no page is mapped there any more", left)]


_TAGS: Dict[str, Callable[[Machine, Arguments], List[Check]]] = {
    function.__name__: function for function in (mapping, unmapped)
}


def _tables(machine: Machine, directory: int) -> Set[int]:
    return set(pagewalk.page_tables(machine, directory)) | {directory}


def _those(pages: Dict[int, Page], wrong: Callable[[Page], bool]) -> Set[int]:
    return {address for address, page in pages.items() if wrong(page)}


def _read_kernel(machine: Machine, directory: int, address: int, size: int) -> bytes:
    """Bytes of the kernel's heap, which every directory maps."""
    data = b""
    while len(data) < size:
        place = address + len(data)
        physical = pagewalk.physical_address(machine, directory, place)
        if physical is None:
            raise ValueError(f"0x{place:08x} is not mapped")
        rest = PAGE_SIZE - physical % PAGE_SIZE
        data += machine.read_physical(physical, min(size - len(data), rest))
    return data


def _none(what: str, addresses: Set[int]) -> Check:
    """A search must have found nothing."""
    found: Optional[int] = min(addresses) if addresses else None
    actual = "always" if found is None else f"not at address 0x{found:08x}"
    return Check(what, "always", actual, found is None)
