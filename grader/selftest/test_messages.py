"""Failures as students read them: the same form for every kind, and texts that stand alone."""

from __future__ import annotations

import ast
import re
import unittest
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

from grader_kit import GraderTest
from kit import ROOT, need
from test_grader_report import beginnings

from cairn_grader.catalogue import Lab, lab_numbers, load_lab
from cairn_grader.findings import Finding
from cairn_grader.grading import Request, Result
from cairn_grader.mutants import load_mutants, select
from cairn_grader.places import Where, written_functions
from cairn_grader.programs import explained
from cairn_grader.report import Style
from cairn_grader.report_text import to_text
from cairn_grader.workshop import Workshop

ORDER = 12
LIMIT = 1200

LABS = [load_lab(ROOT, number) for number in lab_numbers(ROOT)]
#: A check and its arguments, as far as the text that says what must hold.
CHECK = re.compile(r"\b(?:SUPPORT_)?(?:EXPECT|REQUIRE)(?:_[A-Z]+)?\(")
#: The last argument, if it is a text; it may have several pieces.
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*\s*\Z')
#: Words with which a sentence leans on the one before it, which nobody sees.
LEANING = re.compile(r"\A(?:it|its|they|their|he|his|and|so|nor|then|which|also|but|by|again)\b")
#: Mutants of lab 1 that fail in different ways, with the first line of each.
MUTANTS = {
    "frame-release-double-free-ignored": r"a second release is noticed \(MISUSE_DOUBLE_FREE\); got",
    "frame-release-not-poisoned": r"a frame is poisoned when it becomes free .*; got: the word 0x",
    "heap-realloc-null": r"the test comes to its end; got: panic: misuse of memory",
    "region-add-not-sorted": r"the regions are sorted by their starts; got: that does not hold",
}


def sources(lab: Lab) -> List[Path]:
    """The files with the in-kernel tests of a lab."""
    folder = ROOT / "grader" / "tests" / f"lab{lab.number}"
    return [path for path in sorted(folder.glob("**/*.c")) if path.parent.name != "programs"]


def arguments(text: str, start: int) -> str:
    """What stands between the parentheses that open just before `start`."""
    depth, place = 1, start
    while depth:
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        place += 1
    return text[start : place - 1]


def check_texts(path: Path) -> Iterator[Tuple[int, str]]:
    """The words of each check in a file of tests in C, with their lines."""
    text = path.read_text(encoding="ascii")
    for match in CHECK.finditer(text):
        found = TEXT.search(arguments(text, match.end()))
        if found is not None:
            pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', found.group(0))
            yield text.count("\n", 0, match.start()) + 1, "".join(pieces)


