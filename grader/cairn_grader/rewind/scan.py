"""The first pass through a history: it finds the end and keeps states on the way."""

from __future__ import annotations

from typing import Dict

from cairn_grader.elf import Elf
from cairn_grader.rewind.history import History
from cairn_grader.rewind.moments import Moment
from cairn_grader.rewind.replayer import PAUSED, Gone, Point, Workplace

#: Instructions between two states, at least.
STRETCH = 1_000_000
#: No more states than about this many are kept, and fewer if they are large: so many bytes make
#: each further stretch as much longer as the first one was.
STATES_MAX = 40
LARGE = 32 << 20
#: The function with which a kernel ends.
POWER_OFF = "power_off"


class Scan:
    """What the first pass has found."""

    def __init__(self, history: History, elf: Elf, workplace: Workplace) -> None:
        """Go through the whole history; the machine stands at its end afterwards."""
        self._history = history
        self._workplace = workplace
        #: Lines of the trace by the number of instructions before a state that is kept.
        self.lines: Dict[int, int] = {0: 0}
        address = elf.symbols.get(POWER_OFF)
        points = [Point(0, address)] if address is not None else []
        #: Whether the run ended in power_off().
        self.powered_off = False
        history.end = self._run(points)
        history.go(Moment(history.end))

    def _run(self, points: "list[Point]") -> int:
        """The number of instructions before the last moment."""
        machine = self._history.machine
        here = 0
        while True:
            longer = 1 + self._workplace.states_size() // LARGE
            following = here + max(STRETCH * longer, here // STATES_MAX)
            try:
                reply = machine.run(points, following)
            except Gone as gone:
                return self._find_end(here, following, gone)
            here = self._history.arrived()
            if not reply.startswith(PAUSED):
                self.powered_off = True
                return here
            self._history.keep()
            self.lines[here] = self.trace_lines()

    def _find_end(self, low: int, high: int, gone: Gone) -> int:
        """The last number of instructions after which the machine still is there.

        Where it shut itself down it can say how many there were; the last one may be the cause.
        """
        if gone.shut_down:
            count = self._history.machine.position()
            low, high = max(low, count - 1), count + 1
        self._history.restart()
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self._history.go(Moment(middle))
                low = middle
            except Gone:
                self._history.restart()
                high = middle
        return low

    def trace_lines(self) -> int:
        """Complete lines that the machine has written to its trace, since QEMU started."""
        return self._workplace.trace.read_bytes().count(b"\n")
