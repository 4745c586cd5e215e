"""What the tests of lab 1 let the grader look at from outside.

Each function below handles one tag of ktest_inspect(): it reads the stopped machine's registers
and physical memory, walks the page tables by itself, and compares what it finds with what the test
asked the kernel for. `inspect` is what the catalogue names; it finds the function for a tag.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Optional, Sequence

from cairn_grader import pagewalk
from cairn_grader.machine import Check, Machine, read_words
from cairn_grader.pagewalk import LARGE_PAGE_SIZE, PAGE_SIZE, Page

#: The word that fills freed memory in debug builds (src/kernel/memory/poison.h).
POISON_FREE = 0xDFDFDFDF
#: Words at the start of a free frame in which an allocator may keep links.
LINK_WORDS = 4

USER_START = 0x40000000
USER_END = 0xC0000000
KERNEL_HEAP_START = 0xC0000000
ADDRESS_SPACE_END = 1 << 32

CR0_PAGING = 1 << 31
CR0_WRITE_PROTECT = 1 << 16
CR4_LARGE_PAGES = 1 << 4
#: Bits of an entry that the processor sets by itself.
CHANGING = pagewalk.ACCESSED | pagewalk.DIRTY
#: The flags that paging_map() accepts.
FLAGS = pagewalk.WRITE | pagewalk.USER | pagewalk.WRITE_THROUGH | pagewalk.NO_CACHE

Arguments = Sequence[int]


def inspect(machine: Machine, tag: str, arguments: Arguments) -> List[Check]:
    """Judge a machine that stopped in ktest_inspect()."""
    return _TAGS[tag](machine, arguments)


def registers(machine: Machine, arguments: Arguments) -> List[Check]:
    """Paging is on, with write protection and 4 MiB pages, and uses a certain directory."""
    values = machine.registers()
    return [
        _bit("paging is on (CR0.PG)", values["cr0"], CR0_PAGING),
        _bit("the kernel obeys write protection (CR0.WP)", values["cr0"], CR0_WRITE_PROTECT),
        _bit("4 MiB pages are allowed (CR4.PSE)", values["cr4"], CR4_LARGE_PAGES),
        Check.equal(
            "CR3 holds the directory of the current space",
            arguments[0],
            pagewalk.table_address(values["cr3"]),
        ),
    ]


def direct_map(machine: Machine, arguments: Arguments) -> List[Check]:
    """Physical memory is mapped one to one, writable but for the kernel's constants."""
    directory, end = arguments[:2]
    holes = {0, machine.symbol("kernel_stack_guard")}
    constants = range(machine.symbol("kernel_text_start"), machine.symbol("kernel_rodata_end"))
    expected = PAGE_SIZE
    for page in pagewalk.pages(machine, directory, 0, end):
        while expected in holes:
            expected += PAGE_SIZE
        if page.address != expected or page.frame != page.address:
            break
        if not page.writable and page.address not in constants:
            return [_none("memory can be written", page.address)]
        expected = page.end
    while expected in holes:
        expected += PAGE_SIZE
    missing = None if expected >= end else expected
    return [_none("every address up to the end of memory leads to itself", missing)]


def large_pages(machine: Machine, arguments: Arguments) -> List[Check]:
    """4 MiB pages map what needs no distinction of single pages."""
    directory, end = arguments[:2]
    image_end = machine.symbol("kernel_image_end")
    first = (image_end + LARGE_PAGE_SIZE - 1) // LARGE_PAGE_SIZE * LARGE_PAGE_SIZE
    pages = pagewalk.pages(machine, directory, first, end)
    small = next((page.address for page in pages if not page.large), None)
    return [_none("memory above the kernel image is mapped by 4 MiB pages", small)]


def absent(machine: Machine, arguments: Arguments) -> List[Check]:
    """Nothing is mapped at an address."""
    directory, address = arguments[:2]
    page = pagewalk.translate(machine, directory, address)
    return [_mapped_nowhere(address, page)]


def read_only(machine: Machine, arguments: Arguments) -> List[Check]:
    """All pages of a range are there and cannot be written."""
    directory, start, end = arguments[:3]
    writable = _first(machine, directory, start, end, lambda page: page.writable)
    return [
        _none("every page of it is mapped", _first_missing(machine, directory, start, end)),
        _none("no page of it can be written", writable),
    ]


def writable(machine: Machine, arguments: Arguments) -> List[Check]:
    """All pages of a range are there and can be written."""
    directory, start, end = arguments[:3]
    constant = _first(machine, directory, start, end, lambda page: not page.writable)
    return [
        _none("every page of it is mapped", _first_missing(machine, directory, start, end)),
        _none("every page of it can be written", constant),
    ]


