"""What an inspection is given: page walks, memory that is read once, symbols."""

from __future__ import annotations

import struct
import unittest
from typing import Dict, List, Tuple

from cairn_grader import pagewalk
from cairn_grader.elf import Elf
from cairn_grader.errors import GraderError
from cairn_grader.machine import Check, Snapshot, read_string, read_u32

ORDER = 1
P, W, U, LARGE = pagewalk.PRESENT, pagewalk.WRITE, pagewalk.USER, pagewalk.LARGE
DIRECTORY = 0x1000


class Memory:
    """Physical memory made of words; what was not written reads as 0."""

    def __init__(self, words: Dict[int, int]) -> None:
        self.words = words
        self.reads: List[Tuple[int, int]] = []

    def read_physical(self, address: int, size: int) -> bytes:
        """As PhysicalMemory."""
        self.reads.append((address, size))
        start, end = address & ~3, (address + size + 3) & ~3
        data = b"".join(
            struct.pack("<I", self.words.get(place, 0)) for place in range(start, end, 4)
        )
        return data[address - start :][:size]


def tables(entries: Dict[int, int]) -> Memory:
    """Page tables from a map of virtual page to page table entry; one table at 0x2000."""
    words: Dict[int, int] = {}
    for address, entry in entries.items():
        number = address >> 22
        table = 0x2000 + 0x1000 * sorted({a >> 22 for a in entries}).index(number)
        words[DIRECTORY + 4 * number] = table | P | W | U
        words[table + 4 * ((address >> 12) % 1024)] = entry
    return Memory(words)


class Walk(unittest.TestCase):
    """The page walk over synthetic tables."""

    def test_small_page(self) -> None:
        """A 4 KiB page, at its first and last byte."""
        memory = tables({0x40001000: 0x00777000 | P | W | U})
        page = pagewalk.translate(memory, DIRECTORY, 0x40001FFF)
        assert page is not None
        self.assertEqual((page.address, page.size, page.frame), (0x40001000, 4096, 0x777000))
        self.assertTrue(page.writable and page.user and not page.large)
        physical = pagewalk.physical_address(memory, DIRECTORY, 0x40001FFF)
        self.assertEqual(physical, 0x777FFF)

    def test_absent(self) -> None:
        """No table, an absent entry, and an entry with bits but not the present one."""
        memory = tables({0x40001000: 0x777000 | W})
        for address in (0x80000000, 0x40002000, 0x40001000):
            self.assertIsNone(pagewalk.translate(memory, DIRECTORY, address))
            self.assertIsNone(pagewalk.physical_address(memory, DIRECTORY, address))

    def test_both_levels_grant(self) -> None:
        """A right holds only if directory and table grant it."""
        for bits in (0, W, U, W | U):
            memory = tables({0x1000: 0x9000 | P | W | U})
            memory.words[DIRECTORY] = 0x2000 | P | bits
            page = pagewalk.translate(memory, DIRECTORY, 0x1000)
            assert page is not None
            self.assertEqual((page.writable, page.user), (bool(bits & W), bool(bits & U)))

    def test_large_page(self) -> None:
        """A 4 MiB page; its frame is in bits 22 to 31."""
        memory = Memory({DIRECTORY + 4 * 3: 0x00C00000 | P | W | LARGE})
        page = pagewalk.translate(memory, DIRECTORY, 0x00FFFFFF)
        assert page is not None
        self.assertTrue(page.large and page.writable and not page.user)
        self.assertEqual(pagewalk.physical_address(memory, DIRECTORY, 0xC12345), 0xC12345)

    def test_cr3_with_flags(self) -> None:
        """The low bits of CR3 are no address."""
        memory = tables({0x1000: 0x9000 | P})
        self.assertIsNotNone(pagewalk.translate(memory, DIRECTORY | 0x18, 0x1000))

    def test_pages_between_bounds(self) -> None:
        """Pages that overlap the bounds, in order, the last address included."""
        memory = tables({0x1000: 0x9000 | P, 0x2000: 0xA000 | P, 0xFFFFF000: 0xB000 | P})
        found = [page.address for page in pagewalk.pages(memory, DIRECTORY)]
        self.assertEqual(found, [0x1000, 0x2000, 0xFFFFF000])
        found = [page.address for page in pagewalk.pages(memory, DIRECTORY, 0x1FFF, 0x2000)]
        self.assertEqual(found, [0x1000])

    def test_ranges(self) -> None:
        """Pages are joined while addresses, frames and rights continue."""
        memory = tables(
            {
                0x1000: 0x1000 | P | W,
                0x2000: 0x2000 | P | W,
                0x3000: 0x3000 | P,
                0x4000: 0x9000 | P,
                0x6000: 0xA000 | P,
            }
        )
        found = [(r.start, r.end, r.physical) for r in pagewalk.ranges(memory, DIRECTORY)]
        self.assertEqual(
            found,
            [(0x1000, 0x3000, 0x1000), (0x3000, 0x4000, 0x3000)]
            + [(0x4000, 0x5000, 0x9000), (0x6000, 0x7000, 0xA000)],
        )
        text = str(pagewalk.ranges(memory, DIRECTORY)[0])
        self.assertEqual(text, "0x00001000-0x00002fff -> 0x00001000 writable")

    def test_page_tables(self) -> None:
        """The tables of a directory, without 4 MiB pages."""
        memory = tables({0x1000: 0x9000 | P, 0x40000000: 0xA000 | P})
        memory.words[DIRECTORY + 4] = 0x400000 | P | LARGE
        self.assertEqual(pagewalk.page_tables(memory, DIRECTORY), [0x2000, 0x3000])
        self.assertEqual(pagewalk.page_tables(memory, DIRECTORY, 0x40000000), [0x3000])


