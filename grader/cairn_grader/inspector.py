"""Inspections: what happens each time a machine stops at ktest_inspection_point().

The kernel announces an inspection in the trace and in its variable `ktest_inspection`
(src/kernel/ktest.h), then calls the empty function where the emulator has a breakpoint.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from cairn_grader.catalogue import Test
from cairn_grader.elf import Elf
from cairn_grader.errors import GraderError
from cairn_grader.machine import Check, Machine, PhysicalMemory, Snapshot, read_string
from cairn_grader.run import TRACE_FILE, Boot, Inspected, read_capped
from cairn_grader.trace import TRACE_LIMIT, parse_trace

INSPECTION_POINT = "ktest_inspection_point"
INSPECTION = "ktest_inspection"


class StoppedMachine:
    """A Machine made of an emulator's debugger and the kernel's symbols."""

    def __init__(self, memory: PhysicalMemory, registers: Dict[str, int], elf: Elf) -> None:
        self._memory = Snapshot(memory)
        self._registers = registers
        self._symbols = elf.symbols

    def read_physical(self, address: int, size: int) -> bytes:
        """As Machine.read_physical()."""
        return self._memory.read_physical(address, size)

    def registers(self) -> Dict[str, int]:
        """As Machine.registers()."""
        return dict(self._registers)

    def symbol(self, name: str) -> int:
        """As Machine.symbol()."""
        return self._symbols[name]


class Inspector:
    """Judges the stops of one run."""

    def __init__(self, boot: Boot) -> None:
        self._tests: Sequence[Test] = boot.tests
        self._elf = boot.image.elf
        self._trace: Path = boot.folder / TRACE_FILE
        self._serial = 0
        self.results: List[Inspected] = []

    @property
    def address(self) -> int:
        """Where to put the breakpoint."""
        try:
            return self._elf.symbols[INSPECTION_POINT]
        except KeyError:
            raise GraderError(f"the kernel has no {INSPECTION_POINT}: run 'make clean'") from None

    def stopped(self, memory: PhysicalMemory, registers: Dict[str, int]) -> bool:
        """Judge a stop; False if the stop is not an inspection of this kernel."""
        if registers.get("eip") != self.address:
            return False
        machine = StoppedMachine(memory, registers, self._elf)
        serial, tag, arguments = _read_request(machine)
        if serial != self._serial + 1:
            return False
        self._serial = serial
        test = self._current_test()
        if test is not None and test.inspect is not None:
            checks = _call(test, machine, tag, arguments)
            self.results.append(Inspected(test.name, tag, serial, tuple(checks)))
        return True

    def _current_test(self) -> Optional[Test]:
        """The running test: the last that began. Its line left the serial port long ago."""
        if len(self._tests) == 1:
            return self._tests[0]
        begun = parse_trace(read_capped(self._trace, TRACE_LIMIT)).all("test.begin")
        name = begun[-1].text("name") if begun else ""
        return next((test for test in self._tests if test.name == name), None)


def _read_request(machine: Machine) -> Tuple[int, str, Tuple[int, ...]]:
    raw = machine.read_physical(machine.symbol(INSPECTION), 24)
    serial, tag, *arguments = struct.unpack("<6I", raw)
    return serial, read_string(machine, tag), tuple(arguments)


def _call(test: Test, machine: Machine, tag: str, arguments: Sequence[int]) -> List[Check]:
    """Call an inspection. One that stumbles over the guest's data is a failed check."""
    assert test.inspect is not None
    try:
        return test.inspect(machine, tag, arguments)
    except Exception as error:  # pylint: disable=broad-except
        reason = f"{type(error).__name__}: {error}"
        return [Check(f"the inspection '{tag}' can be made", "an answer", reason, False)]
