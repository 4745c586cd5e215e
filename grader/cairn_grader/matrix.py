"""Every mutant against every test: what the tests are worth.

The matrix shows which tests catch which mutants, which mutants survive, and which tests catch
nothing. From it the test that is recorded for a mutant is chosen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, Iterator, List, Sequence, Tuple, Union

from cairn_grader.catalogue import Lab, Test
from cairn_grader.grading import TestResult
from cairn_grader.mutants import Mutant, write_table
from cairn_grader.verdict import Kind
from cairn_grader.workshop import CannotBuild, Workshop, catches, verdict_of

PASSED = "."


class Matrix:
    """The outcomes of tests for mutants, filled mutant by mutant."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        #: By mutant, then by test: PASSED or the kind of failure.
        self.cells: Dict[str, Dict[str, str]] = {}
        self._catchers: Dict[str, List[TestResult]] = {}

    def add(self, mutant: Mutant, results: Sequence[TestResult]) -> None:
        """Enter what all tests said about a mutant."""
        self.cells[mutant.name] = {
            result.test.name: PASSED if result.passed else verdict_of(result).kind.value
            for result in results
        }
        self._catchers[mutant.name] = [result for result in results if catches(result)]

    def catchers(self, mutant: Mutant) -> List[str]:
        """The tests that catch a mutant."""
        return [result.test.name for result in self._catchers[mutant.name]]

    def caught_by(self, test: Test) -> List[str]:
        """The mutants that a test catches."""
        return [
            name
            for name, results in self._catchers.items()
            if any(result.test.name == test.name for result in results)
        ]

    def best_tests(self, mutants: Sequence[Mutant]) -> Dict[str, str]:
        """The tests to record, by mutant; mutants that survive are left out."""
        best: Dict[str, str] = {}
        for mutant in mutants:
            catchers = self._catchers.get(mutant.name, [])
            if catchers:
                best[mutant.name] = min(catchers, key=self._badness(mutant)).test.name
        return best

    def _badness(
        self, mutant: Mutant
    ) -> Callable[[TestResult], Tuple[bool, bool, bool, int, int]]:
        """Best is a quick test of the exercise that says what is wrong and catches few others."""
        return lambda result: (
            result.test.exercise != mutant.exercise,
            result.test.hidden,
            verdict_of(result).kind is not Kind.CHECKS,
            result.test.limit,
            len(self.caught_by(result.test)),
        )

    def write(self, path: Path, mutants: Sequence[Mutant]) -> None:
        """Write a line for each mutant and a column for each test."""
        names = [test.name for test in self._lab.tests]
        rows = [
            [mutant.name, mutant.exercise, str(len(self.catchers(mutant)))]
            + [self.cells[mutant.name].get(name, "") for name in names]
            for mutant in mutants
            if mutant.name in self.cells
        ]
        write_table(path, ["mutant", "exercise", "caught_by"] + names, rows)

    def summary(self) -> List[str]:
        """Lines for people: how many mutants each test catches."""
        return [
            f"{len(self.caught_by(test)):4}  {test.exercise}  {test.name}"
            for test in self._lab.tests
        ]


def fill(
    matrix: Matrix, workshop: Workshop, mutants: Sequence[Mutant], tests: Sequence[Test]
) -> Iterator[Tuple[Mutant, str]]:
    """Run tests of all mutants; yields each mutant with what prevented that, if anything."""
    yield from _fill(matrix, workshop, mutants, lambda _mutant: [tests])


def search(
    matrix: Matrix, workshop: Workshop, mutants: Sequence[Mutant], tests: Sequence[Test]
) -> Iterator[Tuple[Mutant, str]]:
    """As fill(), but other exercises' tests only of mutants that pass those of their own."""

    def rounds(mutant: Mutant) -> List[Sequence[Test]]:
        own = [test for test in tests if test.exercise == mutant.exercise]
        return [own, [test for test in tests if test.exercise != mutant.exercise]]

    yield from _fill(matrix, workshop, mutants, rounds)


def _fill(
    matrix: Matrix,
    workshop: Workshop,
    mutants: Sequence[Mutant],
    rounds: Callable[[Mutant], Sequence[Sequence[Test]]],
) -> Iterator[Tuple[Mutant, str]]:
    def run(mutant: Mutant) -> Union[str, List[TestResult]]:
        results: List[TestResult] = []
        try:
            for tests in rounds(mutant):
                if not any(catches(result) for result in results):
                    results += workshop.test(mutant, tests)
        except CannotBuild as error:
            return str(error)
        return results

    for mutant, outcome in workshop.each(mutants, run):
        if isinstance(outcome, str):
            yield mutant, outcome
        else:
            matrix.add(mutant, outcome)
            yield mutant, ""
