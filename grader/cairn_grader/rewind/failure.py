"""Finding the moment of a failure in a history.

The bundle names an event of the trace. The kernel is in trace_write() when it writes it, called by
functions that only report; the failure is the call that the first function makes which is not one
of those. The stack says which function that is, and going back to the beginning of the function
that it called says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, List, NamedTuple, Optional

from cairn_grader.elf import SYMBOL_FUNCTION, Elf
from cairn_grader.inspector import INSPECTION_POINT
from cairn_grader.rewind.history import History, Why
from cairn_grader.rewind.moments import Moment
from cairn_grader.rewind.opening import Bundle
from cairn_grader.rewind.replayer import EBP, EIP, ESP, Point
from cairn_grader.rewind.scan import Scan
from cairn_grader.trace import Event, Trace

WRITER = "trace_write"
#: Functions that only report what another one has found; see src/kernel.
REPORTERS = {
    "check": frozenset({"fail", "ktest_check_true", "ktest_check_equal"}),
    "panic": frozenset(
        {"trace_trail", "report", "panic", "panic_report", "assert_failed", "memory_misuse"}
    ),
    "missing": frozenset({"exercise_missing"}),
}
#: Kinds of panics that an instruction causes, not a call.
TRAPS = ("trap", "timeout", "double_fault")
#: A trap's instruction is at most so many instructions before its report.
TRAP_DISTANCE = 50_000
FRAMES_MAX = 24


@dataclass(frozen=True)
class Place:
    """Where a history stands, in words, and how many frames up the stack the reader wants to be."""

    words: str
    frames: int = 0


class _Frame(NamedTuple):
    """One function on the stack: the address to which the one that it called returns."""

    address: int
    function: str


class Finder:
    """Takes a history to the moment at which its run failed."""

    def __init__(self, history: History, scan: Scan, elf: Elf) -> None:
        self._history = history
        self._scan = scan
        self._elf = elf

    def go(self, bundle: Bundle, trace: Trace) -> Place:
        """Go there; to the end if the moment cannot be found."""
        event = next((e for e in trace if e.sequence == bundle.event), None)
        place = None
        if event is not None and self._go_to_event(event.sequence):
            place = self._go_to_cause(bundle.failure, event)
        if place is None:
            self._history.go(Moment(self._history.end))
            place = Place(self._end_words(bundle))
        return place

    def _end_words(self, bundle: Bundle) -> str:
        if bundle.end == "triple_fault":
            return "at the last instruction before the processor reset itself"
        if self._scan.powered_off:
            return "at the end of the run, where the kernel powers off"
        return "at the last instruction of the run"

    def _go_to_event(self, sequence: int) -> bool:
        """Go to the call of trace_write() that writes an event."""
        address = self._elf.symbols.get(WRITER)
        if address is None:
            return False
        before = [count for count, lines in self._scan.lines.items() if lines < max(1, sequence)]
        start = max(before)
        self._history.go(Moment(start))
        offset = self._scan.lines[start] - self._scan.trace_lines()
        while self._history.forward([Point(0, address)]).why is Why.BREAKPOINT:
            if self._scan.trace_lines() + offset >= sequence:
                return True
            self._history.step()
        return False

    def _go_to_cause(self, kind: str, event: Event) -> Optional[Place]:
        """Go on from there to what the event is about."""
        if kind == "inspection":
            return self._go_to_inspection()
        if kind == "panic" and event.text("kind") in TRAPS:
            place = self._go_to_trap(event.number("eip"))
            if place is not None:
                return place
        return self._go_to_call(REPORTERS.get(kind, frozenset()))

    def _go_to_inspection(self) -> Optional[Place]:
        address = self._elf.symbols.get(INSPECTION_POINT)
        if address is None:
            return None
        if self._history.forward([Point(0, address)]).why is not Why.BREAKPOINT:
            return None
        return Place("at the inspection from outside that failed", 2)

    def _go_to_trap(self, address: int) -> Optional[Place]:
        here = self._history.moment()
        oldest = max(0, here.count - TRAP_DISTANCE)
        if self._history.backward([Point(0, address)], oldest).why is Why.BREAKPOINT:
            return Place(f"before the instruction at 0x{address:x} that the panic is about")
        self._history.go(here)
        return None

    def _go_to_call(self, reporters: FrozenSet[str]) -> Optional[Place]:
        """Go to the call with which a report began."""
        frames = self._frames()
        caller = next((i for i, f in enumerate(frames) if f.function not in reporters), None)
        if caller is None:
            return None
        begun = WRITER if caller == 0 else frames[caller - 1].function
        entry = self._entry(frames[caller - 1].address) if caller else None
        while entry is not None and not self._called_from(entry, frames[caller].address):
            if self._history.backward([Point(0, entry)]).why is not Why.BREAKPOINT:
                return None
        self._history.back()
        if not reporters:
            return Place(f"where the event is written, in {frames[caller].function}()")
        return Place(f"at the call of {begun}() in {frames[caller].function}()")

    def _called_from(self, entry: int, caller: int) -> bool:
        """Whether a function begins at this moment that will return to an address."""
        machine = self._history.machine
        at_entry = machine.register(EIP) == entry
        return at_entry and machine.read_word(machine.register(ESP)) == caller

    def _entry(self, address: int) -> Optional[int]:
        """The first instruction of the function that holds a return address."""
        functions = (symbol for symbol in self._elf.table if symbol.kind == SYMBOL_FUNCTION)
        return max((f.value for f in functions if f.value < address), default=None)

    def _frames(self) -> List[_Frame]:
        """The stack at the first instruction of a function: its caller, the caller's caller, ..."""
        machine = self._history.machine
        address = machine.read_word(machine.register(ESP))
        pointer: Optional[int] = machine.register(EBP)
        frames: List[_Frame] = []
        while address and pointer and len(frames) < FRAMES_MAX:
            name = self._elf.function_at(address - 1) or "?"
            frames.append(_Frame(address, name.split(".")[0]))
            address = machine.read_word(pointer + 4)
            pointer = machine.read_word(pointer)
        return frames
