"""Correct solutions that differ from the reference must get full marks."""

from __future__ import annotations

import os
import unittest
from functools import partial
from typing import Sequence

from kit import ROOT

from cairn_grader.catalogue import Lab, Test, load_lab
from cairn_grader.mutants import Alternative, load_alternatives
from cairn_grader.workshop import Workshop, check_alternatives

ORDER = 6
LIMIT = 1500

FOLDERS = (ROOT / "grader" / "alternatives").glob("lab*")
LABS = sorted(int(path.name[len("lab") :]) for path in FOLDERS)
#: Of the tests of exercises that an alternative leaves to the reference, one in so many is run.
SHARE = 3


def concerned(lab: Lab, alternatives: Sequence[Alternative], one: Alternative) -> Sequence[Test]:
    """All tests of the exercises whose files an alternative replaces, and its share of the others.

    Neighbours have different shares. The whole, which takes twice as long, is
    `grader/mutate --lab N --alternatives`.
    """
    first = alternatives.index(one) % SHARE
    own = {exercise.name for exercise in lab.exercises if exercise.file in one.own_files}
    others = [test for test in lab.tests if test.exercise not in own][first::SHARE]
    return [test for test in lab.tests if test.exercise in own or test in others]


class Alternatives(unittest.TestCase):
    """The alternatives of all labs."""

    def test_full_marks(self) -> None:
        """Each passes the tests that it concerns, with nothing that would look tampered with."""
        for number in LABS:
            lab = load_lab(ROOT, number)
            alternatives = load_alternatives(ROOT, number)
            choose = partial(concerned, lab, alternatives)
            with Workshop(ROOT, lab, os.cpu_count() or 1, audited=True) as workshop:
                outcomes = check_alternatives(workshop, lab, alternatives, choose)
                for alternative, failures in outcomes:
                    with self.subTest(f"lab{number} {alternative.name}"):
                        self.assertEqual(failures, [])

    def test_all_tests_are_run(self) -> None:
        """Each test of a lab is run by two alternatives at least."""
        for number in LABS:
            lab, found = load_lab(ROOT, number), load_alternatives(ROOT, number)
            run = [test.name for one in found for test in concerned(lab, found, one)]
            for test in lab.tests:
                self.assertGreaterEqual(run.count(test.name), 2, test.name)

    def test_explained(self) -> None:
        """Each file says at its top what is different."""
        for number in LABS:
            for alternative in load_alternatives(ROOT, number):
                for name, text in alternative.own_files.items():
                    words = text[: text.index("*/")]
                    self.assertIn("Alternative for lab", words, f"{alternative.name}/{name}")


if __name__ == "__main__":
    unittest.main()
