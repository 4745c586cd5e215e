"""Tests of the executor for Slurm on a real cluster, with jobs that do not grade."""

from __future__ import annotations

import os
import signal
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, List
from unittest import mock

from kit import KitTest, have
from slurm_cluster import CannotStart, Cluster
from slurm_kit import ClusterTest, ExecutorTest, in_background, wait_until

from cairn_grader.cohort import slurm
from cairn_grader.cohort.executor import error_file


def interrupt() -> None:
    """What Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)


class RealCluster(ClusterTest, ExecutorTest):
    """Jobs that do not grade."""

    def setUp(self) -> None:
        """Use the cluster."""
        super().setUp()
        self.environment(**self.cluster.environment)

    @contextmanager
    def when_started(self, key: str, action: Callable[[], object]) -> Iterator[None]:
        """Do something as soon as a task has started."""

        def act() -> None:
            wait_until(lambda: key in self.started())
            action()

        with in_background(act):
            yield

    def test_tasks_are_done(self) -> None:
        keys = [f"k{number}" for number in range(5)]
        self.assertEqual(sorted(self.execute(*keys, jobs=3)), keys)
        self.assertEqual(sorted(self.started()), keys)

    def test_a_failed_job_is_an_error_of_its_task_only(self) -> None:
        errors = self.errors("bad", "dead", "quiet", "a", "b")
        self.assertEqual(sorted(errors), ["bad", "dead", "quiet"])
        self.assertIn("ended with status 3 and 'the disk is full' on ", errors["bad"])
        self.assertIn("killed by signal 9 on ", errors["dead"])
        self.assertIn("ended well on ", errors["quiet"])
        self.assertRegex(errors["bad"], "; the same command again does only what has no result\n$")

    def test_a_cancelled_job_is_named(self) -> None:
        name = slurm.job_name(self.out)
        with self.when_started("slow", lambda: self.cluster.ask("scancel", f"--name={name}")):
            errors = self.errors("a", "slow", jobs=1)  # So the first is done when the other begins.
        self.assertEqual(list(errors), ["slow"])
        self.assertIn("its job was cancelled on ", errors["slow"])

    def test_an_interrupt_cancels_the_array(self) -> None:
        name = slurm.job_name(self.out)
        with self.when_started("slow", interrupt):
            with self.assertRaises(KeyboardInterrupt):
                self.execute("slow", "slow2")
        self.assertIn(name, self.said[-1])
        self.must_vanish(name)

    def test_jobs_of_a_killed_run_are_cancelled(self) -> None:
        name = slurm.job_name(self.out)
        options = [f"--job-name={name}", "--output=/dev/null", "--wrap", "sleep 60"]
        self.cluster.ask("sbatch", *options)
        self.assertEqual(self.execute("a"), ["a"])
        self.assertIn("an earlier run", self.said[0])
        self.must_vanish(name)

    def test_who_waits_is_told_why_no_job_runs(self) -> None:
        name = slurm.job_name(self.out)

        def cancel_when_told() -> None:
            wait_until(lambda: bool(self.said))
            self.cluster.ask("scancel", f"--name={name}")

        with mock.patch.object(slurm, "IDLE", 0.2), in_background(cancel_when_told):
            errors = self.errors("a", "b", options="--hold")
        self.assertRegex(self.said[0], r"no job is running; job \d+ is waiting: JobHeldUser")
        for key in ("a", "b"):
            self.assertIn("its job was cancelled;", errors[key])

    def test_errors_of_a_killed_run_do_not_count(self) -> None:
        options = [f"--job-name={slurm.job_name(self.out)}", "--output=/dev/null"]
        error = error_file(self.out, "a")
        script = f"trap 'mkdir {error.parent}; echo no >{error}' TERM; sleep 60 & wait"
        self.cluster.ask("sbatch", *options, "--wrap", script)
        wait_until(lambda: "RUNNING" in self.jobs())
        self.assertEqual(self.errors("a"), {})

    def test_a_job_without_output_file_is_explained(self) -> None:
        errors = self.errors("a", options="--output=/nowhere/%a")
        self.assertIn("could not open the file for its output", errors["a"])


class Clusters(KitTest):
    """The cluster of these tests itself."""

    def cluster(self, name: str, **options: int) -> Cluster:
        """A cluster that is yet to be started."""
        return Cluster(self.folder / name, **options)

    def test_two_side_by_side(self) -> None:
        """Each knows its own jobs only, and nothing is left of either."""
        try:
            with self.cluster("a") as one, self.cluster("b", max_array_size=3) as two:
                for cluster in (one, two):
                    options = ("--output=/dev/null", "--wrap", "sleep 60")
                    self.assertEqual(cluster.ask("sbatch", "--parsable", *options), "1\n")
                settings = two.ask("scontrol", "show", "config")
                self.assertRegex(settings, r"\nMaxArraySize += 3\n")
        except CannotStart as reason:
            self.skipTest(str(reason))
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertEqual(processes_with(str(self.folder)), [])

    def test_why_it_does_not_start(self) -> None:
        """A daemon's last words are the reason, and the others are ended."""
        if not have("munged", "slurmd"):
            self.skipTest("not installed: slurm-wlm, munge")
        folder = self.folder / "bin"
        folder.mkdir()
        (folder / "slurmctld").write_text("#!/bin/sh\necho 'fatal: no paper'\n", encoding="ascii")
        (folder / "slurmctld").chmod(0o755)
        path = os.pathsep.join([str(folder), os.environ["PATH"]])
        with mock.patch.dict(os.environ, PATH=path):
            with self.assertRaisesRegex(CannotStart, "fatal: no paper"):
                self.cluster("a").__enter__()
        self.assertEqual(processes_with(str(self.folder / "a")), [])


def processes_with(text: str) -> List[int]:
    """The processes that have a text in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if text.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass  # It has ended, or is somebody else's.
    return found


if __name__ == "__main__":
    unittest.main()
