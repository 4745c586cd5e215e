"""The command `grader/benchmark`: what the kernel's main operations cost.

The kernel is built without self-checks and with the benchmarks of grader/bench/lab1 to labN, so
that one command measures everything that the kernel can. Benchmarks are in-kernel tests that write
`bench` events, and the programs that they start, which write `bench NAME INSTRUCTIONS RUNS` by
SYS_NOTE. In QEMU with `-icount shift=0` an instruction takes one nanosecond and the time-stamp
counter counts nanoseconds, so a figure is an exact number of instructions that repeats. The same
kernel runs again without icount, where the counter is the host's, for the second figure.

The file grader/bench/labN/catalogue.py says what to boot:

    RUNS = [Measurement("bench_frame"), Measurement("bench_frame", memory=1024, suffix=".1024m")]

The suffix is added to the names that the benchmark reports.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from cairn_grader import calibration, performance
from cairn_grader.build import Built, Recipe, build
from cairn_grader.catalogue import load_module
from cairn_grader.cli import ROOT, Parser, explicit_reference, positive, reference_list
from cairn_grader.cli import progress_line, run_command
from cairn_grader.elf import Elf
from cairn_grader.errors import BuildFailed, GraderError
from cairn_grader.grading import run_folder
from cairn_grader.processes import Processes, find_program
from cairn_grader.qemu import kernel_options, machine_options, serial_options
from cairn_grader.run import TRACE_FILE, WALL_LIMIT, read_capped
from cairn_grader.trace import TRACE_LIMIT, Trace, parse_trace

#: Runs without icount.
HOST_RUNS = 3
#: Seconds of guest time for a benchmark; the longest that the watchdog can do.
LIMIT = 30
PEERS_FILE = "peers.json"
#: What a program writes by SYS_NOTE to report a figure.
NOTE = re.compile(r"bench ([\w.]+) (\d+) (\d+)")


@dataclass(frozen=True)
class Measurement:
    """One boot of the measured kernel."""

    #: Name of the KTEST() to run.
    test: str
    #: Memory of the machine in MiB.
    memory: int = 32
    #: Added to the names that the test reports, for instance ".1024m".
    suffix: str = ""
    options: str = ""


Figures = Dict[str, int]


def bench_folders(root: Path, lab: int) -> List[Path]:
    """The benchmarks of a lab and of those before it, whose files are part of its kernel."""
    folders = [root / "grader" / "bench" / f"lab{number}" for number in range(1, lab + 1)]
    return [folder for folder in folders if (folder / "catalogue.py").is_file()]


def measurements(folders: Sequence[Path]) -> List[Measurement]:
    """What to run, as the catalogues say."""
    return [
        run for folder in folders for run in load_module(f"cairn_bench_{folder.name}", folder).RUNS
    ]


def run_measurement(
    built: Built, measurement: Measurement, folder: Path, processes: Processes, icount: bool
) -> Figures:
    """Boot once and read the figures from the trace."""
    folder.mkdir()
    append = f"ktest={measurement.test} seed=1 limit={LIMIT} {measurement.options}".strip()
    command = [find_program("qemu-system-i386", "qemu-system-x86")]
    command += machine_options(measurement.memory, icount=icount, shift=0) + serial_options()
    command += kernel_options(built.kernel, built.initrd, append, folder)
    with processes.start(command, folder, WALL_LIMIT) as emulator:
        emulator.wait()
    trace = parse_trace(read_capped(folder / TRACE_FILE, TRACE_LIMIT + 1))
    figures = read_figures(trace, measurement)
    if not figures:
        reason = _why_nothing(trace) or "; ".join(emulator.errors()) or "it reported nothing"
        raise GraderError(f"the benchmark {measurement.test} did not finish: {reason}")
    return figures


def read_figures(trace: Trace, measurement: Measurement) -> Figures:
    """The figures of one boot, by name; none if the benchmark did not end."""
    ended = trace.first("test.end")
    if ended is None or ended.number("failures") or trace.damage:
        return {}
    figures = {event.text("name"): event.number("instructions") for event in trace.all("bench")}
    for event in trace.all("note"):
        note = NOTE.fullmatch(event.text("text"))
        if note is not None:
            figures[note.group(1)] = int(note.group(2))
    return {name + measurement.suffix: figure for name, figure in figures.items()}


def _why_nothing(trace: Trace) -> str:
    for event in trace:
        if event.name == "panic":
            return "panic: " + event.text("message")
        if event.name == "todo":
            return f"exercise {event.text('exercise')} is not done"
        if event.name == "test.fail":
            return f"{event.text('check')}: {event.text('actual')}"
    return ""


def run_all(
    built: Built, runs: Sequence[Measurement], folder: Path, icount: bool, jobs: int
) -> Figures:
    """All boots; of a name that several of them report, the smallest figure."""
    processes, progress = Processes(), progress_line(sys.stderr)
    merged: Figures = {}
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [
            pool.submit(run_measurement, built, run, folder / str(number), processes, icount)
            for number, run in enumerate(runs)
        ]
        try:
            for done, future in enumerate(futures):
                if progress is not None:
                    progress(done, len(runs))
                for name, value in future.result().items():
                    merged[name] = min(value, merged.get(name, value))
        finally:
            for future in futures:
                future.cancel()
            processes.kill_all()
    if progress is not None:
        progress(len(runs), len(runs))
    return merged


def host_figures(built: Built, runs: Sequence[Measurement], folder: Path) -> Figures:
    """Host cycles, measured one boot at a time so that boots do not disturb each other.

    The host only ever adds to a figure, so the best of several runs counts; variants run once.
    """
    best: Figures = {}
    for number in range(HOST_RUNS):
        chosen = [run for run in runs if number == 0 or not run.suffix]
        place = folder / f"host{number}"
        place.mkdir()
        for name, value in run_all(built, chosen, place, icount=False, jobs=1).items():
            best[name] = min(value, best.get(name, value))
    return best


# ------------------------------------------------------------------ table


def tables(figures: Figures, host: Figures, peers: Dict[str, Any]) -> str:
    """The figures beside those of other systems, and below them the variants."""
    names = performance.operations(figures)
    parts = [_peer_table(names, figures, host, peers)]
    parts += [_aligned(rows) for _, rows in performance.variant_tables(names, figures)]
    parts += [f"{name}: {text}\n" for name, text in peers.get("notes", {}).items() if name in names]
    return "\n".join(part for part in parts if part)


def _peer_table(
    names: Sequence[str], figures: Figures, host: Figures, peers: Dict[str, Any]
) -> str:
    known: Dict[str, Dict[str, str]] = peers.get("figures", {})
    systems = [
        system
        for system in peers.get("systems", [])
        if any(system in known.get(name, {}) for name in names)
    ]
    rows = [["operation", "instructions", "host cycles", *systems]]
    for name in names:
        row = [name, _number(figures[name]), _number(host.get(name))]
        rows.append(row + [str(known.get(name, {}).get(system, "-")) for system in systems])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns; the first is left-aligned, the others are numbers."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    lines = [
        "  ".join([row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])])
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _number(value: Optional[int]) -> str:
    return "-" if value is None else f"{value:,}"


# ------------------------------------------------------------------ command


def make_parser() -> argparse.ArgumentParser:
    """The options of `bench`."""
    parser = Parser(
        prog="grader/benchmark",
        description="Measure the kernel of a lab in guest instructions and in host cycles.",
    )
    add = parser.add_argument
    add("--lab", type=positive, default=1, metavar="N", help="the lab (default: 1)")
    add("--submission", metavar="DIR", help="the folder that holds labN-NAME/ (default: labs)")
    add("--ref", default="", type=reference_list, metavar="LIST")
    add("--build", metavar="DIR", help="where bench.json goes (default: build)")
    add("-j", dest="jobs", type=positive, default=1, metavar="N", help="boots at once")
    add("--no-host", action="store_true", help="count instructions only")
    add("--markdown", metavar="FILE", help="also write the figures as a page for the documents")
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return run_command("bench", lambda: _main(words))


def _main(words: List[str]) -> int:
    options = make_parser().parse_args(explicit_reference(words))
    target = Path(options.build or ROOT / "build").absolute()
    folders = bench_folders(ROOT, options.lab)
    runs = measurements(folders)
    if not runs:
        raise GraderError(f"there is no benchmark for lab {options.lab}")
    try:
        plain = Elf.load(build(_recipe(options, target, [])).kernel)
        built = build(_recipe(options, target, folders))
    except BuildFailed as failure:
        raise GraderError(f"the kernel does not build: {failure.errors[0]}") from None
    figures, host = _measure(options, built, runs)
    figures["kernel.text_bytes"] = plain.section_size(".text")
    for name, content in (("bench.json", figures), ("bench-host.json", host)):
        if content:
            text = json.dumps(content, indent=2, sort_keys=True) + "\n"
            (target / name).write_text(text, encoding="ascii")
    peers_path = ROOT / "grader" / "bench" / PEERS_FILE
    peers = json.loads(peers_path.read_text("utf-8")) if peers_path.is_file() else {}
    print(tables(figures, host, peers), end="")
    if options.markdown:
        page = performance.page(figures, host, peers)
        Path(options.markdown).write_text(page, encoding="ascii")
    return 0


def _measure(
    options: argparse.Namespace, built: Built, runs: Sequence[Measurement]
) -> Tuple[Figures, Figures]:
    with run_folder(keep=False) as folder:
        calibration.require(folder, Processes())
        figures = run_all(built, runs, folder, icount=True, jobs=options.jobs)
        host = {} if options.no_host else host_figures(built, runs, folder)
    return figures, host


def _recipe(options: argparse.Namespace, target: Path, tests: List[Path]) -> Recipe:
    return Recipe(
        root=ROOT,
        lab=options.lab,
        submission=Path(options.submission or ROOT / "labs"),
        build=target / "bench",
        reference=options.ref,
        tests=tests,
        debug=False,
    )
