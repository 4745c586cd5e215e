"""Page tables: what an address leads to, and what is mapped at all.

The tables are read from physical memory and taken apart by the processor's rules (Intel SDM
volume 3A, section 4.3), so these commands also show what a wrong paging.c has built.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional, Sequence

import gdb

from cairn_gdb import machine, process
from cairn_gdb.command import Command, optional, size_text, table

PRESENT = 1 << 0
WRITE = 1 << 1
USER = 1 << 2
LARGE = 1 << 7
#: Names of the bits that are only mentioned when they are set.
OPTIONAL_BITS = ((3, "write-through"), (4, "no cache"), (5, "accessed"), (6, "dirty"))
#: Bits of a directory entry of a 4 MiB page that must be 0 below 4 GiB (table 4-4).
LARGE_RESERVED = 0x003FE000
ENTRIES = 1024
PAGE_SIZE = 1 << 12
LARGE_PAGE_SIZE = 1 << 22


@dataclass(frozen=True)
class Page:
    """A page: where it is, where it leads, and the rights that both levels grant."""

    address: int
    size: int
    frame: int
    rights: int

    @property
    def end(self) -> int:
        """The first address after it."""
        return self.address + self.size


@dataclass
class Area:
    """Adjoining pages of equal size and rights."""

    first: Page
    end: int
    #: The frames follow each other as the pages do.
    contiguous: bool = True

    def takes(self, page: Page) -> bool:
        """Whether the page continues this area; it then belongs to it."""
        if (page.address, page.size, page.rights) != (self.end, self.first.size, self.first.rights):
            return False
        self.contiguous &= page.frame - self.first.frame == page.address - self.first.address
        self.end = page.end
        return True

    @property
    def target(self) -> str:
        """Where the pages lead."""
        if not self.contiguous:
            return "scattered"
        if self.first.frame == self.first.address:
            return "the same"
        return f"0x{self.first.frame:08x}"


class PageWalk(Command):
    """Walk the page tables for an address, entry by entry.

    Usage: pagewalk ADDRESS [DIRECTORY]

    ADDRESS is any expression without blanks: a number, a register, a pointer, a function.
    DIRECTORY is a page directory, a struct space, or the pid of a process; without it CR3 counts.
    Shown are the entry at each level, the physical address, and the rights that both levels grant
    together; or at which level nothing is mapped.
    Example: pagewalk $eip"""

    name = "pagewalk"
    arguments = 2

    def run(self, arguments: Sequence[str]) -> None:
        """Walk and print each step."""
        if not arguments:
            raise gdb.GdbError("pagewalk needs an address; for instance: pagewalk $eip.")
        address = machine.evaluate_address(arguments[0])
        directory = directory_of(optional(arguments, 1))
        if directory is None:
            print(f"Paging is off: 0x{address:08x} is a physical address{named(address)}.")
            return
        entry = print_entry("directory", directory, address >> 22, True)
        if not entry & PRESENT:
            print(f"0x{address:08x} is not mapped: its directory entry is not present.")
        elif is_large(entry):
            conclude(address, large_page(address >> 22, entry))
        else:
            pte = print_entry("table", entry & ~(PAGE_SIZE - 1), (address >> 12) % ENTRIES, False)
            if not pte & PRESENT:
                print(f"0x{address:08x} is not mapped: its page table entry is not present.")
            else:
                conclude(address, small_page(address, entry, pte))


class PageMap(Command):
    """Show everything that a page directory maps, as ranges of equal rights.

    Usage: pagemap [DIRECTORY]

    DIRECTORY is a page directory, a struct space, or the pid of a process; without it CR3 counts.
    A range leads to the same physical addresses, to others that follow each other, or to scattered
    frames."""

    name = "pagemap"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each range."""
        directory = directory_of(optional(arguments, 0))
        if directory is None:
            raise gdb.GdbError("Paging is off, and no directory was given.")
        found = areas(pages(directory))
        if not found:
            print(f"The directory at 0x{directory:08x} maps nothing.")
            return
        rows = [("addresses", "physical", "size", "pages", "rights", "first symbol")]
        for area in found:
            rows.append(
                (
                    f"0x{area.first.address:08x}-0x{area.end - 1:08x}",
                    area.target,
                    size_text(area.end - area.first.address),
                    size_text(area.first.size),
                    rights_text(area.first.rights),
                    machine.symbol(area.first.address),
                )
            )
        print(f"directory at 0x{directory:08x}")
        print("\n".join(table(rows, right=(2, 3))))


