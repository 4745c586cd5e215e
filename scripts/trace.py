#!/usr/bin/env python3
"""Draws the trace of a run: as a timeline, or the messages of a call as a sequence chart.

    trace.py TRACE.txt --json OUT.json --html OUT.html     an existing trace
    trace.py --run FOLDER [--memory 32M] [--limit 10] [--append "..."]
    trace.py chart TRACE.txt|--run FOLDER [--call N] [--operation NAME] [--pid N]
             [--from µs] [--to µs] [--list] [--svg OUT.svg] [--width N] [--ascii]

The timeline says who ran when, why each switch happened, and who sent what to whom. With --run,
FOLDER/kernel.elf is run in QEMU first, and FOLDER receives timeline.txt (the trace), trace.json
(for ui.perfetto.dev and chrome://tracing) and trace.html (for any browser), or chart.svg; `make
trace` and `make chart` do that. A chart is printed, too: without a choice, the call because of
which most other messages were sent.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.errors import GraderError  # noqa: E402  (the path must be set first)
from cairn_grader.trace import TRACE_LIMIT, Trace, parse_trace  # noqa: E402
from timeline import chart_svg, chart_text, machine, page, perfetto, sequence, wording  # noqa: E402
from timeline.model import Run  # noqa: E402
from timeline.reading import clean, read_run  # noqa: E402

#: Characters of a wrong first line that are shown.
SHOWN = 40
MAKE_ONE = "`make trace` makes one"


def main(words: Optional[Sequence[str]] = None) -> int:
    """The command."""
    words = sys.argv[1:] if words is None else words
    chart = list(words[:1]) == ["chart"]
    options = (chart_parser() if chart else parser()).parse_args(words[1:] if chart else words)
    try:
        draw_chart(options) if chart else work(options)
    except BrokenPipeError:  # Whoever reads has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (GraderError, OSError) as error:
        print(f"trace.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def common(name: str, description: str) -> argparse.ArgumentParser:
    """The options that say what is drawn."""
    made = argparse.ArgumentParser(prog=name, description=description)
    made.add_argument("trace", nargs="?", type=Path, help="a trace, as COM2 wrote it")
    made.add_argument("--run", type=Path, metavar="FOLDER", help="run FOLDER/kernel.elf first")
    made.add_argument("--memory", default="32M", help="memory of the machine, with --run")
    made.add_argument("--limit", default="10", help="seconds of the machine's time, with --run")
    made.add_argument("--append", default="", help="more of the kernel's command line, with --run")
    return made


def parser() -> argparse.ArgumentParser:
    """The options of a timeline."""
    made = common("trace.py", "Draws a run as a timeline, or with `trace.py chart` its messages.")
    made.add_argument("--json", type=Path, help="write the timeline for Perfetto here")
    made.add_argument("--html", type=Path, help="write the timeline as a page here")
    return made


def chart_parser() -> argparse.ArgumentParser:
    """The options of a message sequence chart."""
    made = common("trace.py chart", "Draws the messages of a call, or of a time, as a chart.")
    add = made.add_argument
    add("--call", type=int, metavar="N", help="the call that has this number")
    add("--operation", default="", metavar="NAME", help="its operation, such as vfs.open or open")
    add("--pid", type=int, metavar="N", help="who calls")
    add("--from", type=moment, dest="begin", metavar="µs", help="all messages from this time on")
    add("--to", type=moment, dest="end", metavar="µs", help="all messages up to this time")
    add("--list", action="store_true", help="list the calls instead")
    most = f"so many messages at most (default: {sequence.LIMIT})"
    add("--most", type=positive, default=sequence.LIMIT, metavar="N", help=most)
    add("--svg", type=Path, help="write the chart as a picture here")
    width = f"columns of the text (default: {chart_text.WIDTH})"
    add("--width", type=positive, default=chart_text.WIDTH, metavar="N", help=width)
    add("--ascii", action="store_true", help="draw with ASCII only")
    return made


def moment(text: str) -> int:
    """A time as people write it, microseconds or with a unit; nanoseconds."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?)\s*(ns|us|µs|ms|s|)", text.replace(",", ""))
    if match is None:
        raise argparse.ArgumentTypeError(f'"{text}" is no time; write it as 4587.376, or as 4.6ms')
    unit = {"ns": 1, "ms": 1_000_000, "s": 1_000_000_000}.get(match.group(2), 1000)
    return round(float(match.group(1)) * unit)


def positive(text: str) -> int:
    """A number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f'"{text}" is no number above 0')
    return int(text)


def work(options: argparse.Namespace) -> None:
    """Get the trace, draw the timeline, and say where the drawings are."""
    if options.run is not None:
        options.json = options.json or options.run / "trace.json"
        options.html = options.html or options.run / "trace.html"
    run = get_run(options)
    if options.json is None and options.html is None:
        raise GraderError("say what to write: --html FILE for a browser, --json FILE for Perfetto")
    for path, draw in ((options.json, perfetto.document), (options.html, page.document)):
        if path is not None:
            write(path, draw(run).encode("utf-8"))
    report(run, options)


def draw_chart(options: argparse.Namespace) -> None:
    """Get the trace, and print the chart."""
    if options.run is not None:
        options.svg = options.svg or options.run / "chart.svg"
    run = get_run(options)
    warn(run)
    choice = sequence.Choice(
        options.call, options.operation, options.pid, options.begin, options.end
    )
    signs = chart_text.ASCII if options.ascii else chart_text.supports(sys.stdout.encoding)
    messages = sequence.chosen(run, sequence.Choice() if options.list else choice)
    if options.list:
        text = sequence.listing(run)
        print(text.replace("µ", "u") if signs is chart_text.ASCII else text)
        return
    chart = sequence.chart_of(run, messages, options.most)
    print(chart_text.draw(run, chart, options.width, signs), end="")
    if options.svg is not None:
        write(options.svg, chart_svg.draw(run, chart).encode("utf-8"))
        print(f"\nAs a picture: {options.svg}")


def get_run(options: argparse.Namespace) -> Run:
    """The run that is to be drawn."""
    if (options.trace is None) == (options.run is None):
        raise GraderError("name a trace, or --run and a folder with kernel.elf; see --help")
    if options.run is not None:
        data, name, trouble = run_kernel(options)
    else:
        data, name, trouble = read_file(options.trace), str(options.trace), ""
    run = read_run(checked(data, name, trouble))
    if trouble:
        run.warnings.insert(0, trouble)
    return run


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


def warn(run: Run) -> None:
    """What was wrong with the trace."""
    for warning in run.warnings:
        print(f"trace.py: note: {warning}", file=sys.stderr)


def report(run: Run, options: argparse.Namespace) -> None:
    """What was drawn, and where."""
    print(wording.summary(run))
    warn(run)
    if options.html is not None:
        print(f"In a browser: {options.html}")
    if options.json is not None:
        print(f"At ui.perfetto.dev, or chrome://tracing: {options.json}")


if __name__ == "__main__":
    sys.exit(main())
