"""Checks a file against the rules of the trace-event format, for the tests of the timeline.

Source: Trace Event Format,
https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Dict, Iterator, List, Tuple

Json = Dict[str, Any]
Track = Tuple[int, int]

#: What an event of each phase must have besides ph, name, pid, tid and ts.
KEYS: Dict[str, Tuple[str, ...]] = {
    "B": (), "E": (), "X": ("dur",), "i": ("s",), "M": ("args",), "s": ("id", "cat"),
    "f": ("id", "cat", "bp"), "C": ("args",),
}  # fmt: skip
METADATA = ("process_name", "thread_name", "process_sort_index", "thread_sort_index")
#: Names of colours that both viewers know (the format's reserved ones that this kit uses).
COLOURS = (
    *("thread_state_running", "thread_state_runnable", "thread_state_iowait"),
    *("thread_state_sleeping", "thread_state_unknown"),
)


def nanoseconds(time: float) -> int:
    """The format's times are microseconds; viewers count nanoseconds."""
    return round(time * 1000)


def problems(document: Json) -> List[str]:
    """Everything that is wrong with a document in the format's object form."""
    events = document.get("traceEvents")
    if not isinstance(events, list) or document.get("displayTimeUnit") not in ("ms", "ns"):
        return ["it is not the object form: traceEvents, displayTimeUnit"]
    found = [text for event in events for text in _of_event(event)]
    if found:
        return found
    tracks: Dict[Track, List[Json]] = defaultdict(list)
    for event in events:
        if event["ph"] != "M":
            tracks[event["pid"], event["tid"]].append(event)
    for track, its_events in tracks.items():
        found += [f"track {track}: {text}" for text in _of_track(its_events)]
    return found + list(_of_names(events, tracks)) + list(_of_flows(events, tracks))


def _of_event(event: Json) -> Iterator[str]:
    phase = event.get("ph", "")
    if phase not in KEYS:
        yield f"unknown phase: {event}"
        return
    absent = [key for key in ("name", "pid", "tid", "ts", *KEYS[phase]) if key not in event]
    if absent:
        yield f"{', '.join(absent)} absent: {event}"
        return
    if not isinstance(event["name"], str) or not all(
        isinstance(event[key], int) for key in ("pid", "tid")
    ):
        yield f"a name that is not text, or a track that is not a number: {event}"
    if event["ts"] < 0 or event.get("dur", 0) < 0:
        yield f"a time below zero: {event}"
    if event.get("s", "t") not in ("g", "p", "t") or event.get("bp", "e") != "e":
        yield f"unknown scope or binding: {event}"
    if phase == "M" and event["name"] not in METADATA:
        yield f"unknown metadata: {event}"
    if event.get("cname", COLOURS[0]) not in COLOURS:
        yield f"unknown colour: {event}"


def _of_track(events: List[Json]) -> Iterator[str]:
    """Times go up, begins and ends are balanced, and slices nest."""
    last = 0
    ends: List[int] = []
    opened: List[str] = []
    for event in events:
        time = nanoseconds(event["ts"])
        if time < last:
            yield f"time goes back at {event}"
        last = time
        while ends and ends[-1] <= time:
            ends.pop()
        if event["ph"] == "X":
            end = time + nanoseconds(event["dur"])
            if ends and end > ends[-1]:
                yield f"does not lie within the slice around it: {event}"
            ends.append(end)
        elif event["ph"] == "B":
            opened.append(event["name"])
        elif event["ph"] == "E" and (not opened or opened.pop() != event["name"]):
            yield f"ends what did not begin: {event}"
    if opened:
        yield f"did not end: {opened}"


def _of_names(events: List[Json], tracks: Dict[Track, List[Json]]) -> Iterator[str]:
    for kind in ("process_name", "thread_name"):
        named = [
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == kind and isinstance(event["args"].get("name"), str)
        ]
        if len(named) != len(set(named)):
            yield f"two tracks have the same number: {named}"
        whole = kind == "process_name"  # One name for all threads of a process.
        known = {track[0] if whole else track for track in named}
        yield from (
            f"no {kind} for {track}"
            for track in tracks
            if (track[0] if whole else track) not in known
        )


def _of_flows(events: List[Json], tracks: Dict[Track, List[Json]]) -> Iterator[str]:
    """Each flow has a start and a later finish, and both are bound to a slice."""
    ends: Dict[Any, List[Json]] = defaultdict(list)
    for event in events:
        if event["ph"] in "sf":
            ends[event["cat"], event["name"], event["id"]].append(event)
            slices = [e for e in tracks[event["pid"], event["tid"]] if e["ph"] == "X"]
            if not any(_holds(piece, event["ts"]) for piece in slices):
                yield f"not in a slice: {event}"
    for key, pair in ends.items():
        if [event["ph"] for event in pair] != ["s", "f"]:
            yield f"not a start and a finish: {key}"


def _holds(piece: Json, time: float) -> bool:
    begin = nanoseconds(piece["ts"])
    return begin <= nanoseconds(time) <= begin + nanoseconds(piece["dur"])
