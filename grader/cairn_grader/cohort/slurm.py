"""Tasks done by a Slurm cluster that is there already.

All tasks become one job array: element i does the tasks in line i of a file. Slurm decides when
and where an element runs; nothing here queues or schedules. The class folder and the kit must be
on a file system that all nodes see under the same paths, for results travel by no other way.

    executor = SlurmExecutor(options=["--partition=short", "--time=10", "--mem=1G"])
    executor.run(out, tasks, jobs, finished)

While the array runs, the folder of results and `squeue` are looked at, less and less often. An
element that ends without a result gets an error with what Slurm says about its end; the others go
on. If the executor is interrupted, it cancels the array; an array that a killed one left behind is
cancelled by the next.

In OUT/work/slurm/ stay, for each array N: N.txt (the tasks), N.sh (the job), and JOB_ELEMENT.out
(what an element printed).

Sources: sbatch(1), squeue(1), scontrol(1), scancel(1), slurm.conf(5); nfs(5) for how late a file
may appear on another machine.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence

from cairn_grader.cli import ROOT
from cairn_grader.cohort.executor import Task, error_file, is_finished, task_command
from cairn_grader.cohort.slurm_commands import (
    Slurm,
    has_failed,
    is_over,
    is_running,
    state_of,
)
from cairn_grader.errors import GraderError
from cairn_grader.files import write_atomically

#: Seconds between two looks: a twentieth of the time that has passed, within these limits.
SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
#: Seconds that a result may appear after the end of its job. NFS clients may trust what they know
#: of a folder for 60 seconds (acdirmax); a job that failed has probably left no result.
LATE = 90.0
LATE_AFTER_FAILURE = 5.0
#: Seconds without an answer from the cluster after which there is no point in waiting.
OUTAGE = 600.0
#: Seconds without a running job after which whoever waits is told what Slurm waits for.
IDLE = 60.0

SCRIPT = """\
#!/bin/sh
# Does the tasks in one line of a file: the line whose number is that of this job in its array.
keys=$(sed -n "${{SLURM_ARRAY_TASK_ID}}p" {keys}) || exit 1
# shellcheck disable=SC2086 # names of tasks hold no blanks
exec {command} $keys
"""


def _tell(sentence: str) -> None:
    """Write a sentence where a progress bar may be."""
    start = "\r\033[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{start}{sentence}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class SlurmExecutor:
    """An executor; see cohort.executor."""

    #: More options for sbatch: partition, account, limits of time and memory.
    options: Sequence[str] = ()
    #: How many tasks one job does, one after the other.
    batch: int = 1
    #: Where sentences for whoever waits go.
    say: Callable[[str], None] = _tell

    def run(
        self, out: Path, tasks: Sequence[Task], jobs: int, finished: Callable[[Task], None]
    ) -> None:
        """Do all tasks, at most `jobs` at once."""
        if not tasks:
            return
        out = out.absolute()
        slurm = Slurm()
        name = job_name(out)
        elements = [list(tasks[i : i + self.batch]) for i in range(0, len(tasks), self.batch)]
        if slurm.cancel(name):
            self.say("Slurm: cancelling the jobs that an earlier run left behind")
            slurm.wait_for_end(name)
            for task in tasks:  # What those jobs failed at in the end is news of yesterday.
                error_file(out, task.key).unlink(missing_ok=True)
        try:
            for number, part in enumerate(split(elements, slurm.largest_array())):
                script = _write_job(out, number, part)
                job = slurm.submit(self._sbatch_options(out, name, len(part), jobs), script)
                _Watch(slurm, out, job, part, finished, self.say).until_over()
        except BaseException:
            slurm.cancel(name)
            self.say(f"Slurm: the jobs {name} are cancelled; results that are there are kept")
            raise

    def _sbatch_options(self, out: Path, name: str, elements: int, jobs: int) -> List[str]:
        folder = str(_work(out)).replace("%", "%%")
        return [
            f"--job-name={name}",
            f"--array=1-{elements}%{jobs}",
            f"--output={folder}/%A_%a.out",
            f"--chdir={ROOT}",
            "--ntasks=1",
            *self.options,
        ]


def job_name(out: Path) -> str:
    """The name of the jobs for a class folder; no other folder has it."""
    return "cairn-" + hashlib.sha256(os.fsencode(out)).hexdigest()[:12]


def split(elements: Sequence[List[Task]], limit: int) -> Iterator[List[List[Task]]]:
    """Parts of at most `limit` elements; each becomes an array."""
    for start in range(0, len(elements), limit):
        yield list(elements[start : start + limit])


def _work(out: Path) -> Path:
    return out / "work" / "slurm"


def _write_job(out: Path, number: int, elements: Sequence[Sequence[Task]]) -> Path:
    """Write the list of tasks and the script of an array; returns the script."""
    folder = _work(out)
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / f"{number}.txt"
    lines = (" ".join(task.key for task in element) + "\n" for element in elements)
    keys.write_text("".join(lines), encoding="ascii")
    command = " ".join(shlex.quote(word) for word in task_command(out, []))
    script = folder / f"{number}.sh"
    script.write_text(
        SCRIPT.format(keys=shlex.quote(str(keys)), command=command), encoding="utf-8"
    )
    return script


@dataclass
class _Watch:
    """Waits for the tasks of an array."""

    slurm: Slurm
    out: Path
    job: str
    elements: Sequence[Sequence[Task]]
    finished: Callable[[Task], None]
    say: Callable[[str], None]
    #: The tasks without a result so far, by the number of the element.
    waiting: Dict[int, List[Task]] = field(default_factory=dict)
    #: When an element was first seen to have ended.
    ended: Dict[int, float] = field(default_factory=dict)
    #: Since when no job has been running, or None.
    idle_since: Optional[float] = None
    told: bool = False

    def until_over(self) -> None:
        """Wait."""
        self.waiting = {i: list(tasks) for i, tasks in enumerate(self.elements, start=1)}
        started = answered = time.monotonic()
        while True:
            self._collect()
            if not self.waiting:
                return
            states = self.slurm.states(self.job)
            now = time.monotonic()
            if states is not None:
                answered = now
                self._give_up_on_ended(states, now)
                self._tell_if_idle(states, now)
            elif now - answered > OUTAGE:
                raise GraderError(f"Slurm does not answer: {self.slurm.last_error}")
            time.sleep(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, (now - started) / 20)))

    def _collect(self) -> None:
        """Report the tasks that have become finished."""
        graded = _names(self.out / "graded")
        for index, tasks in list(self.waiting.items()):
            for task in [task for task in tasks if task.key in graded]:
                if is_finished(self.out, task):
                    tasks.remove(task)
                    self.finished(task)
            if not tasks:
                del self.waiting[index]

    def _give_up_on_ended(self, states: Dict[int, str], now: float) -> None:
        """Leave elements whose job ended some time ago; the file system may need that time."""
        for index in list(self.waiting):
            state = state_of(states, index)
            if not is_over(state):
                self.ended.pop(index, None)  # It was never over, or has been started again.
                continue
            patience = LATE_AFTER_FAILURE if has_failed(state) else LATE
            if now - self.ended.setdefault(index, now) < patience:
                continue
            reason = self.slurm.explain(self.job, index, state, _work(self.out))
            for task in self.waiting.pop(index):
                text = f"{reason}; the same command again does only what has no result\n"
                write_atomically(error_file(self.out, task.key), text.encode("utf-8"))
                self.finished(task)


    def _tell_if_idle(self, states: Dict[int, str], now: float) -> None:
        """Say once why no job runs, if that lasts: Slurm may wait for what will never be."""
        if any(is_running(state) for state in states.values()):
            self.idle_since = None
        elif self.idle_since is None:
            self.idle_since = now
        elif now - self.idle_since > IDLE and not self.told:
            reason = self.slurm.why_pending(self.job)
            if reason:
                self.told = True
                self.say(f"Slurm: no job is running; job {self.job} is waiting: {reason}")


def _names(folder: Path) -> Sequence[str]:
    """What is in a folder. To open it makes an NFS client ask the server for news."""
    try:
        return frozenset(os.listdir(folder))
    except FileNotFoundError:
        return ()
