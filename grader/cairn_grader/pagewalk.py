"""The grader's own walk of i386 page tables, over physical memory read from outside.

It follows the processor's rules (Intel SDM volume 3A, section 4.3: 32-bit paging with 4 MiB
pages) and shares no code with the kernel, so that both cannot be wrong in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional

from cairn_grader.machine import PhysicalMemory, read_u32, read_words

PRESENT = 1 << 0
WRITE = 1 << 1
USER = 1 << 2
WRITE_THROUGH = 1 << 3
NO_CACHE = 1 << 4
ACCESSED = 1 << 5
DIRTY = 1 << 6
LARGE = 1 << 7

PAGE_SIZE = 4096
LARGE_PAGE_SIZE = 4 << 20
ENTRIES = 1024
ADDRESS_SPACE_END = 1 << 32


@dataclass(frozen=True)
class Page:
    """One page as the processor sees it."""

    address: int
    #: Bytes that the page covers: 4 KiB or 4 MiB.
    size: int
    #: Physical address of the page's first byte.
    frame: int
    directory_entry: int
    #: The page table entry; of a large page, its directory entry once more.
    entry: int

    @property
    def writable(self) -> bool:
        """Both levels allow writes; with CR0.WP set this holds for the kernel too."""
        return bool(self.directory_entry & self.entry & WRITE)

    @property
    def user(self) -> bool:
        """Both levels allow ring 3."""
        return bool(self.directory_entry & self.entry & USER)

    @property
    def large(self) -> bool:
        """The page is one of 4 MiB."""
        return self.size == LARGE_PAGE_SIZE

    @property
    def end(self) -> int:
        """The first virtual address after the page."""
        return self.address + self.size


@dataclass(frozen=True)
class Range:
    """Adjoining pages that lie one after the other in physical memory with the same rights."""

    start: int
    end: int
    physical: int
    writable: bool
    user: bool

    def __str__(self) -> str:
        rights = ("writable" if self.writable else "read-only") + (", user" if self.user else "")
        return f"0x{self.start:08x}-0x{self.end - 1:08x} -> 0x{self.physical:08x} {rights}"


def translate(memory: PhysicalMemory, directory: int, address: int) -> Optional[Page]:
    """The page that holds a virtual address, or None if nothing is mapped there."""
    directory_entry = read_u32(memory, table_address(directory) + 4 * (address >> 22))
    if not directory_entry & PRESENT:
        return None
    if directory_entry & LARGE:
        return _large_page(address >> 22, directory_entry)
    index = (address >> 12) % ENTRIES
    entry = read_u32(memory, table_address(directory_entry) + 4 * index)
    return _small_page(address >> 22, index, directory_entry, entry)


def physical_address(memory: PhysicalMemory, directory: int, address: int) -> Optional[int]:
    """Where a virtual address leads, or None if nothing is mapped there."""
    page = translate(memory, directory, address)
    return None if page is None else page.frame + (address - page.address)


def pages(
    memory: PhysicalMemory, directory: int, start: int = 0, end: int = ADDRESS_SPACE_END
) -> Iterator[Page]:
    """Every page that is mapped and overlaps `start` to `end`, in order of address."""
    entries = read_words(memory, table_address(directory), ENTRIES)
    for number in range(start >> 22, (end + LARGE_PAGE_SIZE - 1) >> 22):
        for page in _pages_of_entry(memory, number, entries[number]):
            if page.end > start and page.address < end:
                yield page


def page_tables(
    memory: PhysicalMemory, directory: int, start: int = 0, end: int = ADDRESS_SPACE_END
) -> List[int]:
    """Physical addresses of the page tables for `start` to `end`, in order of address."""
    first, last = start >> 22, (end + LARGE_PAGE_SIZE - 1) >> 22
    entries = read_words(memory, table_address(directory), ENTRIES)[first:last]
    return [table_address(entry) for entry in entries if entry & PRESENT and not entry & LARGE]


def ranges(
    memory: PhysicalMemory, directory: int, start: int = 0, end: int = ADDRESS_SPACE_END
) -> List[Range]:
    """The mapped pages between `start` and `end`, joined where they continue each other."""
    result: List[Range] = []
    for page in pages(memory, directory, start, end):
        piece = Range(page.address, page.end, page.frame, page.writable, page.user)
        if result and _continues(result[-1], piece):
            last = result.pop()
            piece = Range(last.start, piece.end, last.physical, last.writable, last.user)
        result.append(piece)
    return result


def table_address(entry: int) -> int:
    """The address part of an entry, or of CR3."""
    return entry & 0xFFFFF000


def _pages_of_entry(memory: PhysicalMemory, number: int, directory_entry: int) -> Iterator[Page]:
    if not directory_entry & PRESENT:
        return
    if directory_entry & LARGE:
        yield _large_page(number, directory_entry)
        return
    table = read_words(memory, table_address(directory_entry), ENTRIES)
    for index, entry in enumerate(table):
        page = _small_page(number, index, directory_entry, entry)
        if page is not None:
            yield page


def _large_page(number: int, directory_entry: int) -> Page:
    frame = directory_entry & 0xFFC00000
    return Page(number << 22, LARGE_PAGE_SIZE, frame, directory_entry, directory_entry)


def _small_page(number: int, index: int, directory_entry: int, entry: int) -> Optional[Page]:
    if not entry & PRESENT:
        return None
    address = number << 22 | index << 12
    return Page(address, PAGE_SIZE, table_address(entry), directory_entry, entry)


def _continues(before: Range, after: Range) -> bool:
    return (
        before.end == after.start
        and before.physical + (before.end - before.start) == after.physical
        and (before.writable, before.user) == (after.writable, after.user)
    )
