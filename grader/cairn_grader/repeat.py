"""Whether grading repeats: the same work graded many times, half of them on a busy machine.

Each repetition is a run of `grader/grade` whose JSON result, times apart, must be the same byte
for byte. The result holds a fingerprint of every trace, so equal results mean equal traces.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, List, Optional, Sequence

GRADE = Path(__file__).resolve().parent.parent / "grade"
#: What keeps a core busy; it ends with the process that started it.
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100000))\n"


@contextmanager
def busy_cores(wanted: bool) -> Iterator[None]:
    """Keep every core busy, if it is wanted."""
    count = (os.cpu_count() or 1) if wanted else 0
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def grade_once(words: Sequence[str], result: Path) -> str:
    """Grade once. @return a digest of the result without its times; exits if grading fails."""
    command = [str(GRADE), *words, "--json", str(result)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stdout.decode(errors="replace"))
    document = json.loads(result.read_text(encoding="utf-8"))
    del document["times"]
    text = json.dumps(document, sort_keys=True)
    points = f"{document['points']} of {document['max_points']} points"
    return f"{points}, result {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def make_parser() -> argparse.ArgumentParser:
    """The command's options; the others go to grader/grade."""
    parser = argparse.ArgumentParser(
        prog="grader/repeat",
        description="Grade the same work many times, the second half while all cores are kept "
        "busy, and compare the results with their traces. Further options are those of "
        "grader/grade, such as --ref, --lab N and --emulator NAME. The exit status is 0 if all "
        "results are the same.",
    )
    parser.add_argument("--times", type=int, default=50, help="repetitions (default: 50)")
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """The command."""
    options, words = make_parser().parse_known_args(arguments)
    seen: List[str] = []
    with tempfile.TemporaryDirectory(prefix="cairn-repeat-") as folder:
        for number in range(1, options.times + 1):
            busy = number > (options.times + 1) // 2
            started = time.monotonic()
            with busy_cores(busy):
                found = grade_once(words, Path(folder) / "result.json")
            seen.append(found)
            state = "busy" if busy else "idle"
            seconds = time.monotonic() - started
            print(f"{number:3} {state} {found} {seconds:6.1f} s", flush=True)
    different = len(set(seen))
    print(f"{len(seen)} runs, {different} different result{'s' if different != 1 else ''}")
    return 0 if different == 1 else 1
