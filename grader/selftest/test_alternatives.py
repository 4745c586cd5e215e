"""Correct solutions that differ from the reference must get full marks."""

from __future__ import annotations

import os
import unittest

from kit import ROOT

from cairn_grader.catalogue import load_lab
from cairn_grader.mutants import load_alternatives
from cairn_grader.workshop import Workshop, check_alternatives

ORDER = 6
LIMIT = 1500

FOLDERS = (ROOT / "grader" / "alternatives").glob("lab*")
LABS = sorted(int(path.name[len("lab") :]) for path in FOLDERS)


class Alternatives(unittest.TestCase):
    """The alternatives of all labs."""

    def test_full_marks(self) -> None:
        """Each passes all tests of its lab, with nothing that would look tampered with."""
        for number in LABS:
            lab = load_lab(ROOT, number)
            alternatives = load_alternatives(ROOT, number)
            with Workshop(ROOT, lab, os.cpu_count() or 1, audited=True) as workshop:
                for alternative, failures in check_alternatives(workshop, lab, alternatives):
                    with self.subTest(f"lab{number} {alternative.name}"):
                        self.assertEqual(failures, [])

    def test_explained(self) -> None:
        """Each file says at its top what is different."""
        for number in LABS:
            for alternative in load_alternatives(ROOT, number):
                for name, text in alternative.own_files.items():
                    words = text[: text.index("*/")]
                    self.assertIn("Alternative for lab", words, f"{alternative.name}/{name}")


if __name__ == "__main__":
    unittest.main()
