"""Tests of scripts/handin.sh."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import unittest
from pathlib import Path
from typing import Any, List

from kit import ROOT, KitTest, need

ORDER = 20

#: The files of the labs.
MEMORY, PROCESSES, IPC = (
    sorted(f"{lab}/{path.name}" for path in (ROOT / "solutions" / lab).glob("*.[chS]"))
    for lab in ("lab1-memory", "lab2-processes", "lab3-ipc")
)


#: Takes a kernel for built, for tests that look at something else.
BUILDS_NOTHING = """\
#!/bin/sh
case "$*" in *" kernel") exit 0 ;; esac
exec {make} "$@"
"""


class Handin(KitTest):
    """Each test hands in from a copy of the kit."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()
        tools = self.folder / "tools"
        tools.mkdir()
        script = BUILDS_NOTHING.format(make=shutil.which("make"))
        (tools / "make").write_text(script, encoding="utf-8")
        (tools / "make").chmod(0o755)
        self.quick = {"USER": "eve", "PATH": f"{tools}:{os.environ['PATH']}"}

    def handin(self, *words: str, status: int = 0, builds: bool = False, **env: str) -> Any:
        """Run handin.sh as the user eve; for lab 1 unless words say otherwise ("": no word)."""
        chosen = [word for word in words or ("1",) if word]
        command = ["sh", self.kit / "scripts/handin.sh", *chosen]
        env = {**({"USER": "eve"} if builds else self.quick), **env}
        return self.must_end_with(status, *command, cwd=self.folder, env=env)

    def solve(self, names: List[str]) -> None:
        """Put solutions where the student works."""
        for name in names:
            shutil.copy(self.kit / "solutions" / name, self.kit / "labs" / name)

    def archive(self, lab: int = 1) -> Path:
        """The archive that must have been made."""
        return self.kit / f"handin/lab{lab}-eve.tar.gz"

    def must_hold(self, lab: int, names: List[str]) -> None:
        """The archive holds exactly these files, as they are in labs/."""
        with tarfile.open(self.archive(lab)) as archive:
            self.assertEqual(archive.getnames(), sorted(names))
            self.assertTrue(all(member.isfile() for member in archive.getmembers()))
            for name in names:
                handed = archive.extractfile(name)
                assert handed is not None
                self.assertEqual(handed.read(), (self.kit / "labs" / name).read_bytes(), name)

    def test_archive_holds_exactly_the_files_of_the_lab(self) -> None:
        self.solve(MEMORY)
        (self.kit / "labs/lab1-memory/notes.txt").write_text("mine", encoding="utf-8")
        done = self.handin(builds=True)
        self.must_hold(1, MEMORY)
        self.assertEqual(done.stderr, "")
        for name in MEMORY:
            self.assertIn(name, done.stdout)

    def test_archive_holds_the_labs_before_it_too(self) -> None:
        self.solve(MEMORY + PROCESSES + IPC)
        done = self.handin("2")
        self.must_hold(2, MEMORY + PROCESSES)
        self.assertEqual(done.stderr, "")
        self.assertIn("lab2-processes/switch.S", done.stdout)
        done = self.handin("3", builds=True)
        self.must_hold(3, MEMORY + PROCESSES + IPC)
        self.assertEqual(done.stderr, "")
        self.assertIn("lab3-ipc/endpoint.c", done.stdout)

    def test_last_lab_is_the_default(self) -> None:
        self.handin("")
        self.must_hold(3, MEMORY + PROCESSES + IPC)

    @need("qemu-system-i386")
    def test_archive_can_be_graded(self) -> None:
        self.solve(MEMORY + PROCESSES)
        self.handin("2")
        submission = self.folder / "eve"
        with tarfile.open(self.archive(2)) as archive:
            archive.extractall(submission)
        words = ["--lab", "2", "--submission", submission, "--filter", "lab2.ex1"]
        self.must_succeed(self.kit / "grader/grade", *words, timeout=200)

    def test_holes_are_warned_about_by_exercise(self) -> None:
        for lab, exercises in ((1, 6), (2, 7), (3, 7)):
            done = self.handin(str(lab))
            self.assertTrue(self.archive(lab).is_file())
            holes = re.findall(r"^warning: (\S+) is not done yet \(holes: ", done.stderr, re.M)
            expected = [f"lab{lab}.ex{exercise}" for exercise in range(1, exercises + 1)]
            self.assertEqual(sorted(holes), expected)
            self.assertIn("see the warnings above", done.stdout)

    def test_holes_in_assembly_are_warned_about(self) -> None:
        self.solve([name for name in PROCESSES if name.endswith(".c")])
        text = (self.kit / "labs/lab2-processes/switch.S").read_text(encoding="utf-8")
        line = 1 + text[: text.index("        call    exercise_missing")].count("\n")
        place = rf"the first at labs/lab2-processes/switch\.S:{line}\)"
        warning = rf"lab2\.ex2 is not done yet \(holes: \d, {place}"
        self.assertRegex(self.handin("2").stderr, warning)

    def test_what_does_not_build_is_warned_about(self) -> None:
        self.solve(MEMORY)
        with open(self.kit / "labs/lab1-memory/heap.c", "a", encoding="utf-8") as file:
            file.write("int broken(void) { return x; }\n")
        done = self.handin(builds=True)
        self.assertIn("warning: it does not build:", done.stderr)
        # The compiler's words alone, and the file as the student knows it; no line about error.c.
        shown = done.stderr.split("warning: it does not build:\n")[1].splitlines()
        self.assertRegex(shown[0], r"^    labs/lab1-memory/heap\.c:\d+:\d+: error: ")
        self.assertEqual([line for line in shown if "obj" in line or " CC " in line], [])
        self.assertTrue(self.archive().is_file())

    def test_missing_file_is_named(self) -> None:
        missing = ("lab1-memory/heap.c", "lab2-processes/switch.S", "lab3-ipc/name.c")
        for lab, name in enumerate(missing, start=1):
            (self.kit / "labs" / name).unlink()
            done = self.handin(str(lab), status=1)
            self.assertIn(f"handin: labs/{name} is missing", done.stderr)
            self.assertFalse(self.archive(lab).exists())

    def test_links_are_refused(self) -> None:
        path = self.kit / "labs/lab1-memory/heap.c"
        path.unlink()
        path.symlink_to("/etc/passwd")
        self.assertIn("must be a regular file", self.handin(status=1).stderr)

    def test_unknown_lab_is_named(self) -> None:
        self.assertIn('no lab "7"; the labs are: 1', self.handin("7", status=1).stderr)

    def test_user_name_makes_no_path(self) -> None:
        self.handin(USER="../../eve x")
        self.assertTrue((self.kit / "handin/lab1-.._.._eve_x.tar.gz").is_file())

    def test_make_handin_does_the_same(self) -> None:
        self.must_succeed("make", "handin", "LAB=1", cwd=self.kit, env=self.quick)
        self.assertTrue(self.archive().is_file())


if __name__ == "__main__":
    unittest.main()
