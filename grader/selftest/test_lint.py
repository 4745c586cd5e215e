"""Runs scripts/lint.sh and tests the rules of scripts/style.py on files written to break them."""

from __future__ import annotations

import re
import sys
import unittest
from typing import Dict

from kit import ROOT, KitTest, run

ORDER = 1
LIMIT = 1200

HEADER = """\
/**
 * @file
 * What it is for.
 *
 * It owns no state. A caller calls it.
 */
"""


class Lint(unittest.TestCase):
    """One part for each line that lint.sh prints."""

    def test_lint(self) -> None:
        done = run("sh", ROOT / "scripts/lint.sh", timeout=1150)
        checks = re.split(r"^(?=(?:ok|WRONG|skip) )", done.stdout, flags=re.MULTILINE)
        self.assertGreater(len(checks), 20, done.stdout + done.stderr)
        for check in filter(None, checks):
            line, _, details = check.partition("\n")
            verdict, text = line.split(None, 1)
            with self.subTest(text.split(" - ")[0]):
                if verdict == "skip":
                    self.skipTest(text.split(" - ")[1])
                if verdict != "ok":
                    self.fail(f"{text.split(' - ')[1]}\n{details}")
        with self.subTest("exit status"):
            self.assertEqual(done.returncode, 1 if "\nWRONG" in "\n" + done.stdout else 0)


class Table(KitTest):
    """docs/style.md shows what the tree measures."""

    #: A figure may be off by this share, so that not every change of the code changes the page.
    TOLERANCE = 0.1

    def test_table(self) -> None:
        done = self.must_succeed(sys.executable, ROOT / "scripts/style.py", "--table")
        page = (ROOT / "docs/style.md").read_text(encoding="utf-8")
        shown = {line.split("|")[1]: line for line in page.splitlines() if line.startswith("| ")}
        measured = [line for line in done.stdout.splitlines() if line.startswith("| ")]
        self.assertEqual(len(shown), len(measured))
        for line in measured:
            with self.subTest(line.split("|")[1].strip()):
                self.must_be_near(line, shown[line.split("|")[1]])

    def must_be_near(self, measured: str, shown: str) -> None:
        """Two rows with the same words, and figures that differ by little."""
        number = re.compile(r"\d[\d,.]*")
        self.assertEqual(number.sub("N", measured), number.sub("N", shown))
        for actual, told in zip(number.findall(measured), number.findall(shown)):
            value, claim = (float(text.replace(",", "")) for text in (actual, told))
            self.assertLessEqual(
                abs(value - claim),
                max(self.TOLERANCE * value, 1),
                f"type: python3 scripts/style.py --table\n{measured}\n{shown}",
            )


