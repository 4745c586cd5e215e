"""A run in the trace-event format, which ui.perfetto.dev and chrome://tracing open.

Each process is a process of the format with one thread, whose slices are its states; a system call
lies in them, in as many pieces as the process had states meanwhile, since slices must nest. A
second thread has the messages that a process waits with, each until it is received or, a call,
answered; every message is an arrow, too. The processor has a track of its own, which says who runs.
Times are microseconds.

Source: Trace Event Format,
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from typing import Any, Dict, Iterator, List, Tuple

from timeline import wording
from timeline.model import KERNEL, ON_CPU, Call, Message, Process, Run, Span

#: The track of the processor; no pid of Cairn's is so high.
PROCESSOR = 1_000_000
#: What is added to the number of a process's track for that of its messages.
MESSAGES = 2_000_000
#: What is added to a pid for each time that it was used before.
REUSED = 10_000
#: Colours that the format reserves for states of threads.
COLOURS = {
    "running": "thread_state_running",
    "ready": "thread_state_runnable",
    "blocked": "thread_state_iowait",
    "sleeping": "thread_state_sleeping",
    "zombie": "thread_state_unknown",
    "new": "thread_state_unknown",
}
#: Marks that say something about the whole machine.
GLOBAL_MARKS = ("boot", "panic")

Json = Dict[str, Any]


def document(run: Run) -> str:
    """The whole file."""
    return json.dumps(
        {
            "traceEvents": [*metadata(run), *ordered(events(run))],
            "displayTimeUnit": "ns",
            "otherData": {"summary": wording.summary(run), "warnings": run.warnings},
        },
        indent=None,
        separators=(",", ":"),
    )


def tracks(run: Run) -> List[int]:
    """The number of each process's track: its pid, unless an earlier process had it."""
    used: Dict[int, int] = {}
    numbers = [PROCESSOR]
    for process in run.processes[1:]:
        times = used[process.pid] = used.get(process.pid, -1) + 1
        numbers.append(process.pid + REUSED * times)
    return numbers


def metadata(run: Run) -> Iterator[Json]:
    """Names and order of the tracks."""
    for order, (process, track) in enumerate(zip(run.processes, tracks(run))):
        ring = "" if not process.mode else " (ring 3)" if process.mode == "user" else " (ring 0)"
        name = "processor" if process.index == KERNEL else f"{process.name}{ring}"
        thread = "who runs" if process.index == KERNEL else "states and system calls"
        for kind, value in (
            ("process_name", {"name": name}),
            ("thread_name", {"name": thread}),
            ("process_sort_index", {"sort_index": order}),
        ):
            yield {"ph": "M", "name": kind, "pid": track, "tid": track, "ts": 0, "args": value}
    for track in sorted({tracks(run)[m.source] for m in run.messages if lasts(m)}):
        yield {
            "ph": "M", "name": "thread_name", "pid": track, "tid": track + MESSAGES, "ts": 0,
            "args": {"name": "calls, and messages that wait"},
        }  # fmt: skip


def lasts(message: Message) -> bool:
    """Whether a message takes time: the sender of others goes on at once."""
    return message.kind == "call" or message.waited or message.received is None


def ordered(found: Iterator[Tuple[int, Json]]) -> List[Json]:
    """By time; what lasts longer first, so that slices come before those within them."""
    return [event for _, event in sorted(found, key=lambda pair: (pair[0], -pair[1].get("dur", 0)))]


