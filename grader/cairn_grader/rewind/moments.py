"""Going to any moment of a recorded run.

A moment is known by the number of instructions before it. To reach one, the nearest state that was
kept before it is loaded, and the machine runs from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional

from cairn_grader.errors import EmulatorError
from cairn_grader.rewind.replayer import FIRST_STATE, Replayer, Workplace

#: A state is kept this far before a place that was far from all states, since more will happen near
#: it.
NEARBY = 2_000
NEARBY_STATE = "nearby"
#: Most interrupts and faults that can begin between two instructions.
EXTRA_MAX = 16


@dataclass(frozen=True, order=True)
class Moment:
    """A place in a history.

    `extra` counts the interrupts and faults whose service began after `count` instructions, since
    that takes no instruction.
    """

    count: int
    extra: int = 0


class Interrupted(Exception):
    """The user wants the machine to stop while it is on its way to somewhere."""


class Moments:
    """A machine that stands at a moment of its recorded run, and can be taken to any other."""

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self.machine: Replayer = workplace.replay()
        #: The states that are kept, by the number of instructions before each.
        self._states: Dict[int, str] = {0: FIRST_STATE}
        self._nearby = 0
        self._count = 0
        self._extra: Optional[int] = 0
        #: Number of instructions before the last moment; scan() finds it.
        self.end = 0

    def close(self) -> None:
        """End the machine."""
        self.machine.close()

    def restart(self) -> None:
        """Begin anew with another machine, after this one has ended."""
        interrupted = self.machine.interrupted
        self.machine.close()
        self.machine = self._workplace.replay()
        self.machine.interrupted = interrupted
        self._count, self._extra = 0, 0

    # ---- where it stands ----

    @property
    def count(self) -> int:
        """Number of instructions before this moment."""
        return self._count

    def moment(self) -> Moment:
        """This moment."""
        if self._extra is None:
            state = self.machine.state()
            self._seek(self._count)
            self._extra = self._steps_to(state)
        return Moment(self._count, self._extra)

    def keep(self) -> None:
        """Keep the state at this moment."""
        if self._count not in self._states:
            self.machine.save(f"at{self._count}")
            self._states[self._count] = f"at{self._count}"

    # ---- going to a moment ----

    def go(self, moment: Moment) -> None:
        """Go to a moment."""
        best = self._state_before(moment.count)
        if moment.count - best > 2 * NEARBY:
            self._seek(moment.count - NEARBY)
            self._keep_nearby()
        self._seek(moment.count)
        for _ in range(moment.extra):
            self._step()
        self._extra = moment.extra

    def reload(self, moment: Moment) -> None:
        """Go to the moment at which the machine stood before somebody changed it."""
        self._count, self._extra = self.end + 1, None
        self.go(moment)

    def _seek(self, count: int) -> None:
        """Go to the first moment after so many instructions.

        QEMU stops after that many, but if an interrupt or a fault comes there, perhaps behind its
        beginning. So the last instruction is a single step, after which it always stops at once.
        """
        if count == self._count and self._extra == 0:
            return
        best = self._state_before(count)
        if not best <= self._count < count:
            self.machine.load(self._states[best])
            self._count, self._extra = best, 0 if best == 0 else None
        if count - 1 > self._count:
            self.machine.run((), count - 1)
            self._moved()
            if self._count != count - 1:
                raise Interrupted
        while self._count < count:
            self._step()
        self._extra = 0

    def _state_before(self, count: int) -> int:
        """The last state that was kept from which an instruction leads to this moment."""
        return max((known for known in self._states if known < count), default=0)

    def _keep_nearby(self) -> None:
        """Keep this state in place of the last one that was kept because work was near."""
        if self._states.get(self._nearby) == NEARBY_STATE:
            del self._states[self._nearby]
        if self._count not in self._states:
            self.machine.save(NEARBY_STATE)
            self._nearby = self._count
            self._states[self._count] = NEARBY_STATE

    def arrived(self) -> int:
        """The machine was told to run by somebody else; the number of instructions before it."""
        self._moved()
        return self._count

    def _moved(self) -> None:
        """The machine has run."""
        self._count = self.machine.position()
        self._extra = None

    def _step(self) -> str:
        reply = self.machine.advance()
        self._moved()
        return reply

    def _steps_to(self, state: str) -> int:
        """Go on to a state that comes before the next instruction; the number of steps."""
        for extra in range(EXTRA_MAX):
            if self.machine.state() == state:
                return extra
            self.machine.advance()
        raise EmulatorError("the machine did not come back to where it was")