def supervisor_only(machine: Machine, arguments: Arguments) -> List[Check]:
    """Programs cannot touch any kernel page."""
    directory = arguments[0]
    low = _first(machine, directory, 0, USER_START, lambda page: page.user)
    high = _first(machine, directory, USER_END, ADDRESS_SPACE_END, lambda page: page.user)
    return [
        _none("no page below USER_START is accessible to programs", low),
        _none("no page from USER_END on is accessible to programs", high),
    ]


def same_kernel_part(machine: Machine, arguments: Arguments) -> List[Check]:
    """Two directories have the same entries for the kernel's addresses."""
    first, second = arguments[:2]
    entries = read_words(machine, first, pagewalk.ENTRIES)
    others = read_words(machine, second, pagewalk.ENTRIES)
    user_half = range(USER_START >> 22, USER_END >> 22)
    for number in range(pagewalk.ENTRIES):
        itself = (
            pagewalk.table_address(entries[number]) == first
            and pagewalk.table_address(others[number]) == second
        )
        differs = (entries[number] ^ others[number]) & ~CHANGING
        if number not in user_half and differs and not itself:
            return [_none("no directory entry of the kernel's part differs", number << 22)]
    return [_none("no directory entry of the kernel's part differs", None)]


def mappings(machine: Machine, arguments: Arguments) -> List[Check]:
    """Exactly the mappings of a table in the test are there."""
    directory, table, count = arguments[:3]
    words = read_words(machine, table, 3 * count)
    wanted = {words[i]: (words[i + 1], words[i + 2]) for i in range(0, 3 * count, 3)}
    found = {
        page.address: (page.frame, page.entry & FLAGS)
        for page in pagewalk.pages(machine, directory)
    }
    user = [
        page.address
        for page in pagewalk.pages(machine, directory)
        if page.address in wanted and page.user != bool(wanted[page.address][1] & pagewalk.USER)
    ]
    return [
        _none("every page that was asked for is mapped", _least(set(wanted) - set(found))),
        _none("no other page is mapped", _least(set(found) - set(wanted))),
        _none(
            "each page has the frame and the flags that were asked for",
            _least({address for address in found if found[address] != wanted.get(address)}),
        ),
        _none("programs reach the pages that they may reach, and no others", _least(set(user))),
    ]


def table_gone(machine: Machine, arguments: Arguments) -> List[Check]:
    """A directory has no page table for one entry, and its frame was given back."""
    directory, number, table = arguments[:3]
    entry = read_words(machine, directory, pagewalk.ENTRIES)[number]
    return [
        Check.equal("the directory entry of an empty table is cleared", 0, entry),
        _poisoned(machine, "the frame of an empty table is released", table, PAGE_SIZE),
    ]


def large_page(machine: Machine, arguments: Arguments) -> List[Check]:
    """4 MiB are mapped by one entry with certain flags."""
    directory, address, frame, flags = arguments[:4]
    page = pagewalk.translate(machine, directory, address + LARGE_PAGE_SIZE - 1)
    if page is None:
        return [Check.holds("the whole 4 MiB page is mapped", False, "mapped", "not mapped")]
    return [
        Check.holds("a 4 MiB page maps the address", page.large, "4 MiB page", "4 KiB page"),
        Check.equal("the page leads to the frames that were asked for", frame, page.frame),
        _flags("the page has the flags that were asked for", flags, page.entry),
    ]


def frame_poisoned(machine: Machine, arguments: Arguments) -> List[Check]:
    """A free frame is full of poison, links of the allocator aside."""
    return [_poisoned(machine, "a frame is poisoned when it becomes free", arguments[0], PAGE_SIZE)]


