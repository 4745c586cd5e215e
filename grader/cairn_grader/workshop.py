"""Builds and runs many variants of the reference solution, quickly.

Each worker has a build area of its own in which one variant after the other is built: of the
kernel only the files that differ from the variant before are compiled again, by make or, where that
is enough, by shortcut.py. Everything lies in a temporary folder and is gone in the end.
"""

from __future__ import annotations

import queue
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, Type, TypeVar, Union

from cairn_grader import measure
from cairn_grader.audit import Measure
from cairn_grader.catalogue import Lab, Test
from cairn_grader.elf import Elf
from cairn_grader.errors import BuildFailed
from cairn_grader.grading import Request, TestResult, build_image, run_tests
from cairn_grader.mutants import (
    NO_TEST,
    Alternative,
    Files,
    Mutant,
    load_reference,
    solution_folder,
)
from cairn_grader.patches import PatchError
from cairn_grader.processes import Processes
from cairn_grader.run import Image
from cairn_grader.runner import DEFAULT_SEED, Settings
from cairn_grader.sentences import sentence
from cairn_grader.shortcut import Shortcut
from cairn_grader.text import points_text
from cairn_grader.verdict import Kind, Verdict

#: Seconds of real time for a run; a mutant that hangs is ended by the guest's limit before.
WALL_LIMIT = 30.0
#: Kinds of failure that say nothing about a submission.
NOT_A_CATCH = (Kind.CATALOGUE, Kind.EMULATOR, Kind.NOT_BUILT)

Variant = Union[Mutant, Alternative]
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class CannotBuild(Exception):
    """A variant does not apply or does not compile; the message says why."""


@dataclass(frozen=True)
class _Area:
    """Where one worker builds."""

    submission: Path
    build: Path
    runs: Path
    shortcut: Shortcut


class Workshop:
    """Use it in a `with` statement."""

    def __init__(
        self, root: Path, lab: Lab, jobs: int, seed: int = DEFAULT_SEED, audited: bool = False
    ) -> None:
        """`audited`: judge as in a class, by what the processor runs and what objects hold."""
        self._root = root
        self._lab = lab
        self._jobs = jobs
        self._settings = Settings(jobs=1, seed=seed, wall_limit=WALL_LIMIT, share_boots=True)
        self._audited = audited
        self._reference = load_reference(root, lab.number)
        self._folder_name = solution_folder(root, lab.number).name
        self._earlier = ",".join(str(number) for number in range(1, lab.number))
        self._processes = Processes()
        self._areas: "queue.Queue[_Area]" = queue.Queue()

    def __enter__(self) -> "Workshop":
        self._folder = Path(tempfile.mkdtemp(prefix="cairn-mutants-"))
        for number in range(self._jobs):
            top = self._folder / str(number)
            build, name = top / "build", self._folder_name
            shortcut = Shortcut(self._root, self._lab, build, self._earlier, name)
            area = _Area(top / "labs", build, top / "runs", shortcut)
            (area.submission / name).mkdir(parents=True)
            self._areas.put(area)
        if self._audited:
            self._settings = replace(self._settings, measure=self._take_measure(area))
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._processes.kill_all()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _take_measure(self, area: _Area) -> Measure:
        settings = replace(self._settings, jobs=self._jobs)
        return measure.take(replace(self._request(area), settings=settings))

    def test(
        self, variant: Variant, tests: Sequence[Test], quick: bool = False
    ) -> List[TestResult]:
        """Build a variant and run tests of it in QEMU; CannotBuild if that is impossible.

        `quick`: where no test looks at them, names in panics may be wrong; see shortcut.py.
        """
        area = self._areas.get()
        try:
            return self._test(area, variant, tests, quick and not any(map(_needs_names, tests)))
        finally:
            self._areas.put(area)

    def each(
        self, items: Sequence[Item], action: Callable[[Item], Outcome]
    ) -> Iterator[Tuple[Item, Outcome]]:
        """Call an action for all items, several at a time; yields in the order of the items."""
        with ThreadPoolExecutor(max_workers=self._jobs) as pool:
            futures = [pool.submit(action, item) for item in items]
            try:
                for item, future in zip(items, futures):
                    yield item, future.result()
            finally:
                for future in futures:
                    future.cancel()

    def _test(
        self, area: _Area, variant: Variant, tests: Sequence[Test], quick: bool
    ) -> List[TestResult]:
        shutil.rmtree(area.runs, ignore_errors=True)
        area.runs.mkdir()
        try:
            files = variant.files(self._reference)
            image = self._quick_image(area, files) if quick else None
            image = image or self._whole_image(area, files)
        except PatchError as error:
            raise CannotBuild(str(error)) from None
        except BuildFailed as error:
            raise CannotBuild(f"it does not compile: {error.errors[0]}") from None
        settings = self._request(area).settings
        return run_tests(image, tests, area.runs, settings, self._processes)

    def _quick_image(self, area: _Area, files: Files) -> Optional[Image]:
        kernel = area.shortcut.build(files)
        if kernel is None:
            return None
        copied = Path(shutil.copy(kernel, area.runs))
        return Image(copied, Elf.load(copied), self._root, area.shortcut.initrd)

    def _whole_image(self, area: _Area, files: Files) -> Image:
        for name, text in files.items():
            path = area.submission / self._folder_name / name
            path.write_text(text, encoding="utf-8")
        area.shortcut.forget()
        image = build_image(self._request(area), area.runs)
        area.shortcut.learn(files)
        return image

    def _request(self, area: _Area) -> Request:
        return Request(
            root=self._root,
            lab=self._lab,
            submission=area.submission,
            build=area.build,
            reference=self._earlier,
            settings=replace(self._settings, may_use=self._lab.may_use),
            checked=self._audited,
        )


