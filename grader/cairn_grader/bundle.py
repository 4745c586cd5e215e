"""Bundles: what it takes to repeat exactly one failed run in QEMU, wherever the kit is.

A bundle is a folder, or an archive (.tar.gz) of one, with these files:

    bundle.json     see below
    kernel.elf      the kernel that ran, with its debugging information
    initrd.tar      its programs, if the lab has programs
    trace.txt       the events of the run, one a line
    console.txt     what the run wrote to the console
    labs/           the student's files of which the kernel was made

bundle.json has these members:

    schema          "cairn.bundle/1"
    lab, test       number of the lab, name of the test
    seed, schedule, memory, command_line, boot, inspected
                    the run's settings: `schedule` is the icount shift, `memory` is in MiB;
                    `inspected` says whether the machine was stopped to be looked at
    machine         QEMU's options for this machine; a kit takes its own when it repeats the run
    verdict, finding, end
                    what became of the test, its first finding, and how the run ended
    failure         {"kind", "event", "time"}: where it failed; the event's number in the trace and
                    its guest time in nanoseconds, or nulls for the end of the run
    trace           the fingerprint of the trace
    files           the SHA-256 of every other file

The same run leaves the same bytes. A bundle holds all tests that the kernel was linked with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from cairn_grader.errors import GraderError
from cairn_grader.findings import Finding
from cairn_grader.qemu import machine_options
from cairn_grader.run import Boot, Image, Run
from cairn_grader.runner import Outcome
from cairn_grader.trace import Event
from cairn_grader.verdict import Kind, own_events

SCHEMA = "cairn.bundle/1"
DESCRIPTION = "bundle.json"
KERNEL, INITRD, TRACE, CONSOLE = "kernel.elf", "initrd.tar", "trace.txt", "console.txt"
SOURCES = "labs"
#: Verdicts on something else than a run.
NO_RUN = (Kind.PASSED, Kind.NOT_BUILT, Kind.EMULATOR, Kind.CATALOGUE)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


@dataclass(frozen=True)
class Failure:
    """Where a run failed."""

    #: "check", "inspection", "event", "panic", "missing" or "end".
    kind: str
    #: Number of the trace's event that tells it; None for the end of the run.
    event: Optional[int] = None
    #: Guest time of the event in nanoseconds.
    time: Optional[int] = None


@dataclass(frozen=True)
class Submission:
    """What the bundles of one submission share."""

    lab: int
    seed: int
    image: Image
    #: The student's files by name, such as "lab1-memory/frame.c".
    sources: Dict[str, Path]


def student_sources(area: Path, lab: int, reference: str) -> Dict[str, Path]:
    """The student's files in a build area; those of labs taken from solutions/ are not hers."""
    if reference == "all":
        return {}
    theirs = [int(number) for number in reference.split(",") if number]
    folders = [
        folder
        for number in range(1, lab + 1)
        if number not in theirs
        for folder in sorted(area.glob(f"lab{number}-*"))
    ]
    files = [file for folder in folders for file in sorted(folder.glob("*.*")) if file.is_file()]
    return {str(file.relative_to(area)): file for file in files}


def rewindable(outcome: Outcome) -> bool:
    """Whether there is a run of which a bundle is worth while."""
    return (
        outcome.emulator == "qemu"
        and outcome.run is not None
        and outcome.test.boot != "grub"
        and outcome.verdict.kind not in NO_RUN
    )


def write_bundles(folder: Path, submission: Submission, outcomes: Sequence[Outcome]) -> List[Path]:
    """Write a bundle for each outcome that has something to repeat, as FOLDER/TEST.

    An earlier bundle of a test that ran again is replaced, or removed if the test passed.
    """
    written: List[Path] = []
    try:
        for outcome in outcomes:
            if outcome.emulator == "qemu" and not outcome.test.hidden:
                place = folder / outcome.test.name
                if (place / DESCRIPTION).is_file():
                    shutil.rmtree(place)
                if outcome.run is not None and rewindable(outcome):
                    _write(place, submission, outcome, outcome.run, written[:1])
                    written.append(place)
    except OSError as error:
        raise GraderError(f"cannot write bundles to '{folder}': {error.strerror}") from None
    return written