class Reading(unittest.TestCase):
    """Helpers over physical memory."""

    def test_snapshot_reads_once(self) -> None:
        """A page is read once, also when a read spans pages."""
        memory = Memory({0xFFC: 0x11223344, 0x1000: 0x55667788})
        snapshot = Snapshot(memory)
        self.assertEqual(snapshot.read_physical(0xFFE, 4), b"\x22\x11\x88\x77")
        self.assertEqual(read_u32(snapshot, 0x1000), 0x55667788)
        self.assertEqual(memory.reads, [(0, 4096), (0x1000, 4096)])

    def test_string(self) -> None:
        """Text ends at a zero byte or at the limit."""
        memory = Memory({0x10: 0x00636261, 0x20: 0x61616161})
        self.assertEqual(read_string(memory, 0x10), "abc")
        self.assertEqual(read_string(memory, 0x20, 3), "aaa")

    def test_checks(self) -> None:
        """What a check says if it holds and if not."""
        self.assertTrue(Check.equal("x", 5, 5).passed)
        self.assertEqual(Check.equal("x", 5, 16).actual, "0x10")
        self.assertEqual(Check.holds("x", True, "mapped", "absent").actual, "mapped")
        self.assertEqual(Check.holds("x", False, "mapped", "absent").actual, "absent")


class Images(unittest.TestCase):
    """The ELF reader."""

    def test_not_elf(self) -> None:
        """Anything else is refused with a word on what to do."""
        for data in (b"", b"\x7fELF\x02 a 64-bit file", b"text"):
            with self.assertRaisesRegex(GraderError, "make clean"):
                Elf(data)

    def test_symbols_and_sections(self) -> None:
        """Symbols, functions by address, and the size of a section."""
        elf = Elf(tiny_elf())
        self.assertEqual(elf.entry, 0x100020)
        self.assertEqual(elf.symbols["start"], 0x100000)
        self.assertEqual(elf.function_at(0x10000F), "start")
        self.assertEqual(elf.describe(0x100010), "0x00100010")
        self.assertIsNone(elf.function_at(0))
        self.assertEqual(elf.section_size(".text"), 0x123)
        self.assertEqual(elf.section_size(".data"), 0)


def tiny_elf() -> bytes:
    """An ELF file with one function, start, of 16 bytes, and a .text of 0x123 bytes."""
    names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    strings = b"\0start\0"
    symbols = bytes(16) + struct.pack("<IIIBBH", 1, 0x100000, 16, 0x12, 0, 1)
    offsets = [52, 52 + len(symbols), 52 + len(symbols) + len(strings)]
    headers = [
        struct.pack("<10I", *([0] * 10)),
        struct.pack("<10I", names.index(b".text"), 1, 6, 0x100000, 52, 0x123, 0, 0, 16, 0),
        struct.pack("<10I", 7, 2, 0, 0, offsets[0], len(symbols), 3, 0, 4, 16),
        struct.pack("<10I", 15, 3, 0, 0, offsets[1], len(strings), 0, 0, 1, 0),
        struct.pack("<10I", 23, 3, 0, 0, offsets[2], len(names), 0, 0, 1, 0),
    ]
    table = offsets[2] + len(names)
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack(
        "<HHIIIIIHHHHHH", 2, 3, 1, 0x100020, 0, table, 0, 52, 32, 0, 40, len(headers), 4
    )
    return head + symbols + strings + names + b"".join(headers)


if __name__ == "__main__":
    unittest.main()
