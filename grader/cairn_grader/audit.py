"""What the processor really ran, seen from outside: the execution audit.

A plugin of QEMU (grader/audit/audit.c) notes every block of instructions that was run, with the
bytes that were fetched, and every step from one block to another. The guest can neither see nor
prevent that. From it follows, whatever the kernel says about itself,

- whether the kernel ran only the code that was built, unchanged, and used ports only in given code;
- whether control went only where it may: along jumps and calls to functions, back from calls, and
  through the same doors for interrupts as with the reference solution. So nothing enters a test or
  given code in the middle, or has itself called at each instruction of a test;
- whether a test's own code ran from its beginning to its end, and which of its checks it made.

The measure is what the reference solution's runs show (measure.py).

Sources: QEMU's documentation, "QEMU TCG Plugins"; Abadi, Budiu, Erlingsson, Ligatti, "Control-Flow
Integrity" (CCS 2005), for the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Set, Tuple

from cairn_grader.elf import Elf
from cairn_grader.errors import GraderError
from cairn_grader.flow import Block, End, is_port, make_block
from cairn_grader.layout import Layout

#: The file that the plugin writes, and most bytes of it that are read.
LOG_FILE = "audit.txt"
LOG_LIMIT = 48 << 20
#: Bytes of the kernel's entry by which the plugin knows it.
ENTRY_BYTES = 8
#: Where programs live: from USER_START to USER_END of src/kernel/memory/layout.h.
PROGRAMS = range(0x40000000, 0xC0000000)
#: The table of code by which exceptions and interrupts enter (src/kernel/x86/trap_entry.S), the
#: bytes of each stub, and how many there are.
STUBS, STUB_SIZE, STUB_COUNT = "trap_stubs", 16, 256
#: The processor's own vectors: a kernel with a mistake may meet any of them, but for two that no
#: lab has a use for, the debug exception and the breakpoint, which stop at any instruction.
EXCEPTIONS = range(32)
NOT_DOORS = (1, 3)
#: Those of the interrupt controllers (src/kernel/x86/pic.h). Which of them come, and when, is for
#: the devices to say; even those of nobody's request may, IRQ 7 and IRQ 15 (Intel 8259A, "Interrupt
#: Sequence").
REQUESTS = range(32, 48)
#: How many more places in tests may be interrupted than with the reference: a factor, and a sum.
INTERRUPTED_FACTOR, INTERRUPTED_MORE = 2, 20
#: Stands for a student's code where the kernel goes to a program.
STUDENT = "student"
PART = "ktest_part"
#: The functions of src/kernel/ktest.h that a test calls for each thing that it looks at.
CHECKS = ("ktest_check_true", "ktest_check_equal", PART, "ktest_inspect")
#: How deep calls are followed from a test's function, which has helpers.
CALLS_FOLLOWED = 3
VIOLATIONS_SHOWN = 4


@dataclass(frozen=True)
class Reached:
    """How far a test's own code got; places are written as layout.py does."""

    #: The return instructions of its function that were reached.
    ends: FrozenSet[str] = frozenset()
    #: The calls of CHECKS that were reached, in its function and in those that it calls.
    checks: FrozenSet[str] = frozenset()
    #: Those of them that begin a part.
    parts: FrozenSet[str] = frozenset()

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
    #: Where interrupts and system calls enter, and where returns from them go that lead elsewhere
    #: than to what they interrupted. None: the measure is being taken.
    doors: Optional[FrozenSet[str]] = None
    #: Where the kernel goes to a program otherwise than by a return from an interrupt.
    exits: FrozenSet[str] = frozenset()
    #: Functions of tests, and given ones besides those of MAY_USE, that a student's code enters.
    callbacks: FrozenSet[str] = frozenset()
    #: The most blocks of tests that were interrupted in one run.
    interrupted: int = 0
    #: Where programs tried a port instruction.
    ports: FrozenSet[int] = frozenset()


@dataclass
class Audit:
    """What one run shows."""

    #: What happened that must not, in words; the first few.
    violations: List[str] = field(default_factory=list)
    reached: Dict[str, Reached] = field(default_factory=dict)
    #: As in a Measure.
    doors: FrozenSet[str] = frozenset()
    exits: FrozenSet[str] = frozenset()
    callbacks: FrozenSet[str] = frozenset()
    interrupted: int = 0
    ports: FrozenSet[int] = frozenset()


@dataclass
class Steps:
    """What the plugin has noted."""

    blocks: List[Block]
    steps: List[Tuple[Block, Block]]
    full: bool


def parse(log: bytes) -> Steps:
    """Read the plugin's file; GraderError if it is not one."""
    noted = Steps([], [], len(log) > LOG_LIMIT)
    try:
        for line in log[:LOG_LIMIT].decode("ascii").splitlines():
            kind, *words = line.split(" ")
            if kind == "block":
                lengths = tuple(map(int, words[1].split(",")))
                noted.blocks.append(make_block(int(words[0], 16), lengths, bytes.fromhex(words[2])))
            elif kind == "step":
                first, second = (noted.blocks[int(word)] for word in words)
                noted.steps.append((first, second))
            noted.full = noted.full or kind == "full"
    except (ValueError, IndexError):
        raise GraderError("the audit's file is damaged: is the disk full?") from None
    return noted


