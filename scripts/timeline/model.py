"""What a run consists of: processes, what each did when, and how they affected each other.

Times are nanoseconds since the start of the trace. Processes are named by their index in
Run.processes, because the kernel may give a pid again after its process was reaped. Index 0 is the
kernel itself: its start, and after that the time in which no process wanted the processor.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

#: The index of the kernel's own lane.
KERNEL = 0
#: States in which a process has the processor.
ON_CPU = ("running", "start", "idle")


@dataclass
class Span:
    """A time during which a process was in one state."""

    state: str
    begin: int
    end: int
    #: On the processor: why it was taken at the end ("" at the end of the trace). Else: why this
    #: state was entered.
    why: str = ""
    #: The process that is waited for, or that made this one ready.
    other: Optional[int] = None
    #: The message that is waited with or for, by its index in Run.messages.
    message: Optional[int] = None

    @property
    def length(self) -> int:
        """Its duration."""
        return self.end - self.begin


@dataclass
class Call:
    """A system call, from its entry to its return."""

    name: str
    arguments: Tuple[str, ...]
    begin: int
    end: int = 0
    #: What it returned; None if it did not return.
    result: Optional[int] = None


@dataclass(frozen=True)
class Mark:
    """Something that happened to a process at one moment."""

    kind: str
    time: int
    text: str


@dataclass(frozen=True)
class Arrow:
    """An effect of one process on another: "fork", "wake" or "signal"."""

    kind: str
    time: int
    source: int
    target: int
    text: str


@dataclass
class Message:
    """What one process sent to another: a "call", a "reply" or a "send"."""

    number: int
    kind: str
    source: int
    #: When it was ready to be received, and its sender began to wait for that.
    sent: int
    #: Who received it, and when. None: nobody did; the target is known nevertheless at times.
    target: Optional[int] = None
    received: Optional[int] = None
    #: What a call and its reply have in common; 0 for others.
    id: int = 0
    #: Dialect and operation, such as "vfs.open".
    operation: str = "?"
    #: Bytes of data.
    length: int = 0
    handles: int = 0
    #: Of a reply: a result or a negative error.
    status: int = 0
    #: Of a call its reply, and of a reply its call, by their numbers.
    partner: Optional[int] = None
    #: The message that its sender was dealing with.
    cause: Optional[int] = None
    #: Of a call: when its caller went on, if it did.
    ended: Optional[int] = None
    #: Of what went wrong: why, in words.
    outcome: str = ""

    @property
    def waited(self) -> bool:
        """Whether its sender had to wait until it was received."""
        return self.received is not None and self.sent < self.received


@dataclass(frozen=True)
class Switch:
    """The processor went from one process to another, because of the source's last span."""

    time: int
    source: int
    target: int
    why: str
    #: The span of the source that ended, by its index in Process.spans.
    span: int


@dataclass
class Process:
    """One process from its creation to its end."""

    index: int
    pid: int
    name: str
    mode: str = ""
    parent: Optional[int] = None
    created: int = 0
    #: How it ended: kind, code, and who killed it. None while it lives.
    ended: Optional[Tuple[str, int, Optional[int]]] = None
    end_time: Optional[int] = None
    #: The words of the exception that ended it.
    fault: str = ""
    reaped: Optional[int] = None
    spans: List[Span] = field(default_factory=list)
    calls: List[Call] = field(default_factory=list)
    marks: List[Mark] = field(default_factory=list)

    def time_in(self, *states: str) -> int:
        """How long it was in these states altogether."""
        return sum(span.length for span in self.spans if span.state in states)

    def switches(self) -> Dict[str, int]:
        """How often it lost the processor, by reason."""
        return dict(Counter(s.why for s in self.spans if s.state in ON_CPU and s.why))

    def call_counts(self) -> Dict[str, int]:
        """How often it made each system call, the most frequent first."""
        return dict(Counter(call.name for call in self.calls).most_common())


@dataclass
class Run:
    """A whole run."""

    end: int = 0
    stage: str = ""
    #: How it ended, in words.
    ending: str = "the trace stops, without a power-off"
    processes: List[Process] = field(default_factory=list)
    arrows: List[Arrow] = field(default_factory=list)
    switches: List[Switch] = field(default_factory=list)
    #: In the order in which they were sent.
    messages: List[Message] = field(default_factory=list)
    #: What was wrong with the trace, for people.
    warnings: List[str] = field(default_factory=list)

    def label(self, index: int) -> str:
        """A process as people call it: name and pid."""
        process = self.processes[index]
        return "the kernel" if index == KERNEL else f"{process.name} ({process.pid})"
