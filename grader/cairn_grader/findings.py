"""Findings: what was expected, what happened instead, and where, in words.

Everything that came out of the guest is cleaned here, before it can reach a terminal or a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Tuple

from cairn_grader.machine import Check
from cairn_grader.run import End, Run
from cairn_grader.text import clean
from cairn_grader.trace import Event, Trace

#: What it means if the processor has nothing to do when the time is over.
IDLE = "the processor is idle: every process waits, and nothing will wake one"
#: What the kernel calls a place that is in none of its functions.
UNKNOWN = "?"
#: Most functions of a backtrace that are shown.
BACKTRACE_SHOWN = 5


class Call(NamedTuple):
    """Where the kernel was, or had been called from."""

    function: str
    #: As the kernel names it, for instance "labs/lab1-memory/frame.c".
    file: str
    line: int


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a run."""

    expected: str
    actual: str
    #: Which check this is, in the words of the handout; empty if it is not a check.
    what: str = ""
    #: Source file and line as the kernel names them; empty if unknown.
    file: str = ""
    line: int = 0
    #: The exercise that the kernel names; empty if it names none.
    exercise: str = ""
    details: Tuple[str, ...] = ()
    #: The part of the test in which it was found, by its name; empty if it has none.
    part: str = ""
    #: The check of a program that failed before: "forks.c:47"; empty if there is none.
    program: str = ""
    #: Where the kernel was, innermost first; empty if that is not known.
    calls: Tuple[Call, ...] = ()
    #: Whether the run ended with it, in a way that the handout explains.
    ended: bool = False


def of_check(check: Check, tag: str = "") -> Finding:
    """A check from outside that failed."""
    details = (f"seen from outside the machine, at the inspection '{tag}'",) if tag else ()
    return Finding(clean(check.expected), clean(check.actual), clean(check.what), details=details)


def of_event(event: Event) -> Finding:
    """A failed check of the kernel's, or a missing exercise."""
    if event.name == "todo":
        exercise, function = clean(event.text("exercise")), clean(event.text("function"))
        return Finding(
            f"exercise {exercise} is done",
            f"{function}() is not implemented yet",
            file=clean(event.text("file")),
            exercise=exercise,
            calls=(Call(function, clean(event.text("file")), 0),),
        )
    return Finding(
        clean(event.text("expected")),
        clean(event.text("actual")),
        clean(event.text("check")),
        clean(event.text("file")),
        event.number("line"),
    )


def panic_finding(event: Event, trace: Trace, expected: str, limit: int) -> Finding:
    """The kernel panicked, perhaps because its time was over."""
    function, file = clean(event.text("function")), clean(event.text("file"))
    actual = f"panic: {clean(event.text('message'))}"
    if event.text("kind") == "timeout":
        expected = f"{expected} within {limit} s of guest time"
        actual = IDLE if function == "cpu_idle" else f"it was still in {function}()"
    exercise = clean(event.text("exercise"))
    return Finding(
        expected,
        actual,
        file=file,
        line=event.number("line"),
        exercise="" if exercise == "-" else exercise,
        details=tuple(_called_through(trace, function)),
        calls=tuple(_calls(trace)),
        ended=True,
    )


def how_it_ended(run: Run, expected: str, limit: int) -> Finding:
    """The run ended without a word from the kernel."""
    sentences = {
        End.POWER_OFF: "the machine was powered off before that",
        End.RESET: "the machine was reset",
        End.TRIPLE_FAULT: "the processor reset itself (triple fault): it could deliver neither an "
        "exception nor the double fault after it; page tables, descriptor tables or the stack "
        "are damaged",
        End.GUEST_LIMIT: "it was still running",
        End.WALL_LIMIT: "the emulator was killed because it did not end",
        End.STALLED: "it kept the emulator busy while the guest's time hardly moved, as happens "
        "where a processor runs in addresses without memory",
        End.OUTPUT_LIMIT: "it wrote more than a run may write",
        End.DIED: "the emulator failed",
    }
    if run.end is End.GUEST_LIMIT:
        expected = f"{expected} within {limit} s of guest time"
    details = [clean(line) for line in run.detail]
    if run.backtrace:
        details.append("it was in " + ", called from ".join(run.backtrace[:BACKTRACE_SHOWN]))
    misuse = run.trace.first("misuse")
    if misuse is not None:
        details.append(f"before that: misuse of memory, {clean(misuse.text('kind'))}")
    return Finding(expected, sentences[run.end], details=tuple(details), ended=True)


def _calls(trace: Trace) -> List[Call]:
    """The backtrace of a panic."""
    return [
        Call(clean(frame.text("function")), clean(frame.text("file")), frame.number("line"))
        for frame in trace.all("panic.frame")
    ]


def _place(call: Call) -> str:
    if call.function == UNKNOWN:
        return "no function: the address is not in the kernel's code"
    return f"{call.function}() at {call.file}:{call.line}"


def _called_through(trace: Trace, function: str) -> List[str]:
    """The backtrace, line by line."""
    calls = _calls(trace)[:BACKTRACE_SHOWN]
    if not calls:
        return [f"in {function}()"] if function not in ("", UNKNOWN) else []
    places = [_place(call) for call in calls]
    return [f"in {places[0]}"] + [f"called from {place}" for place in places[1:]]
