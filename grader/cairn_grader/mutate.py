"""The command `grader/mutate`: does the grader fail what is wrong, and pass what is right?"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from cairn_grader import caught
from cairn_grader.catalogue import Lab, lab_numbers, load_lab
from cairn_grader.cli import ROOT, positive, seed_number
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, Result
from cairn_grader.matrix import Matrix, fill, search
from cairn_grader.mutant_report import to_markdown
from cairn_grader.mutants import (
    NO_TEST,
    Mutant,
    load_alternatives,
    load_mutants,
    record,
    select,
)
from cairn_grader.report import Style
from cairn_grader.report_text import failures
from cairn_grader.runner import DEFAULT_SEED, Settings
from cairn_grader.text import plural
from cairn_grader.workshop import CannotBuild, Workshop, check_alternatives, check_mutants

DESCRIPTION = """\
Check the grader. Without an option: each mutant of a lab's solution must fail the test that is
recorded as catching it. The exit status is 0 if all is well, 1 if not, 2 for errors."""


def make_parser() -> argparse.ArgumentParser:
    """The options of `mutate`."""
    parser = argparse.ArgumentParser(prog="grader/mutate", description=DESCRIPTION)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="only these mutants, exercises or alternatives")
    last = lab_numbers(ROOT)[-1]
    add("--lab", type=positive, default=last, metavar="N", help="the lab (default: the last)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="show the mutants and their tests")
    what.add_argument("--show", action="store_true", help="show failures as a student sees them")
    what.add_argument("--matrix", action="store_true", help="run every test of every mutant")
    what.add_argument("--record", action="store_true", help="find the tests to record")
    what.add_argument("--alternatives", action="store_true", help="grade the alternatives instead")
    what.add_argument("--report", metavar="FILE", help="write the page about all labs' mutants")
    add("--output", metavar="FILE", help="of the matrix (default: build/mutants-labN.tsv)")
    add("--seed", type=seed_number, default=DEFAULT_SEED, metavar="N", help="of random numbers")
    add("-j", dest="jobs", type=positive, default=os.cpu_count() or 1, metavar="N")
    add("--verbose", "-v", action="store_true", help="show what is well, too")
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        if options.report:
            Path(options.report).write_text(to_markdown(ROOT), encoding="utf-8")
            return 0
        lab = load_lab(ROOT, options.lab)
        if options.alternatives:
            return _alternatives(lab, options)
        mutants = select(load_mutants(ROOT, options.lab), options.names)
        if options.list:
            return _list(mutants)
        if options.show:
            return _show(lab, mutants, options)
        if options.matrix or options.record:
            return _matrix(lab, mutants, options)
        return _recorded(lab, mutants, options)
    except GraderError as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mutate: interrupted", file=sys.stderr)
        return 2


def _workshop(lab: Lab, options: argparse.Namespace) -> Workshop:
    return Workshop(ROOT, lab, options.jobs, options.seed)


def _list(mutants: Sequence[Mutant]) -> int:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # The reader may have seen enough.
    for mutant in mutants:
        print(f"{mutant.exercise}  {mutant.name}: {mutant.description} [{mutant.test}]")
    return 0


def _show(lab: Lab, mutants: Sequence[Mutant], options: argparse.Namespace) -> int:
    """What a student reads whose mistake is the mutant's, in the test that is recorded for it."""
    request = Request(ROOT, lab, Path("labs"), Path("build"), settings=Settings(seed=options.seed))

    def run(mutant: Mutant) -> List[str]:
        if mutant.test == NO_TEST:
            return ["no test is recorded for it", ""]
        try:
            tests = workshop.test(mutant, [lab.test(mutant.test)])
        except CannotBuild as error:
            return [str(error), ""]
        return failures(Result(request, tests), Style()) or [f"{mutant.test} passes", ""]

    by_file = sorted(mutants, key=lambda mutant: (mutant.patch.file, mutant.name))
    with _workshop(lab, options) as workshop:
        for mutant, lines in workshop.each(by_file, run):
            _print_mutant(mutant, mutant.description)
            print("\n".join(lines), flush=True)
    return 0


def _recorded(lab: Lab, mutants: Sequence[Mutant], options: argparse.Namespace) -> int:
    started = time.monotonic()
    survivors = 0
    with _workshop(lab, options) as workshop:
        for mutant, problem in check_mutants(workshop, lab, mutants):
            survivors += bool(problem)
            if problem or options.verbose:
                _print_mutant(mutant, problem or f"caught by {mutant.test}")
    _print_total(len(mutants), survivors, started)
    return 1 if survivors else 0


def _matrix(lab: Lab, mutants: Sequence[Mutant], options: argparse.Namespace) -> int:
    started = time.monotonic()
    matrix = Matrix(lab)
    run = search if options.record else fill
    path = Path(options.output or ROOT / "build" / f"mutants-lab{lab.number}.tsv")
    with _workshop(lab, options) as workshop:
        for mutant, problem in run(matrix, workshop, mutants, lab.tests):
            catchers = [] if problem else matrix.catchers(mutant)
            if not catchers:
                _print_mutant(mutant, problem or "no test catches it")
            elif options.verbose:
                _print_mutant(mutant, f"caught by {plural(len(catchers), 'test')}")
            if options.matrix:
                matrix.write(path, mutants)  # Every time: a matrix takes long.
    best = matrix.best_tests(mutants)
    if options.matrix:
        found = {name: matrix.catchers(mutant) for name, mutant in _run(matrix, mutants)}
        caught.save(ROOT, lab.number, found, load_mutants(ROOT, lab.number))
    if options.record:
        record(ROOT, lab.number, best)
    else:
        print("\n".join(["mutants caught by each test:"] + matrix.summary()))
        print(f"the matrix is in {path}")
    survivors = len(mutants) - len(best)
    _print_total(len(mutants), survivors, started)
    return 1 if survivors else 0


def _run(matrix: Matrix, mutants: Sequence[Mutant]) -> List[Tuple[str, Mutant]]:
    """The mutants that could be run."""
    return [(mutant.name, mutant) for mutant in mutants if mutant.name in matrix.cells]


def _alternatives(lab: Lab, options: argparse.Namespace) -> int:
    started = time.monotonic()
    wrong: List[str] = []
    chosen = [
        alternative
        for alternative in load_alternatives(ROOT, lab.number)
        if not options.names or any(fnmatch(alternative.name, name) for name in options.names)
    ]
    with Workshop(ROOT, lab, options.jobs, options.seed, audited=True) as workshop:
        for alternative, failures in check_alternatives(workshop, lab, chosen):
            wrong += [alternative.name] if failures else []
            if failures or options.verbose:
                print(f"{alternative.name}: " + ("" if failures else "full marks"))
            for failure in failures:
                print(f"    {failure}")
    seconds = time.monotonic() - started
    count = plural(len(chosen), "alternative")
    print(f"{count}, {len(chosen) - len(wrong)} with full marks, in {seconds:.0f} s")
    return 1 if wrong else 0


def _print_mutant(mutant: Mutant, outcome: str) -> None:
    print(f"{mutant.name}: {outcome}", flush=True)


def _print_total(count: int, survivors: int, started: float) -> None:
    seconds = time.monotonic() - started
    print(f"{plural(count, 'mutant')}, {count - survivors} caught, in {seconds:.0f} s")
