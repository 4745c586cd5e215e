"""The parts of a 32-bit ELF kernel that the grader needs: symbols and section sizes.

Read here rather than by binutils, so that the host's toolchain does not matter. Source: Tool
Interface Standard, Executable and Linking Format, version 1.2.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from cairn_grader.errors import GraderError

SECTION_SYMBOLS = 2
SYMBOL_FUNCTION = 2


@dataclass(frozen=True)
class Section:
    """One section header."""

    name: str
    kind: int
    offset: int
    size: int
    link: int


class Elf:
    """A kernel image."""

    def __init__(self, data: bytes) -> None:
        if data[:5] != b"\x7fELF\x01":
            raise GraderError("the kernel image is not a 32-bit ELF file: run 'make clean'")
        self._data = data
        self.entry = int(struct.unpack_from("<I", data, 24)[0])
        self.sections = self._read_sections()
        self.symbols: Dict[str, int] = {}
        self._functions: List[Tuple[int, int, str]] = []
        self._read_symbols()

    @staticmethod
    def load(path: Path) -> "Elf":
        """Read an image from a file."""
        return Elf(path.read_bytes())

    def section_size(self, name: str) -> int:
        """Bytes in a section; 0 if there is none of that name."""
        return sum(section.size for section in self.sections if section.name == name)

    def function_at(self, address: int) -> Optional[str]:
        """The function that holds an address, or None."""
        index = bisect.bisect_right(self._functions, (address, 1 << 32, "")) - 1
        if index < 0:
            return None
        start, size, name = self._functions[index]
        return name if size == 0 or address < start + size else None

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
            Section(self._string(strings + header[0]), header[1], header[4], header[5], header[6])
            for header in headers
        ]

    def _read_symbols(self) -> None:
        for section in self.sections:
            if section.kind != SECTION_SYMBOLS:
                continue
            strings = self.sections[section.link].offset
            for offset in range(section.offset, section.offset + section.size, 16):
                self._add_symbol(strings, offset)
        self._functions.sort()

    def _add_symbol(self, strings: int, offset: int) -> None:
        name_offset, value, size, info, _, section = struct.unpack_from(
            "<IIIBBH", self._data, offset
        )
        name = self._string(strings + name_offset)
        if section == 0 or not name:
            return
        self.symbols.setdefault(name, value)
        if info & 0xF == SYMBOL_FUNCTION:
            self._functions.append((value, size, name))

    def _string(self, offset: int) -> str:
        end = self._data.index(b"\0", offset)
        return self._data[offset:end].decode("latin-1")