def _write(
    place: Path, submission: Submission, outcome: Outcome, run: Run, others: Sequence[Path]
) -> None:
    """Write one bundle; the kernel is the same file as in those that were written before."""
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    image = submission.image
    for name, original in ((KERNEL, image.kernel), (INITRD, image.initrd)):
        if original is not None:
            _share(unfinished / name, original, [other / name for other in others])
    (unfinished / TRACE).write_text(trace_text(run), encoding="ascii")
    (unfinished / CONSOLE).write_bytes(run.console.encode("latin-1", "replace"))
    for name, file in submission.sources.items():
        target = unfinished / SOURCES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    names = sorted(path for path in unfinished.rglob("*") if path.is_file())
    hashes = {str(path.relative_to(unfinished)): file_hash(path) for path in names}
    description = _describe(submission, outcome, run, hashes)
    text = json.dumps(description, indent=2, sort_keys=True) + "\n"
    (unfinished / DESCRIPTION).write_text(text, encoding="ascii")
    unfinished.rename(place)


def _share(target: Path, original: Path, copies: Sequence[Path]) -> None:
    """Make a file, without a second copy of its contents if there is one and links are possible."""
    for copy in copies:
        try:
            os.link(copy, target)
            return
        except OSError:
            continue
    shutil.copyfile(original, target)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _describe(
    submission: Submission, outcome: Outcome, run: Run, hashes: Dict[str, str]
) -> Dict[str, Any]:
    """The contents of bundle.json."""
    test = outcome.test
    booted = outcome.scout or test
    boot = Boot(submission.image, (booted,), submission.seed, outcome.schedule, Path())
    findings = outcome.verdict.findings or [Finding("the test passes", "it does not")]
    return {
        "schema": SCHEMA,
        "lab": submission.lab,
        "test": test.name,
        "seed": submission.seed,
        "schedule": outcome.schedule,
        "memory": boot.memory,
        "command_line": boot.command_line,
        "boot": booted.boot,
        "inspected": boot.inspected,
        "machine": machine_options(boot.memory, shift=outcome.schedule, quick=boot.quick),
        "verdict": outcome.verdict.kind.value,
        "finding": asdict(findings[0]),
        "end": run.end.value,
        "failure": asdict(find_failure(outcome, run)),
        "trace": run.trace.fingerprint(),
        "files": hashes,
    }


def find_failure(outcome: Outcome, run: Run) -> Failure:
    """Where the run of a failed test went wrong, as far as its trace tells."""
    events = own_events(outcome.test, run)
    if not outcome.test.in_kernel or not events:
        events = tuple(run.trace)
    kind = outcome.verdict.kind
    if kind is Kind.CHECKS:
        failed = [inspected.serial for inspected in run.inspected if _fails(outcome, inspected)]
        found = _first(events, "test.fail", "check") or _inspection(events, failed[:1])
        return found or _judged(events, outcome.verdict.findings)
    if kind in (Kind.PANIC, Kind.LIMIT):
        return _first(tuple(run.trace), "panic", "panic") or Failure("end")
    if kind is Kind.MISSING:
        return _first(tuple(run.trace), "todo", "missing") or Failure("end")
    return Failure("end")


def _fails(outcome: Outcome, inspected: Any) -> bool:
    own = inspected.test == outcome.test.name
    return own and not all(check.passed for check in inspected.checks)


def _first(events: Sequence[Event], name: str, kind: str) -> Optional[Failure]:
    for event in events:
        if event.name == name:
            return Failure(kind, event.sequence, event.time)
    return None


def _inspection(events: Sequence[Event], serials: Sequence[int]) -> Optional[Failure]:
    for event in events:
        if event.name == "test.inspect" and event.number("n") in serials:
            return Failure("inspection", event.sequence, event.time)
    return None


def _judged(events: Sequence[Event], findings: Sequence[Finding]) -> Failure:
    """The event that a finding about the trace begins with: "event 12: ..."."""
    named = re.match(r"event (\d+):", findings[0].actual) if findings else None
    for event in events:
        if named is not None and event.sequence == int(named.group(1)):
            return Failure("event", event.sequence, event.time)
    return Failure("end")


def trace_text(run: Run) -> str:
    """The events of a run as lines that parse_trace() reads."""
    return "".join(_event_line(event) + "\n" for event in run.trace)


def _event_line(event: Event) -> str:
    start = [f"seq={event.sequence}", f"t={event.time}", f"ev={event.name}"]
    return " ".join(start + [f"{key}={_quoted(text)}" for key, text in event.fields.items()])


def _quoted(text: str) -> str:
    if text and all("!" <= character <= "~" and character != '"' for character in text):
        return text
    letters = (_ESCAPES.get(c, c if " " <= c <= "~" else f"\\x{ord(c):02x}") for c in text)
    return '"' + "".join(letters) + '"'
