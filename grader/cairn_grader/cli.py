"""The command `grader/grade`."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Callable, List, NoReturn, Optional, Sequence, TextIO

from cairn_grader import sandbox
from cairn_grader.catalogue import EMULATORS, Lab, lab_numbers, load_lab
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, Result, grade_submission
from cairn_grader.processes import Processes
from cairn_grader.report import Style
from cairn_grader.report_json import to_json
from cairn_grader.report_text import to_text
from cairn_grader.runner import DEFAULT_SEED, Settings
from cairn_grader.text import points_text

#: The kit's folder.
ROOT = Path(__file__).resolve().parents[2]
#: The value of --ref.
REFERENCE = re.compile(r"all|[1-9](,[1-9])*")


class UsageError(GraderError):
    """The command line makes no sense."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        raise UsageError(f"{message}; --help shows the options")


def reference_list(text: str) -> str:
    """The value of --ref."""
    if text and not REFERENCE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not 'all' or a list of labs like 1,2")
    return text


def explicit_reference(words: Sequence[str]) -> List[str]:
    """The words of a command, where a bare --ref reads --ref=all whatever follows it."""
    result = list(words)
    for index, word in enumerate(result):
        following = result[index + 1] if index + 1 < len(result) else "-"
        if word in ("--ref", "--reference") and not REFERENCE.fullmatch(following):
            result[index] = "--ref=all"
    return result


def positive(text: str) -> int:
    """The value of -j."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive number")
    return int(text)


def seed_number(text: str) -> int:
    """The value of --seed: a number of 32 bits, decimal or hexadecimal."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 32:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 0xffffffff")
    return value


def make_parser() -> argparse.ArgumentParser:
    """The options of `grade`."""
    parser = Parser(
        prog="grader/grade",
        description="Grade a lab. The exit status is 0 for full marks, 1 for less, 2 for errors.",
    )
    add = parser.add_argument
    add("tests", nargs="*", metavar="TEST", help="run only these tests, and show more of them")
    last = lab_numbers(ROOT)[-1]
    add("--lab", type=positive, default=last, metavar="N", help="the lab (default: the last)")
    add("--submission", metavar="DIR", help="the folder that holds labN-NAME/ (default: labs)")
    add(
        *("--ref", "--reference"),
        default="",
        type=reference_list,
        metavar="LIST",
        help="take these labs from solutions/ instead: 1,2 or all",
    )
    add("--filter", default="*", metavar="GLOB", help="tests or exercises whose name fits")
    add("--emulator", default="qemu", choices=(*EMULATORS, "both"), help="default: qemu")
    add("--seed", type=seed_number, default=DEFAULT_SEED, metavar="N", help="of random numbers")
    add("--schedule", type=positive, metavar="N", help="icount shift, instead of each test's own")
    jobs = os.cpu_count() or 1
    add("-j", dest="jobs", type=positive, default=jobs, metavar="N", help=f"runs at once ({jobs})")
    add("--json", metavar="FILE", help="also write the result to a file ('-': only that, here)")
    add("--build", metavar="DIR", help="where images are built (default: build/grade)")
    add("--bundles", metavar="DIR", help="keep what repeats each failed run (make rewind)")
    add(
        "--sandbox",
        action="store_true",
        help="the work is somebody else's: compile and run it in a sandbox",
    )
    add("--keep", action="store_true", help="keep consoles, traces and images, and say where")
    add("--list", action="store_true", help="list the tests instead")
    add("--verbose", "-v", action="store_true", help="show passed tests, consoles and more")
    add("--reveal", action="store_true", help="explain failures of hidden tests too")
    return parser


def run_command(name: str, command: Callable[[], int]) -> int:
    """Run a command; an error of its own is one line on the standard error output."""
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return command()
    except GraderError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGTERM, previous)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return run_command("grade", lambda: _main(words))


def _main(arguments: List[str]) -> int:
    options = make_parser().parse_args(explicit_reference(arguments))
    lab = load_lab(ROOT, options.lab)
    tests = tuple(lab.select(options.tests, options.filter))
    if options.list:
        _print(_list_text(lab, options.reveal))
        return 0
    request = Request(
        root=ROOT,
        lab=lab,
        submission=Path(options.submission or os.path.relpath(ROOT / "labs")),
        build=Path(options.build or ROOT / "build" / "grade").absolute(),
        reference=options.ref,
        tests=tests,
        settings=Settings(
            emulators=EMULATORS if options.emulator == "both" else (options.emulator,),
            seed=options.seed,
            jobs=options.jobs,
            schedule=options.schedule,
            keep=options.keep,
            sandbox=options.sandbox,
        ),
        checked=True,
        bundles=Path(options.bundles) if options.bundles else None,
    )
    if options.sandbox:
        sandbox.require()
    return _grade(request, options)


def _grade(request: Request, options: argparse.Namespace) -> int:
    processes = Processes()
    try:
        result = grade_submission(request, processes, progress_line(sys.stderr))
    finally:
        processes.kill_all()
    _write(result, options)
    return 0 if result.passed else 1


def _interrupt(_number: int, _frame: Optional[FrameType]) -> None:
    raise KeyboardInterrupt


def _print(text: str) -> None:
    """Print text for a reader who may have seen enough before its end."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(result: Result, options: argparse.Namespace) -> None:
    style = Style(
        colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
        verbose=options.verbose or bool(options.tests),
        command=_command_words(options),
        reveal=options.reveal,
    )
    if options.json == "-":
        _print(to_json(result, style))
        return
    if options.json:
        try:
            Path(options.json).write_text(to_json(result, style), encoding="ascii")
        except OSError as error:
            raise GraderError(f"cannot write '{options.json}': {error.strerror}") from None
    _print(to_text(result, style))


def _command_words(options: argparse.Namespace) -> List[str]:
    """The command up to what differs between runs."""
    program = os.path.relpath(ROOT / "grader" / "grade")
    words = [program if "/" in program else f"./{program}", "--lab", str(options.lab)]
    if options.ref:
        words += ["--ref", options.ref]
    if options.submission and options.ref != "all":
        words += ["--submission", options.submission]
    return words


def progress_line(stream: TextIO) -> "Optional[_Progress]":
    """What shows, on a terminal, how many runs are over; None elsewhere."""
    return _Progress(stream) if stream.isatty() else None


class _Progress:
    """A line on the terminal that counts runs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, done: int, planned: int) -> None:
        text = "" if done == planned else f"{done} of {planned} runs"
        self._stream.write(f"\r\033[K{text}")
        self._stream.flush()


def _list_text(lab: Lab, reveal: bool) -> str:
    lines: List[str] = []
    for exercise in lab.exercises:
        tests = [test for test in lab.tests if test.exercise == exercise.name]
        total = points_text(sum(test.points for test in tests))
        lines.append(f"{exercise.name}  {exercise.title} ({total} points)")
        for test in tests:
            name, title = (test.name, test.title) if reveal or not test.hidden else ("hidden", "")
            lines.append(f"  {points_text(test.points):>4}  {name:<34} {title}".rstrip())
    return "\n".join(lines) + "\n"
