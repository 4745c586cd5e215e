"""What an inspection sees of a machine that stands still.

A test stops its machine with `ktest_inspect(tag, a, b, c, d)`. The grader then calls the test's
inspection with a `Machine`, which reads physical memory and registers through the emulator's
debugger, never through code of the guest. An inspection returns checks:

    def inspect(machine: Machine, tag: str, arguments: Sequence[int]) -> List[Check]:
        directory, address = arguments[:2]
        page = pagewalk.translate(machine, directory, address)
        return [Check.holds("the page is mapped", page is not None)]
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable, Dict, List, Protocol, Sequence, Tuple


class PhysicalMemory(Protocol):
    """Anything whose physical memory can be read."""

    def read_physical(self, address: int, size: int) -> bytes:
        """The `size` bytes from physical `address` on."""


class Machine(PhysicalMemory, Protocol):
    """A stopped machine. Guest time stands still while it is inspected."""

    def registers(self) -> Dict[str, int]:
        """eax ... edi, eip, eflags, cr0, cr2, cr3, cr4 by these names."""

    def symbol(self, name: str) -> int:
        """The address of a symbol of the kernel; KeyError if it has none of that name."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, in the words of the handout."""

    what: str
    expected: str
    actual: str
    passed: bool

    @staticmethod
    def equal(what: str, expected: int, actual: int) -> "Check":
        """Two numbers must be the same; both are shown in hexadecimal."""
        return Check(what, f"0x{expected:x}", f"0x{actual:x}", expected == actual)

    @staticmethod
    def holds(what: str, passed: bool, expected: str = "true", actual: str = "false") -> "Check":
        """A condition must hold; `actual` says what there is if it does not."""
        return Check(what, expected, expected if passed else actual, passed)


#: An inspection of the catalogue: machine, tag, the four arguments.
Inspection = Callable[[Machine, str, Sequence[int]], List[Check]]


def read_u32(memory: PhysicalMemory, address: int) -> int:
    """The little-endian word at a physical address."""
    return read_words(memory, address, 1)[0]


def read_words(memory: PhysicalMemory, address: int, count: int) -> Tuple[int, ...]:
    """`count` little-endian words from a physical address on."""
    return struct.unpack(f"<{count}I", memory.read_physical(address, 4 * count))


def read_string(memory: PhysicalMemory, address: int, limit: int = 64) -> str:
    """The text that ends with a zero byte at a physical address, at most `limit` bytes."""
    raw = memory.read_physical(address, limit)
    return raw.split(b"\0", 1)[0].decode("latin-1")


class Snapshot:
    """Physical memory with every page read at most once while a machine stands still."""

    PAGE = 4096

    def __init__(self, memory: PhysicalMemory) -> None:
        self._memory = memory
        self._pages: Dict[int, bytes] = {}

    def read_physical(self, address: int, size: int) -> bytes:
        """As PhysicalMemory.read_physical()."""
        first = address // self.PAGE
        last = (address + max(size, 1) - 1) // self.PAGE
        pages = b"".join(self._page(number) for number in range(first, last + 1))
        offset = address - first * self.PAGE
        return pages[offset : offset + size]

    def _page(self, number: int) -> bytes:
        if number not in self._pages:
            self._pages[number] = self._memory.read_physical(number * self.PAGE, self.PAGE)
        return self._pages[number]
