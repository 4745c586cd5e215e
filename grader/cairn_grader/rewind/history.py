"""A recorded run, in which one can go forwards and backwards to what matters.

To look backwards for the last time that something happened, stretches of the run are replayed, the
nearest first, with points that stop the machine; the last stop counts.

QEMU 7.2 has commands of its own for going backwards. They are not used: after them the machine
stands behind the write that a watchpoint looks for, not before it, nobody is told that a watchpoint
was hit, and every unaligned store to a page counts as a hit of a watchpoint at a lower address of
that page. So hits of watchpoints are believed here only if the watched memory has changed. And it
may change without a hit: by a store to another address that is mapped to the same frame, or because
another frame is mapped. Then the moment is found by halving the stretch in which that happened.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Collection, Dict, Iterator, List, Optional

from cairn_grader.errors import EmulatorError
from cairn_grader.rewind.moments import EXTRA_MAX, Interrupted, Moment, Moments
from cairn_grader.rewind.replayer import EIP, PAUSED, Point

#: How far before a moment the search for what was last begins, in instructions.
DISTANCES = (2_000, 20_000, 200_000)


class Why(enum.Enum):
    """Why the machine stands still."""

    STEP = "step"
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    INTERRUPTED = "interrupted"
    BEGIN = "begin"
    END = "end"


@dataclass(frozen=True)
class Stop:
    """That, and the point that watches the memory in question."""

    why: Why
    point: Optional[Point] = None


@dataclass(frozen=True)
class _Hit:
    """A breakpoint's hit: the number of instructions before it, and the instruction's address.

    Or a watchpoint's: the number of instructions when the memory was found changed, and when it had
    not changed yet.
    """

    count: int
    address: int = 0
    point: Optional[Point] = None
    since: int = 0


class History(Moments):
    """The run, from its first moment to its end."""

    # ---- forwards ----

    def step(self, points: Collection[Point] = ()) -> Stop:
        """Execute one instruction."""
        if self._count >= self.end:
            return Stop(Why.END)
        contents = self._contents(points)
        reply = self.machine.advance(points)
        self._moved()
        point = _watchpoint(reply, points)
        if point is not None and self._changed(point, contents):
            return Stop(Why.WATCHPOINT, point)
        return Stop(Why.STEP)

    def forward(self, points: Collection[Point]) -> Stop:
        """Go to the next hit of a point, or to the end."""
        contents = self._contents(points)
        while self._count < self.end and not self.machine.interrupted():
            reply = self.machine.run(points, self.end)
            self._moved()
            if reply.startswith(PAUSED):
                break
            point = _watchpoint(reply, points)
            if point is None:
                return Stop(Why.BREAKPOINT)
            if self._changed(point, contents):
                return Stop(Why.WATCHPOINT, point)
        return Stop(Why.END if self._count >= self.end else Why.INTERRUPTED)

    # ---- backwards ----

    def back(self) -> Stop:
        """Undo one instruction, or the beginning of an interrupt's or fault's service."""
        moment = self.moment()
        if moment == Moment(0):
            return Stop(Why.BEGIN)
        if moment.extra:
            self.go(Moment(moment.count, moment.extra - 1))
        else:
            self._go_before(moment.count)
        return Stop(Why.STEP)

    def backward(self, points: Collection[Point], oldest: int = 0) -> Stop:
        """Go to the last hit of a point before this moment, but not further than to `oldest`.

        A breakpoint's hit is the moment before its instruction; a watchpoint's is the moment before
        the instruction that accessed the memory.
        """
        start = upper = self.moment()
        try:
            for lower in self._bounds(start.count, oldest):
                hit = self._last_hit(lower, upper, points)
                if hit is not None:
                    return self._arrive(hit)
                upper = Moment(lower)
            self.go(Moment(oldest))
        except Interrupted:
            self.go(start)
            return Stop(Why.INTERRUPTED)
        return Stop(Why.BEGIN)

    def _bounds(self, count: int, oldest: int) -> Iterator[int]:
        """Where to begin looking, one place after the other."""
        bounds = {count - distance for distance in DISTANCES} | set(self._states) | {oldest}
        return iter(sorted((b for b in bounds if oldest <= b <= count), reverse=True))

    def _last_hit(self, lower: int, upper: Moment, points: Collection[Point]) -> Optional[_Hit]:
        """The last hit in a stretch, its first moment included and its last one not."""
        self._seek(lower)
        contents = self._contents(points)
        last: Optional[_Hit] = None
        since = lower
        while self._count < upper.count:
            if self.machine.interrupted():
                raise Interrupted
            reply = self.machine.run(points, upper.count)
            self._moved()
            point = _watchpoint(reply, points)
            if point is None and not reply.startswith(PAUSED) and self._count < upper.count:
                last = _Hit(self._count, self.machine.register(EIP))
                point = _watchpoint(self.machine.advance(points), points)
                self._moved()
            for changed in self._changes(point, contents):
                last = _Hit(self._count, 0, changed, since)
            if reply.startswith(PAUSED) and self._count < upper.count:
                raise Interrupted
            since = self._count
        return self._hit_between(upper, points) or last

    def _hit_between(self, moment: Moment, points: Collection[Point]) -> Optional[_Hit]:
        """A breakpoint that is hit between the last instruction and a moment."""
        last: Optional[_Hit] = None
        if moment.extra:
            addresses = {point.address for point in points if not point.watches}
            self._seek(moment.count)
            for _ in range(moment.extra):
                address = self.machine.register(EIP)
                if address in addresses:
                    last = _Hit(moment.count, address)
                self._step()
        return last

    def _arrive(self, hit: _Hit) -> Stop:
        """Go to the moment of a hit."""
        if hit.point is not None:
            self._go_before(self._change(hit.point, hit))
            return Stop(Why.WATCHPOINT, hit.point)
        self.go(Moment(hit.count))
        for extra in range(EXTRA_MAX):
            if self.machine.register(EIP) == hit.address:
                self._extra = extra
                return Stop(Why.BREAKPOINT)
            self._step()
        raise EmulatorError("the machine did not come back to the breakpoint")

    def _change(self, point: Point, hit: _Hit) -> int:
        """The number of instructions after which memory has changed, which happened before a stop.

        Nearly always it is the last instruction before the stop.
        """
        if point.kind != 2:
            return hit.count
        after = self._content_at(hit.count, point)
        low, high, middle = hit.since, hit.count, hit.count - 1
        while high - low > 1:
            if self._content_at(middle, point) == after:
                high = middle
            else:
                low = middle
            middle = (low + high) // 2
        return high

    def _content_at(self, count: int, point: Point) -> Optional[bytes]:
        self._seek(count)
        return self.machine.read(point.address, point.size)

    def _go_before(self, count: int) -> None:
        """Go to the last moment before an instruction is over."""
        self.go(Moment(count - 1))
        extra = -1
        while self._count < count:
            self._step()
            extra += 1
        self.go(Moment(count - 1, extra))

    # ---- what is watched ----

    def _contents(self, points: Collection[Point]) -> Dict[Point, Optional[bytes]]:
        """What is in the memory whose changes are watched."""
        written = [point for point in points if point.kind == 2]
        return {point: self.machine.read(point.address, point.size) for point in written}

    def _changed(self, point: Point, contents: Dict[Point, Optional[bytes]]) -> bool:
        """Whether a hit is one; the contents are brought up to date."""
        if point.kind != 2:
            return True
        before = contents[point]
        contents[point] = self.machine.read(point.address, point.size)
        return contents[point] != before

    def _changes(
        self, point: Optional[Point], contents: Dict[Point, Optional[bytes]]
    ) -> List[Point]:
        """Which watched points were hit at this stop, for which QEMU may name one or none."""
        other = [point] if point is not None and point.kind != 2 else []
        return other + [known for known in list(contents) if self._changed(known, contents)]


def _watchpoint(reply: str, points: Collection[Point]) -> Optional[Point]:
    """The watchpoint that a stop reply names."""
    found = re.search(r"watch:([0-9a-f]+);", reply)
    if found is None:
        return None
    address = int(found.group(1), 16)
    fitting = [p for p in points if p.watches and p.address <= address < p.address + p.size]
    return fitting[0] if fitting else None
