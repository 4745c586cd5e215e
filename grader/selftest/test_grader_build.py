"""What is taken from a submission, and what a submission that does not build is told."""

from __future__ import annotations

import os
import unittest
from pathlib import Path

from kit import KitTest

from cairn_grader.build import Recipe, build
from cairn_grader.errors import BuildFailed, GraderError
from cairn_grader.make import compile_errors
from cairn_grader.submission import FILE_LIMIT, take_submission

ORDER = 2
FILES = ["lab1-memory/frame.c", "lab1-memory/heap.c"]


class Taking(KitTest):
    """Each test has a submission with two files."""

    def setUp(self) -> None:
        """Write the submission."""
        super().setUp()
        self.submission = self.folder / "submission"
        self.area = self.folder / "area"
        for name in FILES:
            path = self.submission / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"/* {name} */\n", encoding="ascii")

    def take(self) -> None:
        """Take the files."""
        take_submission(self.submission, FILES, self.area)

    def refused(self, words: str) -> None:
        """It must be refused, for a reason with these words, before anything is copied."""
        with self.assertRaises(BuildFailed) as caught:
            self.take()
        self.assertRegex("\n".join(caught.exception.errors), words)
        self.assertFalse((self.area / FILES[0]).exists())

    def test_only_listed_files(self) -> None:
        """Other files of the submission are not looked at."""
        (self.submission / "Makefile").write_text("all:\n\tfalse\n", encoding="ascii")
        (self.submission / "lab1-memory" / "more.c").write_text("", encoding="ascii")
        self.take()
        taken = sorted(path.name for path in self.area.rglob("*") if path.is_file())
        self.assertEqual(taken, ["frame.c", "heap.c"])

    def test_stale_files_go(self) -> None:
        """What an earlier submission left in the area does not stay."""
        self.take()
        (self.area / "lab1-memory" / "old.c").write_text("", encoding="ascii")
        self.take()
        self.assertFalse((self.area / "lab1-memory" / "old.c").exists())

    def test_unchanged_files_stay(self) -> None:
        """make rebuilds only what changed."""
        self.take()
        first = self.area / FILES[0]
        os.utime(first, (1, 1))
        (self.submission / FILES[1]).write_text("/* new */\n", encoding="ascii")
        self.take()
        self.assertEqual(first.stat().st_mtime, 1)
        self.assertEqual((self.area / FILES[1]).read_text("ascii"), "/* new */\n")

    def test_missing_file(self) -> None:
        """A file that is not there is named."""
        (self.submission / FILES[1]).unlink()
        self.refused("lab1-memory/heap.c: the file is missing")

    def test_link(self) -> None:
        """A symbolic link is not followed."""
        secret = self.folder / "secret"
        secret.write_text("secret", encoding="ascii")
        (self.submission / FILES[0]).unlink()
        (self.submission / FILES[0]).symlink_to(secret)
        self.refused("frame.c: .*not a link")

    def test_linked_folder(self) -> None:
        """Nor is a folder that is a link."""
        (self.submission / "lab1-memory").rename(self.folder / "elsewhere")
        (self.submission / "lab1-memory").symlink_to(self.folder / "elsewhere")
        self.refused("frame.c: .*not a link")

    def test_folder_and_pipe(self) -> None:
        """Things that are not regular files, one of which would block a reader."""
        (self.submission / FILES[0]).unlink()
        os.mkfifo(self.submission / FILES[0])
        self.refused("frame.c: it must be a regular file")
        (self.submission / FILES[0]).unlink()
        (self.submission / FILES[0]).mkdir()
        self.refused("frame.c: it must be a regular file")

    def test_size(self) -> None:
        """A file may be as large as the limit, and no larger; a huge one is not read."""
        path = self.submission / FILES[0]
        path.write_bytes(b"/" * FILE_LIMIT)
        self.take()
        self.area = self.folder / "other"
        with path.open("r+b") as stream:
            stream.truncate(1 << 30)
        self.refused("larger than 256 KiB")

    def test_no_folder(self) -> None:
        """A submission that is not there is an error of the caller."""
        self.submission = self.folder / "nowhere"
        with self.assertRaisesRegex(GraderError, "--submission"):
            self.take()


class Errors(unittest.TestCase):
    """What is shown of a compiler's output."""

    def test_paths(self) -> None:
        """The student's files have the student's paths."""
        output = "  CC     x.o\n/area/lab1-memory/a.c:3:1: error: no\nlabs/lab1-memory/b.c:1: x\n"
        lines = compile_errors(output, "my/labs", Path("/area"))
        self.assertEqual(
            lines, ["my/labs/lab1-memory/a.c:3:1: error: no", "my/labs/lab1-memory/b.c:1: x"]
        )

    def test_capped(self) -> None:
        """Endless output is cut, and control characters are replaced."""
        output = "a.c:1: error: \x1b[31m\n" + "note\n" * 1000
        lines = compile_errors(output, "labs", Path("/area"))
        self.assertLess(len(lines), 20)
        self.assertNotIn("\x1b", lines[0])

    def test_places_of_this_computer(self) -> None:
        """The same mistake is told in the same words, wherever and whenever it was compiled."""
        told = []
        for folder, name in (("/a/b", "ccsj8SPG"), ("/tmp/work/area-7", "ccSx8jl3")):
            object_file = f"{folder}/objects/lab1/obj{folder}/submission/lab1-memory/frame.o"
            twice = f"labs/lab1-memory/a.c:1: multiple definition of `f'; {folder}/lab1/b.o: here"
            for output in (
                f"/tmp/{name}.s:7: Error: can't open /dev/zero for reading\n",
                f"{twice}\n",
                f"  CC     a.o\ncc1: stopped\nmake: *** [Makefile:156: {object_file}] Error 1\n",
            ):
                told.append(compile_errors(output, "labs", Path(folder) / "submission"))
        self.assertEqual(told[:3], told[3:])
        self.assertEqual(
            told[2], ["cc1: stopped", "objects/lab1/obj/lab1-memory/frame.o was not made (Error 1)"]
        )
        self.assertNotRegex(str(told), "/tmp|/a/b")

    def test_silent(self) -> None:
        """Even a failure without a word is one line."""
        self.assertEqual(len(compile_errors("", "labs", Path("/area"))), 1)

    def test_path_with_blank(self) -> None:
        """make cannot work in a folder whose name has a blank; that is said at once."""
        recipe = Recipe(Path("/kit"), 1, Path("labs"), Path("/tmp/with blank"))
        with self.assertRaisesRegex(GraderError, "without blanks"):
            build(recipe)


if __name__ == "__main__":
    unittest.main()
