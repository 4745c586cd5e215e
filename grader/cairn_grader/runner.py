"""Runs the chosen tests of an image, in parallel, and collects their outcomes.

In QEMU every test has a boot of its own, unless another test's boot ended before either could
begin (scouts.py). In Bochs, where a boot takes a second, tests that need the same machine share one
(in QEMU only if that is asked for); whatever does not pass there is run again alone, and that
verdict counts. The order of outcomes is the order of the tests, whichever run ends first.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from cairn_grader import bochs, qemu, scouts
from cairn_grader.audit import LOG_FILE, LOG_LIMIT, Auditor, Measure
from cairn_grader.catalogue import Test
from cairn_grader.layout import Layout, map_of
from cairn_grader.plugin import plugin
from cairn_grader.processes import Processes
from cairn_grader.programs import explained
from cairn_grader.run import WALL_LIMIT, Boot, End, Image, Run, read_capped
from cairn_grader.verdict import Verdict, judge

#: Most tests that share a boot in Bochs.
BATCH_SIZE = 8
#: Boots until a dead emulator counts. Bochs' display crashes it once in a few hundred boots.
ATTEMPTS = 3
#: Runs of an image that may reach the limit of real time, at work or not; then no more are tried.
STALLS_MAX = 3
#: The seed of a run that asks for none.
DEFAULT_SEED = 20260


@dataclass(frozen=True)
class Settings:
    """How to run tests."""

    emulators: Tuple[str, ...] = ("qemu",)
    seed: int = DEFAULT_SEED
    #: Runs that are under way at once.
    jobs: int = os.cpu_count() or 1
    #: The only schedule to use; None: those of each test.
    schedule: Optional[int] = None
    wall_limit: float = WALL_LIMIT
    #: Whether the folders of runs stay.
    keep: bool = False
    #: Whether tests share boots in QEMU too, which is faster when there are many images to run.
    share_boots: bool = False
    #: Whether the kernel is somebody else's: emulators run in a sandbox.
    sandbox: bool = False
    #: How far each test must get in QEMU, see audit.py; None: what the processor runs is not
    #: looked at.
    measure: Optional[Measure] = None
    #: For the audit: what the student's files may refer to, as in a catalogue.
    may_use: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of one test in one emulator, under the schedule that went worst."""

    test: Test
    emulator: str
    schedule: int
    verdict: Verdict
    run: Optional[Run] = None
    #: The test whose boot spoke for this one; None: its own.
    scout: Optional[Test] = None

    @property
    def share(self) -> Fraction:
        """The part of the points that was earned."""
        return self.verdict.share


_EMULATORS: Dict[str, Callable[[Boot, Processes], Run]] = {"qemu": qemu.run, "bochs": bochs.run}


@dataclass(frozen=True)
class _Job:
    emulator: str
    schedule: int
    tests: Tuple[Test, ...]
    #: Whether these tests were left over from a boot that they shared with others.
    left_over: bool = False


#: Called whenever a run is over: how many are over, how many are planned.
Progress = Callable[[int, int], None]


