"""What instructors upload to Gradescope, Autolab and GitHub Classroom, run as it is run there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple
from unittest import mock

import format_checks
from cairn_grader.catalogue import load_lab
from cairn_grader.cohort.documents import merge
from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.formats.document import parse
from cairn_grader.formats.gradescope import to_gradescope
from kit import ROOT, KitTest, need

ORDER = 25
LIMIT = 900

PLATFORMS = ROOT / "grader" / "platforms"
sys.path.insert(0, str(PLATFORMS))

import stepwise  # noqa: E402  (the path must be set first)
from upload import take_upload  # noqa: E402

#: Two tests, of lab1.ex2 and lab1.ex6, and what they are worth.
TESTS, WORTH = "*_double_free", {"lab1.ex2": 1.5, "lab1.ex6": 0.5}
#: Seconds of real time for grading them, on a computer that does much else.
PATIENCE = 400
NAMES = [f"lab1-memory/{name}" for name in ("frame.c", "heap.c")]
SOLUTION = ROOT / "solutions" / "lab1-memory"


def handin(target: Path) -> Path:
    """An archive of the reference solution as `make handin` packs it."""
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(SOLUTION.glob("*.c")):
            archive.add(path, f"lab1-memory/{path.name}")
    return target


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip as unzip does, with permissions."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            (folder / entry.filename).chmod(entry.external_attr >> 16)


class Packed(KitTest):
    """Tests with the archive for Gradescope, unpacked once."""

    archive: Path
    source: Path

    @classmethod
    def setUpClass(cls) -> None:
        """Pack lab 1."""
        folder = Path(tempfile.mkdtemp(prefix="platforms-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.archive, cls.source = folder / "lab1.zip", folder / "source"
        pack = PLATFORMS / "gradescope" / "pack.sh"
        subprocess.run(["sh", str(pack), "1", str(cls.archive)], check=True, timeout=PATIENCE)
        unpack(cls.archive, cls.source)


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
        """Packing again gives the same archive."""
        again = self.folder / "again.zip"
        self.must_succeed("sh", PLATFORMS / "gradescope" / "pack.sh", "1", again)
        self.assertEqual(again.read_bytes(), self.archive.read_bytes())

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


Yaml = Any


def read_yaml(text: str) -> Yaml:
    """The small part of YAML in which the workflow is written: block mappings, lists, scalars."""
    lines = [line for line in text.split("\n") if re.match(" *[^ #]", line)]
    value, rest = _read_block(lines, 0)
    assert not rest, f"cannot read {rest[0]!r}"
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _read_block(lines: List[str], indent: int) -> "Tuple[Yaml, List[str]]":
    """The mapping or list that begins with the first line, and the lines after it."""
    assert _indent(lines[0]) == indent and "\t" not in lines[0], lines[0]
    if lines[0].lstrip().startswith("- "):
        items: List[Yaml] = []
        while lines and _indent(lines[0]) == indent and lines[0].lstrip().startswith("- "):
            first = " " * (indent + 2) + lines[0].lstrip()[2:]
            if re.match(r" *[\w-]+:( |$)", first):
                item, lines = _read_block([first, *lines[1:]], indent + 2)
            else:
                item, lines = _scalar(first.strip()), lines[1:]
            items.append(item)
        return items, lines
    mapping: Dict[str, Yaml] = {}
    while lines and _indent(lines[0]) == indent:
        key, _, text = lines[0].strip().partition(":")
        assert re.fullmatch(r"'?[\w-]+'?", key), lines[0]
        mapping[key.strip("'")], lines = _read_value(text.strip(), lines[1:], indent)
    return mapping, lines


def _read_value(text: str, lines: List[str], indent: int) -> "Tuple[Yaml, List[str]]":
    if text not in ("", "|"):
        return _scalar(text), lines
    inner = _indent(lines[0])
    assert inner > indent, lines[0]
    if text == "":
        return _read_block(lines, inner)
    count = next((n for n, line in enumerate(lines) if _indent(line) < inner), len(lines))
    return "".join(line[inner:] + "\n" for line in lines[:count]), lines[count:]


def _scalar(text: str) -> Yaml:
    if text.startswith("'"):
        assert re.fullmatch(r"'[^']*'", text), text
        return text[1:-1]
    assert not re.search(r": |#|^[\[{&*!|>\"%@`]", text), text
    return int(text) if text.isdecimal() else text


class GitHub(Packed):
    """The workflow for GitHub Classroom."""

    def workflow(self) -> Dict[str, Any]:
        """The workflow, read."""
        return dict(read_yaml((PLATFORMS / "github" / "classroom.yml").read_text("ascii")))

    def steps(self) -> List[Dict[str, Any]]:
        """The steps of its only job."""
        return list(self.workflow()["jobs"]["run-autograding-tests"]["steps"])

    def test_reading(self) -> None:
        """The reader of this test reads it as a full one does."""
        try:
            import yaml
        except ImportError:
            self.skipTest("not installed: python3-yaml")
        text = (PLATFORMS / "github" / "classroom.yml").read_text("ascii")
        self.assertEqual(read_yaml(text), yaml.safe_load(text))

    def test_structure(self) -> None:
        """Steps that refer to each other, and permissions that the reporter needs."""
        workflow = self.workflow()
        self.assertEqual(workflow["name"], "Autograding Tests")
        self.assertIn("push", workflow["on"])
        self.assertEqual(workflow["permissions"]["checks"], "write")
        for step in self.steps():
            self.assertEqual(("run" in step) + ("uses" in step), 1, step["name"])
        grade, report = self.steps()[-2:]
        identity = grade["id"]
        self.assertEqual(report["with"]["runners"], identity)
        passed_on = f"${{{{ steps.{identity}.outputs.result }}}}"
        self.assertEqual(report["env"], {f"{identity.upper()}_RESULTS": passed_on})
        self.assertTrue(report["uses"].endswith("/autograding-grading-reporter@v1"))

    @need("qemu-system-i386")
    def test_grading_step(self) -> None:
        """What the step runs leaves a result, and the runner listens to no kernel meanwhile."""
        kit = self.folder / "repository"
        shutil.copytree(self.source / "kit", kit)
        shutil.copytree(SOLUTION, kit / "labs" / "lab1-memory")
        step = self.steps()[-2]
        output = self.folder / "output"
        env = {**step["env"], "TESTS": TESTS, "GITHUB_OUTPUT": str(output)}
        self.assertEqual(step["env"]["TESTS"], "*")
        command = ["sh", "-e", "-c", step["run"]]
        done = self.must_succeed(*command, cwd=kit, env=env, timeout=PATIENCE)
        name, _, text = output.read_text("ascii").partition("=")
        result = format_checks.github(text)
        self.assertEqual((name, result["status"], result["max_score"]), ("result", "pass", 2))
        lines = done.stdout.splitlines()
        word = re.fullmatch("::stop-commands::([0-9a-f]{32})", lines[0])
        assert word is not None
        self.assertEqual(lines[-1], f"::{word.group(1)}::")
        self.assertFalse([line for line in lines[1:-1] if word.group(1) in line])

    def test_failing_step(self) -> None:
        """A grader that fails leaves no result; less than full marks does."""
        for status, expected in ((2, 1), (1, 0)):
            folder = self.folder / str(status)
            (folder / "grader").mkdir(parents=True)
            for name, script in (("grade", f"exit {status}"), ("export", "echo eA==")):
                (folder / "grader" / name).write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
                (folder / "grader" / name).chmod(0o755)
            env = {**self.steps()[-2]["env"], "GITHUB_OUTPUT": str(folder / "output")}
            script = self.steps()[-2]["run"]
            self.must_end_with(expected, "sh", "-e", "-c", script, cwd=folder, env=env)
            self.assertEqual((folder / "output").exists(), expected == 0)


if __name__ == "__main__":
    unittest.main()
