"""Which object file each piece of a kernel's code comes from, as the linker's map tells.

Given code and tests are the same in every kernel, but for where the linker puts them. So a place in
them is written as its object and the offset there, which can be compared between kernels.
"""

from __future__ import annotations

import bisect
import re
from pathlib import Path
from typing import List, NamedTuple, Optional

#: An input section in a linker's map: name, address, size, object. A long name has its own line.
_SECTION = re.compile(r"^ (\.text\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$", re.MULTILINE)
GIVEN, TESTS = "src/", "grader/tests/"


def map_of(kernel: Path) -> Path:
    """The linker's map of a kernel."""
    return kernel.with_name(kernel.name + ".map")


class Piece(NamedTuple):
    """The code that one object contributes."""

    start: int
    size: int
    #: The object's path within the build folder, and the section if it is not .text.
    name: str


class Layout:
    """The pieces of a kernel's code, in order."""

    def __init__(self, pieces: List[Piece]) -> None:
        self._pieces = sorted(piece for piece in pieces if piece.size)

    @staticmethod
    def load(path: Path) -> "Layout":
        """Read a linker's map."""
        found = _SECTION.findall(path.read_text(encoding="utf-8", errors="replace"))
        return Layout(
            [
                Piece(int(start, 16), int(size, 16), _name(section, name))
                for section, start, size, name in found
            ]
        )

    def piece(self, address: int) -> Optional[Piece]:
        """The piece that holds an address."""
        index = bisect.bisect_right(self._pieces, (address, 1 << 32, "")) - 1
        piece = self._pieces[index] if index >= 0 else None
        return piece if piece and address < piece.start + piece.size else None

    def place(self, address: int) -> str:
        """An address as an object and an offset; empty if no object holds it."""
        piece = self.piece(address)
        return f"{piece.name}+{address - piece.start}" if piece else ""

    def is_given(self, address: int) -> bool:
        """Whether an address is in the kit's own code."""
        piece = self.piece(address)
        return piece is not None and piece.name.startswith(GIVEN)

    def is_test(self, address: int) -> bool:
        """Whether an address is in the tests' code."""
        piece = self.piece(address)
        return piece is not None and piece.name.startswith(TESTS)

    def is_student(self, address: int) -> bool:
        """Whether an address is in a student's code, or in a reference solution's."""
        piece = self.piece(address)
        return piece is not None and not piece.name.startswith((GIVEN, TESTS))


def _name(section: str, path: str) -> str:
    """An object's path from the folder obj/ on."""
    inside = path.rpartition("/obj/")[2]
    return inside if section == ".text" else f"{inside}:{section}"
