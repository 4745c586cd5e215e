"""What happened, in English: the sentences that both drawings of a run show."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict

from timeline.model import KERNEL, ON_CPU, Call, Process, Run, Span

ROOT = Path(__file__).resolve().parent.parent.parent
#: Results from here on, taken as unsigned numbers, are errors (src/include/cairn/syscall.h).
ERROR_FIRST = 0xFFFFF001
EXCEPTIONS = {
    0: "divide error", 3: "breakpoint", 4: "overflow", 6: "invalid opcode",
    13: "general protection fault", 14: "page fault", 17: "alignment check",
}  # fmt: skip
#: One word for each reason for which the processor is taken from a process.
REASONS = {
    "preempt": "preempted",
    "yield": "yielded",
    "block": "blocked",
    "sleep": "sleeping",
    "exit": "exited",
    "kill": "killed",
    "fault": "faulted",
    "start": "started",
    "idle": "idle",
}


def microseconds(time: int) -> str:
    """A duration or a time, as 1,234.567 µs."""
    return f"{time / 1000:,.3f} µs"


@lru_cache(maxsize=None)
def errors() -> Dict[int, str]:
    """The texts of the system's errors, from the one list that there is."""
    try:
        source = (ROOT / "src/include/cairn/error.h").read_text(encoding="utf-8")
    except OSError:
        return {}
    return {int(n): text for n, text in re.findall(r'ERROR\(\w+, (\d+), "([^"]*)"\)', source)}


def span_text(run: Run, process: Process, number: int) -> str:
    """Why the processor was taken at the end of a span, or why a process was in its state."""
    span = process.spans[number]
    if span.state not in ON_CPU:
        return state_text(run, process, span)
    after = process.spans[number + 1] if number + 1 < len(process.spans) else None
    if span.why in ("exit", "kill", "fault"):
        return ending_text(run, process)
    if span.why == "block":
        return "blocked: " + waiting_text(run, after or span)
    if span.why == "sleep":
        until = f", for {microseconds(after.length)}" if after and after.state == "sleeping" else ""
        return "sleeping: it asked to be woken by the clock" + until
    return {
        "": "still running when the trace ended",
        "preempt": "preempted: the clock took the processor, though it could have gone on",
        "yield": "yielded: it gave the processor up, and could have gone on",
        "start": "the kernel has started, and the first process runs",
        "idle": "idle until a process became ready",
    }.get(span.why, span.why)


def state_text(run: Run, process: Process, span: Span) -> str:
    """What a process without the processor is doing, and why."""
    if span.state == "blocked":
        return "blocked: " + waiting_text(run, span)
    if span.state == "sleeping":
        return "sleeping: it asked to be woken by the clock"
    if span.state == "zombie":
        return "ended: its parent has not waited for it yet"
    if span.state == "new":
        return "being made, not ready yet"
    if span.state != "ready":
        return span.state
    return "ready: " + ready_text(run, span)


def ready_text(run: Run, span: Span) -> str:
    """Why a process waits for the processor."""
    by = "" if span.other is None else f" by {run.label(span.other)}"
    return {
        "start": "new, it waits for its first turn",
        "yield": "it has yielded and waits for its next turn",
        "preempt": "it was preempted and waits for its next turn",
        "timeout": "the clock woke it, and it waits for the processor",
        "child": f"a child ended{by and ':'}{by}; it waits for the processor",
    }.get(span.why, f"woken{by}; it waits for the processor")


def waiting_text(run: Run, span: Span) -> str:
    """What a blocked process waits for."""
    if span.why == "child":
        if span.other is None:
            return "waiting for any child"
        child = run.processes[span.other]
        return f"waiting for child {child.pid} ({child.name})"
    if span.why == "event":
        return "waiting for an event"
    return f"waiting ({span.why})" if span.why else "waiting"


def ending_text(run: Run, process: Process) -> str:
    """How a process ended."""
    if process.ended is None:
        return "still there when the trace ended"
    kind, code, by = process.ended
    if kind == "killed":
        return "killed" if by is None else f"killed by {run.label(by)}"
    if kind == "fault":
        what = process.fault or EXCEPTIONS.get(code, f"exception {code}")
        return f"ended by a fault: {what}"
    return f"exited with code {code}"


def creator_text(run: Run, process: Process) -> str:
    """Who made a process."""
    if process.index == KERNEL:
        return "the boot loader"
    return "unknown" if process.parent is None else run.label(process.parent)


def call_text(call: Call) -> str:
    """A system call and its result."""
    return f"{call.name}({', '.join(call.arguments)}) {result_text(call)}"


def result_text(call: Call) -> str:
    """What a system call returned."""
    if call.result is None:
        return "did not return"
    result = call.result
    if not -4096 < result < 0 and result < ERROR_FIRST:
        return f"returned {result}"
    number = -result if result < 0 else (1 << 32) - result
    return f"failed: {errors().get(number, 'error')} ({-number})"


def summary(run: Run) -> str:
    """The run in one sentence."""
    processes = len(run.processes) - 1
    if processes == 0:
        return f"{run.end / 1e6:,.3f} ms without processes. At the end, {run.ending}."
    idle = run.processes[KERNEL].time_in("idle")
    share = 100 * idle / run.end if run.end else 0
    return (
        f"{count(processes, 'process', 'processes')}, "
        f"{count(len(run.switches), 'switch', 'switches')} in {run.end / 1e6:,.3f} ms of the "
        f"machine's time; idle for {share:.0f} %. At the end, {run.ending}."
    )


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
