"""What is counted over a class: points, exercises, and the tests that fail most.

Whoever handed in nothing counts nowhere. A submission that is not built counts with its points,
but not for the tests: all of them would fail, and say nothing about the tests.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Sequence, Tuple

from cairn_grader.formats.document import Document, Exercise, Test
from cairn_grader.pages.standing import Standing, standing

#: Most bars of the distribution, without the one for full marks.
BARS = 12
#: The verdict on a test of an exercise that is not written yet.
UNDONE = "missing_exercise"


@dataclass
class Bar:
    """The submissions with points from `low` to less than `high`; full marks have their own."""

    low: float
    high: float
    full: bool = False
    built: int = 0
    unbuilt: int = 0

    @property
    def count(self) -> int:
        """All of them."""
        return self.built + self.unbuilt


@dataclass
class Failing:
    """A test, and the submissions that fail it."""

    test: Test
    #: How many submissions were built and had this test.
    runs: int = 0
    #: Their places in the sequence of documents.
    failed: List[int] = field(default_factory=list)
    #: How many of them have not written the exercise yet.
    undone: int = 0


@dataclass(frozen=True)
class Share:
    """What a class earned in an exercise."""

    exercise: Exercise
    mean: float

    @property
    def share(self) -> float:
        """From 0 to 1."""
        most = self.exercise.max_points
        return self.mean / most if most else 0.0


def handed_in(documents: Iterable[Document]) -> List[Document]:
    """The documents of those who handed in something."""
    return [one for one in documents if standing(one) is not Standing.ABSENT]


def most_points(documents: Iterable[Document]) -> float:
    """What can be earned."""
    return max((document.max_points for document in documents), default=0)


def middle(documents: Sequence[Document]) -> Tuple[float, float]:
    """Median and mean of the points; 0 where there is no document."""
    points = [document.points for document in documents] or [0.0]
    return statistics.median(points), math.fsum(points) / len(points)


def distribution(documents: Sequence[Document]) -> List[Bar]:
    """How many submissions have how many points."""
    most = most_points(documents)
    step = bar_width(most)
    bars = [
        Bar(number * step, min((number + 1) * step, most))
        for number in range(max(1, math.ceil(most / step)))
    ]
    full = Bar(most, most, full=True)
    for document in documents:
        number = min(int(document.points / step), len(bars) - 1)
        bar = full if document.passed else bars[number]
        bar.built += not document.build_errors
        bar.unbuilt += bool(document.build_errors)
    return bars + [full]


def bar_width(most: float) -> float:
    """Points of a bar: 1, 2 or 5 times a power of ten, and no more than BARS bars."""
    power = 0.1
    while True:
        for step in (power, 2 * power, 5 * power):
            if most <= BARS * step:
                return round(step, 3)
        power *= 10


def shares(documents: Sequence[Document]) -> List[Share]:
    """The mean points of each exercise, in the order of the lab."""
    found: Dict[str, List[Exercise]] = {}
    for document in documents:
        for exercise in document.exercises:
            found.setdefault(exercise.name, []).append(exercise)
    return [
        Share(rows[0], math.fsum(row.points for row in rows) / len(rows))
        for rows in found.values()
    ]


def failing(documents: Sequence[Document]) -> List[Failing]:
    """The tests that somebody fails, the one that fails most first."""
    found: Dict[str, Failing] = {}
    for place, document in enumerate(documents):
        for test in document.tests if not document.build_errors else ():
            row = found.setdefault(test.name, Failing(test))
            row.runs += 1
            if not test.passed:
                row.failed.append(place)
                row.undone += all(o.verdict == UNDONE for o in test.failed_outcomes)
    rows = [row for row in found.values() if row.failed]
    return sorted(rows, key=lambda row: (-len(row.failed), row.undone))