def _needs_names(test: Test) -> bool:
    """Whether a test may look at how a panic names functions and lines."""
    return test.judge is not None or test.expect != "end"


def verdict_of(result: TestResult) -> Verdict:
    """The verdict of a test that ran in one emulator."""
    return result.outcomes[0].verdict


def catches(result: TestResult) -> bool:
    """Whether a test fails because of what it tests."""
    return not result.passed and verdict_of(result).kind not in NOT_A_CATCH


def check_mutants(
    workshop: Workshop,
    lab: Lab,
    mutants: Sequence[Mutant],
    look: Callable[[TestResult], str] = lambda result: "",
) -> Iterator[Tuple[Mutant, str]]:
    """Each mutant with what is wrong with it: "" if its recorded test catches it.

    `look` is given the failure that catches a mutant, and says what is wrong with that.
    """

    def check(mutant: Mutant) -> str:
        if mutant.test == NO_TEST:
            return "no test is recorded for it: grader/mutate --record finds one"
        try:
            result = workshop.test(mutant, [lab.test(mutant.test)], quick=True)[0]
        except CannotBuild as error:
            return str(error)
        if result.passed:
            return f"{mutant.test} passes, though it is recorded as catching it"
        if not catches(result):
            return f"{mutant.test} cannot judge it: {verdict_of(result).findings[0].actual}"
        return look(result)

    by_file = sorted(mutants, key=lambda mutant: (mutant.patch.file, mutant.name))
    return workshop.each(by_file, check)


def check_alternatives(
    workshop: Workshop,
    lab: Lab,
    alternatives: Sequence[Alternative],
    choose: Optional[Callable[[Alternative], Sequence[Test]]] = None,
) -> Iterator[Tuple[Alternative, List[str]]]:
    """Each alternative with the failures that cost it points; none if it gets full marks.

    `choose` may leave out tests.
    """

    def check(alternative: Alternative) -> List[str]:
        try:
            results = workshop.test(alternative, choose(alternative) if choose else lab.tests)
        except CannotBuild as error:
            return [str(error)]
        return [_failure(result) for result in results if not result.passed]

    return workshop.each(alternatives, check)


def _failure(result: TestResult) -> str:
    finding = verdict_of(result).findings[0]
    points = f"{points_text(result.points)} of {points_text(result.test.points)} points"
    where = f" ({finding.file}:{finding.line})" if finding.file else ""
    told = sentence(finding.what, finding.expected, finding.actual, part=finding.part)
    return f"{result.test.name}: {points}; {told}{where}"