class Runner:
    """Runs tests of one image in a folder that exists."""

    def __init__(
        self,
        image: Image,
        folder: Path,
        settings: Settings,
        processes: Processes,
        progress: Optional[Progress] = None,
    ) -> None:
        self._image = image
        self._folder = folder
        self._settings = settings
        self._processes = processes
        self._progress = progress
        measure = settings.measure
        self._auditor = self._make_auditor(measure) if measure is not None else None
        self._milestones = scouts.milestones(image.elf)
        self._lock = threading.Lock()
        self._done = 0
        self._planned = 0
        self._stalls: "Counter[End]" = Counter()

    def run(self, tests: Sequence[Test]) -> List[Outcome]:
        """Run tests; the outcomes are in order of emulator, then of the tests."""
        final: List[Outcome] = []
        jobs = plan(tests, self._settings)
        while jobs:
            finished = self._run_jobs(jobs)
            jobs = []
            for job, outcomes in finished:
                again = repetitions(job, outcomes)
                repeated = {test.name for repetition in again for test in repetition.tests}
                final += [outcome for outcome in outcomes if outcome.test.name not in repeated]
                jobs += again
        return _in_order(final, tests, self._settings.emulators)

    def _run_jobs(self, jobs: Sequence[_Job]) -> List[Tuple[_Job, List[Outcome]]]:
        self._planned += len(jobs)
        order, waits = scouts.choose([self._place(job) for job in jobs])
        futures: Dict[int, "Future[List[Outcome]]"] = {}
        with ThreadPoolExecutor(max_workers=max(1, self._settings.jobs)) as pool:
            for number in order:
                scout = futures[waits[number]] if number in waits else None
                futures[number] = pool.submit(self._run_job, jobs[number], scout)
            try:
                return [(job, futures[number].result()) for number, job in enumerate(jobs)]
            except BaseException:
                for future in futures.values():
                    future.cancel()
                self._processes.kill_all()
                raise

    def _place(self, job: _Job) -> Optional[Tuple[str, _Machine, int]]:
        """Jobs for which this is the same may end alike before their tests begin; see scouts.py."""
        test = job.tests[0]
        machine = _machine(job.emulator, True, job.schedule, test)
        milestone = self._milestones.get(test.name)
        if len(job.tests) > 1 or machine.alone or milestone is None:
            return None
        return job.emulator, machine, milestone

    def _run_job(self, job: _Job, scout: "Optional[Future[List[Outcome]]]") -> List[Outcome]:
        ahead = scout.result()[0] if scout is not None else None
        run, booted = (ahead.run, ahead.test) if ahead is not None else (None, None)
        if run is None or not scouts.ended_before_its_test(run):
            run, booted = self._run_for_certain(job), None
        self._report_progress()
        return [
            Outcome(test, job.emulator, job.schedule, self._judge(test, run), run, booted)
            for test in job.tests
        ]

    def _run_for_certain(self, job: _Job) -> Run:
        """Run; and again if the emulator itself failed, which must not be anybody's mark."""
        for attempt in range(ATTEMPTS):
            run = self._boot(job, f"-{attempt + 1}" if attempt else "")
            if run.end not in (End.DIED, End.WALL_LIMIT):
                break
        return run

    def _judge(self, test: Test, run: Run) -> Verdict:
        measure = self._settings.measure
        verdict = judge(test, run, measure.tests.get(test.name) if measure else None)
        root, lab = self._image.root, test.exercise.partition(".")[0]
        verdict.findings = [explained(finding, root, lab) for finding in verdict.findings]
        return verdict

    def _make_auditor(self, measure: Measure) -> Auditor:
        image = self._image
        layout = Layout.load(map_of(image.kernel))
        programs = image.initrd is not None
        return Auditor(image.elf, layout, programs, self._settings.may_use, measure)

    def _boot(self, job: _Job, suffix: str) -> Run:
        """Boot in a new folder, unless too many boots have stalled already."""
        for end in (End.STALLED, End.WALL_LIMIT):
            if self._stalls[end] >= STALLS_MAX:
                return Run(end, [f"not tried: {STALLS_MAX} runs before it ended like that"])
        name = job.tests[0].name if len(job.tests) == 1 else f"{job.tests[0].name}-and-more"
        folder = self._folder / f"{job.emulator}-{job.schedule}-{name}{suffix}"
        folder.mkdir()
        settings = self._settings
        auditor = self._auditor if job.emulator == "qemu" else None
        boot = Boot(
            self._image,
            job.tests,
            settings.seed,
            job.schedule,
            folder,
            settings.wall_limit,
            sandbox=settings.sandbox,
            plugin=plugin() if auditor else None,
            plugin_options=auditor.plugin_options() if auditor else "",
        )
        try:
            run = _EMULATORS[job.emulator](boot, self._processes)
            self._stalls[run.end] += 1
            if auditor is not None:
                log = read_capped(folder / LOG_FILE, LOG_LIMIT + 1)
                run.audit = auditor.examine(log, [test.name for test in job.tests])
            return run
        finally:
            if not settings.keep:
                shutil.rmtree(folder, ignore_errors=True)

    def _report_progress(self) -> None:
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._planned)


