"""The page about mutants says what the files say, and those what tests and mutants there are."""

from __future__ import annotations

import os
import unittest

from kit import ROOT, KitTest, need

from cairn_grader import caught
from cairn_grader.catalogue import lab_numbers, load_lab
from cairn_grader.matrix import Matrix, fill
from cairn_grader.mutant_report import to_markdown
from cairn_grader.mutants import NO_TEST, load_mutants, select
from cairn_grader.workshop import Workshop

ORDER = 25
#: Mutants that are run again, one of each kind of exercise.
AGAIN = ("frame-init-empty-region-reserved", "fault-current-directory")


class Report(unittest.TestCase):
    """Without a machine."""

    def test_page(self) -> None:
        """docs/mutants.md is what grader/mutate --report writes."""
        page = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8")
        self.assertEqual(page, to_markdown(ROOT), "run grader/mutate --report docs/mutants.md")

    def test_files(self) -> None:
        """Each file has exactly the mutants that there are, with tests that there are."""
        for number in lab_numbers(ROOT):
            with self.subTest(lab=number):
                mutants = load_mutants(ROOT, number)
                tests = {test.name for test in load_lab(ROOT, number).tests}
                path = caught.file_of(ROOT, number)
                if path.is_file():
                    names = [line.split("\t")[0] for line in path.read_text().splitlines()[1:]]
                    self.assertEqual(names, sorted(mutant.name for mutant in mutants))
                for name, one in caught.load(ROOT, number, mutants).items():
                    self.assertLessEqual(set(one.tests), tests, name)

    def test_recorded(self) -> None:
        """The recorded test of a mutant is among those that catch it."""
        for number in lab_numbers(ROOT):
            mutants = load_mutants(ROOT, number)
            known = caught.load(ROOT, number, mutants)
            for mutant in mutants:
                if mutant.test != NO_TEST:
                    self.assertIn(mutant.test, known[mutant.name].tests, mutant.name)


class Again(KitTest):
    """With machines."""

    @need("qemu-system-i386", "gcc")
    def test_same(self) -> None:
        """The tests of its exercise catch a mutant just as the file says."""
        lab = load_lab(ROOT, 1)
        mutants = select(load_mutants(ROOT, 1), AGAIN)
        known = caught.load(ROOT, 1, load_mutants(ROOT, 1))
        with Workshop(ROOT, lab, os.cpu_count() or 1) as workshop:
            for mutant in mutants:
                own = [test for test in lab.tests if test.exercise == mutant.exercise]
                matrix = Matrix(lab)
                self.assertEqual(list(fill(matrix, workshop, [mutant], own)), [(mutant, "")])
                expected = {test.name for test in own} & set(known[mutant.name].tests)
                self.assertEqual(set(matrix.catchers(mutant)), expected, mutant.name)
