"""The command `grader/class`: grade all submissions of a lab."""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from cairn_grader import sandbox
from cairn_grader.catalogue import EMULATORS, Lab, lab_numbers, load_lab
from cairn_grader.cli import (
    ROOT,
    Parser,
    explicit_reference,
    positive,
    reference_list,
    run_command,
    seed_number,
)
from cairn_grader.cohort.executor import Executor
from cairn_grader.cohort.local import LocalExecutor
from cairn_grader.cohort.run import ClassRun
from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.cohort.store import Store
from cairn_grader.cohort.worker import work
from cairn_grader.errors import GraderError

DESCRIPTION = """\
Grade all submissions of a lab. SUBMISSIONS is a folder with a folder or an archive (.tar.gz, .zip)
for each. Results go to the folder OUT. Typed again, the command does only what is not done yet.
The exit status is 0 if all submissions have a result, whatever it is, and 2 for errors."""


def make_parser() -> argparse.ArgumentParser:
    """The options of `class`."""
    parser = Parser(prog="grader/class", description=DESCRIPTION)
    add = parser.add_argument
    add("submissions", metavar="SUBMISSIONS", help="the folder of submissions")
    add("--lab", type=positive, default=lab_numbers(ROOT)[-1], metavar="N", help="the lab")
    add("--output", required=True, metavar="OUT", help="the folder for everything about the class")
    add("--roster", metavar="FILE", help="students: CSV with the columns id, name, email")
    add("--emulator", default="qemu", choices=(*EMULATORS, "both"), help="default: qemu")
    add("--seed", type=seed_number, metavar="N", help="default: chosen once, at random")
    add(
        *("--ref", "--reference"),
        default="",
        type=reference_list,
        metavar="LIST",
        help="take these earlier labs from solutions/ instead: 1,2",
    )
    add("-j", dest="jobs", type=positive, default=os.cpu_count() or 1, metavar="N")
    add("--only", action="append", default=[], metavar="WHO", help="a submission or a student")
    add("--test", action="append", default=[], dest="tests", metavar="TEST", help="only this test")
    add("--again", action="store_true", help="grade again what is graded already")
    add("--trust", action="store_true", help="compile and run without a sandbox")
    add("--reveal", action="store_true", help="explain failures of hidden tests in the results")
    add("--executor", default="local", choices=("local", "slurm"), help="where it is done")
    add("--slurm", action="append", default=[], metavar="OPTION", help="an option for sbatch")
    add("--batch", type=positive, default=1, metavar="N", help="submissions in one Slurm job")
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["--task"]:
        return run_command("class", lambda: work(Path(words[1]).absolute(), words[2:]))
    return run_command("class", lambda: _main(words))


def _main(words: List[str]) -> int:
    options = make_parser().parse_args(explicit_reference(words))
    lab = load_lab(ROOT, options.lab)
    lab.select(options.tests)
    if not options.trust:
        sandbox.require()
    store = Store(Path(options.output).absolute())
    with store.locked():
        store.clear_leftovers()
        run = ClassRun(
            root=ROOT,
            store=store,
            lab=lab,
            settings=_settings(options, lab, store),
            submissions=Path(options.submissions),
            roster=Path(options.roster) if options.roster else None,
        )
        try:
            return run.grade(options.only, options.again, _executor(options), options.jobs)
        except KeyboardInterrupt:
            command = shlex.join([sys.argv[0], *words])
            raise GraderError(f"interrupted; to go on from here, type: {command}") from None


def _settings(options: argparse.Namespace, lab: Lab, store: Store) -> ClassSettings:
    if options.ref == "all" or str(lab.number) in options.ref.split(","):
        raise GraderError(f"--ref takes labs before lab {lab.number}; lab {lab.number} is graded")
    return ClassSettings(
        lab=lab.number,
        seed=_seed(options.seed, lab, store),
        emulators=EMULATORS if options.emulator == "both" else (options.emulator,),
        reference=options.ref,
        tests=tuple(dict.fromkeys(options.tests)),
        sandbox=not options.trust,
        reveal=options.reveal,
    )


def _seed(wanted: Optional[int], lab: Lab, store: Store) -> int:
    """The seed of the class: students know the default of `grade`, so it is another."""
    before: Optional[Dict[str, int]] = (store.read_class() or {}).get("settings")
    if before is not None and before["lab"] != lab.number:
        raise GraderError(
            f"'{store.out}' holds results of lab {before['lab']}: choose another --output"
        )
    if wanted is not None:
        return wanted
    return before["seed"] if before is not None else secrets.randbits(32)


def _executor(options: argparse.Namespace) -> Executor:
    if options.executor == "local":
        return LocalExecutor()
    from cairn_grader.cohort.slurm import SlurmExecutor

    return SlurmExecutor(options=options.slurm, batch=options.batch)