class Auditor:
    """Judges runs of one image."""

    def __init__(
        self, elf: Elf, layout: Layout, programs: bool, may_use: Sequence[str], measure: Measure
    ) -> None:
        """`programs`: whether the image has programs; `may_use`: as in a catalogue."""
        section = elf.section(".text")
        if section is None:
            raise GraderError("the kernel has no code: run 'make clean'")
        self._elf = elf
        self._layout = layout
        self._text = range(section.address, section.address + section.size)
        self._code = elf.contents(section)
        self._measure = measure
        self._programs = PROGRAMS if programs else range(0)
        self._checks = {elf.symbols[name] for name in CHECKS if name in elf.symbols}
        self._part = elf.symbols.get(PART, 0)
        stubs = elf.symbols.get(STUBS, 0)
        self._all_stubs = range(stubs, stubs + STUB_COUNT * STUB_SIZE, STUB_SIZE)
        self._stubs = {
            stubs + vector * STUB_SIZE
            for vector in (*EXCEPTIONS, *REQUESTS)
            if vector not in NOT_DOORS
        }
        self._may_use = may_use
        self._starts = {symbol.value for symbol in elf.table if symbol.value in self._text}

    def plugin_options(self) -> str:
        """What the plugin must be told about the image."""
        offset = self._elf.entry - self._text.start
        code = self._code[offset : offset + ENTRY_BYTES]
        return f"out={LOG_FILE},entry={self._elf.entry:x},code={code.hex()}"

    def examine(self, log: bytes, tests: Sequence[str]) -> Audit:
        """Judge a run in which some tests took part."""
        noted = parse(log)
        audit = Audit()
        found = ["it ran more code than can be noted"] if noted.full else []
        ports: Set[int] = set()
        for block in noted.blocks:
            found += self._block_problems(block, ports)
        audit.ports = frozenset(ports)
        found += self._step_problems(noted, audit)
        audit.violations = list(dict.fromkeys(found))[:VIOLATIONS_SHOWN]
        executed = {address for block in noted.blocks for address, _ in block.instructions()}
        audit.reached = {name: self._reached(name, executed) for name in tests}
        return audit

    def _block_problems(self, block: Block, ports: Set[int]) -> List[str]:
        """What is wrong with running a block."""
        if block.address in self._programs:
            tried = {address for address, code in block.instructions() if is_port(code)}
            ports |= tried
            if self._measure.doors is not None and tried - self._measure.ports:
                return ["a port instruction among the programs, where no program has one"]
        elif block.address not in self._text:
            return [f"it ran code at 0x{block.address:08x}, outside the kernel's code"]
        elif self._built(block.address, len(block.code)) != block.code:
            return [f"its code at {self._elf.describe(block.address)} was changed while it ran"]
        elif any(is_port(code) for _, code in block.instructions()):
            if not self._layout.is_given(block.address):
                return [f"a port instruction in {self._elf.describe(block.address)}"]
        return []

    def _built(self, address: int, size: int) -> bytes:
        offset = address - self._text.start
        return self._code[offset : offset + size]

    def _step_problems(self, noted: Steps, audit: Audit) -> List[str]:
        """What is wrong with the ways that control took."""
        calls = (End.CALL, End.INDIRECT_CALL)
        sites = {block.after for block in noted.blocks if block.end in calls}
        odd = [step for step in noted.steps if not self._explained(step, sites)]
        entering = [step for step in odd if step[0].end is not End.INTERRUPT_RETURN]
        returning = [step for step in odd if step[0].end is End.INTERRUPT_RETURN]
        leaving = [first for first, second in entering if self._leaves(second)]
        audit.exits = frozenset(self._leaver(first.last) for first in leaving)
        inside = [step for step in entering if not self._leaves(step[1])]
        doors = self._measure.doors
        if doors is None:
            doors = self._places(second.address for _, second in inside)
        self._look_at_interruptions(noted, doors, audit)
        self._look_at_entries(noted, sites, audit)
        came_from = [step for step in noted.steps if self._is_door(step[1].address, doors)]
        resumable = self._resumable([first for first, _ in came_from], sites)
        landed = [
            step
            for step in returning
            if step[1].address not in resumable and not self._may_enter(step[1].address)
        ]
        if self._measure.doors is None:
            audit.doors = doors | self._places(second.address for _, second in landed)
            return []
        odd = [step for step in inside + landed if not self._is_door(step[1].address, doors)]
        found = [self._oddity(step) for step in odd]
        if audit.interrupted > INTERRUPTED_FACTOR * self._measure.interrupted + INTERRUPTED_MORE:
            found.append(f"tests were interrupted at {audit.interrupted} places")
        for place in sorted(audit.callbacks - self._measure.callbacks):
            found.append(f"a student's code entered {place}, which it may not use")
        if audit.exits - self._measure.exits:
            found.append("the kernel jumped to a program's code instead of returning to it")
        return found

    def _look_at_interruptions(
        self, noted: Steps, doors: FrozenSet[str], audit: Audit
    ) -> None:
        """Count the blocks of tests that were interrupted."""
        blocks = {
            first.address
            for first, second in noted.steps
            if self._is_door(second.address, doors) and self._layout.is_test(first.address)
        }
        audit.interrupted = len(blocks)

    def _look_at_entries(self, noted: Steps, sites: Set[int], audit: Audit) -> None:
        """Find the functions that a student's code enters without leave.

        A function may begin where another one's last call, which never returns, would return to.
        And in the run that is the measure, an interrupt may have come before a test's function had
        begun, so that only the return from it is seen.
        """
        returns = sites - self._starts
        entered = {
            second.address
            for first, second in noted.steps
            if self._layout.is_student(first.address)
            and second.address in self._text
            and second.address not in returns
            and not self._layout.is_student(second.address)
            and first.end not in (End.NEXT, End.INTERRUPT_RETURN, End.TRAP)
            and second.address not in self._all_stubs
        }
        if self._measure.doors is None:
            entered |= {
                second.address
                for first, second in noted.steps
                if first.end is End.INTERRUPT_RETURN
                and second.address in self._starts
                and self._layout.is_test(second.address)
            }
        audit.callbacks = self._places(filter(lambda at: not self._may_enter(at), entered))

    def _may_enter(self, address: int) -> bool:
        """Whether MAY_USE allows a given function."""
        place = self._layout.place(address).partition("+")[0]
        names = self._elf.names(address)
        return bool(names) and any(
            fnmatchcase(place, str(Path(pattern).with_suffix(".o")))
            if "/" in pattern
            else any(fnmatchcase(name, pattern) for name in names)
            for pattern in self._may_use
        )

    def _is_door(self, address: int, doors: FrozenSet[str]) -> bool:
        return address in self._stubs or self._layout.place(address) in doors

    def _leaver(self, address: int) -> str:
        return STUDENT if self._layout.is_student(address) else self._layout.place(address)

    def _places(self, addresses: Iterable[int]) -> FrozenSet[str]:
        return frozenset(map(self._layout.place, addresses))

    def _leaves(self, block: Block) -> bool:
        return block.address in self._programs

    def _explained(self, step: Tuple[Block, Block], sites: Set[int]) -> bool:
        """Whether an ordinary instruction leads from a block to another."""
        first, second = step
        target = second.address
        if first.address in self._programs:
            if target in self._programs or target in self._all_stubs:
                return True
        if target in self._stubs:
            return True
        if target not in self._text:
            return target not in self._programs or first.end is End.INTERRUPT_RETURN
        if target in first.successors or any(at == target for at, _ in first.instructions()):
            return True
        if self._layout.is_student(first.address) and self._layout.is_student(target):
            return True
        if first.end is End.INDIRECT and self._same_function(first.address, target):
            return True  # A table of jumps, made of a switch.
        if first.end in (End.RETURN, End.INDIRECT, End.INDIRECT_CALL):
            return target in sites or target in self._starts
        return False

    def _same_function(self, first: int, second: int) -> bool:
        return self._elf.function_start(first) == self._elf.function_start(second)

    def _resumable(self, interrupted: Sequence[Block], sites: Set[int]) -> Set[int]:
        """Where a return from an interrupt may go, if these blocks were interrupted."""
        found: Set[int] = set()
        for block in interrupted:
            found |= {address for address, _ in block.instructions()}
            found |= {*block.successors, block.after}
            if block.end in (End.RETURN, End.INDIRECT, End.INDIRECT_CALL):
                found |= sites | self._starts
        return found

    def _oddity(self, step: Tuple[Block, Block]) -> str:
        first, second = step
        where = self._elf.describe(second.address)
        return f"control came to {where} from {self._elf.describe(first.address)} in no regular way"

    def _reached(self, name: str, executed: Set[int]) -> Reached:
        """Follow the calls from a test's function on, as far as they were run."""
        ends: Set[str] = set()
        checks: Set[int] = set()
        parts: Set[int] = set()
        level = {start for start in self._elf.functions(f"ktest_{name}") if self._is_test(start)}
        seen = set(level)
        for depth in range(CALLS_FOLLOWED):
            callees: Set[int] = set()
            for start in level:
                for address in range(*self._elf.extent(start)):
                    if address not in executed:
                        continue
                    target = self._call_target(address)
                    if target in self._checks:
                        checks.add(address)
                        parts |= {address} if target == self._part else set()
                    elif self._is_test(target):
                        callees.add(target)
                    elif depth == 0 and self._built(address, 1) == b"\xc3":
                        ends.add(self._layout.place(address))
            level = callees - seen
            seen |= callees
        return Reached(frozenset(ends), self._places(checks), self._places(parts))

    def _is_test(self, address: int) -> bool:
        return self._layout.is_test(address)

    def _call_target(self, address: int) -> int:
        """Where a call instruction leads; 0 if it is none."""
        code = self._built(address, 5)
        if len(code) < 5 or code[0] != 0xE8:
            return 0
        return make_block(address, (5,), code).successors[0]
