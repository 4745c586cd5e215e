"""Every mutant of a solution must fail the test that is recorded as catching it."""

from __future__ import annotations

import os
import unittest
from dataclasses import replace
from typing import List

from kit import ROOT

from cairn_grader import patches
from cairn_grader.catalogue import load_lab
from cairn_grader.errors import GraderError
from cairn_grader.mutants import Mutant, load_mutants, load_reference, select
from cairn_grader.workshop import Workshop, check_mutants

ORDER = 5
LIMIT = 600

LABS = sorted(int(path.name[len("lab") :]) for path in (ROOT / "grader" / "mutants").glob("lab*"))
JOBS = os.cpu_count() or 1

TEXT = "one\ntwo\nthree\ntwo\nfour\n"
HEADER = "Two is forgotten.\n--- a/numbers\n+++ b/numbers\n"


class Recorded(unittest.TestCase):
    """The mutants of all labs."""

    def test_caught(self) -> None:
        """Each is caught by its test."""
        for number in LABS:
            lab = load_lab(ROOT, number)
            with Workshop(ROOT, lab, JOBS) as workshop:
                for mutant, problem in check_mutants(workshop, lab, load_mutants(ROOT, number)):
                    with self.subTest(f"lab{number} {mutant.name}"):
                        self.assertEqual(problem, "", mutant.description)

    def test_every_exercise(self) -> None:
        """Each exercise has mutants, and each mutant an exercise and a sentence."""
        for number in LABS:
            lab = load_lab(ROOT, number)
            mutants = load_mutants(ROOT, number)
            exercises = {exercise.name for exercise in lab.exercises}
            self.assertEqual({mutant.exercise for mutant in mutants}, exercises)
            for mutant in mutants:
                self.assertRegex(mutant.description, r"^\S.*[.]$", mutant.name)

    def test_select(self) -> None:
        """Mutants are chosen by name or by exercise."""
        mutants = load_mutants(ROOT, LABS[0])
        self.assertEqual(select(mutants, [mutants[3].name]), [mutants[3]])
        exercise = mutants[0].exercise
        self.assertTrue(all(mutant.exercise == exercise for mutant in select(mutants, [exercise])))
        with self.assertRaisesRegex(GraderError, "no mutant fits 'nonsense'"):
            select(mutants, ["nonsense"])


class Checker(unittest.TestCase):
    """What the checker says about mutants that are no good."""

    def problems(self, *changes: "tuple[str, str]") -> List[str]:
        """Check mutants that replace a line of the first lab's first file."""
        lab = load_lab(ROOT, LABS[0])
        name, text = next(iter(load_reference(ROOT, LABS[0]).items()))
        mutants = [self.mutant(name, old or text.splitlines()[0], new) for old, new in changes]
        with Workshop(ROOT, lab, JOBS) as workshop:
            return [problem for _, problem in check_mutants(workshop, lab, mutants)]

    def mutant(self, file: str, old: str, new: str) -> Mutant:
        """A mutant that replaces one line."""
        lab = load_lab(ROOT, LABS[0])
        hunk = patches.Hunk(1, [old], new.splitlines())
        patch = patches.Patch("It is changed.", f"solutions/{file}", (hunk,))
        return Mutant("changed", lab.exercises[0].name, lab.tests[0].name, patch)

    def test_useless_mutants(self) -> None:
        """One that does not apply, one that does not compile, and one that is no mutant."""
        found = self.problems(
            ("no such line", ""), ("", "#error on purpose\n/**"), ("", "/* harmless */\n/**")
        )
        self.assertRegex(found[0], "fits nowhere")
        self.assertRegex(found[1], "does not compile: .*on purpose")
        self.assertRegex(found[2], "passes, though it is recorded as catching it")

    def test_no_test(self) -> None:
        """One for which no test is recorded."""
        lab = load_lab(ROOT, LABS[0])
        mutant = replace(load_mutants(ROOT, LABS[0])[0], test="-")
        with Workshop(ROOT, lab, 1) as workshop:
            for _, problem in check_mutants(workshop, lab, [mutant]):
                self.assertRegex(problem, "--record")


class Patches(unittest.TestCase):
    """Applying a patch by its text."""

    def apply(self, hunks: str) -> str:
        """Apply a patch to TEXT."""
        return patches.apply(patches.parse(HEADER + hunks), TEXT)

    def refused(self, words: str, hunks: str) -> None:
        """It must be refused with these words."""
        with self.assertRaisesRegex(patches.PatchError, words):
            self.apply(hunks)

    def test_fits(self) -> None:
        """The lines decide where it fits, not their numbers."""
        self.assertEqual(self.apply("@@ -70,2 +70,1 @@\n one\n-two\n"), "one\nthree\ntwo\nfour\n")
        both = self.apply("@@ -1 +1,2 @@\n one\n+and\n@@ -9 +9 @@\n-four\n+4\n")
        self.assertEqual(both, "one\nand\ntwo\nthree\ntwo\n4\n")

    def test_does_not_fit(self) -> None:
        """It must fit in exactly one place."""
        self.refused("at line 7 fits nowhere in numbers", "@@ -7 +7 @@\n-five\n")
        self.refused("fits in 2 places", "@@ -2 +2 @@\n-two\n")

    def test_not_a_patch(self) -> None:
        """It must be a patch of one file with a sentence before it."""
        self.refused("changes nothing", "")
        self.refused("not a line of a unified diff", "@@ -1 +1 @@\n one\n*two\n")
        for text in ("", HEADER.split("\n", 1)[1], HEADER.replace("b/numbers", "b/letters")):
            with self.assertRaises(patches.PatchError):
                patches.parse(text)


if __name__ == "__main__":
    unittest.main()