def frame_not_poisoned(machine: Machine, arguments: Arguments) -> List[Check]:
    """A frame that is still in use is full of one word."""
    frame, word = arguments[:2]
    words = read_words(machine, frame, PAGE_SIZE // 4)
    changed = next((frame + 4 * i for i, found in enumerate(words) if found != word), None)
    return [_none("a frame that still has a reference keeps every word", changed)]


def zero_page(machine: Machine, arguments: Arguments) -> List[Check]:
    """A page has appeared: mapped with certain flags, full of zeros."""
    directory, address, flags = arguments[:3]
    page = pagewalk.translate(machine, directory, address)
    if page is None:
        return [Check.holds("the page that was touched is mapped", False, "mapped", "not mapped")]
    words = read_words(machine, page.frame, PAGE_SIZE // 4)
    dirty = next((address + 4 * i for i, word in enumerate(words) if word != 0), None)
    return [
        _flags("the page has the flags of its region", flags, page.entry),
        _none("every word of a new page is zero", dirty),
    ]


def heap_pages(machine: Machine, arguments: Arguments) -> List[Check]:
    """The heap's window holds as many pages as the heap says, each with a frame of its own."""
    directory, size = arguments[:2]
    start, end = KERNEL_HEAP_START, KERNEL_HEAP_START + size
    pages = list(pagewalk.pages(machine, directory, start, end))
    frames = [page.frame for page in pages]
    repeated = {frame for frame in set(frames) if frames.count(frame) > 1} if pages else set()
    beyond = pagewalk.translate(machine, directory, end)
    return [
        _none("the whole heap is mapped", _first_missing(machine, directory, start, end)),
        _none("no frame appears twice in the heap", _least(repeated)),
        _none(
            "every page of the heap can be written",
            next((page.address for page in pages if not page.writable), None),
        ),
        _none(
            "no page of the heap is offered to programs",
            next((page.address for page in pages if page.entry & pagewalk.USER), None),
        ),
        _mapped_nowhere(end, beyond),
    ]


def heap_poisoned(machine: Machine, arguments: Arguments) -> List[Check]:
    """The middle of a freed block is full of poison."""
    directory, address, size = arguments[:3]
    for place in range(address, address + size, 4):
        physical = pagewalk.physical_address(machine, directory, place)
        if physical is None or read_words(machine, physical, 1)[0] != POISON_FREE:
            return [_none("every word of a freed block is poisoned", place)]
    return [_none("every word of a freed block is poisoned", None)]


_TAGS: Dict[str, Callable[[Machine, Arguments], List[Check]]] = {
    function.__name__: function
    for function in (
        registers,
        direct_map,
        large_pages,
        absent,
        read_only,
        writable,
        supervisor_only,
        same_kernel_part,
        mappings,
        table_gone,
        large_page,
        frame_poisoned,
        frame_not_poisoned,
        zero_page,
        heap_pages,
        heap_poisoned,
    )
}


def _flags(what: str, expected: int, entry: int) -> Check:
    """An entry must have certain flags."""
    return Check(what, _names(expected), _names(entry & FLAGS), expected == entry & FLAGS)


def _names(flags: int) -> str:
    """Flags by their names."""
    names = {
        pagewalk.WRITE: "PTE_WRITE",
        pagewalk.USER: "PTE_USER",
        pagewalk.WRITE_THROUGH: "PTE_WRITE_THROUGH",
        pagewalk.NO_CACHE: "PTE_NO_CACHE",
    }
    return " ".join(name for flag, name in names.items() if flags & flag) or "no flag"


def _none(what: str, address: Optional[int]) -> Check:
    """A search must have found nothing."""
    found = "" if address is None else f"not at address 0x{address:08x}"
    return Check(what, "always", found or "always", address is None)


def _bit(what: str, value: int, bit: int) -> Check:
    """A bit of a register must be set."""
    return Check(what, "set", "set" if value & bit else "clear", bool(value & bit))


def _least(addresses: "set[int]") -> Optional[int]:
    """The lowest of some addresses; None if there are none."""
    return min(addresses) if addresses else None


def _mapped_nowhere(address: int, page: Optional[Page]) -> Check:
    """A walk must have found no page."""
    actual = "not mapped" if page is None else f"mapped to frame 0x{page.frame:08x}"
    return Check(f"nothing is mapped at 0x{address:08x}", "not mapped", actual, page is None)


def _first(
    machine: Machine, directory: int, start: int, end: int, wrong: Callable[[Page], bool]
) -> Optional[int]:
    """The first page from `start` to `end` that is wrong."""
    pages = pagewalk.pages(machine, directory, start, end)
    return next((page.address for page in pages if wrong(page)), None)


def _first_missing(machine: Machine, directory: int, start: int, end: int) -> Optional[int]:
    """The first address from `start` to `end` that is not mapped."""
    expected = start
    for page in pagewalk.pages(machine, directory, start, end):
        if page.address > expected:
            return expected
        expected = page.end
    return None if expected >= end else expected


def _poisoned(machine: Machine, what: str, address: int, size: int) -> Check:
    """Memory must be full of poison, a few links at its start aside."""
    words = read_words(machine, address, size // 4)
    wrong = (i for i in range(LINK_WORDS, len(words)) if words[i] != POISON_FREE)
    place = next(wrong, None)
    if place is None:
        return Check(what, "poison", "poison", True)
    found = f"the word 0x{words[place]:08x} at address 0x{address + 4 * place:08x}"
    return Check(what, f"only the word 0x{POISON_FREE:08x}", found, False)