def directory_of(text: Optional[str]) -> Optional[int]:
    """The physical address of the directory that is meant; None if CR3 is and paging is off."""
    if text is None:
        if not machine.paging_is_on():
            return None
        return machine.register("cr3") & ~(PAGE_SIZE - 1)
    if text.isdigit() and process.exist():
        return process.chosen(text).directory
    value = machine.evaluate(text)
    if "struct space" in str(value.type.strip_typedefs()):
        value = value["directory"]
    # The kernel's pointers to physical memory are equal to its addresses.
    directory = int(value) & 0xFFFFFFFF
    if directory % PAGE_SIZE != 0:
        raise gdb.GdbError(f"0x{directory:08x} is no page directory: it is not page aligned.")
    return directory


def translate(directory: int, address: int) -> Optional[int]:
    """The physical address to which a directory leads an address; None if nothing is mapped."""
    entry = machine.read_words(directory + 4 * (address >> 22), 1)[0]
    if not entry & PRESENT:
        return None
    if is_large(entry):
        return large_page(address >> 22, entry).frame + address % LARGE_PAGE_SIZE
    table_address = entry & ~(PAGE_SIZE - 1)
    pte = machine.read_words(table_address + 4 * ((address >> 12) % ENTRIES), 1)[0]
    return (pte & ~(PAGE_SIZE - 1)) + address % PAGE_SIZE if pte & PRESENT else None


def is_large(entry: int) -> bool:
    """Whether a directory entry maps 4 MiB; the bit counts only if CR4.PSE allows such pages."""
    allowed = machine.register("cr4") & machine.CR4_LARGE_PAGES or not machine.paging_is_on()
    return bool(entry & LARGE and allowed)


def print_entry(level: str, base: int, index: int, is_directory: bool) -> int:
    """Read an entry and print it."""
    entry = machine.read_words(base + 4 * index, 1)[0]
    meaning = describe_entry(entry, is_directory)
    print(f"{level:<9} 0x{base:08x}, entry {index:4}: 0x{entry:08x}  {meaning}")
    return entry


def describe_entry(entry: int, is_directory: bool) -> str:
    """An entry in words."""
    if not entry & PRESENT:
        return "not present"
    words = ["present", rights_text(entry)]
    words += [name for bit, name in OPTIONAL_BITS if entry & 1 << bit]
    if is_directory and is_large(entry):
        words.append("4 MiB page")
        if entry & LARGE_RESERVED:
            words.append("reserved bits set")
    return ", ".join(words)


def rights_text(rights: int) -> str:
    """The rights that an entry grants."""
    writable = "writable" if rights & WRITE else "read only"
    return f"{writable}, {'user' if rights & USER else 'supervisor'}"


def conclude(address: int, page: Page) -> None:
    """Print what the walk has found."""
    physical = page.frame + address - page.address
    print(
        f"0x{address:08x} -> physical 0x{physical:08x}: {rights_text(page.rights)},"
        f" {size_text(page.size)} page{named(address)}"
    )
    if machine.paging_is_on() and not machine.register("cr0") & machine.CR0_WRITE_PROTECT:
        print("CR0.WP is clear: the kernel may write to read-only pages.")


def named(address: int) -> str:
    """The symbol at an address as a remark, or nothing."""
    name = machine.symbol(address)
    return f", {name}" if name else ""


def large_page(number: int, entry: int) -> Page:
    """The page that a directory entry maps."""
    frame = entry & ~(LARGE_PAGE_SIZE - 1)
    return Page(number << 22, LARGE_PAGE_SIZE, frame, entry & (WRITE | USER))


def small_page(address: int, directory_entry: int, entry: int) -> Page:
    """The page that a page table entry maps."""
    mask = PAGE_SIZE - 1
    return Page(
        address & ~mask, PAGE_SIZE, entry & ~mask, directory_entry & entry & (WRITE | USER)
    )


def pages(directory: int, first: int = 0, end: int = ENTRIES) -> Iterator[Page]:
    """Every page that the directory entries from first up to end map, in order of address."""
    entries = machine.read_words(directory, ENTRIES)
    for number in range(first, end):
        entry = entries[number]
        if not entry & PRESENT:
            continue
        if is_large(entry):
            yield large_page(number, entry)
            continue
        for index, pte in enumerate(machine.read_words(entry & ~(PAGE_SIZE - 1), ENTRIES)):
            if pte & PRESENT:
                yield small_page(number << 22 | index << 12, entry, pte)


def areas(found: Iterator[Page]) -> List[Area]:
    """Pages joined to areas."""
    result: List[Area] = []
    for page in found:
        if not (result and result[-1].takes(page)):
            result.append(Area(page, page.end))
    return result
