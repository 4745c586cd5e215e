"""Tests of runs over a class, with a grader that only pretends (class_stub.py)."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List

from kit import ROOT, KitTest, clean_environment, need, run

ORDER = 42

STUB = Path(__file__).with_name("class_stub.py")
#: Seconds of real time for what takes one, on a computer that does much else.
PATIENCE = 100
ALL = 100  # Points of lab 1.


@need("make")
class Runs(KitTest):
    """Each test grades a class of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"
        self.class_folder = self.folder / "class"
        self.log = self.folder / "log"
        self.class_folder.mkdir()

    def hand_in(self, name: str, comment: str) -> None:
        """A submission, different from all others, with a comment for the stub."""
        for source in sorted((ROOT / "labs" / "lab1-memory").glob("*.c")):
            path = self.class_folder / name / "lab1-memory" / source.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"// {comment}\n", encoding="ascii")

    def words(self, *more: str) -> List[str]:
        """The command."""
        start = [sys.executable, str(STUB), "--lab", "1", "--trust", "-j", "1"]
        return [*start, str(self.class_folder), "--output", str(self.out), *more]

    def grade(self, *more: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Grade the class."""
        env = {"STUB_LOG": str(self.log)}
        done = run(*self.words(*more), env=env, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def gradings(self) -> List[str]:
        """What the stub said for each grading so far: words of the submissions."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="ascii").splitlines()
        return [line.partition(" ")[2] for line in lines]

    def documents(self) -> Dict[str, Any]:
        """All documents, by the names of the submissions."""
        paths = sorted((self.out / "results").glob("*.json"))
        return {path.stem: json.loads(path.read_text(encoding="ascii")) for path in paths}

    def points(self) -> Dict[str, float]:
        """Points, by the names of the submissions."""
        return {name: document["points"] for name, document in self.documents().items()}

    def test_same_files_are_graded_once(self) -> None:
        for name, comment in (("ada", "same"), ("bob", "same"), ("eve", "other")):
            self.hand_in(name, f"{comment} stub: {comment}")
        done = self.grade()
        self.assertEqual(sorted(self.gradings()), ["other", "same"])
        self.assertIn("3 submissions: 3 graded now", done.stdout)
        self.assertEqual(self.points(), {"ada": ALL, "bob": ALL, "eve": ALL})
        before = self.documents()
        self.assertIn("0 graded now", self.grade().stdout)
        self.hand_in("eve", "third stub: third")
        self.grade()
        self.assertEqual(sorted(self.gradings()), ["other", "same", "third"])
        self.assertEqual(before["ada"], self.documents()["ada"])
        self.assertNotEqual(before["eve"]["digest"], self.documents()["eve"]["digest"])
        names = ["class.json", "gradebook.csv", "graded", "index.html", "lock", "pages"]
        names += ["results", "similarity", "submissions", "work"]
        self.assertEqual(sorted(os.listdir(self.out)), names)
        self.assertEqual(os.listdir(self.out / "work"), [])

    def test_killed_and_resumed(self) -> None:
        for name, comment in (("a", "one"), ("b", "two"), ("c", "wait"), ("d", "four")):
            self.hand_in(name, f"stub: {comment}")
        self.start_until(3, "b")
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.assertEqual(self.points(), {"a": ALL, "b": ALL})
        self.hand_in("c", "stub: three")
        self.grade()
        self.assertEqual(sorted(self.gradings()), ["four", "one", "three", "two", "wait"])
        self.assertEqual(len(self.points()), 4)
        self.assertEqual(os.listdir(self.out / "work"), [])

    def test_killed_at_any_moment(self) -> None:
        names = [f"s{number}" for number in range(6)]
        for name in names:
            self.hand_in(name, f"stub: {name}")
        moments = random.Random(5)
        for _ in range(8):
            self.start()
            try:
                self.process.communicate(timeout=moments.uniform(0, 1.5))
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.communicate()
            self.assertLessEqual(set(self.points().items()), {(name, ALL) for name in names})
        self.grade()
        self.assertEqual(self.points(), dict.fromkeys(names, ALL))
        self.assertEqual(os.listdir(self.out / "work"), [])

    def start(self) -> None:
        """Start grading."""
        environment = clean_environment({"STUB_LOG": str(self.log)})
        self.process = subprocess.Popen(
            self.words(),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        self.addCleanup(self.end_process)

    def start_until(self, gradings: int, document: str = "") -> None:
        """Start grading and wait until so many have been begun, and one has its document."""
        self.start()
        limit = time.monotonic() + PATIENCE
        while len(self.gradings()) < gradings or document not in ["", *self.documents()]:
            self.assertLess(time.monotonic(), limit)
            self.assertIsNone(self.process.poll())
            time.sleep(0.05)

    def end_process(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        self.process.wait()

    def test_interrupted_says_how_to_go_on(self) -> None:
        self.hand_in("a", "stub: one")
        self.hand_in("b", "stub: wait")
        self.start_until(2, "a")
        os.killpg(self.process.pid, signal.SIGINT)  # As a terminal does.
        _, errors = self.process.communicate(timeout=PATIENCE)
        self.assertEqual(self.process.returncode, 2)
        self.assertRegex(errors, r"class: interrupted; to go on from here, type: .*class_stub")
        self.assertEqual(self.points(), {"a": ALL})
        self.assertEqual(os.listdir(self.out / "work"), [])

    def test_second_run_in_the_same_folder(self) -> None:
        self.hand_in("a", "stub: wait")
        self.start_until(1)
        done = self.grade(status=2)
        self.assertIn(f"process {self.process.pid} is grading in", done.stderr)
        self.assertEqual(self.gradings(), ["wait"])

    def test_errors_of_the_grader_are_nobodys_mark(self) -> None:
        comments = (("a", "bug"), ("b", "die"), ("c", "fine"), ("d", "error"), ("e", "unbuilt"))
        for name, comment in comments:
            self.hand_in(name, f"stub: {comment}")
        done = self.grade(status=2)
        self.assertIn("not graded: a: IndexError: list index out of range", done.stderr)
        self.assertIn("class: 3 submissions could not be graded", done.stderr)
        self.assertEqual(self.points(), {"c": ALL, "e": 0})
        self.assertEqual(self.documents()["e"]["build"], {"passed": False, "errors": ["no"]})
        errors = [path.read_text() for path in self.out.glob("graded/*/error.txt")]
        self.assertEqual(len(errors), 3)
        self.assertTrue(any("died 2 times (exit status 3)" in error for error in errors))
        for name in ("a", "b", "d"):
            self.hand_in(name, f"mended {name}")
        self.grade()
        self.assertEqual(len(self.points()), 5)

    def test_hopeless_runs_are_given_up(self) -> None:
        for number in range(9):
            self.hand_in(f"s{number}", f"{number} stub: error")
        self.assertIn("class: the kit is broken", self.grade(status=2).stderr)
        self.assertLess(len(self.gradings()), 6)

    def test_one_that_several_handed_in_is_one_failure(self) -> None:
        for name in "abcd":
            self.hand_in(name, "stub: error")
        self.hand_in("e", "stub: fine")
        self.grade(status=2)
        self.assertEqual(self.points(), {"e": ALL})

    def test_choosing_submissions_and_tests(self) -> None:
        test = "frame_init_empty"
        self.hand_in("ada", "stub: fail frame_init_empty")
        self.hand_in("eve", "stub: fine")
        self.grade("--seed", "5")
        self.assertEqual(self.points(), {"ada": 99.67, "eve": ALL})
        self.grade("--only", "eve", "--again", "--seed", "5")
        self.assertEqual(self.gradings().count("fine"), 2)
        before = self.documents()
        self.grade("--test", test)
        after = self.documents()
        self.assertEqual(self.gradings().count("fine"), 3)
        for name in ("ada", "eve"):
            self.assertEqual(after[name]["points"], before[name]["points"])
            self.assertEqual(after[name]["notes"], [])
            self.assertEqual(len(after[name]["tests"]), len(before[name]["tests"]))
        self.assertIn("is called 'zoe'", self.grade("--only", "zoe", status=2).stderr)
        self.assertIn("no test 'zoe'", self.grade("--test", "zoe", status=2).stderr)

    def test_roster(self) -> None:
        roster = self.class_folder / "roster.csv"
        roster.write_text("id,name,email\nu1,Ada Lovelace,a@x\nu2,Bob,b@x\nu3,Eve,\n")
        self.hand_in("Ada Lovelace_7_file_", "stub: fine")
        self.hand_in("eve-1", "stub: old")
        self.hand_in("eve-2", "stub: new")
        self.hand_in("stranger", "stub: strange")
        os.utime(self.class_folder / "eve-1" / "lab1-memory" / "frame.c", (0, 0))
        for path in (self.class_folder / "eve-1").rglob("*"):
            os.utime(path, (1, 1))
        done = self.grade("--roster", str(roster))
        self.assertEqual(sorted(self.gradings()), ["fine", "new", "strange"])
        documents = self.documents()
        self.assertEqual(
            {name: (d["student"] or {}).get("id") for name, d in documents.items()},
            {"Ada_Lovelace_7_file": "u1", "eve-2": "u3", "stranger": None, "u2": "u2"},
        )
        self.assertEqual(documents["u2"]["points"], 0)
        self.assertEqual(documents["u2"]["max_points"], ALL)
        self.assertEqual(documents["u2"]["build"]["errors"], ["nothing was handed in"])
        outcomes = [test["outcomes"] for test in documents["u2"]["tests"]]
        self.assertEqual({outcome["verdict"] for (outcome,) in outcomes}, {"not_built"})
        self.assertIn("handed in 2 times", documents["eve-2"]["notes"][0])
        self.assertIn("no student of the roster fits", documents["stranger"]["notes"][0])
        self.assertIn("1 student handed in nothing", done.stdout)
        gradebook = (self.out / "gradebook.csv").read_text(encoding="utf-8")
        self.assertEqual(len(gradebook.splitlines()), 5)

    def test_what_cannot_be_read_is_a_result(self) -> None:
        self.hand_in("fine", "stub: fine")
        self.hand_in("missing", "stub: missing")
        (self.class_folder / "missing/lab1-memory/heap.c").unlink()
        (self.class_folder / "text.txt").write_text("int main;")
        (self.class_folder / "empty.zip").write_bytes(b"")
        (self.class_folder / "nothing").mkdir()
        (self.class_folder / ".hidden").write_bytes(b"")
        (self.class_folder / "submission_metadata.yml").write_bytes(b"")
        Path(os.fsdecode(os.fsencode(self.class_folder) + b"/o\xff\x1b[2J")).write_bytes(b"x")
        with tarfile.open(self.class_folder / "cut.tar.gz", "w:gz") as archive:
            archive.add(self.class_folder / "fine", ".")
        whole = (self.class_folder / "cut.tar.gz").read_bytes()
        (self.class_folder / "cut.tar.gz").write_bytes(whole[:-40])
        done = self.grade()
        errors = {name: d["build"]["errors"] for name, d in self.documents().items()}
        self.assertEqual(errors["fine"], [])
        self.assertEqual(errors["missing"], ["lab1-memory/heap.c: the file is missing"])
        self.assertIn("not a .tar.gz or .zip archive", errors["text.txt"][0])
        self.assertIn("empty", errors["empty"][0])
        self.assertIn("no folder lab1-memory/", errors["nothing"][0])
        self.assertIn("cut off", errors["cut"][0])
        self.assertEqual(self.gradings(), ["fine"])
        self.assertIn("6 cannot be built or read", done.stdout)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertIn("o_2J", errors)

    def test_seed_is_chosen_once(self) -> None:
        self.hand_in("a", "stub: one")
        self.grade()
        seed = self.documents()["a"]["seed"]
        self.hand_in("a", "stub: two")
        self.grade()
        self.assertEqual(self.documents()["a"]["seed"], seed)
        self.grade("--seed", "9")
        self.assertEqual(self.documents()["a"]["seed"], 9)
        settings = json.loads((self.out / "class.json").read_text())["settings"]
        self.assertEqual((settings["seed"], settings["lab"]), (9, 1))
        self.assertIn("holds results of lab 1", self.grade("--lab", "2", status=2).stderr)

    def test_command_lines_that_make_no_sense(self) -> None:
        self.assertIn("there is no submission", self.grade(status=2).stderr)
        self.hand_in("a", "stub: one")
        self.assertIn("--ref takes labs before", self.grade("--ref", "1", status=2).stderr)
        self.out = self.folder / "a b"
        self.assertIn("without blanks", self.grade(status=2).stderr)
        self.out, self.class_folder = self.folder / "out2", self.folder / "absent"
        self.assertIn("cannot read the submissions", self.grade(status=2).stderr)


if __name__ == "__main__":
    unittest.main()
