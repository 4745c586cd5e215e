"""The catalogue: which exercises and tests a lab has.

Each lab has a file grader/tests/labN/catalogue.py, loaded as a module of the package
`cairn_tests_labN` (so `from . import inspections` finds a file beside it), which defines

    TITLE = "Memory"
    POINTS = 100
    EXERCISES = [Exercise("lab1.ex1", "Take possession of memory", "frame.c"), ...]
    TESTS = [Test("frame_init_map", "lab1.ex1", 3, "reserved regions are never free"), ...]
    MAY_USE = ["src/lib/*.c", "panic", ...]
    CONTRACTS = {"frame.c": "kernel/memory/frame.h", ...}
    ABOUT = {"frame_init_*": "frame_init", ...}

POINTS is what all tests of the lab are worth, the hidden ones included; so a copy without them can
say what is missing. MAY_USE lists what the student's files may refer to: given files (patterns with
a slash), whose every symbol is allowed, and single symbols. What earlier labs list is allowed too.
CONTRACTS names, for each of the student's files, the header that says what its functions must do.
ABOUT names, for patterns of tests' names, the student's functions that the tests are about; the
first that fits counts.

A folder `hidden` beside it may hold another catalogue.py with further TESTS; a student release
leaves that folder out.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple, Union

from cairn_grader.errors import GraderError
from cairn_grader.machine import Check, Inspection
from cairn_grader.trace import Trace

#: The icount shift of an ordinary run: an instruction takes 2**5 ns of guest time.
DEFAULT_SHIFT = 5
EMULATORS = ("qemu", "bochs")
BOOTS = ("direct", "bios", "grub")

#: What must happen: "end" (the test ends), "power_off" (the kernel powers off because it is
#: done), or ("panic", kind).
Expectation = Union[str, Tuple[str, str]]
#: Judges a whole run from its trace and its console.
Judge = Callable[[Trace, str], List[Check]]


def exact(points: float) -> Fraction:
    """Points, as a number that can be added without an error."""
    return Fraction(points).limit_denominator(1000)


@dataclass(frozen=True)
class Exercise:
    """A part of a lab that a student implements."""

    name: str
    title: str
    #: The student's file, for instance "frame.c".
    file: str = ""


@dataclass(frozen=True)
class Test:
    """One test: what is booted, what must happen, what it is worth."""

    #: Also the name of the KTEST() in the kernel.
    name: str
    exercise: str
    points: float
    #: What is tested, in the words of the handout.
    title: str
    #: Where to look when it fails.
    hint: str = ""
    #: Number of ktest_part() calls; each earns its share of the points.
    parts: int = 1
    #: Memory of the machine in MiB.
    memory: int = 32
    #: MiB that the seed adds at most, so that what the firmware reports is not known before.
    more_memory: int = 0
    #: Further words for the kernel's command line.
    options: str = ""
    #: Limit in seconds of guest time.
    limit: int = 2
    #: Judges the stopped machine from outside at each ktest_inspect().
    inspect: Optional[Inspection] = None
    #: How many inspections must happen, at least.
    inspections: int = 0
    #: Schedules to try. A schedule is QEMU's icount shift; Bochs runs 10**9 >> shift
    #: instructions in a second of guest time, which is the same speed.
    schedules: Tuple[int, ...] = (DEFAULT_SHIFT,)
    emulators: Tuple[str, ...] = EMULATORS
    expect: Expectation = "end"
    judge: Optional[Judge] = None
    #: How QEMU boots it: "direct" (-kernel, by firmware that is quick since it does little), "bios"
    #: (-kernel, by a PC's whole firmware, which makes a screen) or "grub" (from a CD-ROM image).
    boot: str = "direct"
    #: Whether it boots with `ktest=NAME`. None: it does unless it has a `judge`.
    ktest: Optional[bool] = None
    #: Whether the test changes the kernel so much that none can follow it in the same boot.
    alone: bool = False
    #: Set for the tests of the folder `hidden`.
    hidden: bool = False
    #: The student's functions to look at when it fails, if its checks and its title name none.
    about: Tuple[str, ...] = ()

    @property
    def in_kernel(self) -> bool:
        """Whether the kernel is told to run a test of this name."""
        return self.judge is None if self.ktest is None else self.ktest


@dataclass(frozen=True)
class Lab:
    """A lab's exercises and tests."""

    number: int
    title: str
    exercises: Tuple[Exercise, ...]
    tests: Tuple[Test, ...]
    #: What the student's files may refer to, in this lab and those before it.
    may_use: Tuple[str, ...] = ()
    #: The contract of each of the student's files, in this lab and those before it.
    contracts: Dict[str, str] = field(default_factory=dict)
    #: What all tests are worth, also those that are not in this copy; 0: it is not said.
    points: float = 0

    @property
    def missing_points(self) -> Fraction:
        """What the hidden tests are worth that are not in this copy."""
        here = sum((exact(test.points) for test in self.tests), Fraction(0))
        return max(exact(self.points) - here, Fraction(0))

    def test(self, name: str) -> Test:
        """The test of a name; GraderError if there is none."""
        for test in self.tests:
            if test.name == name:
                return test
        raise GraderError(f"lab {self.number} has no test '{name}': --list shows them all")

    def exercise(self, name: str) -> Exercise:
        """The exercise of a name, for instance "lab1.ex2"."""
        return next(exercise for exercise in self.exercises if exercise.name == name)

    def select(self, names: Sequence[str] = (), pattern: str = "*") -> List[Test]:
        """The named tests (all if none is named) whose name or exercise fits the pattern."""
        chosen = [self.test(name) for name in names] if names else list(self.tests)
        fitting = [t for t in chosen if fnmatch(t.name, pattern) or fnmatch(t.exercise, pattern)]
        if not fitting:
            raise GraderError(f"no test of lab {self.number} fits '{pattern}': see --list")
        return fitting