def events(run: Run) -> Iterator[Tuple[int, Json]]:
    """Everything but the metadata, each with its time in nanoseconds."""
    numbers = tracks(run)
    for process in run.processes:
        track = numbers[process.index]
        for number, span in enumerate(process.spans):
            yield from _spans(run, process, number, track)
            if span.state in ON_CPU and process.index != KERNEL:
                yield _slice(_who(process), "running", span, PROCESSOR, {})
        begins = [span.begin for span in process.spans]
        for call in process.calls:
            first = max(bisect_right(begins, call.begin) - 1, 0)
            last = max(bisect_left(begins, call.end), first + 1)
            yield from _pieces(call, process.spans[first:last], track)
        for mark in process.marks:
            scope = "g" if mark.kind in GLOBAL_MARKS else "t"
            yield mark.time, {
                "ph": "i", "name": mark.text, "cat": mark.kind, "ts": mark.time / 1000,
                "pid": track, "tid": track, "s": scope,
            }  # fmt: skip
    for message in filter(lasts, run.messages):
        yield _call(run, message, numbers[message.source])
    yield from _flows(run, numbers)


def _who(process: Process) -> str:
    return f"{process.name} ({process.pid})"


def _spans(run: Run, process: Process, number: int, track: int) -> Iterator[Tuple[int, Json]]:
    span = process.spans[number]
    text = wording.span_text(run, process, number)
    name = {"start": "the kernel starts"}.get(span.state, span.state)
    if span.state != "off":
        key = "why the processor was taken" if span.state in ON_CPU else "why"
        yield _slice(name, "state", span, track, {key: text})


def _slice(name: str, category: str, span: Span, track: int, args: Json) -> Tuple[int, Json]:
    event = {
        "ph": "X", "name": name, "cat": category, "ts": span.begin / 1000,
        "dur": span.length / 1000, "pid": track, "tid": track, "args": args,
    }  # fmt: skip
    if span.state in COLOURS and track != PROCESSOR:
        event["cname"] = COLOURS[span.state]
    return span.begin, event


def _pieces(call: Call, spans: List[Span], track: int) -> Iterator[Tuple[int, Json]]:
    """A system call, cut where the state of its process changes."""
    for number, span in enumerate(spans, 1):
        begin, end = max(span.begin, call.begin), min(span.end, call.end)
        args = {"call": wording.call_text(call), "piece": f"{number} of {len(spans)}"}
        yield _slice(call.name, "call", Span("call", begin, end), track, args)


def _call(run: Run, message: Message, track: int) -> Tuple[int, Json]:
    """A call, or a message that waits, as long as its sender cannot go on."""
    ended = message.received if message.kind == "send" else message.ended
    ended = message.ended or run.end if ended is None else ended
    span = Span("call", message.sent, max(ended, message.sent))
    args = {
        "message": wording.message_text(run, message),
        "who": wording.message_title(run, message),
        "id": message.id,
    }
    event = _slice(wording.message_name(message), "message", span, track, args)
    event[1]["tid"] = track + MESSAGES
    return event


def _flows(run: Run, numbers: List[int]) -> Iterator[Tuple[int, Json]]:
    """Arrows, from the slice in which the source ran to the one that began for the target."""
    for number, arrow in enumerate(run.arrows, 1):
        for phase, process in (("s", arrow.source), ("f", arrow.target)):
            track = numbers[process]
            event = {
                "ph": phase, "id": number, "name": arrow.kind, "cat": "flow",
                "ts": arrow.time / 1000, "pid": track, "tid": track,
            }  # fmt: skip
            if phase == "f":
                event["bp"] = "e"
            yield arrow.time, event
    for message in run.messages:
        if message.target is not None and message.received is not None:
            yield from _message(run, message, numbers)


def _message(run: Run, message: Message, numbers: List[int]) -> Iterator[Tuple[int, Json]]:
    """The arrow of a message, from when it was ready to when it was received."""
    for phase, index, time in (
        ("s", message.source, message.sent),
        ("f", message.target, message.received),
    ):
        track = numbers[index or KERNEL]
        event = {
            "ph": phase, "id": message.number, "cat": "message", "ts": (time or 0) / 1000,
            "name": wording.message_name(message), "pid": track, "tid": track,
            "args": {"message": wording.message_text(run, message)},
        }  # fmt: skip
        if phase == "f":
            event["bp"] = "e"
        yield time or 0, event
