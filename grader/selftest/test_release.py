"""Tests of scripts/release.sh: what students get, and that they can build and grade with it."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import time
import unittest
from pathlib import Path
from typing import Any, List

from kit import ROOT, KitTest, need, path_without, run
from markdown_links import dead_links

ORDER = 26

LEFT_OUT = re.compile(
    r"/(solutions|hidden|mutants|mutate|alternatives|selftest)(/|$)"
    r"|/(build|handin|\.ci|\.git|__pycache__)(/|$)"
    r"|instructor|/scripts/(test|demo|release|skeleton)"
)


class Release(KitTest):
    """Each test makes a release from a copy of the kit."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()
        self.archive = self.folder / "release.tar.gz"

    def release(self, *words: str, status: int = 0, **env: str) -> Any:
        """Run release.sh; by default it writes self.archive."""
        command = ["sh", self.kit / "scripts/release.sh", *(words or ("1", str(self.archive)))]
        return self.must_end_with(status, *command, env=env)

    def unpacked(self) -> Path:
        """The folder that a student unpacks."""
        self.release()
        with tarfile.open(self.archive) as archive:
            archive.extractall(self.folder / "student")
        return self.folder / "student" / "cairn-lab1"

    def names(self) -> List[str]:
        """The names in the archive."""
        with tarfile.open(self.archive) as archive:
            return archive.getnames()

    def test_nothing_secret_is_in_it(self) -> None:
        self.release()
        self.assertEqual([name for name in self.names() if LEFT_OUT.search(name)], [])

    def test_everything_that_a_student_needs_is_in_it(self) -> None:
        self.release()
        names = set(self.names())
        for name in (
            *("README.md", "Makefile", "Vagrantfile", "labs/lab1-memory/frame.c", "grader/grade"),
            *("labs/lab1-memory/README.md", "src/kernel/main.c", "scripts/setup.sh"),
            *("scripts/doctor.sh", "scripts/handin.sh", "scripts/run.sh", "scripts/gdb.sh"),
        ):
            with self.subTest(name):
                self.assertTrue(f"cairn-lab1/{name}" in names, f"{name} is not in it")

    def test_files_have_no_owner_and_one_date(self) -> None:
        self.release(SOURCE_DATE_EPOCH="1000000000")
        with tarfile.open(self.archive) as archive:
            for member in archive.getmembers():
                self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, 1000000000))
                self.assertTrue(member.isfile() or member.isdir(), member.name)

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        self.release()
        first = self.archive.read_bytes()
        time.sleep(1.1)
        other = self.folder / "other"
        shutil.copytree(self.kit, other, symlinks=True)
        self.kit = other
        self.release()
        self.assertEqual(self.archive.read_bytes(), first)

    def test_work_done_in_the_tree_does_not_leak(self) -> None:
        path = self.kit / "labs/lab1-memory/heap.c"
        expected = path.read_bytes()
        shutil.copy(self.kit / "solutions/lab1-memory/heap.c", path)
        student = self.unpacked()
        self.assertEqual((student / "labs/lab1-memory/heap.c").read_bytes(), expected)

    def test_holes_hold_nothing_of_the_solution(self) -> None:
        student = self.unpacked()
        for solution in sorted((ROOT / "solutions").glob("lab*/*.[chS]")):
            given = student / "labs" / solution.parent.name / solution.name
            skeleton = run("sh", ROOT / "scripts/skeleton.sh", "--file", solution).stdout
            self.assertEqual(given.read_text(encoding="utf-8"), skeleton)

    @need("git")
    def test_in_a_repository_only_known_files_are_taken(self) -> None:
        for words in (["init", "-q"], ["add", "."]):
            self.must_succeed("git", *words, cwd=self.kit)
        (self.kit / "src/private-notes.txt").write_text("secret", encoding="utf-8")
        self.release()
        self.assertIn("cairn-lab1/src/kernel/main.c", self.names())
        self.assertNotIn("cairn-lab1/src/private-notes.txt", self.names())

    def test_unknown_lab_is_named(self) -> None:
        self.assertIn('no lab "9"', self.release("9", status=1).stderr)

    def test_release_of_a_release_is_refused(self) -> None:
        shutil.rmtree(self.kit / "solutions")
        self.assertIn("made from the complete kit", self.release(status=1).stderr)

    def test_make_knows_only_what_a_student_can_do(self) -> None:
        student = self.unpacked()
        shown = self.must_succeed("make", cwd=student).stdout
        for target in ("kernel", "grade", "handin", "doctor"):
            self.assertIn(f"make {target} ", shown)
        for target in ("test", "release", "skeletons"):
            self.assertNotIn(f"make {target} ", shown)
            self.must_end_with(2, "make", target, cwd=student)

    @need("doxygen", "dot")
    def test_documents_are_complete(self) -> None:
        student = self.unpacked()
        for path in sorted(student.rglob("*.md")):
            with self.subTest(str(path.relative_to(student))):
                self.assertEqual(list(dead_links(path, path.parent)), [])
        self.must_succeed("make", "docs", cwd=student)

    def test_lint_is_content_with_it(self) -> None:
        # The slow tools have seen these files in the complete kit.
        quick = path_without(self.folder / "bin", ["clang-tidy", "cppcheck", "clang"], {})
        self.must_succeed("make", "lint", cwd=self.unpacked(), env={"PATH": quick})

    def test_missing_solutions_are_named(self) -> None:
        done = self.must_end_with(2, "make", "REF=all", "kernel", cwd=self.unpacked())
        self.assertRegex(done.stderr, r"solutions/lab1-memory/\S+ is missing")

    def test_doctor_is_content_with_it(self) -> None:
        self.must_succeed("make", "doctor", cwd=self.unpacked())

    def test_set_up_script_works_from_it(self) -> None:
        self.must_succeed("sh", "scripts/setup.sh", "--check", cwd=self.unpacked())

    @need("qemu-system-i386")
    def test_skeleton_builds_boots_and_earns_next_to_nothing(self) -> None:
        student = self.unpacked()
        built = self.must_succeed("make", "-j2", "kernel", cwd=student)
        self.assertNotIn("warning", built.stdout + built.stderr)
        booted = run("make", "qemu-nox", cwd=student)
        self.assertIn("lab1.ex1", booted.stdout)
        score, possible = self.grade(student, 1, "--filter", "frame_*")
        self.assertLessEqual(score, 0.05 * possible)

    @need("qemu-system-i386")
    def test_completed_copy_earns_everything(self) -> None:
        student = self.unpacked()
        for name in ("frame.c", "paging.c", "space.c", "fault.c", "heap.c"):
            shutil.copy(ROOT / "solutions/lab1-memory" / name, student / "labs/lab1-memory" / name)
        score, possible = self.grade(student, 0)
        self.assertEqual(score, possible)

    def grade(self, student: Path, status: int, *words: str) -> Any:
        """Grade a copy as its owner would; points earned and possible."""
        result = self.folder / "result.json"
        command = ["grader/grade", "--lab", "1", "--json", result, *words]
        self.must_end_with(status, *command, cwd=student, timeout=200)
        found = json.loads(result.read_text(encoding="utf-8"))
        return found["points"], found["max_points"]


if __name__ == "__main__":
    unittest.main()
