"""The command grader/export."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import unittest
from pathlib import Path

import format_checks
from cairn_grader.formats import command
from format_samples import Members, of_class, plain
from kit import ROOT, KitTest

ORDER = 2


class Command(KitTest):
    """grader/export."""

    def saved(self, name: str, members: Members) -> str:
        """The path of a file with a result."""
        path = self.folder / name
        path.write_text(json.dumps(members), encoding="ascii")
        return str(path)

    def export(self, *words: str) -> "tuple[int, str, str]":
        """Status, output and errors of the command, run in this process."""
        written, errors = io.BytesIO(), io.StringIO()
        output = io.TextIOWrapper(written, encoding="utf-8")
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = command.main(words)
        return status, written.getvalue().decode("utf-8"), errors.getvalue()

    def refused(self, *words: str) -> str:
        """The one line with which the command refuses something."""
        status, output, errors = self.export(*words)
        self.assertEqual((status, output), (2, ""))
        self.assertRegex(errors, r"\Aexport: [^\n]+\n\Z")
        return errors

    def test_every_format(self) -> None:
        """The command itself, for every format that it names."""
        path = self.saved("ada.json", of_class())
        grader = ROOT / "grader" / "export"
        self.assertIn("formats:", self.must_succeed(grader, "--help").stdout)
        for name in command.FORMATS:
            status, output, errors = self.export(name, path)
            self.assertEqual((status, errors), (0, ""), name)
            self.assertEqual(output, self.must_succeed(grader, name, path).stdout.replace(
                "\n", "\r\n" if name == "csv" else "\n"))

    def test_several(self) -> None:
        """The gradebook and JUnit hold all results; others are a file each in a folder."""
        paths = [self.saved(f"{n}.json", of_class(n)) for n in ("ada", "bob")]
        self.assertEqual(len(self.export("csv", *paths)[1].splitlines()), 3)
        self.assertEqual(self.export("junit", *paths)[1].count("<testsuite "), 2)
        self.assertIn("need -o FOLDER", self.refused("tap", *paths))
        folder = self.folder / "out"
        self.assertEqual(self.export("gradescope", *paths, "-o", str(folder))[0], 0)
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["ada.json", "bob.json"])
        format_checks.gradescope((folder / "bob.json").read_text("ascii"))

    def test_names_of_files(self) -> None:
        """No name leads out of the folder, and none is used twice."""
        path = self.saved("x.json", {**of_class(), "id": "../../evil/.name"})
        folder = self.folder / "deep" / "out"
        self.assertEqual(self.export("tap", path, "-o", f"{folder}/")[0], 0)
        self.assertEqual([p.name for p in folder.iterdir()], ["_.._evil_.name.tap"])
        self.assertIn("two results", self.refused("tap", path, path, "-o", str(folder)))

    def test_file(self) -> None:
        """A file is replaced as a whole."""
        target = self.folder / "results.json"
        target.write_text("old", encoding="ascii")
        path = self.saved("ada.json", of_class())
        self.assertEqual(self.export("gradescope", path, "-o", str(target))[0], 0)
        format_checks.gradescope(target.read_text("ascii"))
        self.assertEqual(len(list(self.folder.iterdir())), 2)
        self.assertIn("cannot make the folder", self.refused("tap", path, "-o", f"{path}/x"))

    def test_standard_input(self) -> None:
        """A result may come through a pipe."""
        done = subprocess.run(
            [str(ROOT / "grader" / "export"), "autolab", "-"],
            input=json.dumps(plain()).encode("ascii"),
            stdout=subprocess.PIPE,
            check=True,
        )
        format_checks.autolab(done.stdout.decode("utf-8"))

    def test_bad_input(self) -> None:
        """One clear line."""
        self.assertIn("cannot read", self.refused("csv", str(self.folder / "none.json")))
        self.assertIn("cannot read", self.refused("csv", str(self.folder)))
        path = Path(self.saved("bad.json", {"schema": "other"}))
        self.assertIn("bad.json': this is not a result", self.refused("csv", str(path)))
        path.write_bytes(b"\xff\xfe{}")
        self.assertIn("UTF-8", self.refused("csv", str(path)))
        path.write_bytes(b"no")
        self.assertIn("not JSON", self.refused("csv", str(path)))
        self.assertIn("invalid choice", self.refused("pdf", str(path)))
        self.assertIn("required", self.refused("csv"))


if __name__ == "__main__":
    unittest.main()
