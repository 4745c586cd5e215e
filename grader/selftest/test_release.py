"""Tests of scripts/release.sh: what students get, and that they can build and grade with it."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List

from kit import NOT_COPIED, ROOT, KitTest, need, path_without, run
from markdown_links import dead_links

from cairn_grader.catalogue import load_lab

ORDER = 8
LIMIT = 1000

#: Every lab; the release of a lab holds those before it, too.
LABS = sorted(int(path.name[3:].split("-")[0]) for path in (ROOT / "solutions").glob("lab*-*"))
LAST = LABS[-1]

LEFT_OUT = re.compile(
    r"/(solutions|hidden|mutants|mutate|alternatives|selftest)(/|$)"
    r"|/(build|handin|\.ci|\.git|__pycache__)(/|$)"
    r"|instructor|/scripts/(test|demo|release|skeleton)"
)
#: The part of a solution that a skeleton does not have.
HOLE = re.compile(r"BEGIN SOLUTION \S+ \*/\n(.*?)^[ \t]*/\* SKELETON", re.MULTILINE | re.DOTALL)


def solutions(lab: int) -> List[Path]:
    """The files of labs 1 to a lab with their solutions."""
    found: List[Path] = []
    for number in range(1, lab + 1):
        found += sorted(ROOT.glob(f"solutions/lab{number}-*/*.[chS]"))
    return found


def copy_kit(target: Path) -> Path:
    """A copy of the kit."""
    ignored = shutil.ignore_patterns(*NOT_COPIED)
    return Path(shutil.copytree(ROOT, target, symlinks=True, ignore=ignored))


def release(kit: Path, lab: int, archive: Path, **env: str) -> Any:
    """Make the release of a lab."""
    return run("sh", kit / "scripts/release.sh", str(lab), archive, env=env)


class Student(KitTest):
    """What a student gets: the release of each lab, made once."""

    archives: Dict[int, Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="release-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        kit = copy_kit(folder / "kit")
        cls.archives = {lab: folder / f"lab{lab}.tar.gz" for lab in LABS}
        for lab, archive in cls.archives.items():
            done = release(kit, lab, archive)
            assert done.returncode == 0, done.stderr

    def unpacked(self, lab: int) -> Path:
        """The folder that a student unpacks."""
        target = self.folder / f"student-{lab}"
        with tarfile.open(self.archives[lab]) as archive:
            archive.extractall(target)
        return target / f"cairn-lab{lab}"

    def names(self, lab: int) -> List[str]:
        """The names in an archive."""
        with tarfile.open(self.archives[lab]) as archive:
            return archive.getnames()

    def test_nothing_secret_is_in_it(self) -> None:
        for lab in LABS:
            self.assertEqual([name for name in self.names(lab) if LEFT_OUT.search(name)], [])

    def test_nothing_of_labs_to_come_is_in_it(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                later = [f"lab{number}" for number in LABS if number > lab]
                for place in ("labs", "grader/tests", "grader/bench", "grader/host"):
                    found = [path.name for path in (student / place).glob("lab*")]
                    self.assertFalse([name for name in found if name.split("-")[0] in later])
                documents = "".join(path.read_text("utf-8") for path in student.rglob("*.md"))
                for name in later:
                    self.assertNotIn(f"(../labs/{name}-", documents)

    def test_everything_that_a_student_needs_is_in_it(self) -> None:
        everywhere = (
            *("README.md", "Makefile", "Vagrantfile", "labs/lab1-memory/frame.c", "grader/grade"),
            *("labs/lab1-memory/README.md", "src/kernel/main.c", "scripts/setup.sh"),
            *("scripts/doctor.sh", "scripts/handin.sh", "scripts/run.sh", "scripts/gdb.sh"),
            *("scripts/trace.py", "docs/timeline.md"),
        )
        programs = [f"src/user/bin/{path.name}" for path in ROOT.glob("src/user/bin/*.c")]
        tests = [path.relative_to(ROOT) for path in ROOT.glob("grader/tests/lab*/**/*.[chp]*")]
        visible = [path for path in tests if not {"hidden", "__pycache__"} & set(path.parts)]
        from_lab_2 = (
            *("labs/lab2-processes/README.md", "labs/lab2-processes/switch.S"),
            *("labs/lab2-processes/kernel-stack.svg", "src/user/x86/start.S", *programs),
        )
        from_lab_3 = (
            *("labs/lab3-ipc/README.md", "labs/lab3-ipc/endpoint.c", "src/user/include/server.h"),
            *("src/user/lib/ring.c", "src/include/cairn/dialect.h"),
        )
        for lab in LABS:
            names = set(self.names(lab))
            later = (*(from_lab_2 if lab > 1 else ()), *(from_lab_3 if lab > 2 else ()))
            graded = [str(path) for path in visible if int(path.parts[2][len("lab") :]) <= lab]
            self.assertGreater(len(graded), 20 * lab)
            with self.subTest(f"lab {lab}: the tests"):
                missing = [name for name in graded if f"cairn-lab{lab}/{name}" not in names]
                self.assertEqual(missing, [])
            for name in (*everywhere, *later):
                with self.subTest(f"lab {lab}: {name}"):
                    self.assertTrue(f"cairn-lab{lab}/{name}" in names, f"{name} is not in it")

    def test_holes_hold_nothing_of_the_solution(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                for solution in solutions(lab):
                    given = student / "labs" / solution.parent.name / solution.name
                    skeleton = run("sh", ROOT / "scripts/skeleton.sh", "--file", solution).stdout
                    self.assertEqual(given.read_text(encoding="utf-8"), skeleton)

    def test_no_hole_is_filled_anywhere(self) -> None:
        secrets = []
        for solution in solutions(LAST):
            holes = HOLE.findall(solution.read_text(encoding="utf-8"))
            secrets += [hole.strip() for hole in holes if hole.strip().count("\n") > 1]
        self.assertGreater(len(secrets), 50)
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                for path in sorted(student.rglob("*")):
                    if path.is_file():
                        text = path.read_text(encoding="utf-8", errors="replace")
                        found = [secret for secret in secrets if secret in text]
                        self.assertEqual(found, [], path.relative_to(student))

    def test_make_knows_only_what_a_student_can_do(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                shown = self.must_succeed("make", cwd=student).stdout
                for target in ("kernel", "grade", "handin", "doctor"):
                    self.assertIn(f"make {target} ", shown)
                for target in ("test", "release", "skeletons"):
                    self.assertNotIn(f"make {target} ", shown)
                    self.must_end_with(2, "make", target, cwd=student)
                done = self.must_end_with(2, "make", f"LAB={lab + 1}", cwd=student)
                labs = " ".join(map(str, range(1, lab + 1)))
                self.assertIn(f'no lab "{lab + 1}"; the labs are: {labs}.', done.stderr)

    @need("doxygen", "dot")
    def test_documents_are_complete(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                for path in sorted(student.rglob("*.md")):
                    self.assertEqual(list(dead_links(path, path.parent)), [], path.name)
                self.must_succeed("make", "docs", cwd=student)
                handouts = re.findall(
                    r"\]\((labs/\S+)\)", (student / "README.md").read_text("utf-8")
                )
                self.assertEqual(len(handouts), lab)

    def test_lint_is_content_with_it(self) -> None:
        # The slow tools have seen these files in the complete kit.
        quick = path_without(self.folder / "bin", ["clang-tidy", "cppcheck", "clang"], {})
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                self.must_succeed("make", "lint", cwd=student, env={"PATH": quick})

    def test_missing_solutions_are_named(self) -> None:
        done = self.must_end_with(2, "make", "REF=all", "kernel", cwd=self.unpacked(LAST))
        self.assertIn("there is no solution in this copy: REF works in the complete", done.stderr)

    def test_doctor_is_content_with_it(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                self.must_succeed("make", "doctor", cwd=student)

    def test_changed_given_files_are_named(self) -> None:
        student = self.unpacked(1)
        changed = student / "src/kernel/memory/frame.h"

        def told() -> str:
            """What the copy says about its given files, wherever a student may see it."""
            alone = self.must_succeed("sh", "scripts/given.sh", cwd=student).stdout
            asked = self.must_succeed("make", "doctor", "ARGS=files", cwd=student).stdout
            self.assertEqual("note   files " in asked, alone != "")
            self.assertIn(alone.strip(), asked)
            return alone

        (student / "src/mine.c").write_text("", encoding="utf-8")
        self.assertEqual(told(), "")
        changed.write_bytes(changed.read_bytes() + b"\n")
        first = "src/kernel/memory/frame.h differs from the release; your work is graded with the "
        self.assertEqual(told(), first + "original\n")
        done = self.must_succeed("make", "handin", cwd=student, env={"USER": "eve"})
        self.assertIn(f"warning: {first}original\n", done.stderr)
        done = run("make", "grade", "ARGS=--list", cwd=student)
        self.assertEqual(done.stderr, f"note: {first}original\n")
        (student / "src/kernel/memory/memory.c").unlink()
        (student / "grader/tests/lab1/heap.c").write_text("", encoding="utf-8")
        alone = self.must_succeed("sh", "scripts/given.sh", cwd=student).stdout
        self.assertRegex(alone, r"^\S+ and 2 other given files differ from the release; .*ls\n$")

    def test_set_up_script_works_from_it(self) -> None:
        self.must_succeed("sh", "scripts/setup.sh", "--check", cwd=self.unpacked(LAST))

    @need("qemu-system-i386")
    def test_skeleton_builds_boots_and_earns_next_to_nothing(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                student = self.unpacked(lab)
                built = self.must_succeed("make", "-j2", "kernel", cwd=student)
                self.assertNotIn("warning", built.stdout + built.stderr)
                booted = run("make", "qemu-nox", cwd=student)
                self.assertIn("Next: exercise lab1.ex1,", booted.stdout)
                score, possible = self.grade(student, lab, 1, "--filter", f"lab{lab}.ex1")
                self.assertLessEqual(score, 0.05 * possible)

    @need("qemu-system-i386")
    def test_one_lab_after_the_other_is_completed(self) -> None:
        student = self.unpacked(LAST)
        for lab in LABS:
            for path in ROOT.glob(f"solutions/lab{lab}-*/*.[chS]"):
                shutil.copy(path, student / "labs" / path.parent.name / path.name)
            if lab < LAST:
                booted = run("make", "-j2", "qemu-nox", f"LAB={lab + 1}", cwd=student)
                self.assertIn(f"Next: exercise lab{lab + 1}.ex1,", booted.stdout)
            # Every file of the tests is there, as another test sees. So the last exercise, which
            # needs those before it, stands for all of a lab.
            last = load_lab(ROOT, lab).exercises[-1].name
            with self.subTest(f"lab {lab} earns everything"):
                score, possible = self.grade(student, lab, 0, "--filter", last)
                self.assertEqual(score, possible)
        done = self.must_succeed("make", "handin", cwd=student, env={"USER": "eve"})
        self.assertEqual(done.stderr, "")

    def grade(self, student: Path, lab: int, status: int, *words: str) -> Any:
        """Grade a copy as its owner would; points earned and possible."""
        result = self.folder / "result.json"
        command = ["grader/grade", "--lab", str(lab), "--json", str(result), *words]
        self.must_end_with(status, *command, cwd=student, timeout=200)
        found = json.loads(result.read_text(encoding="utf-8"))
        return found["points"], found["max_points"]


class Making(KitTest):
    """Each test makes a release from a copy of the kit."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()
        self.archive = self.folder / "release.tar.gz"

    def release(self, *words: str, status: int = 0, **env: str) -> Any:
        """Run release.sh; by default it writes self.archive."""
        script = self.kit / "scripts/release.sh"
        chosen = words or ("1", str(self.archive))
        return self.must_end_with(status, "sh", script, *chosen, env=env)

    def content(self, name: str) -> bytes:
        """A file of the archive."""
        with tarfile.open(self.archive) as archive:
            file = archive.extractfile(name)
            assert file is not None
            return file.read()

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
        expected = {}
        for name in ("lab1-memory/heap.c", "lab2-processes/switch.S", "lab3-ipc/name.c"):
            expected[name] = (self.kit / "labs" / name).read_bytes()
            shutil.copy(self.kit / "solutions" / name, self.kit / "labs" / name)
        self.release("3", str(self.archive))
        for name, content in expected.items():
            self.assertEqual(self.content(f"cairn-lab3/labs/{name}"), content)

    @need("git")
    def test_in_a_repository_only_known_files_are_taken(self) -> None:
        for words in (["init", "-q"], ["add", "."]):
            self.must_succeed("git", *words, cwd=self.kit)
        (self.kit / "src/private-notes.txt").write_text("secret", encoding="utf-8")
        self.release()
        with tarfile.open(self.archive) as archive:
            names = archive.getnames()
        self.assertIn("cairn-lab1/src/kernel/main.c", names)
        self.assertNotIn("cairn-lab1/src/private-notes.txt", names)

    def test_without_words_all_labs_go_to_the_build_folder(self) -> None:
        self.must_succeed("make", "release", cwd=self.kit)
        self.assertTrue((self.kit / f"build/cairn-lab{LAST}.tar.gz").is_file())

    def test_unknown_lab_is_named(self) -> None:
        self.assertIn('no lab "9"', self.release("9", status=1).stderr)

    def test_release_of_a_release_is_refused(self) -> None:
        shutil.rmtree(self.kit / "solutions")
        self.assertIn("made from the complete kit", self.release(status=1).stderr)


if __name__ == "__main__":
    unittest.main()
