#!/usr/bin/env python3
"""Draws the trace of a run as a timeline: who ran when, and why each switch happened.

    trace.py TRACE.txt --json OUT.json --html OUT.html     an existing trace
    trace.py --run FOLDER [--memory 32M] [--limit 10] [--append "..."]

With --run, FOLDER/kernel.elf is run in QEMU first, and FOLDER receives timeline.txt (the trace),
trace.json (for ui.perfetto.dev and chrome://tracing) and trace.html (for any browser). `make trace`
does that.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.errors import GraderError  # noqa: E402  (the path must be set first)
from cairn_grader.trace import TRACE_LIMIT, Trace, parse_trace  # noqa: E402
from timeline import machine, page, perfetto, wording  # noqa: E402
from timeline.model import Run  # noqa: E402
from timeline.reading import clean, read_run  # noqa: E402

#: Characters of a wrong first line that are shown.
SHOWN = 40
MAKE_ONE = "`make trace` makes one"


def main(words: Optional[List[str]] = None) -> int:
    """The command."""
    options = parser().parse_args(words)
    try:
        work(options)
    except (GraderError, OSError) as error:
        print(f"trace.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(prog="trace.py", description=(__doc__ or "").split("\n")[0])
    made.add_argument("trace", nargs="?", type=Path, help="a trace, as COM2 wrote it")
    made.add_argument("--run", type=Path, metavar="FOLDER", help="run FOLDER/kernel.elf first")
    made.add_argument("--json", type=Path, help="write the timeline for Perfetto here")
    made.add_argument("--html", type=Path, help="write the timeline as a page here")
    made.add_argument("--memory", default="32M", help="memory of the machine, with --run")
    made.add_argument("--limit", default="10", help="seconds of the machine's time, with --run")
    made.add_argument("--append", default="", help="more of the kernel's command line, with --run")
    return made


def work(options: argparse.Namespace) -> None:
    """Get the trace, draw it, and say where the drawings are."""
    if (options.trace is None) == (options.run is None):
        raise GraderError("name a trace, or --run and a folder with kernel.elf; see --help")
    if options.run is not None:
        data, name, trouble = run_kernel(options)
        options.json = options.json or options.run / "trace.json"
        options.html = options.html or options.run / "trace.html"
    else:
        data, name, trouble = read_file(options.trace), str(options.trace), ""
    if options.json is None and options.html is None:
        raise GraderError("say what to write: --html FILE for a browser, --json FILE for Perfetto")
    run = read_run(checked(data, name, trouble))
    if trouble:
        run.warnings.insert(0, trouble)
    for path, draw in ((options.json, perfetto.document), (options.html, page.document)):
        if path is not None:
            write(path, draw(run).encode("utf-8"))
    report(run, options)


def run_kernel(options: argparse.Namespace) -> Tuple[bytes, str, str]:
    """Run the kernel; its trace, the trace's name, and what was unusual."""
    line = machine.command_line(options.append, machine.seconds(options.limit))
    memory = machine.megabytes(options.memory)
    data, trouble = machine.run(options.run / "kernel.elf", memory, line)
    name = options.run / "timeline.txt"
    write(name, data)
    return data, str(name), trouble


def read_file(path: Path) -> bytes:
    """A trace that somebody kept."""
    try:
        with path.open("rb") as stream:
            return stream.read(TRACE_LIMIT + 1)
    except FileNotFoundError:
        raise GraderError(f"there is no file {path}; {MAKE_ONE}") from None
    except IsADirectoryError:
        raise GraderError(f"{path} is a folder; name the trace in it, or use --run") from None


def checked(data: bytes, name: str, trouble: str) -> Trace:
    """The events; GraderError if there is nothing to draw."""
    if not data.strip():
        reason = trouble or f"was the kernel started? {MAKE_ONE}"
        raise GraderError(f"{name} is empty: {reason}")
    trace = parse_trace(data[:TRACE_LIMIT].replace(b"\r\n", b"\n"))
    if len(data) > TRACE_LIMIT:
        trace.damage.insert(0, f"only the first {TRACE_LIMIT >> 20} MiB of the trace are drawn")
    if not trace.events:
        first = clean(data.splitlines()[0][:SHOWN].decode("latin-1"))
        raise GraderError(
            f'{name} is not a trace: its first line is "{first}", not '
            f'"seq=0 t=... ev=..."; {MAKE_ONE}'
        )
    return trace


def write(path: Path, data: bytes) -> None:
    """Write a file at once, so that nobody sees a half of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def report(run: Run, options: argparse.Namespace) -> None:
    """What was drawn, and where."""
    print(wording.summary(run))
    for warning in run.warnings:
        print(f"trace.py: note: {warning}", file=sys.stderr)
    if options.html is not None:
        print(f"In a browser: {options.html}")
    if options.json is not None:
        print(f"At ui.perfetto.dev, or chrome://tracing: {options.json}")


if __name__ == "__main__":
    sys.exit(main())
