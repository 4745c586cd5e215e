"""Slurm's commands, and what their answers mean.

Accounting (sacct) is not asked, for many clusters have none; the controller itself remembers a
job for some minutes after its end (MinJobAge).

Sources: sbatch(1), squeue(1) (JOB STATE CODES), scontrol(1), scancel(1), slurm.conf(5).
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Dict, Optional, Sequence

from cairn_grader.errors import GraderError
from cairn_grader.text import clean

COMMANDS = ("sbatch", "squeue", "scancel", "scontrol")
#: Seconds for one command, and for jobs to end that are cancelled (slurm.conf: KillWait).
PATIENCE = 180.0
#: Seconds between two questions whether jobs have ended.
PAUSE = 0.5
#: Of the jobs with a name, only one's own.
USER = f"--user={pwd.getpwuid(os.geteuid()).pw_name}"
#: The state of an element of which the controller knows nothing any more.
GONE = "GONE"
#: In place of a number: the elements that were cancelled before they started.
NEVER_STARTED = 0
COMPLETED = "COMPLETED"
#: States from which a job does not come back by itself, other than COMPLETED.
FAILURES = {
    "BOOT_FAIL": "its node did not start",
    "CANCELLED": "its job was cancelled",
    "DEADLINE": "its job passed the deadline",
    "FAILED": "its job failed",
    "NODE_FAIL": "its node failed",
    "OUT_OF_MEMORY": "its job ran out of memory: ask for more with --mem",
    "PREEMPTED": "another job took the place of its job",
    "REVOKED": "its job was revoked",
    "TIMEOUT": "its job ran out of time: ask for more with --time",
}
#: The signal that slurmd reports if it cannot open the file for a job's output.
NO_OUTPUT_FILE = 53


def is_over(state: str) -> bool:
    """Whether a job in this state has ended."""
    return state in (GONE, COMPLETED) or state in FAILURES


def is_running(state: str) -> bool:
    """Whether a job in this state has begun and not ended."""
    return state != "PENDING" and not is_over(state)


def has_failed(state: str) -> bool:
    """Whether a job in this state has ended before its command did all of its work."""
    return state in FAILURES


class Slurm:
    """The cluster, as its commands show it."""

    def __init__(self) -> None:
        absent = [command for command in COMMANDS if shutil.which(command) is None]
        if absent:
            raise GraderError(
                f"{absent[0]} is not installed: run this on a machine from which jobs are "
                "submitted to the cluster, or grade on this machine with --executor local"
            )
        #: What Slurm said when it last refused a question.
        self.last_error = ""

    def largest_array(self) -> int:
        """How many elements an array may have, numbered from 1."""
        text = self._ask("scontrol", "show", "config")
        if text is None:
            raise GraderError(f"Slurm does not answer: {self.last_error}")
        found = re.search(r"^MaxArraySize\s*=\s*(\d+)", text, re.MULTILINE)
        # The greatest number of an element is one less; 0 means that there are no arrays.
        size = int(found.group(1)) - 1 if found else 1000
        if size < 1:
            raise GraderError("this Slurm cluster allows no job arrays (MaxArraySize)")
        return size

    def submit(self, options: Sequence[str], script: Path) -> str:
        """Submit an array; returns its number."""
        text = self._ask("sbatch", "--parsable", *options, str(script))
        if text is None:
            raise GraderError(f"sbatch refuses the jobs: {self.last_error}")
        job = text.split(";")[0].strip()  # A cluster's name may follow.
        if not job.isdecimal():
            raise GraderError(f"sbatch did not say the number of the job, but '{clean(job, 80)}'")
        return job

    def states(self, job: str) -> Optional[Dict[int, str]]:
        """The states of an array's elements, as far as they are known; None without an answer."""
        fields = "--format=%K|%T"
        text = self._ask("squeue", "--noheader", "--array", "--states=all", fields, f"--jobs={job}")
        if text is None:
            return {} if "Invalid job id" in self.last_error else None
        return parse_states(text)

    def why_pending(self, job: str) -> str:
        """Slurm's word for what an array that does not start is waiting for, or ""."""
        fields = "--format=%r"
        text = self._ask("squeue", "--noheader", "--states=PENDING", fields, f"--jobs={job}")
        return _last_line(text or "")

    def cancel(self, name: str) -> bool:
        """Cancel all jobs with a name; returns whether there were any."""
        were_there = bool(self._named(name))
        self._ask("scancel", USER, f"--name={name}")
        return were_there

    def wait_for_end(self, name: str) -> None:
        """Wait until the jobs with a name, which are cancelled, have ended."""
        deadline = time.monotonic() + PATIENCE
        while self._named(name):
            if time.monotonic() > deadline:
                raise GraderError(f"the jobs {name} do not end: end them by scancel --name={name}")
            time.sleep(PAUSE)

    def _named(self, name: str) -> str:
        """The jobs with a name that have not ended."""
        text = self._ask("squeue", "--noheader", "--format=%A", USER, f"--name={name}")
        return (text or "").strip()

    def explain(self, job: str, index: int, state: str, folder: Path) -> str:
        """Why an element that is over has left no result; the folder has its output."""
        text = self._ask("scontrol", "--oneliner", "show", "job", f"{job}_{index}")
        try:
            output = (folder / f"{job}_{index}.out").read_text("utf-8", "replace")
        except OSError:
            output = ""
        return explanation(text or "", state, _last_line(output))

    def _ask(self, *command: str) -> Optional[str]:
        """What a command prints; None if it fails, and then the reason is in last_error."""
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.last_error = f"{command[0]} did not end within {PATIENCE:.0f} seconds"
            return None
        if done.returncode != 0:
            self.last_error = _last_line(done.stderr) or f"{command[0]} failed without a word"
            return None
        return done.stdout


def parse_states(text: str) -> Dict[int, str]:
    """
    The states that squeue prints for an array, by the number of the element.

    Elements that were cancelled before they started have no lines of their own; one line without
    a number stands for all of them. It becomes NEVER_STARTED here.
    """
    states: Dict[int, str] = {}
    for line in text.splitlines():
        index, _bar, state = line.strip().partition("|")
        if state:
            states[int(index) if index.isdecimal() else NEVER_STARTED] = state
    return states


def state_of(states: Dict[int, str], index: int) -> str:
    """The state of an element, of parse_states()' answer."""
    return states.get(index) or states.get(NEVER_STARTED) or GONE


def explanation(text: str, state: str, output: str) -> str:
    """What `scontrol --oneliner show job` says about the end of a job, in words."""
    fields = dict(word.split("=", 1) for word in text.split() if "=" in word)
    state = fields.get("JobState", state)
    node = fields.get("BatchHost", "")
    where = f" on {node}" if node and node != "(null)" else ""
    if state == GONE:
        return "Slurm knows nothing of its job any more"
    if state == COMPLETED:
        return f"its job ended well{where}, but the result is not to be seen here"
    if state == "FAILED":
        status, _colon, signal = fields.get("ExitCode", "0:0").partition(":")
        return _failure(int(status), int(signal or 0), output) + where
    return FAILURES.get(state, f"its job is in state {state}") + where


def _failure(status: int, number: int, output: str) -> str:
    """An exit status and a signal in words."""
    if number == NO_OUTPUT_FILE:
        return "its job could not open the file for its output: does the node see the class folder"
    if number:
        return f"its job was killed by signal {number}"
    return f"its job ended with status {status}" + (f" and '{output}'" if output else "")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return clean(lines[-1].strip(), 200) if lines else ""
