"""Boots that speak for others: where an exercise is not done yet, many tests end at the same place.

A kernel runs a test when its start has come as far as the test's milestone. If it ends on the way,
at an exercise that is not done, all tests of that milestone end like that on the same machine. So
the first of them is booted, the scout, and the others wait for what it finds. What is booted does
not depend on how many run at once, and a kernel that does something else for another test loses
points at most.

Source: struct ktest in src/kernel/ktest.h.
"""

from __future__ import annotations

import struct
from typing import Dict, Hashable, List, Sequence, Tuple

from cairn_grader.elf import Elf
from cairn_grader.run import End, Run

#: A struct ktest: the address of a name, a milestone, a function.
ENTRY = struct.Struct("<III")
NAME_MAX = 64


def milestones(elf: Elf) -> Dict[str, int]:
    """Of each test in a kernel the milestone at which it runs; none if the table is not there."""
    start, stop = (elf.symbols.get(f"__{end}_ktests", 0) for end in ("start", "stop"))
    found: Dict[str, int] = {}
    for address in range(start, stop - ENTRY.size + 1, ENTRY.size):
        name, milestone, _ = ENTRY.unpack(elf.read(address, ENTRY.size).ljust(ENTRY.size, b"\0"))
        found[elf.read(name, NAME_MAX).split(b"\0")[0].decode("latin-1")] = milestone
    return found


def ended_before_its_test(run: Run) -> bool:
    """Whether a run ended at an exercise that is not done, on its way to the first test."""
    stopped = run.end is End.POWER_OFF and run.trace.first("todo") is not None
    return stopped and run.trace.first("test.begin") is None


def choose(places: Sequence[Hashable]) -> Tuple[List[int], Dict[int, int]]:
    """The order in which to start jobs, and of each job that waits for another, that one.

    Jobs at the same place, which None is not, are alike. Jobs are given by their numbers.
    """
    first: Dict[Hashable, int] = {}
    waits: Dict[int, int] = {}
    for number, place in enumerate(places):
        if place is not None and first.setdefault(place, number) != number:
            waits[number] = first[place]
    order = [number for number in range(len(places)) if number not in waits]
    return order + sorted(waits), waits