def plan(tests: Sequence[Test], settings: Settings) -> List[_Job]:
    """Which tests are booted together."""
    jobs: List[_Job] = []
    for emulator in settings.emulators:
        groups: Dict[_Machine, List[Test]] = {}
        for test in tests:
            if emulator in test.emulators:
                for schedule in _schedules(test, settings):
                    machine = _machine(emulator, settings.share_boots, schedule, test)
                    groups.setdefault(machine, []).append(test)
        for machine, group in groups.items():
            for start in range(0, len(group), BATCH_SIZE):
                batch = tuple(group[start : start + BATCH_SIZE])
                jobs.append(_Job(emulator, machine.schedule, batch))
    return jobs


def repetitions(job: _Job, outcomes: Sequence[Outcome]) -> List[_Job]:
    """What must run again after a shared boot.

    A test that failed runs alone. Tests that did not get their turn share another boot, once. If
    the kernel reported that it failed before the first test began, that holds for all of them.
    """
    failed = [outcome for outcome in outcomes if not outcome.verdict.passed]
    if len(job.tests) == 1 or not failed:
        return []
    waiting = tuple(outcome.test for outcome in failed if not _begun(outcome))
    if len(waiting) == len(job.tests) and _reported_end(outcomes[0]):
        return []
    together = waiting if len(waiting) > 1 and not job.left_over else ()
    alone = [outcome.test for outcome in failed if outcome.test not in together]
    again = [_Job(job.emulator, job.schedule, (test,)) for test in alone]
    if together:
        again.append(_Job(job.emulator, job.schedule, together, left_over=True))
    return again


def _begun(outcome: Outcome) -> bool:
    events = outcome.run.trace.all("test.begin") if outcome.run else []
    return any(event.text("name") == outcome.test.name for event in events)


def _reported_end(outcome: Outcome) -> bool:
    return outcome.run is not None and outcome.run.trace.first("power.off") is not None


class _Machine(NamedTuple):
    """Tests for which this is the same can share a boot."""

    schedule: int
    memory: int
    more_memory: int
    options: str
    #: How QEMU boots it; nothing to Bochs, which has one way.
    boot: str
    #: The test's name if it cannot share at all.
    alone: str


def _machine(emulator: str, shared: bool, schedule: int, test: Test) -> _Machine:
    """`shared`: whether tests share boots in QEMU, too; in Bochs they always do."""
    bochs = emulator == "bochs"
    alone = not (shared or bochs) or test.alone or test.expect != "end" or test.judge is not None
    boot, name = "" if bochs else test.boot, test.name if alone else ""
    return _Machine(schedule, test.memory, test.more_memory, test.options, boot, name)


def _schedules(test: Test, settings: Settings) -> Tuple[int, ...]:
    return test.schedules if settings.schedule is None else (settings.schedule,)


def _in_order(
    outcomes: Sequence[Outcome], tests: Sequence[Test], emulators: Sequence[str]
) -> List[Outcome]:
    """One outcome for each emulator and test: that of the schedule that went worst."""
    worst: Dict[Tuple[str, str], Outcome] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.schedule):
        key = (outcome.emulator, outcome.test.name)
        if key not in worst or _badness(outcome) > _badness(worst[key]):
            worst[key] = outcome
    keys = [(emulator, test.name) for emulator in emulators for test in tests]
    return [worst[key] for key in keys if key in worst]


def _badness(outcome: Outcome) -> Tuple[bool, Fraction]:
    return (not outcome.verdict.passed, 1 - outcome.share)
