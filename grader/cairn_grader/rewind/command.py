"""The command `grader/rewind`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import List, Optional, Sequence, Tuple

from cairn_grader.catalogue import lab_numbers, load_lab
from cairn_grader.cli import (
    ROOT,
    Parser,
    explicit_reference,
    positive,
    reference_list,
    run_command,
    seed_number,
)
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, Result, grade_submission
from cairn_grader.processes import Processes
from cairn_grader.rewind.session import rewind, work_folder
from cairn_grader.rewind.tour import make_tour
from cairn_grader.rewind.trial import try_out
from cairn_grader.runner import DEFAULT_SEED, Settings
from cairn_grader.sandbox import why_impossible

DESCRIPTION = """Open GDB on a replay of a failed run, at the failure, to go back from there.

The run is a bundle's (grader/grade --bundles DIR), or that of a test of one's own work, which is
built and run first. Whatever else stands on the command line is GDB's, such as -batch -x SCRIPT."""


def make_parser() -> argparse.ArgumentParser:
    """The options of `rewind`; every other word is GDB's."""
    parser = Parser(
        prog="grader/rewind",
        usage="grader/rewind --bundle BUNDLE | --lab N --test TEST [...] [GDB-OPTION ...]",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--help", action="help", help="show this text")
    add("--bundle", metavar="BUNDLE", help="a bundle: a folder or its .tar.gz")
    add("--test", default="", metavar="TEST", help="the test of one's own work")
    last = lab_numbers(ROOT)[-1]
    add("--lab", type=positive, default=last, metavar="N", help="its lab (default: the last)")
    add("--submission", metavar="DIR", help="the folder that holds labN-NAME/ (default: labs)")
    add(
        "--ref",
        default="",
        type=reference_list,
        metavar="LIST",
        help="take these labs from solutions/ instead: 1,2 or all",
    )
    add("--build", metavar="DIR", help="where it is built (default: build/grade)")
    add("--seed", type=seed_number, default=DEFAULT_SEED, metavar="N", help="of random numbers")
    add("--schedule", type=positive, metavar="N", help="icount shift, instead of the test's own")
    add("--try", dest="trial", metavar="KERNEL", help=argparse.SUPPRESS)
    add("--tour", nargs=2, metavar=("SCRIPT", "FOLDER"), help="make a tour of what is in a folder")
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return run_command("rewind", lambda: _main(words))


def _main(arguments: List[str]) -> int:
    options, for_gdb = make_parser().parse_known_args(explicit_reference(arguments))
    processes = Processes()
    signal.signal(signal.SIGHUP, _interrupt)  # The terminal has been closed.
    try:
        if options.trial:
            return try_out(Path(options.trial), ROOT, processes)
        if options.tour:
            script, folder = map(Path, options.tour)
            return make_tour(script, folder, ROOT, for_gdb, processes)
        if options.bundle:
            sandbox = not why_impossible()
            return rewind(Path(options.bundle), ROOT, sandbox, for_gdb, processes)
        if options.test:
            return _rewind_own(options, for_gdb, processes)
    finally:
        processes.kill_all()
    raise GraderError("say BUNDLE=FOLDER, or LAB=N TEST=NAME for a test that fails")


def _interrupt(_number: int, _frame: Optional[FrameType]) -> None:
    raise KeyboardInterrupt


def _rewind_own(options: argparse.Namespace, for_gdb: List[str], processes: Processes) -> int:
    """Run a test, and go back from its failure."""
    lab = load_lab(ROOT, options.lab)
    test = lab.test(options.test)
    with work_folder() as folder:
        request = Request(
            root=ROOT,
            lab=lab,
            submission=Path(options.submission or os.path.relpath(ROOT / "labs")),
            build=Path(options.build or ROOT / "build" / "grade").absolute(),
            reference=options.ref,
            tests=(test,),
            settings=Settings(seed=options.seed, schedule=options.schedule),
            checked=True,
            bundles=folder,
        )
        bundle, reason = _bundle_of(grade_submission(request, processes), folder / test.name)
        if bundle is None:
            raise GraderError(reason)
        return rewind(bundle, ROOT, False, for_gdb, processes)


def _bundle_of(result: Result, bundle: Path) -> Tuple[Optional[Path], str]:
    """The bundle that grading has left, or why there is none."""
    name = bundle.name
    if result.build_errors:
        return None, "it does not build:\n  " + "\n  ".join(result.build_errors)
    if result.passed:
        return None, f"{name} passes, so there is no failure to go back from"
    if not bundle.is_dir():
        return None, f"no run of {name} can be repeated; 'make run-{name}' tells why it failed"
    return bundle, ""
