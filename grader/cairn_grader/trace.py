"""The trace: one event a line on the second serial port.

A line is `seq=N t=T ev=NAME key=value ...`. Values are words without blanks, or quoted strings
with the escapes \\" \\\\ \\n and \\xNN. Sequence numbers count from 0 without a gap, and guest
time never goes back; a trace in which that does not hold was not written by the kernel alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional

#: Most bytes of a trace that are read. Those of the reference are a hundred times shorter; events
#: take up to 20 times the memory of their lines.
TRACE_LIMIT = 4 << 20
#: After so many lines that are wrong, nothing more is read: nobody believes such a trace.
DAMAGE_MAX = 100

#: Most characters of a number: a 64-bit one has up to 20.
DIGITS_MAX = 20

_FIELD = re.compile(r'([A-Za-z_][A-Za-z0-9_.]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)')
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Event:
    """One line of the trace."""

    sequence: int
    time: int
    name: str
    fields: Dict[str, str]

    def text(self, key: str, default: str = "") -> str:
        """A field as text."""
        return self.fields.get(key, default)

    def __str__(self) -> str:
        words = [f"{self.sequence:5}", f"{self.time:12}", self.name]
        return " ".join(words + [f"{key}={value}" for key, value in self.fields.items()])

    def number(self, key: str, default: int = 0) -> int:
        """A field as a number, decimal or hexadecimal."""
        try:
            return int(self.fields[key][:DIGITS_MAX], 0)
        except (KeyError, ValueError):
            return default


@dataclass
class Trace:
    """The events of a run, and what was wrong with their lines."""

    events: List[Event] = field(default_factory=list)
    #: Why the trace cannot be trusted, in the order in which it was noticed.
    damage: List[str] = field(default_factory=list)

    def all(self, name: str) -> List[Event]:
        """Every event of a name."""
        return [event for event in self.events if event.name == name]

    def first(self, name: str) -> Optional[Event]:
        """The first event of a name, or None."""
        return next(iter(self.all(name)), None)

    def fingerprint(self) -> str:
        """The same for two runs exactly if the kernel did the same at the same times.

        Times count from the first event: what a boot loader took before that is not the kernel's.
        """
        digest = hashlib.sha256()
        for event in self.events:
            since = event.time - self.events[0].time
            digest.update(f"{event.sequence} {since} {event.name} {event.fields}\n".encode())
        return digest.hexdigest()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)


def parse_trace(data: bytes) -> Trace:
    """Parse what the second serial port received. A last line that was cut off is ignored."""
    trace = Trace()
    lines = data[:TRACE_LIMIT].decode("latin-1").split("\n")
    for number, line in enumerate(lines[:-1], start=1):
        if len(trace.damage) >= DAMAGE_MAX:
            break
        event = parse_line(line)
        if event is None:
            trace.damage.append(f"line {number} is not an event")
            continue
        _check_order(trace, event)
        trace.events.append(event)
    if len(data) > TRACE_LIMIT:
        trace.damage.append("the trace is too long")
    return trace


def parse_line(line: str) -> Optional[Event]:
    """One line without its newline; None if it is not an event."""
    fields = _parse_fields(line)
    if fields is None or list(fields)[:3] != ["seq", "t", "ev"]:
        return None
    sequence, time = fields.pop("seq"), fields.pop("t")
    if not all(number.isdecimal() and len(number) <= DIGITS_MAX for number in (sequence, time)):
        return None
    return Event(int(sequence), int(time), fields.pop("ev"), fields)


def _parse_fields(line: str) -> Optional[Dict[str, str]]:
    fields: Dict[str, str] = {}
    position = 0
    while position < len(line):
        match = _FIELD.match(line, position)
        if match is None or match.group(1) in fields:
            return None
        fields[match.group(1)] = _value(match.group(2))
        position = match.end()
    return fields


def _value(text: str) -> str:
    if not text.startswith('"'):
        return text
    return _ESCAPE.sub(_unescape, text[1:-1])


def _unescape(match: "re.Match[str]") -> str:
    code = match.group(1)
    if len(code) == 3:
        return chr(int(code[1:], 16))
    return _LETTERS.get(code, code)


def _check_order(trace: Trace, event: Event) -> None:
    expected = trace.events[-1].sequence + 1 if trace.events else 0
    if event.sequence != expected:
        trace.damage.append(f"event {event.sequence} stands where event {expected} belongs")
    if trace.events and event.time < trace.events[-1].time:
        trace.damage.append(f"time goes back at event {event.sequence}")
