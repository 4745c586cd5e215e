"""What the tests of the executor for Slurm share: tasks without a kernel, and a cluster."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Sequence
from unittest import mock

from kit import KitTest
from slurm_cluster import CannotStart, Cluster

from cairn_grader.cohort import slurm
from cairn_grader.cohort.executor import Task, error_file
from cairn_grader.cohort.slurm import SlurmExecutor

#: Does tasks without a kernel: a task whose name begins with `slow` takes long, `bad` ends with
#: an error, `dead` is killed and `quiet` ends well; none of these four leaves a result.
WORKER = r"""
out=$2
shift 2
for key; do
    echo "$key $$" >>"$out/started"
    case $key in
    slow*) sleep 60 ;;
    bad*) echo 'the disk is full' && exit 3 ;;
    dead*) kill -9 $$ ;;
    quiet*) exit 0 ;;
    esac
    mkdir -p "$out/graded/$key"
    echo '{}' >"$out/graded/$key/part"
    mv "$out/graded/$key/part" "$out/graded/$key/result.json"
done
"""


def tasks(*keys: str) -> List[Task]:
    """Tasks with these names."""
    return [Task(key) for key in keys]


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds; returns whether it does, after a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def in_background(action: Callable[[], object]) -> Iterator[None]:
    """Run a function beside the block."""
    thread = threading.Thread(target=action)
    thread.start()
    try:
        yield
    finally:
        thread.join()


class ExecutorTest(KitTest):
    """A test with a class folder in which tasks are done by WORKER."""

    def setUp(self) -> None:
        """Let jobs run WORKER, and do not wait long for results that will not come."""
        super().setUp()
        self.out = self.folder / "out"
        (self.out / "graded").mkdir(parents=True)
        worker = self.folder / "worker.sh"
        worker.write_text(WORKER, encoding="ascii")
        self.said: List[str] = []

        def command(out: Path, keys: Sequence[str]) -> List[str]:
            return ["sh", str(worker), "--task", str(out), *keys]

        for name, value in {
            "task_command": command,
            "LATE": 1.0,
            "LATE_AFTER_FAILURE": 0.5,
            "SHORTEST_PAUSE": 0.1,
        }.items():
            patch = mock.patch.object(slurm, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def environment(self, **words: str) -> None:
        """Add to the environment of this process for the rest of the test."""
        patch = mock.patch.dict(os.environ, words)
        patch.start()
        self.addCleanup(patch.stop)

    def execute(self, *keys: str, jobs: int = 4, batch: int = 1, options: str = "") -> List[str]:
        """Have tasks done; returns their names in the order in which they became finished."""
        order: List[str] = []
        executor = SlurmExecutor(options.split(), batch, self.said.append)
        executor.run(self.out, tasks(*keys), jobs, lambda task: order.append(task.key))
        return order

    def errors(self, *keys: str, **options: Any) -> Dict[str, str]:
        """Have tasks done; returns why they have no result, by their names."""
        self.assertEqual(sorted(self.execute(*keys, **options)), sorted(keys))
        paths = {key: error_file(self.out, key) for key in keys}
        return {key: path.read_text("utf-8") for key, path in paths.items() if path.exists()}

    def started(self) -> List[str]:
        """The names of the tasks that were started."""
        path = self.out / "started"
        lines = path.read_text(encoding="ascii").splitlines() if path.exists() else []
        return [line.split()[0] for line in lines]


class ClusterTest(KitTest):
    """A test on a cluster that all tests of the class share."""

    cluster: Cluster

    @classmethod
    def setUpClass(cls) -> None:
        """Start it, or skip the tests with the reason why it does not start."""
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        try:
            cls.cluster = Cluster(folder / "1").__enter__()
        except CannotStart as reason:
            raise unittest.SkipTest(str(reason)) from None
        cls.addClassCleanup(cls.cluster.stop)

    def jobs(self, *options: str) -> str:
        """A line for each job that has not ended: its number and its state."""
        return self.cluster.ask("squeue", "--noheader", "--format=%i %T", *options)

    def must_vanish(self, name: str) -> None:
        """Soon no job has this name."""
        self.assertTrue(wait_until(lambda: not self.jobs(f"--name={name}")))
