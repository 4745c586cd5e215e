"""Platforms: what is accepted as a submission, and grading it exercise by exercise."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import unittest
from typing import Any, Dict, List, Sequence, Tuple
from unittest import mock

import format_checks
from cairn_grader.catalogue import load_lab
from cairn_grader.cohort.documents import merge
from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.formats.document import parse
from cairn_grader.formats.gradescope import to_gradescope
from kit import ROOT, KitTest
from platform_kit import SOLUTION, TESTS, handin

# These lie where platform_kit says.
import stepwise  # noqa: E402
from upload import take_upload  # noqa: E402

ORDER = 4
NAMES = [f"lab1-memory/{name}" for name in ("frame.c", "heap.c")]


class Upload(KitTest):
    """What is accepted as a submission."""

    def taken(self) -> "Dict[str, bytes]":
        """The files that are taken from this test's folder."""
        return take_upload(self.folder, NAMES).files

    def lay(self, folder: str, *names: str) -> None:
        """Put copies of the solution's files into a folder below this test's."""
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(SOLUTION / name, self.folder / folder / name)

    def test_three_forms(self) -> None:
        """Folder, archive, bare files."""
        expected = {name: (ROOT / "solutions" / name).read_bytes() for name in NAMES}
        self.lay("lab1-memory", "frame.c", "heap.c")
        self.assertEqual(self.taken(), expected)
        shutil.rmtree(self.folder / "lab1-memory")
        handin(self.folder / "lab1-ada.tar.gz")
        self.assertEqual(self.taken(), expected)
        (self.folder / "lab1-ada.tar.gz").unlink()
        self.lay("", "frame.c", "heap.c", "paging.c")
        self.assertEqual(self.taken(), expected)

    def test_folder_before_bare_files(self) -> None:
        """Bare files beside the lab's folder do not count."""
        self.lay("lab1-memory", "frame.c", "heap.c")
        (self.folder / "frame.c").write_text("other", encoding="ascii")
        self.assertEqual(sorted(self.taken()), NAMES)
        self.assertNotIn(b"other", self.taken().values())

    def test_bare_files_are_checked(self) -> None:
        """All must be there, and none may be a link."""
        self.lay("", "frame.c")
        self.assertEqual(
            take_upload(self.folder, NAMES).problems, ["lab1-memory/heap.c: the file is missing"]
        )
        (self.folder / "heap.c").symlink_to("/etc/passwd")
        taken = take_upload(self.folder, NAMES)
        self.assertEqual(taken.files, {})
        self.assertIn("regular file", taken.problems[0])

    def test_nothing(self) -> None:
        """An upload without any of the files."""
        (self.folder / "readme.txt").write_text("hello", encoding="ascii")
        self.assertIn("make handin", take_upload(self.folder, NAMES).problems[0])

    def test_names_are_unique(self) -> None:
        """No two labs have files of the same name, or bare ones could not be told apart."""
        names = [path.name for path in (ROOT / "solutions").glob("lab*/*.[cS]")]
        self.assertEqual(len(names), len(set(names)))


