"""What the processor really ran, seen from outside: the execution audit.

QEMU logs every block of instructions when it translates it, which it does before it runs the
block for the first time, and again when the code has changed. The guest can neither see nor
prevent that. From the log follows, whatever the kernel says about itself,

- whether the kernel ran only the code that was built, unchanged: nothing made at run time, nothing
  in the middle of a given function's port access;
- whether a test's own code ran from its beginning to its end, and which of its checks it made. The
  measure is what the reference solution's run reached: somebody who jumps over a test, or writes
  its result into the trace, does not get there.

Source: QEMU's manual page, option -d (in_asm, nochain are its names); translate-all.c describes
when blocks are translated.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from cairn_grader.elf import Elf
from cairn_grader.errors import GraderError

#: Bytes of a log that are read; a longer one is a violation by itself.
LOG_LIMIT = 48 << 20
#: Where programs live: from USER_START to USER_END of src/kernel/memory/layout.h.
PROGRAMS = range(0x40000000, 0xC0000000)
#: The functions of src/kernel/ktest.h that a test calls for each thing that it looks at.
CHECKS = ("ktest_check_true", "ktest_check_equal", "ktest_part", "ktest_inspect")
RETURN, CALL = 0xC3, 0xE8
CALL_SIZE = 5
#: How deep calls are followed from a test's function, which has helpers.
CALLS_FOLLOWED = 3
VIOLATIONS_SHOWN = 4

#: One instruction: address, bytes, mnemonic. Long ones go on in a second line without mnemonic.
_LINE = re.compile(rb"^0x([0-9a-f]{8}):  ((?:[0-9a-f]{2} )+) *(?:(?:rep\w*|lock) +)?(\w*)", re.M)
_PORT = re.compile(rb"(in|out)([bwl]|s[bwl]?)?")


@dataclass(frozen=True)
class Reached:
    """How far a test's own code got; places are written as "function+offset"."""

    #: The return instructions of its function that were reached.
    ends: FrozenSet[str] = frozenset()
    #: The calls of CHECKS that were reached, in its function and in those that it calls.
    checks: FrozenSet[str] = frozenset()

    def shortfall(self, measure: "Reached") -> str:
        """How this falls short of what the reference reached; empty if it does not.

        Half of the checks is enough, since a correct solution may lead a test another way.
        """
        if measure.ends and not self.ends & measure.ends:
            return "it did not, though the trace says so"
        made = len(self.checks & measure.checks)
        if 2 * made < len(measure.checks):
            return f"it made {made} of its {len(measure.checks)} checks"
        return ""


@dataclass(frozen=True)
class Measure:
    """What the reference solution's runs showed, and others are held against."""

    #: How far each test got, by its name.
    tests: Mapping[str, Reached] = field(default_factory=dict)
    #: Where programs tried a port instruction. None: the measure is being taken.
    ports: Optional[FrozenSet[int]] = None


@dataclass
class Audit:
    """What one run's log shows."""

    #: What ran that must not, in words; the first few.
    violations: List[str]
    reached: Dict[str, Reached]
    #: Where programs tried a port instruction.
    ports: FrozenSet[int]


class Auditor:
    """Reads the logs of runs of one image."""

    def __init__(self, elf: Elf, ports: Set[int], programs: bool, measure: Measure) -> None:
        """`ports`: where the kernel has port instructions; `programs`: whether it has programs."""
        section = elf.section(".text")
        if section is None:
            raise GraderError("the kernel has no code: run 'make clean'")
        self._elf = elf
        self._start = section.address
        self._text = elf.contents(section)
        self._ports = ports
        self._measure = measure
        self._programs = PROGRAMS if programs else range(0)
        self._checks = {elf.symbols[name] for name in CHECKS if name in elf.symbols}

    def examine(self, log: bytes, tests: Sequence[str]) -> Audit:
        """Judge the log of a run in which some tests took part."""
        executed: Set[int] = set()
        ports: Set[int] = set()
        violations: List[str] = []
        for address, code, mnemonic in self._since_entry(log):
            executed.add(address)
            port = _PORT.fullmatch(mnemonic) is not None
            if port and address in PROGRAMS:
                ports.add(address)
            problem = self._problem(address, code, port)
            if problem and problem not in violations and len(violations) < VIOLATIONS_SHOWN:
                violations.append(problem)
        if len(log) > LOG_LIMIT:
            violations.append("so much code was made at run time that it cannot be told")
        reached = {name: self._reached(f"ktest_{name}", executed) for name in tests}
        return Audit(violations, reached, frozenset(ports))

    def _since_entry(self, log: bytes) -> Iterator[Tuple[int, bytes, bytes]]:
        """The instructions from the kernel's first one on: before it runs the firmware's code."""
        started = False
        for match in _LINE.finditer(log, 0, LOG_LIMIT):
            address, code = int(match.group(1), 16), bytes.fromhex(match.group(2).decode())
            started = started or address == self._elf.entry and self._is_text(address, code)
            if started:
                yield address, code, match.group(3)

    def _is_text(self, address: int, code: bytes) -> bool:
        offset = address - self._start
        return offset >= 0 and self._text[offset : offset + len(code)] == code

    def _problem(self, address: int, code: bytes, port: bool) -> str:
        """What is wrong with running an instruction; empty if nothing is."""
        if address in self._programs:
            known = self._measure.ports
            if port and known is not None and address not in known:
                return f"a port instruction at 0x{address:08x}, where no program has one"
        elif not 0 <= address - self._start < len(self._text):
            return f"it ran code at 0x{address:08x}, outside the kernel's code"
        elif not self._is_text(address, code):
            return f"its code at {self._elf.describe(address)} was changed while it ran"
        elif port and address not in self._ports:
            return f"a port instruction hidden in {self._elf.describe(address)}"
        return ""

    def _reached(self, function: str, executed: Set[int]) -> Reached:
        """Follow the calls from a test's function on, as far as they were executed."""
        ends: Set[str] = set()
        checks: Set[str] = set()
        seen = {function}
        level = [function]
        for depth in range(CALLS_FOLLOWED):
            callees: Set[str] = set()
            for name in level:
                start, size = self._elf.function(name)
                for address in range(start, start + size):
                    if address not in executed:
                        continue
                    target = self._call_target(address)
                    if target in self._checks:
                        checks.add(f"{name}+{address - start}")
                    elif target:
                        callees.add(self._elf.function_at(target) or "")
                    elif depth == 0 and self._text[address - self._start] == RETURN:
                        ends.add(f"{name}+{address - start}")
            level = sorted(callees - seen)
            seen |= callees
        return Reached(frozenset(ends), frozenset(checks))

    def _call_target(self, address: int) -> int:
        """Where a call instruction leads; 0 if it is none."""
        offset = address - self._start
        code = self._text[offset : offset + CALL_SIZE]
        if len(code) < CALL_SIZE or code[0] != CALL:
            return 0
        return address + CALL_SIZE + int(struct.unpack_from("<i", code, 1)[0])
