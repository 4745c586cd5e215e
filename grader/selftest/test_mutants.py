"""Every mutant of a solution must fail the test that is recorded as catching it."""

from __future__ import annotations

import os
import unittest
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Dict

from kit import ROOT, KitTest, need
from test_grader_report import beginnings

from cairn_grader import patches
from cairn_grader.catalogue import load_lab
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, Result, TestResult, build_image
from cairn_grader.mutants import Mutant, load_mutants, load_reference, select, solution_folder
from cairn_grader.report import Style
from cairn_grader.report_text import to_text
from cairn_grader.shortcut import Shortcut
from cairn_grader.verdict import Kind
from cairn_grader.workshop import Workshop, check_mutants, verdict_of

ORDER = 5
LIMIT = 1500

LABS = sorted(int(path.name[len("lab") :]) for path in (ROOT / "grader" / "mutants").glob("lab*"))
JOBS = os.cpu_count() or 1

#: By lab; all tests share them, so that the kernel is built once for each worker.
WORKSHOPS: Dict[int, Workshop] = {}
CLEANUP = ExitStack()

TEXT = "one\ntwo\nthree\ntwo\nfour\n"
HEADER = "Two is forgotten.\n--- a/numbers\n+++ b/numbers\n"


def setUpModule() -> None:  # noqa: N802 (unittest's name)
    """Open the workshops."""
    for number in LABS:
        WORKSHOPS[number] = CLEANUP.enter_context(Workshop(ROOT, load_lab(ROOT, number), JOBS))


def tearDownModule() -> None:  # noqa: N802 (unittest's name)
    """Close them."""
    CLEANUP.close()


def how_told(request: Request, result: TestResult) -> str:
    """What is wrong with the way in which a failure is told; empty if nothing is."""
    if verdict_of(result).kind is Kind.PANIC:
        return ""  # Its names are wrong in an image that was built by a shortcut.
    text = to_text(Result(request, [result]), Style())
    try:
        return "" if beginnings(text) == 1 else f"told more than once: {text}"
    except AssertionError:
        return f"told badly: {text}"


class Recorded(unittest.TestCase):
    """The mutants of all labs."""

    def test_caught(self) -> None:
        """Each is caught by its test, whose failure is told as every failure is."""
        for number in LABS:
            lab = load_lab(ROOT, number)
            mutants = load_mutants(ROOT, number)
            look = partial(how_told, Request(ROOT, lab, Path("labs"), Path("build")))
            for mutant, problem in check_mutants(WORKSHOPS[number], lab, mutants, look):
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

    def test_every_file(self) -> None:
        """Each file of a solution can hold a mutant, one of assembly as well."""
        for number in LABS:
            names = {path.name for path in solution_folder(ROOT, number).glob("*.*")}
            self.assertEqual(set(load_reference(ROOT, number)), names)

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

    def mutant(self, old: str, new: str) -> Mutant:
        """A mutant that replaces lines of the first lab's first file."""
        lab = load_lab(ROOT, LABS[0])
        file = next(iter(load_reference(ROOT, LABS[0])))
        hunk = patches.Hunk(1, old.splitlines(), new.splitlines())
        patch = patches.Patch("It is changed.", f"solutions/{file}", (hunk,))
        return Mutant("changed", lab.exercises[0].name, lab.tests[0].name, patch)

    def test_useless_mutants(self) -> None:
        """One that does not apply, one that does not compile, and one that is no mutant."""
        text = next(iter(load_reference(ROOT, LABS[0]).values()))
        start = "".join(text.splitlines(keepends=True)[:3])
        mutants = [
            self.mutant("no such line", ""),
            self.mutant(start, "#error on purpose\n" + start),
            self.mutant(start, "/* harmless */\n" + start),
        ]
        lab = load_lab(ROOT, LABS[0])
        outcomes = check_mutants(WORKSHOPS[LABS[0]], lab, mutants)
        found = [problem for _, problem in outcomes]
        self.assertRegex(found[0], "fits nowhere")
        self.assertRegex(found[1], "does not compile: .*on purpose")
        self.assertRegex(found[2], "passes, though it is recorded as catching it")

    def test_no_test(self) -> None:
        """One for which no test is recorded."""
        lab = load_lab(ROOT, LABS[0])
        mutant = replace(load_mutants(ROOT, LABS[0])[0], test="-")
        for _, problem in check_mutants(WORKSHOPS[LABS[0]], lab, [mutant]):
            self.assertRegex(problem, "--record")


class Shortcuts(KitTest):
    """Building a variant by make's commands gives what make gives."""

    def code(self, kernel: Path) -> bytes:
        """The machine code of a kernel."""
        self.must_succeed("objcopy", "-O", "binary", "-j", ".text", kernel, self.folder / "code")
        return (self.folder / "code").read_bytes()

    @need("gcc", "objcopy")
    def test_same_code(self) -> None:
        """The code of a mutant is the same, and not that of the reference."""
        number, folder = LABS[0], solution_folder(ROOT, LABS[0]).name
        lab, reference = load_lab(ROOT, number), load_reference(ROOT, number)
        build, submission = self.folder / "build", self.folder / "labs"
        shortcut = Shortcut(ROOT, lab, build, "", folder)
        mutant = load_mutants(ROOT, number)[0].files(reference)
        self.assertIsNone(shortcut.build(mutant), "nobody has built anything")
        kernels = []
        (submission / folder).mkdir(parents=True)
        for name, files in (("reference", reference), ("mutant", mutant)):
            (self.folder / name).mkdir()
            for file, text in files.items():
                (submission / folder / file).write_text(text, encoding="utf-8")
            image = build_image(Request(ROOT, lab, submission, build), self.folder / name)
            kernels.append(self.code(image.kernel))
            shortcut.learn(files)
        self.assertNotEqual(*kernels)
        for files, expected in ((reference, kernels[0]), (mutant, kernels[1])):
            kernel = shortcut.build(files)
            assert kernel is not None
            self.assertEqual(self.code(kernel), expected)


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