def lab_numbers(root: Path) -> List[int]:
    """The labs that have tests, in order."""
    paths = (root / "grader" / "tests").glob("lab*/catalogue.py")
    return sorted(int(path.parent.name[len("lab") :]) for path in paths)


def test_folders(root: Path, number: int) -> List[Path]:
    """The folders with a lab's tests; the hidden ones only where they exist."""
    folder = root / "grader" / "tests" / f"lab{number}"
    if not (folder / "catalogue.py").is_file():
        known = ", ".join(f"lab{known}" for known in lab_numbers(root))
        raise GraderError(f"there are no tests for lab {number}; known: {known}")
    hidden = folder / "hidden"
    return [folder, hidden] if (hidden / "catalogue.py").is_file() else [folder]


def load_lab(root: Path, number: int) -> Lab:
    """Load and check the catalogue of a lab of the kit at `root`."""
    folders = test_folders(root, number)
    package = f"cairn_tests_lab{number}"
    main = load_module(package, folders[0])
    tests: List[Test] = list(main.TESTS)
    if len(folders) > 1:
        hidden = load_module(package + ".hidden", folders[1])
        tests += [replace(test, hidden=True) for test in hidden.TESTS]
    tests = [replace(test, about=_about(test, getattr(main, "ABOUT", {}))) for test in tests]
    title = getattr(main, "TITLE", "")
    earlier = _earlier(root, number)
    may_use = [use for module in (main, *earlier) for use in module.MAY_USE]
    contracts: Dict[str, str] = {}
    for module in (main, *earlier):
        contracts.update(getattr(module, "CONTRACTS", {}))
    exercises = tuple(main.EXERCISES)
    points = getattr(main, "POINTS", 0)
    lab = Lab(number, title, exercises, tuple(tests), tuple(may_use), contracts, points)
    _check_lab(lab)
    return lab


def _about(test: Test, about: Dict[str, str]) -> Tuple[str, ...]:
    """The functions that a test is about."""
    fitting = (names for pattern, names in about.items() if fnmatch(test.name, pattern))
    return test.about or tuple(next(fitting, "").split())


def _earlier(root: Path, number: int) -> List[types.ModuleType]:
    """The catalogues of the labs before one."""
    return [
        load_module(f"cairn_tests_lab{lab}", root / "grader" / "tests" / f"lab{lab}")
        for lab in lab_numbers(root)
        if lab < number
    ]


def load_module(package: str, folder: Path) -> types.ModuleType:
    """Execute FOLDER/catalogue.py as PACKAGE.catalogue."""
    for name in [name for name in sys.modules if name.startswith(package + ".")]:
        del sys.modules[name]
    parent = types.ModuleType(package)
    parent.__path__ = [str(folder)]
    sys.modules[package] = parent
    name = package + ".catalogue"
    spec = importlib.util.spec_from_file_location(name, folder / "catalogue.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _check_lab(lab: Lab) -> None:
    """Refuse a catalogue that contradicts itself."""
    names = [test.name for test in lab.tests]
    exercises = {exercise.name for exercise in lab.exercises}
    for test in lab.tests:
        problem = _problem(test, names, exercises)
        if problem:
            raise GraderError(f"catalogue of lab {lab.number}, test '{test.name}': {problem}")


def _problem(test: Test, names: List[str], exercises: "set[str]") -> str:
    rules = [
        (re.fullmatch(r"[a-z0-9_]+", test.name) is None, "the name must be of a-z, 0-9 and _"),
        (names.count(test.name) > 1, "the name is used twice"),
        (test.exercise not in exercises, f"there is no exercise '{test.exercise}'"),
        (test.points <= 0 or test.parts < 1, "points and parts must be positive"),
        (not set(test.emulators) <= set(EMULATORS), "emulators are 'qemu' and 'bochs'"),
        (not test.schedules or not test.emulators, "it is never run"),
        (test.boot not in BOOTS, f"boot is one of {', '.join(BOOTS)}"),
        ((test.inspect is None) != (test.inspections == 0), "inspect and inspections disagree"),
        (test.expect == "end" and not test.in_kernel, "a test that must end needs ktest=True"),
    ]
    return next((text for broken, text in rules if broken), "")
