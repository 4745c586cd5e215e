"""The parts of a 32-bit ELF file that the grader needs: symbols and sections.

Read here rather than by binutils, so that the host's toolchain does not matter. Source: Tool
Interface Standard, Executable and Linking Format, version 1.2.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

from cairn_grader.errors import GraderError

SECTION_SYMBOLS = 2
SECTION_NO_BITS = 8
SYMBOL_FUNCTION = 2
#: Bindings of symbols.
BIND_LOCAL, BIND_GLOBAL, BIND_WEAK = 0, 1, 2
#: Section numbers that are not numbers of a section.
UNDEFINED, ABSOLUTE, COMMON = 0, 0xFFF1, 0xFFF2


@dataclass(frozen=True)
class Section:
    """One section header."""

    name: str
    kind: int
    address: int
    offset: int
    size: int
    link: int


@dataclass(frozen=True)
class Symbol:
    """One entry of a symbol table that has a name."""

    name: str
    value: int
    size: int
    kind: int
    binding: int
    #: Number of its section; UNDEFINED, ABSOLUTE or COMMON.
    section: int


class Elf:
    """A kernel image, or an object file."""

    def __init__(self, data: bytes) -> None:
        if data[:5] != b"\x7fELF\x01":
            raise GraderError("this is not a 32-bit ELF file: run 'make clean'")
        self._data = data
        self.entry = int(struct.unpack_from("<I", data, 24)[0])
        self.sections = self._read_sections()
        #: Every symbol with a name, in the order of the file.
        self.table: List[Symbol] = list(self._read_symbols())
        #: The values of those that are defined. Of several of one name, the one that all files
        #: share: a file's own symbol must not stand in for it.
        self.symbols: Dict[str, int] = {}
        for symbol in sorted(self.table, key=lambda symbol: symbol.binding == BIND_LOCAL):
            if symbol.section != UNDEFINED:
                self.symbols.setdefault(symbol.name, symbol.value)
        self._functions = sorted(
            (symbol.value, symbol.size, symbol.name)
            for symbol in self.table
            if symbol.kind == SYMBOL_FUNCTION and symbol.section != UNDEFINED
        )

    @staticmethod
    def load(path: Path) -> "Elf":
        """Read an image from a file."""
        return Elf(path.read_bytes())

    def section(self, name: str) -> Optional[Section]:
        """The section of a name, or None."""
        return next((section for section in self.sections if section.name == name), None)

    def contents(self, section: Section) -> bytes:
        """The bytes of a section; none of one that takes no room in the file."""
        if section.kind == SECTION_NO_BITS:
            return b""
        return self._data[section.offset : section.offset + section.size]

    def read(self, address: int, size: int) -> bytes:
        """At most so many bytes from an address on: fewer where its section ends."""
        for section in self.sections:
            if section.address and section.address <= address < section.address + section.size:
                start = address - section.address
                return self.contents(section)[start : start + size]
        return b""

    def section_size(self, name: str) -> int:
        """Bytes in a section; 0 if there is none of that name."""
        return sum(section.size for section in self.sections if section.name == name)

    def function_at(self, address: int) -> Optional[str]:
        """The function that holds an address, or None."""
        found = self._find(address)
        return found[2] if found else None

    def function_start(self, address: int) -> Optional[int]:
        """Where the function begins that holds an address, or None."""
        found = self._find(address)
        return found[0] if found else None

    def _find(self, address: int) -> Optional[Tuple[int, int, str]]:
        index = bisect.bisect_right(self._functions, (address, 1 << 32, "")) - 1
        if index < 0:
            return None
        start, size, _ = self._functions[index]
        return self._functions[index] if size == 0 or address < start + size else None

    def functions(self, name: str) -> List[int]:
        """The addresses of all functions of a name: files may have their own."""
        return [start for start, _, other in self._functions if other == name]

    def names(self, address: int) -> List[str]:
        """Every symbol with this value."""
        return [symbol.name for symbol in self.table if symbol.value == address]

    def extent(self, address: int) -> Tuple[int, int]:
        """Where the function that begins at an address begins and ends."""
        index = bisect.bisect_left(self._functions, (address, 0, ""))
        found = self._functions[index : index + 1]
        return (address, address + found[0][1]) if found and found[0][0] == address else (0, 0)

    def describe(self, address: int) -> str:
        """An address for people: a function's name, or the number."""
        name = self.function_at(address)
        return f"{name}()" if name else f"0x{address:08x}"

    def _read_sections(self) -> List[Section]:
        offset, _, _, _, _, size, count, names = struct.unpack_from("<IIHHHHHH", self._data, 32)
        headers = [
            struct.unpack_from("<10I", self._data, offset + size * index) for index in range(count)
        ]
        strings = headers[names][4]
        return [
            Section(
                self._string(strings + header[0]), header[1], header[3], *header[4:7]
            )
            for header in headers
        ]

    def _read_symbols(self) -> Iterator[Symbol]:
        for section in self.sections:
            if section.kind != SECTION_SYMBOLS:
                continue
            strings = self.sections[section.link].offset
            for offset in range(section.offset, section.offset + section.size, 16):
                entry = struct.unpack_from("<IIIBBH", self._data, offset)
                name, value, size, info, _, index = entry
                text = self._string(strings + name)
                if text:
                    yield Symbol(text, value, size, info & 0xF, info >> 4, index)

    def _string(self, offset: int) -> str:
        end = self._data.index(b"\0", offset)
        return self._data[offset:end].decode("latin-1")
