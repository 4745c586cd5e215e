"""Tests of scripts/handin.sh."""

from __future__ import annotations

import shutil
import tarfile
import unittest
from pathlib import Path
from typing import Any

from kit import ROOT, KitTest

ORDER = 20

FILES = sorted(
    f"lab1-memory/{path.name}" for path in (ROOT / "solutions/lab1-memory").glob("*.[chS]")
)


class Handin(KitTest):
    """Each test hands in from a copy of the kit."""

    def setUp(self) -> None:
        super().setUp()
        self.kit = self.copy_of_kit()

    def handin(self, *words: str, status: int = 0, **env: str) -> Any:
        """Run handin.sh as the user eve; for lab 1 if no words say otherwise."""
        command = ["sh", self.kit / "scripts/handin.sh", *(words or ("1",))]
        options = {"cwd": self.folder, "env": {"USER": "eve", **env}}
        return self.must_end_with(status, *command, **options)

    def solve(self) -> None:
        """Put the solutions where the student works."""
        for name in FILES:
            shutil.copy(self.kit / "solutions" / name, self.kit / "labs" / name)

    def archive(self) -> Path:
        """The archive that must have been made."""
        return self.kit / "handin/lab1-eve.tar.gz"

    def test_archive_holds_exactly_the_files_of_the_lab(self) -> None:
        self.solve()
        (self.kit / "labs/lab1-memory/notes.txt").write_text("mine", encoding="utf-8")
        done = self.handin()
        with tarfile.open(self.archive()) as archive:
            self.assertEqual(sorted(archive.getnames()), FILES)
            self.assertTrue(all(member.isfile() for member in archive.getmembers()))
            handed = archive.extractfile(FILES[0])
            assert handed is not None
            self.assertEqual(handed.read(), (self.kit / "solutions" / FILES[0]).read_bytes())
        self.assertEqual(done.stderr, "")
        for name in FILES:
            self.assertIn(name, done.stdout)

    def test_holes_are_warned_about_by_exercise(self) -> None:
        done = self.handin("1")
        self.assertTrue(self.archive().is_file())
        for exercise in range(1, 7):
            self.assertIn(f"warning: lab1.ex{exercise} is not done yet (holes: ", done.stderr)
        self.assertIn("see the warnings above", done.stdout)

    def test_holes_in_assembly_are_warned_about(self) -> None:
        path = self.kit / "labs/lab2-processes/switch.S"
        text = path.read_text(encoding="utf-8")
        line = 1 + text[: text.index("        call    exercise_missing")].count("\n")
        for other in path.parent.glob("*.c"):
            shutil.copy(self.kit / "solutions/lab2-processes" / other.name, other)
        place = rf"the first at labs/lab2-processes/switch\.S:{line}\)"
        warning = rf"lab2\.ex2 is not done yet \(holes: \d, {place}"
        self.assertRegex(self.handin("2").stderr, warning)

    def test_what_does_not_build_is_warned_about(self) -> None:
        self.solve()
        with open(self.kit / "labs/lab1-memory/heap.c", "a", encoding="utf-8") as file:
            file.write("int broken(void) { return x; }\n")
        done = self.handin()
        self.assertIn("warning: it does not build:", done.stderr)
        self.assertIn("labs/lab1-memory/heap.c", done.stderr)
        self.assertTrue(self.archive().is_file())

    def test_missing_file_is_named(self) -> None:
        (self.kit / "labs/lab1-memory/heap.c").unlink()
        done = self.handin(status=1)
        self.assertIn("handin: labs/lab1-memory/heap.c is missing", done.stderr)
        self.assertFalse(self.archive().exists())

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
        self.must_succeed("make", "handin", "LAB=1", cwd=self.kit, env={"USER": "eve"})
        self.assertTrue(self.archive().is_file())


if __name__ == "__main__":
    unittest.main()
