#!/usr/bin/env python3
"""Measures what grading a class costs, and prints the table for docs/instructor.md.

A class of 60 made-up submissions of lab 1, correct ones, mutants and attacks mixed, is graded in
QEMU with two jobs, and again with everything known already. Then all are graded anew with one job,
for the speed-up, and once more with two, beside a submission that uses all that it is allowed; both
times the results are compared. Real time depends on the machine, so this is printed and never
tested; let nothing else run meanwhile, for some 50 minutes.

usage: class_figures.py [COUNT]     (default: 60)
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from attack_samples import skeleton

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.mutants import Files, load_alternatives, load_mutants  # noqa: E402
from cairn_grader.mutants import load_reference  # noqa: E402

LAB, FOLDER = 1, "lab1-memory"
SEED = "31337"
#: Seconds between two looks at the memory in use.
INTERVAL = 0.5
#: A kernel that says as much as it can until its time is over.
GREEDY = """
#include "kernel/console.h"
#include "kernel/memory/frame.h"

void frame_init(const struct memory_map *map)
{
    for (;;) {
        kprintf("%p the whole time, as much as possible, in every test\\n", (const void *)map);
    }
}
"""


class Figures(NamedTuple):
    """What one run over the class took."""

    seconds: float
    #: Most memory in use by all its processes together, in MiB.
    memory: float


def submissions(count: int) -> Iterator[Tuple[str, Files]]:
    """A name and files for each submission; no two have the same files."""
    reference = load_reference(ROOT, LAB)
    attacks = sorted(path for path in (ROOT / "grader" / "attacks" / "lab1").glob("*/"))
    chosen: List[Tuple[str, Files]] = []
    for number in range(count // 5):
        alternatives = [{}] + [a.own_files for a in load_alternatives(ROOT, LAB)]
        files = {**reference, **alternatives[number % len(alternatives)]}
        chosen.append((f"right-{number}", {**files, "heap.c": files["heap.c"] + "\n" * number}))
    for attack in attacks[: count // 5]:
        own = {path.name: path.read_text(errors="replace") for path in attack.glob("*.c")}
        chosen.append((f"attack-{attack.name}", {**skeleton(LAB), **own}))
    mutants = load_mutants(ROOT, LAB)
    missing = count - len(chosen)
    for mutant in mutants[:: max(1, len(mutants) // missing)][:missing]:
        chosen.append((f"mutant-{mutant.name}", mutant.files(reference)))
    yield from chosen


def write_class(folder: Path, chosen: Sequence[Tuple[str, Files]]) -> None:
    """Write submissions as folders."""
    for name, files in chosen:
        target = folder / name / FOLDER
        target.mkdir(parents=True)
        for file, text in files.items():
            (target / file).write_text(text, encoding="utf-8")


def grade(folder: Path, out: Path, jobs: int) -> Figures:
    """Grade the class; GraderError is left to be seen."""
    command = [str(ROOT / "grader" / "class"), "--lab", str(LAB), "--seed", SEED, "-j", str(jobs)]
    started = time.monotonic()
    with subprocess.Popen(
        [*command, "--output", str(out), str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        peak = [0.0]
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, ended))
        watcher.start()
        assert process.stderr is not None
        said = process.stderr.read().decode()
        status = process.wait()
        ended.set()
        watcher.join()
    if status != 0:
        sys.exit(f"grader/class failed:\n{said}")
    return Figures(time.monotonic() - started, peak[0])


def _watch(process: int, peak: List[float], ended: threading.Event) -> None:
    while not ended.wait(INTERVAL):
        peak[0] = max(peak[0], sum(map(_memory, _family(process))) / 1024)


def _family(process: int) -> List[int]:
    """A process and all that descend from it."""
    parents: Dict[int, List[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    family = [process]
    for member in family:
        family += parents.get(member, [])
    return family


def _memory(process: int) -> int:
    """The share of a process in the memory in use, in KiB."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def results(out: Path) -> Dict[str, str]:
    """The documents of a class by name, without times."""
    found: Dict[str, str] = {}
    for path in sorted((out / "results").glob("*.json")):
        document = json.loads(path.read_text())
        document.pop("times")
        found[path.stem] = json.dumps(document, sort_keys=True)
    return found


def say(name: str, figure: str) -> None:
    """Print a row of the table, as soon as it is known."""
    print(f"| {name} | {figure} |", flush=True)


def compare(before: Dict[str, str], after: Dict[str, str]) -> str:
    """What to say of two runs' results."""
    different = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return f"DIFFERENT: {', '.join(different)}" if different else "identical, times apart"


def main() -> None:
    """Run, and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory(prefix="class-figures-") as temporary:
        top = Path(temporary)
        say(f"{count} submissions of lab 1, in QEMU, two jobs", "")
        say("---", "---")
        everyone = list(submissions(count))
        write_class(top / "class", everyone)
        first = grade(top / "class", top / "first", 2)
        say("seconds for each", f"{first.seconds / count:.1f}")
        say("memory at most", f"{first.memory:.0f} MiB")
        again = grade(top / "class", top / "first", 2)
        say("seconds for all, nothing changed since", f"{again.seconds:.1f}")
        before = results(top / "first")
        alone = grade(top / "class", top / "one-job", 1)
        say("one job needs longer", f"{alone.seconds / first.seconds:.2f} times")
        say("results with one job", compare(before, results(top / "one-job")))
        write_class(top / "class", [("greedy", {**skeleton(LAB), "frame.c": GREEDY})])
        grade(top / "class", top / "second", 2)
        after = results(top / "second")
        after.pop("greedy")
        say("results of a second run, beside a greedy submission", compare(before, after))


if __name__ == "__main__":
    main()
