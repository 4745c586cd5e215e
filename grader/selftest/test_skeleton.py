"""Tests of scripts/skeleton.sh, and that labs/ holds what it generates."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from kit import ROOT, KitTest, run

ORDER = 6

SCRIPT = ROOT / "scripts" / "skeleton.sh"

SOLUTION = """\
/** The file. */
#include "x.h"

/* BEGIN SOLUTION lab1.ex2 */
static int helper(void)
{
    return 1;
}
/* SKELETON
END SOLUTION */

int answer(int x)
{
    /* BEGIN SOLUTION lab1.ex3 */
    if (x) {
        return helper();
    }

    return 0;
    /* SKELETON
    (void)x;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}
"""

SKELETON = """\
/** The file. */
#include "x.h"

int answer(int x)
{
    (void)x;
    exercise_missing("lab1.ex3", __func__);
}
"""

ASSEMBLY = """\
/*
 * void answer(void);
 */
        .globl  answer
answer:
        /* BEGIN SOLUTION lab2.ex2 */
        movl    $42, %eax               /* the answer */

        // a remark
        ret
        /* SKELETON
        // Exercise lab2.ex2: return the answer.
        pushl   $.Lexercise
        call    exercise_missing
        END SOLUTION */
        .size   answer, . - answer
"""

ASSEMBLY_SKELETON = """\
/*
 * void answer(void);
 */
        .globl  answer
answer:
        // Exercise lab2.ex2: return the answer.
        pushl   $.Lexercise
        call    exercise_missing
        .size   answer, . - answer
"""


class Skeleton(KitTest):
    """Each test generates skeletons in a temporary directory."""

    def write_solution(self, text: str, name: str = "lab1-memory/answer.c") -> Path:
        """Write a solution into the temporary directory."""
        path = self.folder / "solutions" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def generate(self, *options: str, status: int = 0) -> str:
        """Run the generator; what it prints."""
        done = self.must_end_with(
            status, "sh", SCRIPT, *options, self.folder / "solutions", self.folder / "labs"
        )
        return done.stdout + done.stderr

    def rejects(self, line: int, message: str, text: str) -> None:
        """The generator must refuse this text, name the line, and write nothing."""
        path = self.write_solution(text)
        self.assertIn(f"{path}:{line}: {message}", self.generate(status=1))
        self.assertFalse((self.folder / "labs").exists())

    def test_solution_is_replaced_by_the_skeleton(self) -> None:
        self.write_solution(SOLUTION)
        self.generate()
        written = (self.folder / "labs/lab1-memory/answer.c").read_text(encoding="utf-8")
        self.assertEqual(written, SKELETON)

    def test_one_file_can_be_printed(self) -> None:
        path = self.write_solution(SOLUTION)
        self.assertEqual(run("sh", SCRIPT, "--file", path).stdout, SKELETON)

    def test_assembly_is_treated_alike(self) -> None:
        path = self.write_solution(ASSEMBLY, "lab2-processes/answer.S")
        self.assertEqual(run("sh", SCRIPT, "--file", path).stdout, ASSEMBLY_SKELETON)
        self.assertEqual(self.generate("--count"), "lab2.ex2 2\nlab2 2\n")
        self.assertIn("answer.S is missing", self.generate("--check", status=1))
        self.generate()
        written = self.folder / "labs/lab2-processes/answer.S"
        self.assertEqual(written.read_text(encoding="utf-8"), ASSEMBLY_SKELETON)
        written.with_name("old.S").write_text("old:\n", encoding="utf-8")
        self.assertIn("old.S has no solution behind it", self.generate("--check", status=1))

    def test_assembly_without_hole_is_an_error(self) -> None:
        path = self.write_solution("answer:\n        ret\n", "lab2-processes/answer.S")
        self.assertIn(f"{path}:1: no hole in this file", self.generate(status=1))

    def test_second_run_writes_nothing(self) -> None:
        self.write_solution(SOLUTION)
        self.assertIn("answer.c: written", self.generate())
        self.assertEqual(self.generate(), "")

    def test_check_shows_the_difference_and_changes_nothing(self) -> None:
        self.write_solution(SOLUTION)
        self.generate()
        self.assertEqual(self.generate("--check"), "")
        path = self.folder / "labs/lab1-memory/answer.c"
        path.write_text(SKELETON.replace("(void)x;", "(void)y;"), encoding="utf-8")
        shown = self.generate("--check", status=1)
        self.assertIn("-    (void)y;\n+    (void)x;\n", shown)
        self.assertIn("type: make skeletons", shown)
        self.assertIn("(void)y;", path.read_text(encoding="utf-8"))

    def test_check_finds_missing_and_left_over_files(self) -> None:
        self.write_solution(SOLUTION)
        self.assertIn("answer.c is missing", self.generate("--check", status=1))
        self.generate()
        (self.folder / "labs/lab1-memory/old.c").write_text("int x;\n", encoding="utf-8")
        self.assertIn("old.c has no solution behind it", self.generate("--check", status=1))

    def test_other_files_in_labs_are_left_alone(self) -> None:
        self.write_solution(SOLUTION)
        handout = self.folder / "labs/lab1-memory/README.md"
        handout.parent.mkdir(parents=True)
        handout.write_text("read me", encoding="utf-8")
        self.generate()
        self.assertEqual(handout.read_text(encoding="utf-8"), "read me")

    def test_count_sums_lines_by_exercise(self) -> None:
        self.write_solution(SOLUTION)
        self.assertEqual(self.generate("--count"), "lab1.ex2 4\nlab1.ex3 4\nlab1 8\n")

    def test_nested_begin_is_an_error(self) -> None:
        text = SOLUTION.replace("    return 1;", "    /* BEGIN SOLUTION lab1.ex2 */")
        self.rejects(7, "BEGIN SOLUTION inside the hole that begins in line 4", text)

    def test_end_without_begin_is_an_error(self) -> None:
        text = SOLUTION.replace("/* BEGIN SOLUTION lab1.ex2 */\n", "", 1)
        self.rejects(8, "SKELETON outside of a hole", text)
        text = text.replace("/* SKELETON\n", "/*\n", 1)
        self.rejects(9, "END SOLUTION without BEGIN SOLUTION", text)

    def test_missing_end_is_an_error(self) -> None:
        text = SOLUTION.replace("    END SOLUTION */\n", "    */\n")
        self.rejects(23, "*/ in the replacement ends it too early", text)
        text = "/* BEGIN SOLUTION lab1.ex1 */\nint x;\n"
        self.rejects(1, "the hole has no END SOLUTION", text)

    def test_missing_skeleton_part_is_an_error(self) -> None:
        text = SOLUTION.replace("/* SKELETON\n", "/*\n", 1)
        self.rejects(10, "END SOLUTION without /* SKELETON before it", text)

    def test_badly_written_markers_are_errors(self) -> None:
        good = "/* BEGIN SOLUTION lab1.ex2 */"
        for bad in ("/* BEGIN SOLUTION */", "// BEGIN SOLUTION lab1.ex2", "BEGIN SOLUTION lab1"):
            with self.subTest(bad):
                message = "the marker must read: /* BEGIN SOLUTION labN.exM */"
                self.rejects(4, message, SOLUTION.replace(good, bad))
        with self.subTest("END"):
            text = SOLUTION.replace("\nEND SOLUTION */", "\nEND SOLUTION. */")
            self.rejects(10, "the marker must read: END SOLUTION */", text)
        with self.subTest("SKELETON"):
            text = SOLUTION.replace("\n/* SKELETON\n", "\n/* SKELETON: */\n")
            self.rejects(9, "the marker must read: /* SKELETON", text)

    def test_exercise_of_another_lab_is_an_error(self) -> None:
        text = SOLUTION.replace("lab1.ex2", "lab2.ex2")
        self.rejects(4, "lab2.ex2 is not an exercise of lab 1", text)

    def test_file_without_hole_is_an_error_as_it_would_leak_the_solution(self) -> None:
        self.rejects(1, "no hole in this file", "int answer;\n")

    def test_dos_line_ends_are_an_error(self) -> None:
        self.rejects(1, "the line ends in CR LF", SOLUTION.replace("\n", "\r\n"))

    def test_nothing_is_written_if_one_file_is_wrong(self) -> None:
        self.write_solution(SOLUTION, "lab1-memory/a.c")
        self.rejects(1, "no hole in this file", "int answer;\n")

    def test_missing_solutions_folder_says_so(self) -> None:
        self.assertIn("a student release has none", self.generate(status=1))


class CommittedSkeletons(KitTest):
    """What is in labs/ now."""

    def test_labs_holds_what_is_generated(self) -> None:
        self.must_succeed("sh", SCRIPT, "--check")

    def test_labs_holds_no_marker(self) -> None:
        paths = sorted((ROOT / "labs").glob("lab*/*.[chS]"))
        self.assertEqual({path.suffix for path in paths}, {".c", ".S"})
        for path in paths:
            text = path.read_text(encoding="utf-8")
            self.assertIsNone(re.search("(BEGIN|END) SOLUTION|SKELETON", text), path)

    def test_every_listed_file_is_there_and_no_other(self) -> None:
        for folder in sorted((ROOT / "labs").glob("lab*-*")):
            number = folder.name[len("lab") :].split("-")[0]
            listed = self.must_succeed("make", "-s", "lab-files", f"LAB={number}").stdout.split()
            for place in (folder, ROOT / "solutions" / folder.name):
                found = {f"{folder.name}/{path.name}" for path in place.glob("*.[chS]")}
                self.assertEqual(found, set(listed), place)


if __name__ == "__main__":
    unittest.main()