class Style(KitTest):
    """Each test writes a small tree that breaks one rule."""

    def verdicts(self, files: Dict[str, str]) -> Dict[str, str]:
        """The lines that style.py prints, by rule, with the places that break it."""
        files = {"src/kernel/good.c": HEADER + "int x;\n", **files}
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = run(sys.executable, ROOT / "scripts/style.py", "--root", self.folder)
        self.assertEqual(done.stderr, "")
        checks = re.split(r"^(?=ok |WRONG )", done.stdout, flags=re.MULTILINE)
        return {check.split(None, 1)[1].split(" - ")[0]: check for check in filter(None, checks)}

    def breaks(self, rule: str, place: str, files: Dict[str, str]) -> None:
        """The tree must break this rule at this place."""
        verdict = self.verdicts(files)[rule]
        self.assertTrue(verdict.startswith("WRONG"), verdict)
        self.assertIn(place, verdict)

    def keeps(self, rule: str, files: Dict[str, str]) -> str:
        """The tree must keep this rule; the line about it."""
        verdict = self.verdicts(files)[rule]
        self.assertTrue(verdict.startswith("ok"), verdict)
        return verdict

    def test_function_lengths(self) -> None:
        def function(lines: int) -> str:
            """A function of so many lines."""
            return "int f(int a,\n      int b)\n{\n" + "    a++;\n" * (lines - 4) + "}\n"

        rule = "functions: none over 80 lines"
        comment = "    /* A comment\n     * is no code. */\n\n"
        fits = HEADER + function(80).replace("{\n", "{\n" + comment)
        self.assertIn("longest 80", self.keeps(rule, {"src/a.c": fits}))
        self.breaks(rule, "src/a.c:7: f has 81 lines", {"src/a.c": HEADER + function(81)})

    def test_function_median(self) -> None:
        text = HEADER + "int f(void)\n{\n" + "    x++;\n" * 13 + "}\n"
        self.breaks("functions: median of at most 15 lines", "median 16", {"src/a.c": text})

    def test_nesting(self) -> None:
        rule = "nesting: at most 3"
        three = "void f(void)\n{\n    if (a) {\n        for (;;)\n while (b) {\n c(); }\n }\n"
        chain = three + "    else if (x) {\n        do { if (y) { z(); } } while (q);\n    }\n"
        case = "    switch (a) {\n    case 1: { int v = 2; g(v); }\n    default: break;\n    }\n"
        text = HEADER + chain + case + "    s = (struct s){.x = {1, {2, {3, {4}}}}};\n}\n"
        self.assertIn("deepest 3", self.keeps(rule, {"src/a.c": text}))
        four = text.replace(" c(); ", " if (d) c(); ")
        self.breaks(rule, "src/a.c:7: f is nested 4 deep", {"src/a.c": four})

    def test_file_length(self) -> None:
        text = HEADER + "int a;\n" * 451
        self.breaks("files: at most 450 lines of code", "src/a.c: 451 lines", {"src/a.c": text})

    def test_opening_comment(self) -> None:
        rule = "opening comments: at least 3 sentences"
        short = HEADER.replace(" A caller calls it.", "")
        self.breaks(rule, "src/a.c: 2 sentences", {"src/a.c": short + "int x;\n"})

    def test_assembly_outside_x86(self) -> None:
        rule = "assembly and ports: only in the x86 folders"
        text = 'void f(void)\n{\n    __asm__ volatile("hlt");\n}\n'
        for folder in ("kernel", "user"):
            self.keeps(rule, {f"src/{folder}/x86/a.c": HEADER + text})
        self.breaks(rule, "src/a.c:9: __asm__", {"src/a.c": HEADER + text})

    def test_assembly_files(self) -> None:
        rule = "assembly and ports: only in the x86 folders"
        text = HEADER + "        ret\n"
        self.keeps(rule, {"src/user/x86/a.S": text, "solutions/lab2-processes/switch.S": text})
        self.breaks(rule, "src/user/lib/a.S: an assembly file", {"src/user/lib/a.S": text})

    def test_ports_outside_x86(self) -> None:
        rule = "assembly and ports: only in the x86 folders"
        text = HEADER + '#include "kernel/x86/io.h" // ports\n'
        self.breaks(rule, "src/a.c:7: ", {"src/a.c": text})
        self.keeps(rule, {"src/a.c": HEADER + '/* As "kernel/x86/io.h" and asm. */\n'})

    def test_include_cycle(self) -> None:
        files = {
            "src/a.h": HEADER + '#include "b.h"\n',
            "src/b.h": HEADER + '#include "c.h"\n',
            "src/c.h": HEADER + '#include "a.h"\n',
        }
        self.breaks("includes: no cycles", "src/a.h -> src/b.h -> src/c.h -> src/a.h", files)

    def test_include_depth(self) -> None:
        files = {f"src/h{n}.h": HEADER + f'#include "h{n + 1}.h"\n' for n in range(10)}
        files["src/h10.h"] = HEADER
        self.breaks("includes: at most 9 deep", "src/h0.h: 10 deep", files)

    def test_own_header_first(self) -> None:
        rule = "includes: a file's own header comes first"
        files = {"src/a.h": HEADER, "src/b.h": HEADER}
        files["src/a.c"] = HEADER + '#include "b.h"\n#include "a.h"\n'
        self.breaks(rule, "src/a.c: src/a.h is not its first include", files)

    def test_assertion_density(self) -> None:
        rule = "assertions: at least 20 per 1,000 lines of the kernel"
        code = "int a;\n" * 97 + "_Static_assert(1, x);\n"
        self.keeps(rule, {"src/a.c": HEADER + code + "void f() { assert(a); }\n"})
        self.breaks(rule, "1 assertions in 99 lines", {"src/a.c": HEADER + code})

    def test_leftovers(self) -> None:
        rule = "leftovers: no TO" "DO, no blank at the end of a line"
        self.breaks(rule, "src/a.c:7: " + "TO" "DO", {"src/a.c": HEADER + "// TO" "DO\n"})
        self.breaks(rule, "src/a.c:7: the line ends in a blank", {"src/a.c": HEADER + "int x; \n"})

    def test_python(self) -> None:
        text = '"""A module."""\nmatch x:\n    case 1: pass\n'
        self.breaks("Python: the syntax of 3.9", "grader/a.py:3", {"grader/a.py": text})
        text = '"""A module."""\ndef f(a, b: int):\n    "d"\n'
        types = "grader/a.py:2: f: no type for a, its result"
        self.breaks("Python: types on every function", types, {"grader/a.py": text})
        text = "def f() -> int:\n    return 1\n"
        self.breaks("Python: docstrings", "grader/a.py: no docstring", {"grader/a.py": text})
        self.breaks("Python: docstrings", "grader/a.py:1: f has no", {"grader/a.py": text})

    def test_shell(self) -> None:
        files = {"scripts/a.sh": "#!/bin/sh\nset -eu\n"}
        self.breaks("shell: an opening comment", "scripts/a.sh:2: no comment", files)


if __name__ == "__main__":
    unittest.main()