def inspection_texts(path: Path) -> Iterator[Tuple[int, str]]:
    """The words of each check in a file of inspections or judges."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            what = node.args[0]
            if name in ("holds", "equal", "Check", "_none") and isinstance(what, ast.Constant):
                yield node.lineno, str(what.value)


class Texts(unittest.TestCase):
    """What the tests say of themselves."""

    def test_checks_stand_alone(self) -> None:
        """Each says in words what must hold, and can be read without the check before it."""
        count = 0
        wrong: List[str] = []
        for lab in LABS:
            judges = sorted((ROOT / "grader" / "tests" / f"lab{lab.number}").glob("*.py"))
            found = [(path, row) for path in sources(lab) for row in check_texts(path)]
            found += [(path, row) for path in judges for row in inspection_texts(path)]
            for path, (line, text) in found:
                count += 1
                alone = len(text.split()) > 1 and LEANING.match(text) is None
                if not alone or re.search(r"==|!=|->|&&", text):
                    wrong.append(f"{path.relative_to(ROOT)}:{line}: {text}")
        self.assertEqual(wrong, [], "whoever reads these sees no other check, and no C")
        self.assertGreater(count, 1000)

    def test_catalogues(self) -> None:
        """Each test says what it tests and where to look: in files and headers that there are."""
        for lab in LABS:
            where = Where(ROOT, lab, lambda path: path)
            for test in lab.tests:
                self.assertNotEqual(test.title, "", test.name)
                told = where.look_at(test, Finding("this", "that"))
                place, *more = told.split("; ")
                parts = dict(part.split(": ", 1) for part in more)
                self.assertRegex(" ".join(parts), r"\Ahandout( of lab \d)? contract\Z", told)
                for path in (place.rpartition(" in ")[2], parts["contract"]):
                    self.assertTrue((ROOT / path).is_file(), told)

    def test_functions(self) -> None:
        """The functions that tests are about are those that students write."""
        known = written_functions(ROOT)
        self.assertGreater(len(known), 60)
        for lab in LABS:
            for test in lab.tests:
                for name in test.about:
                    self.assertIn(name, known, test.name)

    def test_program_checks(self) -> None:
        """A check that failed in a program is told in its own words."""
        finding = Finding("exit with code 0", "exit with code 30", "it works", program="args.c:12")
        source = ROOT / "grader" / "tests" / "lab2" / "programs" / "args.c"
        lines = source.read_text(encoding="ascii").splitlines()
        number = next(n for n, line in enumerate(lines, 1) if "CHECK(argv[argc] == NULL)" in line)
        comment = "the end of the environment, which is empty"
        for line, told in (
            (number, "fails: argv[argc] == NULL"),
            (number + 1, f"fails: {comment}: argv[argc + 1] == NULL"),
        ):
            named = Finding(finding.expected, finding.actual, "it works", program=f"args.c:{line}")
            found = explained(named, ROOT, "lab2").actual
            self.assertEqual(found, f"its check at {source.relative_to(ROOT)}:{line} {told}")
        for unknown in ("", "nothing.c:7", "../../x.c:1"):
            named = Finding("a", "b", "it works", program=unknown)
            self.assertEqual(explained(named, ROOT, "lab2").actual, "b")


class EveryEnd(GraderTest):
    """A kit whose tests end in every way in which a test can end."""

    @need("qemu-system-i386")
    def test_form(self) -> None:
        """Every failure begins with its three lines, and nothing comes before the first."""
        done = self.must_end_with(1, *self.command("--ref"), cwd=self.kit, timeout=LIMIT)
        lines = done.stdout.splitlines()
        tests = {line.split()[1] for line in lines if line.startswith("  test:    t_")}
        self.assertEqual(beginnings(done.stdout), sum(line.startswith("FAILED") for line in lines))
        for name in ("parts", "require", "inspect_bad", "inspect_never", "panic", "fault", "loop",
                     "halt", "triple", "early", "forged"):  # fmt: skip
            self.assertIn(f"t_{name}", tests)


class Mutants(unittest.TestCase):
    """Some of the mutants, as their students would see them fail."""

    @need("qemu-system-i386")
    def test_form(self) -> None:
        """What was expected and what happened; the file in which the mistake is; the command."""
        lab = LABS[0]
        chosen = select(load_mutants(ROOT, lab.number), list(MUTANTS))
        told: Dict[str, str] = {}
        with Workshop(ROOT, lab, 1) as workshop:
            for mutant in chosen:
                tests = workshop.test(mutant, [lab.test(mutant.test)])
                request = Request(ROOT, lab, Path("labs"), Path("build"))
                text = to_text(Result(request, tests), Style())
                told[mutant.name] = text
                with self.subTest(mutant.name):
                    self.assertEqual(beginnings(text), 1)
                    first, look_at, run = text.splitlines()[:3]
                    self.assertRegex(first, MUTANTS[mutant.name])
                    self.assertIn(Path(mutant.patch.file).name, look_at)
                    self.assertEqual(run, f"  run:     make run-{mutant.test} LAB=1")


if __name__ == "__main__":
    unittest.main()
