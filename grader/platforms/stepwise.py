"""Grades an upload exercise by exercise, so that what was earned is there when time is up.

A platform ends a grader after some minutes and then counts nothing. So each exercise is graded by
a `grader/grade` of its own, the result of all so far is published after each, and before the
platform's limit the rest is given up: its tests appear as not run. Nobody waits for what a
submission does, because the process that grades it is ended when the time is over.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence

from cairn_grader import sandbox
from cairn_grader.catalogue import Lab, Test
from cairn_grader.cli import ROOT
from cairn_grader.cohort.documents import merge, unbuilt
from cairn_grader.cohort.settings import SHOWN, ClassSettings
from cairn_grader.text import clean

#: Seconds that a grader has to end after it was asked to.
GRACE = 5
TIME_IS_UP = "there was no time left to run it"

Members = Dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What to grade, and until when."""

    lab: Lab
    settings: ClassSettings
    #: A folder of one's own, in which SHOWN holds the files that were taken.
    work: Path
    #: When to give up, by time.monotonic().
    deadline: float

    @property
    def tests(self) -> List[Test]:
        """The tests to run."""
        return self.lab.select(self.settings.tests)


def refused(job: Job, reasons: Sequence[str]) -> Members:
    """The result of an upload that cannot be graded."""
    return unbuilt(ROOT, job.lab, job.settings, reasons)


def not_run(job: Job, reason: str) -> Members:
    """A result in which no test was run."""
    document = refused(job, [reason])
    document["build"] = {"passed": True, "errors": []}
    document["notes"] = []
    finding = {"what": "", "expected": "the test is run", "actual": reason, "file": "", "line": 0}
    finding.update(exercise="", details=[])
    for test in document["tests"]:
        for outcome in test["outcomes"]:
            outcome["verdict"] = "not_run"
            if "findings" in outcome:
                outcome["findings"] = [finding]
    return document


def grade(job: Job, publish: Callable[[Members, str], None]) -> Members:
    """Grade; publish the result after each exercise, with the exercise's name."""
    result = not_run(job, TIME_IS_UP)
    seconds: Dict[str, float] = {}
    for exercise in job.lab.exercises:
        tests = [test.name for test in job.tests if test.exercise == exercise.name]
        if tests and time.monotonic() < job.deadline:
            after = _grade_some(job, tests)
            for name, value in after["times"].items():
                seconds[name] = round(seconds.get(name, 0) + value, 3)
            result = {**merge(result, {**after, "notes": []}), "times": dict(seconds)}
            publish(result, exercise.name)
            if not after["build"]["passed"]:
                return refused(job, after["build"]["errors"])
    return result


def _grade_some(job: Job, tests: Sequence[str]) -> Members:
    """The result of some tests; if the grader fails or takes too long, one that says so."""
    process = subprocess.Popen(
        _command(job, tests),
        cwd=job.work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=max(0.1, job.deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return not_run(_only(job, tests), TIME_IS_UP)
    finally:
        _end(process)
    if process.returncode not in (0, 1):
        lines = errors.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        print(f"the grader failed: {clean(lines[-1])}", flush=True)
        return not_run(_only(job, tests), f"the grader itself failed ({clean(lines[-1], 200)})")
    return _as_typed_at_home(dict(json.loads(output)))


def _command(job: Job, tests: Sequence[str]) -> List[str]:
    words = [sys.executable, str(ROOT / "grader" / "grade"), "--lab", str(job.settings.lab)]
    words += ["--submission", SHOWN, "--build", str(job.work / "build"), "-j", "1"]
    words += ["--json", "-", "--seed", str(job.settings.seed)]
    words += ["--ref", job.settings.reference] if job.settings.reference else []
    # A platform's container holds one submission and nothing else, and mostly forbids to make
    # another sandbox within it.
    words += ["--sandbox"] if not sandbox.why_impossible() else []
    return [*words, *tests]


def _only(job: Job, tests: Sequence[str]) -> Job:
    settings = ClassSettings(
        lab=job.settings.lab,
        seed=job.settings.seed,
        reference=job.settings.reference,
        tests=tuple(tests),
    )
    return Job(job.lab, settings, job.work, job.deadline)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a grader and what it has started, first politely."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.communicate(timeout=GRACE)
            except subprocess.TimeoutExpired:
                continue


def _as_typed_at_home(document: Members) -> Members:
    """The document with commands that the student can type in her own copy of the kit."""
    for test in document["tests"]:
        for outcome in test["outcomes"]:
            if "command" in outcome:
                command = re.sub(r"^\S*grader/grade", "grader/grade", outcome["command"])
                outcome["command"] = command.replace(f" --submission {SHOWN}", "")
    return document
