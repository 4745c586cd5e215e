"""Tests of classes that are graded on a real Slurm cluster."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import unittest
from typing import Dict, List, Mapping

from kit import ROOT
from slurm_kit import ClusterTest, in_background, wait_until

from cairn_grader import sandbox
from cairn_grader.cohort import slurm
from cairn_grader.cohort.executor import error_file
from cairn_grader.mutants import load_mutants, load_reference, solution_folder

ORDER = 20
#: Seconds of real time, on a computer that does much else.
LIMIT = 900
#: The tests by which classes are graded: quick ones.
TESTS = ("fault_decode_codes", "fault_rule_read_only")


@unittest.skipIf(sandbox.why_impossible(), f"no sandbox: {sandbox.why_impossible()}")
class Classes(ClusterTest):
    """Classes that are graded."""

    def setUp(self) -> None:
        """A folder for submissions."""
        super().setUp()
        self.reference = load_reference(ROOT, 1)
        self.submissions = self.folder / "submissions"

    def hand_in(self, name: str, files: Mapping[str, str]) -> None:
        """Add a submission."""
        folder = self.submissions / name / solution_folder(ROOT, 1).name
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")

    def hand_in_broken(self, count: int) -> None:
        """Add submissions that do not compile, which the first of their files shows."""
        for number in range(count):
            text = f"static int broken_{number} = nothing_{number};\n"
            self.hand_in(f"broken-{number:02}", {**self.reference, "frame.c": text})

    def command(self, out: str, *options: str) -> List[str]:
        """A command that grades the class."""
        folders = [str(self.submissions), "--output", str(self.folder / out)]
        tests = [f"--test={name}" for name in TESTS]
        return [str(ROOT / "grader" / "class"), *folders, "--lab=1", "--seed=7", *tests, *options]

    def grade(self, out: str, *options: str, status: int = 0) -> str:
        """Grade the class, with the cluster at hand; what was printed."""
        command = self.command(out, *options)
        done = self.must_end_with(status, *command, env=self.cluster.environment, timeout=LIMIT)
        return done.stdout + done.stderr

    def results(self, out: str) -> Dict[str, str]:
        """The text of the results, by submission, without the times."""
        texts = {}
        for path in (self.folder / out / "results").glob("*.json"):
            document = json.loads(path.read_text(encoding="ascii"))
            del document["times"]
            texts[path.stem] = json.dumps(document, indent=2)
        return texts

    def test_a_cluster_gives_the_same_results_as_this_machine(self) -> None:
        """Forty submissions: correct ones, mutants, and some that do not compile."""
        known = load_mutants(ROOT, 1)
        noticed = [mutant for mutant in known if mutant.test in TESTS][:6]
        others = [mutant for mutant in known if mutant.test not in TESTS][::10]
        mutants = [*noticed, *others[:24]]
        for number in range(2):
            text = self.reference["fault.c"] + f"/* {number} */\n"
            self.hand_in(f"correct-{number}", {**self.reference, "fault.c": text})
        for mutant in mutants:
            self.hand_in(mutant.name, mutant.files(self.reference))
        self.hand_in_broken(8)
        self.grade("here", "-j2")
        self.grade("there", "-j2", "--executor=slurm", "--batch=20", "--slurm=--time=20")
        here, there = self.results("here"), self.results("there")
        self.assertEqual(len(here), 40)
        self.assertEqual(here, there)
        grades = [(self.folder / out / "gradebook.csv").read_bytes() for out in ("here", "there")]
        self.assertEqual(*grades)
        points = {name: json.loads(text)["points"] for name, text in here.items()}
        self.assertEqual(points["correct-0"], max(points.values()))
        self.assertEqual(points["correct-1"], max(points.values()))
        self.assertEqual(list(points.values()).count(0), 8)
        for mutant in noticed:
            self.assertLess(points[mutant.name], max(points.values()))

    def test_lost_jobs_are_errors_and_a_rerun_resumes(self) -> None:
        self.hand_in_broken(2)
        name = slurm.job_name(self.folder / "out")

        def cancel() -> None:
            wait_until(lambda: "PENDING" in self.jobs())
            self.cluster.ask("scancel", f"--name={name}")

        with in_background(cancel):
            printed = self.grade("out", "--executor=slurm", "--slurm=--hold", status=2)
        for name in ("broken-00", "broken-01"):
            self.assertIn(f"{name}: its job was cancelled; the same command again does", printed)
        self.assertEqual(self.results("out"), {})
        self.assertIn("2 cannot be built", self.grade("out", "--executor=slurm"))
        self.assertEqual(sorted(self.results("out")), ["broken-00", "broken-01"])

    def test_files_that_are_not_the_keys_get_no_mark(self) -> None:
        """As a job finds them that a killed run left behind, while the next run writes tasks."""
        self.hand_in_broken(1)
        self.grade("out")
        out = self.folder / "out"
        (result,) = (out / "graded").glob("*/result.json")
        result.unlink()
        task = out / "tasks" / result.parent.name
        shutil.copytree(next((out / "submissions").iterdir()), task)
        next(task.glob("*/heap.c")).unlink()
        self.must_succeed(ROOT / "grader" / "class", "--task", out, task.name)
        self.assertFalse(result.exists())
        self.assertTrue(error_file(out, task.name).exists())

    def test_an_interrupt_leaves_no_job(self) -> None:
        self.hand_in_broken(1)
        command = self.command("out", "--executor=slurm", "--slurm=--hold")
        environment = {**os.environ, **self.cluster.environment}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
            wait_until(lambda: "PENDING" in self.jobs())
            process.send_signal(signal.SIGINT)
            _nothing, printed = process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 2)
        self.assertRegex(printed, b"Slurm: the jobs cairn-.* are cancelled")
        self.must_vanish(slurm.job_name(self.folder / "out"))


if __name__ == "__main__":
    unittest.main()
