"""What happened, in English: the sentences that both drawings of a run show."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, Optional

from timeline.model import KERNEL, ON_CPU, Call, Message, Process, Run, Span

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
    if span.why == "notification":
        return "waiting for a notification"
    if span.why in ("send", "receive", "reply"):
        return message_wait_text(run, span)
    return f"waiting ({span.why})" if span.why else "waiting"


def message_wait_text(run: Run, span: Span) -> str:
    """What a process waits for that sends, calls, or receives."""
    message = None if span.message is None else run.messages[span.message]
    if message is None:
        return {
            "send": "waiting until its message is received",
            "reply": "waiting for a reply",
        }.get(span.why, "waiting for a message")
    sender = peer(run, message.source)
    if span.why == "receive":
        return f"waiting for a message; what came was {message_name(message)} of {sender}"
    if span.why == "send":
        return f"waiting until {peer(run, message.target)} receives its {message_name(message)}"
    return f"waiting until {peer(run, message.target)} answers its {message_name(message)}"


def peer(run: Run, index: Optional[int]) -> str:
    """The other side of a message; it may be unknown."""
    return "somebody" if index is None else run.label(index)


def message_name(message: Message) -> str:
    """A message, as a noun: what makes it recognisable."""
    number = f" {message.id}" if message.id else ""
    of = "" if message.operation == "?" else f" ({message.operation})"
    return {"send": "message", "call": "call"}.get(message.kind, message.kind) + number + of


def message_title(run: Run, message: Message) -> str:
    """Who sent a message, and to whom."""
    verb = {"call": "calls", "reply": "answers"}.get(message.kind, "sends to")
    return f"{run.label(message.source)} {verb} {peer(run, message.target)}"


def message_text(run: Run, message: Message) -> str:
    """What a message contains, and what came of it."""
    parts = [content_text(message)]
    if message.kind == "reply":
        parts.append(status_text(message.status))
    elif message.kind == "call" or message.outcome:
        parts.append(outcome_text(run, message))
    return f"{message_name(message)}: {', '.join(filter(None, parts))}"


def content_text(message: Message) -> str:
    """How much is in a message; nobody knows before it is received."""
    if message.received is None:
        return ""
    handles = f" and {count(message.handles, 'handle', 'handles')}" if message.handles else ""
    return count(message.length, "byte", "bytes") + handles


def status_text(status: int) -> str:
    """The status of a reply."""
    return error_text(status) or f"status {status}"


def outcome_text(run: Run, message: Message) -> str:
    """What came of a call."""
    if message.partner is not None:
        reply = run.messages[message.partner]
        after = (reply.received or 0) - message.sent
        return f"answered after {microseconds(after)} with {status_text(reply.status)}"
    if message.ended is None:
        return message.outcome
    return f"{message.outcome}, after {microseconds(message.ended - message.sent)}"


def waiting_time(message: Message) -> str:
    """How long a message waited until it was received, if it did."""
    if message.received is None or not message.waited:
        return ""
    return f"received after {microseconds(message.received - message.sent)}"


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
    error = error_text(call.result)
    return f"failed: {error}" if error else f"returned {call.result}"


def error_text(result: int) -> str:
    """An error in words; empty if a result is none."""
    if not -4096 < result < 0 and result < ERROR_FIRST:
        return ""
    number = -result if result < 0 else (1 << 32) - result
    return f"{errors().get(number, 'error')} ({-number})"


def short_status(status: int) -> str:
    """The status of a reply, where there is little room."""
    error = errors().get(-status) if status < 0 else None
    return error or f"status {status}"


def summary(run: Run) -> str:
    """The run in one sentence."""
    processes = len(run.processes) - 1
    if processes == 0:
        return f"{run.end / 1e6:,.3f} ms without processes. At the end, {run.ending}."
    idle = run.processes[KERNEL].time_in("idle")
    share = 100 * idle / run.end if run.end else 0
    messages = f", {count(len(run.messages), 'message', 'messages')}" if run.messages else ""
    return (
        f"{count(processes, 'process', 'processes')}, "
        f"{count(len(run.switches), 'switch', 'switches')}{messages} in {run.end / 1e6:,.3f} ms "
        f"of the machine's time; idle for {share:.0f} %. At the end, {run.ending}."
    )


def count(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
