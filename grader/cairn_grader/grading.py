"""Grading a submission: the interface for programs.

    lab = load_lab(root, 1)
    result = grade_submission(Request(root=root, lab=lab, submission=folder, build=area))
    print(result.points, result.max_points)

`build_image()` and `run_tests()` are its two halves, for callers that build once and run more
than once, or run chosen tests only.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from cairn_grader.build import AREA, Recipe, build
from cairn_grader.bundle import Submission, student_sources, write_bundles
from cairn_grader.catalogue import Lab, Test, exact, test_folders
from cairn_grader.elf import Elf
from cairn_grader.errors import BuildFailed
from cairn_grader.processes import Processes
from cairn_grader.layout import map_of
from cairn_grader.run import Image
from cairn_grader.runner import Outcome, Progress, Runner, Settings
from cairn_grader.verdict import not_built


@dataclass(frozen=True)
class Request:
    """What to grade, and how."""

    root: Path
    lab: Lab
    #: The folder that holds the student's labN-NAME/.
    submission: Path
    #: The build area; a second grading in it rebuilds only what differs.
    build: Path
    #: Labs taken from solutions/ instead: "", "1,2" or "all".
    reference: str = ""
    #: Which tests to run; empty: all of the lab.
    tests: Tuple[Test, ...] = ()
    settings: Settings = field(default_factory=Settings)
    #: Whether the student's objects are checked, see objects.py.
    checked: bool = False
    #: How the submission's folder is named in results; empty: by its path.
    shown: str = ""
    #: Where to keep what repeats a failed run, a folder for each test; None: nowhere.
    bundles: Optional[Path] = None

    @property
    def chosen(self) -> Tuple[Test, ...]:
        """The tests to run."""
        return self.tests or self.lab.tests


@dataclass(frozen=True)
class TestResult:
    """What became of one test in all emulators in which it ran."""

    test: Test
    outcomes: Tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether it passed everywhere."""
        return all(outcome.verdict.passed for outcome in self.outcomes)

    @property
    def points(self) -> Fraction:
        """What it earned: the share of the emulator in which it went worst."""
        share = min(outcome.share for outcome in self.outcomes)
        return share * exact(self.test.points)


@dataclass
class Result:
    """What became of a submission."""

    request: Request
    tests: List[TestResult]
    #: Why it does not build, line by line; empty if it builds.
    build_errors: List[str] = field(default_factory=list)
    #: Where the runs' consoles and traces are, if they were to be kept.
    folder: Optional[Path] = None
    #: Seconds of real time, by what they were spent on: "build", "run".
    times: Dict[str, float] = field(default_factory=dict)

    @property
    def points(self) -> Fraction:
        """Points earned."""
        return sum((result.points for result in self.tests), Fraction(0))

    @property
    def max_points(self) -> Fraction:
        """Points that the tests that ran are worth."""
        values = (exact(r.test.points) for r in self.tests)
        return sum(values, Fraction(0))

    @property
    def passed(self) -> bool:
        """Full marks."""
        return not self.build_errors and all(result.passed for result in self.tests)


def build_image(request: Request, folder: Path) -> Image:
    """Build the image of a submission and copy it into a folder; BuildFailed if that fails."""
    recipe = Recipe(
        root=request.root,
        lab=request.lab.number,
        submission=request.submission,
        build=request.build,
        reference=request.reference,
        tests=test_folders(request.root, request.lab.number),
        jobs=request.settings.jobs,
        may_use=request.lab.may_use if request.checked else None,
        sandbox=request.settings.sandbox,
        shown=request.shown,
    )
    built = build(recipe)
    kernel = Path(shutil.copy(built.kernel, folder))
    shutil.copy(map_of(built.kernel), folder)
    initrd = Path(shutil.copy(built.initrd, folder)) if built.initrd else None
    return Image(kernel, Elf.load(kernel), request.root, initrd)


def run_tests(
    image: Image,
    tests: Sequence[Test],
    folder: Path,
    settings: Settings,
    processes: Optional[Processes] = None,
    progress: Optional[Progress] = None,
) -> List[TestResult]:
    """Run tests of an image; `folder` receives a folder for each run."""
    runner = Runner(image, folder, settings, processes or Processes(), progress)
    outcomes = runner.run(tests)
    results = [
        TestResult(test, tuple(outcome for outcome in outcomes if outcome.test.name == test.name))
        for test in tests
    ]
    return [result for result in results if result.outcomes]


def grade_submission(
    request: Request,
    processes: Optional[Processes] = None,
    progress: Optional[Progress] = None,
) -> Result:
    """Build a submission and run the chosen tests."""
    result = Result(request, [])
    with run_folder(request.settings.keep) as folder:
        result.folder = folder if request.settings.keep else None
        started = time.monotonic()
        try:
            image = build_image(request, folder)
        except BuildFailed as failure:
            result.build_errors = failure.errors
            result.tests = unbuilt_tests(request, failure.errors)
            return result
        finally:
            result.times["build"] = time.monotonic() - started
        started = time.monotonic()
        settings = replace(request.settings, may_use=request.lab.may_use)
        result.tests = run_tests(image, request.chosen, folder, settings, processes, progress)
        result.times["run"] = time.monotonic() - started
        if request.bundles is not None:
            _write_bundles(request.bundles, request, image, result)
    return result


def _write_bundles(folder: Path, request: Request, image: Image, result: Result) -> None:
    sources = student_sources(request.build / AREA, request.lab.number, request.reference)
    submission = Submission(request.lab.number, request.settings.seed, image, sources)
    write_bundles(folder, submission, [o for test in result.tests for o in test.outcomes])


@contextmanager
def run_folder(keep: bool) -> Iterator[Path]:
    """A new folder for runs, removed afterwards unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="cairn-grade-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def unbuilt_tests(request: Request, errors: Sequence[str]) -> List[TestResult]:
    """The results of the chosen tests of a submission that does not build."""
    results: List[TestResult] = []
    for test in request.chosen:
        outcomes = tuple(
            Outcome(test, emulator, test.schedules[0], not_built(test, errors))
            for emulator in request.settings.emulators
            if emulator in test.emulators
        )
        results += [TestResult(test, outcomes)] if outcomes else []
    return results
