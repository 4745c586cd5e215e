"""What instructors upload to Gradescope and Autolab, run in the layouts that these prescribe."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any, Dict, List

import format_checks
from kit import ROOT, KitTest, need
from platform_kit import PATIENCE, PLATFORMS, SOLUTION, TESTS, WORTH, handin

ORDER = 25
LIMIT = 900

#: What is packed starts its random numbers from here.
SEED = "4711"


class Packed(KitTest):
    """Tests with the archive for Gradescope, which is packed and unpacked once."""

    archive: Path
    source: Path


def setUpModule() -> None:  # noqa: N802 (unittest's name)
    """Pack lab 1."""
    folder = Path(tempfile.mkdtemp(prefix="platforms-"))
    unittest.addModuleCleanup(shutil.rmtree, folder, ignore_errors=True)
    Packed.archive, Packed.source = folder / "lab1.zip", folder / "source"
    pack = PLATFORMS / "gradescope" / "pack.sh"
    subprocess.run(
        ["sh", str(pack), "1", str(Packed.archive)],
        env={**os.environ, "SEED": SEED},
        check=True,
        timeout=PATIENCE,
    )
    unpack(Packed.archive, Packed.source)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip as unzip does, with permissions."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            (folder / entry.filename).chmod(entry.external_attr >> 16)


class Packing(Packed):
    """What is packed, and what is not."""

    def names(self) -> List[str]:
        """The files of the archive."""
        with zipfile.ZipFile(self.archive) as opened:
            return opened.namelist()

    def test_what_gradescope_looks_for(self) -> None:
        """Its two files at the top, and both can be run."""
        for name in ("setup.sh", "run_autograder"):
            self.assertIn(name, self.names())
            self.assertTrue(os.access(self.source / name, os.X_OK))
            self.assertTrue((self.source / name).read_text("ascii").startswith("#!/bin/sh\n"))

    def test_hidden_tests_are_there_and_the_solution_is_not(self) -> None:
        """Nothing that gives the lab away, nothing that grading does not need."""
        names = self.names()
        self.assertIn("kit/grader/tests/lab1/hidden/catalogue.py", names)
        for word in ("solutions", "mutants/", "alternatives", "selftest", "attacks", "docs/"):
            self.assertFalse([n for n in names if f"/{word}" in n], word)
        self.assertFalse([n for n in names if re.search(r"tests/lab[2-9]|^kit/labs|pyc$", n)])

    def test_same_files_same_bytes(self) -> None:
        """Packing the same files again gives the same archive, whenever they were written."""
        again, copy = self.folder / "again.zip", self.folder / "copy"
        shutil.copytree(self.source, copy, copy_function=shutil.copy)
        self.must_succeed("python3", PLATFORMS / "gradescope" / "zip_folder.py", copy, again)
        self.assertTrue(filecmp.cmp(again, self.archive, shallow=False))

    def test_seed(self) -> None:
        """Everybody packs a seed of her own, or the one that she chooses."""
        self.assertIn(f"\nSEED={SEED}\n", (self.source / "settings").read_text("ascii"))
        script = PLATFORMS / "seed.sh"
        seeds = [self.must_succeed("env", "-u", "SEED", "sh", script).stdout for _ in range(3)]
        self.assertEqual(len(set(seeds)), 3)
        for seed in seeds:
            self.assertRegex(seed, r"\A[0-9]{1,10}\n\Z")
            self.assertLess(int(seed), 2**32)
        for wrong in ("", "x", "1 2", "-1", "12345678901"):
            done = self.must_end_with(1, "sh", script, env={"SEED": wrong})
            self.assertEqual(done.stderr, "seed: SEED must be a number of 32 bits\n")

    def test_earlier_labs(self) -> None:
        """For --ref, lab 2 needs the solution of lab 1, and nothing of later labs."""
        stage = self.folder / "stage"
        self.must_succeed("sh", PLATFORMS / "stage.sh", "2", stage)
        labs = sorted(path.name for path in (stage / "solutions").iterdir())
        tests = sorted(path.name for path in (stage / "grader" / "tests").iterdir())
        self.assertEqual((labs, tests), (["lab1-memory"], ["common", "lab1", "lab2"]))

    def test_wrong_words(self) -> None:
        """One line that says what is wrong."""
        for script, words, reason in (
            ("gradescope/pack.sh", ("1", "out.tar"), "must end in .zip"),
            ("gradescope/pack.sh", ("9", str(self.folder / "o.zip")), "there is no lab '9'"),
            ("gradescope/pack.sh", ("1",), "usage"),
            ("autolab/pack.sh", (), "usage"),
            ("stage.sh", ("1", str(self.folder)), "is there already"),
        ):
            done = self.must_end_with(1, "sh", PLATFORMS / script, *words)
            self.assertRegex(done.stderr, rf"\A\w+: [^\n]*{re.escape(reason)}[^\n]*\n\Z")


@need("qemu-system-i386")
class Gradescope(Packed):
    """The unpacked archive in the layout that Gradescope makes."""

    def setUp(self) -> None:
        super().setUp()
        self.base = self.folder / "autograder"
        for name in ("submission", "results"):
            (self.base / name).mkdir(parents=True)
        (self.base / "source").symlink_to(self.source)
        shutil.copy(self.source / "run_autograder", self.base)
        metadata = {"id": 1, "assignment": {"total_points": "20.0"}, "users": []}
        path = self.base / "submission_metadata.json"
        path.write_text(json.dumps(metadata), encoding="ascii")
        self.env = {"CAIRN_AUTOGRADER": str(self.base), "CAIRN_TESTS": TESTS}

    def results(self, printed: str = "") -> Dict[str, Any]:
        """Run it; results.json, after it was checked."""
        run = self.base / "run_autograder"
        done = self.must_succeed(run, cwd=self.base, env=self.env, timeout=PATIENCE)
        self.assertIn(printed, done.stdout)
        left = [path.name for path in (self.base / "results").iterdir()]
        self.assertEqual(left, ["results.json"])
        return format_checks.gradescope((self.base / "results" / "results.json").read_text("ascii"))

    def test_setup(self) -> None:
        """Where everything is installed, it has nothing to do, and finds the lab."""
        done = self.must_succeed("sh", self.source / "setup.sh", env=self.env)
        self.assertEqual(done.stdout, "")

    def test_reference(self) -> None:
        """Full marks, from the archive that students make."""
        handin(self.base / "submission" / "lab1-ada.tar.gz")
        note = "note: the assignment is worth 20 points, these tests 2\n"
        result = self.results("lab1.ex2: 1.5 of 1.5\nlab1.ex6: 0.5 of 0.5\n" + note)
        self.assertEqual((result["score"], len(result["tests"])), (2, 2))
        self.assertEqual({test["status"] for test in result["tests"]}, {"passed"})

    def test_does_not_compile(self) -> None:
        """No points, and the compiler's words; the files are handed in bare."""
        for path in SOLUTION.glob("*.c"):
            shutil.copy(path, self.base / "submission")
        (self.base / "submission" / "frame.c").write_text("int x = ;\n", encoding="ascii")
        result = self.results()
        self.assertEqual(result["score"], 0)
        self.assertIn("labs/lab1-memory/frame.c:1:9: error:", result["output"])
        self.assertEqual({test["status"] for test in result["tests"]}, {"failed"})

    def test_seed(self) -> None:
        """The tests start from the seed that was packed, and the feedback names it."""
        shutil.copytree(ROOT / "labs" / "lab1-memory", self.base / "submission" / "lab1-memory")
        self.env["CAIRN_TESTS"] = "frame_double_free"
        (row,) = self.results()["tests"]
        self.assertRegex(row["output"], rf"grader/grade .*--seed {SEED} frame_double_free")

    def test_no_submission(self) -> None:
        """No points, and the reason."""
        (self.base / "submission" / "lab1.zip").write_text("no archive", encoding="ascii")
        result = self.results()
        self.assertEqual(result["score"], 0)
        self.assertIn("not a .tar.gz or .zip archive", result["output"])

    def test_no_time(self) -> None:
        """When there is no time at all, that is the result."""
        handin(self.base / "submission" / "lab1-ada.tar.gz")
        self.env["CAIRN_LIMIT"] = "0"
        self.assertIn("no time left", self.results()["output"])


@need("qemu-system-i386")
class Autolab(KitTest):
    """The two files in a folder with a hand-in, as Autolab lays them out."""

    def setUp(self) -> None:
        super().setUp()
        packed = self.folder / "packed"
        self.must_succeed("sh", PLATFORMS / "autolab" / "pack.sh", "1", packed)
        self.area = self.folder / "autolab"
        self.area.mkdir()
        shutil.copy(packed / "autograde.tar", self.area)
        shutil.copy(packed / "autograde-Makefile", self.area / "Makefile")

    def scores(self) -> Dict[str, Any]:
        """Run make; what Autolab reads from its output."""
        done = self.must_succeed(
            "make", f"TESTS={TESTS}", "LIMIT=500", cwd=self.area, timeout=PATIENCE
        )
        return dict(format_checks.autolab(done.stdout)["scores"])

    def test_hand_ins(self) -> None:
        """The reference has full marks, then something else has none."""
        target = self.area / "handin.tar.gz"
        handin(target)
        self.assertEqual(self.scores(), WORTH)
        target.write_bytes(b"nothing")
        self.assertEqual(self.scores(), dict.fromkeys(WORTH, 0))


if __name__ == "__main__":
    unittest.main()