class Stepwise(KitTest):
    """Grading exercise by exercise, with a grader that a test controls."""

    def setUp(self) -> None:
        super().setUp()
        self.now = 0.0
        lab = load_lab(ROOT, 1)
        names = tuple(test.name for test in lab.select(pattern=TESTS))
        self.job = stepwise.Job(lab, ClassSettings(lab=1, seed=7, tests=names), self.folder, 100)
        clock = mock.patch("stepwise.time.monotonic", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)

    def passed(self, job: stepwise.Job, tests: Sequence[str]) -> Dict[str, Any]:
        """What a grader would write of tests that all pass."""
        document = stepwise.not_run(stepwise._only(job, tests), "")
        for row in [document, *document["exercises"], *document["tests"]]:
            row["points"] = row["max_points"]
        for test in document["tests"]:
            test["passed"] = True
            for outcome in test["outcomes"]:
                outcome.update(verdict="passed", findings=[])
                for part in outcome.get("parts", []):
                    part["passed"] = True
                outcome["command"] = "../kit/grader/grade --lab 1 --submission labs x"
        document.update(passed=True, times={"run": 1.0})
        return document

    def commands(self, *scripts: str) -> Any:
        """Have these shell scripts stand in for the grader, one after the other."""
        words = [["sh", "-c", script] for script in scripts]
        return mock.patch.object(stepwise, "_command", side_effect=words)

    def saved(self, tests: Sequence[str]) -> str:
        """A script that prints a result in which these tests pass, and then the time is over."""
        path = self.folder / "result.json"
        path.write_text(json.dumps(self.passed(self.job, tests)), encoding="ascii")
        return f"cat {path}"

    def test_results_as_they_come(self) -> None:
        """What was earned is published before the next exercise begins, and stays."""
        published: List[Tuple[str, float, str]] = []

        def publish(result: Dict[str, Any], exercise: str) -> None:
            format_checks.gradescope(to_gradescope(parse(result)))
            last = result["tests"][-1]["outcomes"][0]["verdict"]
            published.append((exercise, result["points"], last))
            self.now = 200

        with self.commands(self.saved(["frame_double_free"])) as commands:
            result = stepwise.grade(self.job, publish)
        self.assertEqual(commands.call_count, 1)
        self.assertEqual(published, [("lab1.ex2", 1.5, "not_run")])
        self.assertEqual((result["points"], result["max_points"]), (1.5, 2))
        shown = json.loads(to_gradescope(parse(result)))["output"]
        self.assertIn("Not graded: lab1.ex6; there was no time left to run it", shown)
        command = result["tests"][0]["outcomes"][0]["command"]
        self.assertEqual(command, "grader/grade --lab 1 x")

    def test_all_exercises(self) -> None:
        """The whole is the sum of its parts."""
        scripts = [self.saved(["frame_double_free"])]
        (self.folder / "result.json").rename(self.folder / "first.json")
        scripts[0] = scripts[0].replace("result", "first")
        scripts.append(self.saved(["heap_double_free"]))
        with self.commands(*scripts):
            result = stepwise.grade(self.job, lambda result, exercise: None)
        self.assertEqual((result["points"], result["passed"]), (2, True))
        self.assertEqual(result["times"], {"run": 2.0})

    def test_grader_that_fails(self) -> None:
        """It costs its exercise, with the reason, and no other."""
        with self.commands("echo 'grade: no QEMU' >&2; exit 2", self.saved(["heap_double_free"])):
            result = stepwise.grade(self.job, lambda result, exercise: None)
        self.assertEqual(result["points"], 0.5)
        finding = result["tests"][0]["outcomes"][0]["findings"][0]
        self.assertEqual(finding["actual"], "the grader itself failed (grade: no QEMU)")

    def test_grader_that_hangs(self) -> None:
        """It is ended with all that it has started, even if it does not want to."""
        note = self.folder / "pids"
        script = f"trap '' TERM; sleep 1000 & echo $$ $! >{note}.new; mv {note}.new {note}; wait"

        def wait_for_it(*_words: Any, **_options: Any) -> Any:
            while not note.exists():
                time.sleep(0.01)
            raise subprocess.TimeoutExpired("sh", 0)

        process = subprocess.Popen
        with self.commands(script), mock.patch.object(stepwise, "GRACE", 0.2):
            with mock.patch.object(process, "communicate", side_effect=wait_for_it):
                stepwise._grade_some(self.job, ["frame_double_free"])
        for pid in map(int, note.read_text("ascii").split()):
            self.assertTrue(gone(pid), "a process is left")

    def test_broken_build_is_told_once(self) -> None:
        """After a build that failed, nothing else is tried."""
        broken = stepwise.refused(self.job, ["one.c:1: error: no"])
        (self.folder / "result.json").write_text(json.dumps(broken), encoding="ascii")
        with self.commands(f"cat {self.folder}/result.json; exit 1") as commands:
            result = stepwise.grade(self.job, lambda result, exercise: None)
        self.assertEqual(commands.call_count, 1)
        self.assertEqual(result["build"], {"passed": False, "errors": ["one.c:1: error: no"]})
        self.assertEqual((result["points"], result["max_points"]), (0, 2))

    def test_whole_points(self) -> None:
        """Merged exercise by exercise, the tests of every lab are worth what they are worth."""
        for number in (1, 2, 3):
            lab = load_lab(ROOT, number)
            job = stepwise.Job(lab, ClassSettings(lab=number, seed=7), self.folder, 0)
            result = stepwise.not_run(job, "")
            for exercise in lab.exercises:
                tests = [test.name for test in lab.tests if test.exercise == exercise.name]
                result = merge(result, self.passed(job, tests))
            self.assertEqual((result["points"], result["max_points"]), (100, 100))

    def test_hidden_tests_have_one_name(self) -> None:
        """A result of one exercise names hidden tests as the whole lab does, so that they merge."""
        everything = stepwise.Job(self.job.lab, ClassSettings(1, 7), self.folder, 0)
        whole = stepwise.not_run(everything, "")
        hidden = [test.name for test in self.job.lab.tests if test.hidden][-1:]
        merged = merge(whole, self.passed(self.job, hidden))
        self.assertEqual(len(merged["tests"]), len(whole["tests"]))
        self.assertEqual(sum(test["passed"] for test in merged["tests"]), 1)


def gone(pid: int) -> bool:
    """Whether a process has ended; one that was killed may take a moment."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", encoding="ascii") as status:
                if status.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    return False


if __name__ == "__main__":
    unittest.main()
