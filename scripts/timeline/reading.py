"""From the events of a trace to the run that they tell of.

Processes change their states by `proc.state`; the processor goes from one to another by
`sched.switch`, which follows. A span on the processor ends only with the switch, and the state that
was announced before it begins there. So the spans of a process follow each other without a gap.
"""

from __future__ import annotations

import unicodedata
from typing import Callable, Dict, Optional, Set

from cairn_grader.trace import Event, Trace
from timeline.messages import Messages
from timeline.model import KERNEL, ON_CPU, Arrow, Call, Mark, Process, Run, Span, Switch
from timeline.wording import count, error_text

#: Reasons to become ready for which nobody else is responsible.
OWN_REASONS = ("timeout", "start", "yield", "preempt", "run")
#: Damage that is shown; the rest is counted.
DAMAGE_SHOWN = 4
#: Ends of a run by the reason of `power.off`.
ENDINGS = {
    "done": "the kernel powered off, with its work done",
    "todo": "the kernel stopped at an exercise that is not written yet",
}


def clean(text: str) -> str:
    """Text of the trace as people may see it: UTF-8 decoded, invisible characters spelled out."""
    decoded = text.encode("latin-1", "replace").decode("utf-8", "replace")
    return "".join(
        character if unicodedata.category(character)[0] != "C" else f"\\u{ord(character):04x}"
        for character in decoded
    )


def read_run(trace: Trace) -> Run:
    """The run that a trace tells of; the trace must have events."""
    return Reader(trace).run


class Reader:
    """Goes through the events once, and keeps what is not finished yet."""

    def __init__(self, trace: Trace) -> None:
        self.run = Run()
        self.time = 0
        self._by_pid: Dict[int, Process] = {}
        #: States that were announced for processes which still have the processor.
        self._announced: Dict[int, Span] = {}
        self._calls: Dict[int, Call] = {}
        self._messages = Messages(self.run)
        #: Between whom messages have just passed, and the signal that was just given: what they
        #: explain is not told once more as a wake-up.
        self._passed: Set[int] = set()
        self._signal = ""
        self._well_known: Dict[int, str] = {}
        kernel = self._new_process(0, "kernel")
        kernel.mode = "kernel"
        self._current = kernel
        self._begin(kernel, "start")
        for event in trace.events:
            self._read(event)
        self._finish(trace)

    def _read(self, event: Event) -> None:
        self.time = max(self.time, event.time)
        handler = HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event)

    def _finish(self, trace: Trace) -> None:
        self.run.end = self.time
        if self._current.ended:
            self._current.spans[-1].why = self._reason(self._current, "exit")
        for process in self.run.processes:
            if process.reaped is None:
                process.spans[-1].end = self.time
            self._end_call(process)
        self._messages.finish()
        damage = trace.damage
        self.run.warnings += damage[:DAMAGE_SHOWN]
        if len(damage) > DAMAGE_SHOWN:
            self.run.warnings.append(f"and {len(damage) - DAMAGE_SHOWN} more places like these")

    # ---- processes and their spans ----

    def _new_process(self, pid: int, name: str) -> Process:
        process = Process(len(self.run.processes), pid, name, created=self.time)
        self.run.processes.append(process)
        self._by_pid[pid] = process
        return process

    def _process(self, pid: int) -> Process:
        """The process that has this pid now; a trace that begins late may not have named it."""
        if pid not in self._by_pid:
            self._begin(self._new_process(pid, "?"), "new")
        return self._by_pid[pid]

    def _of(self, event: Event, key: str = "pid") -> Process:
        return self._process(event.number(key))

    def _index(self, event: Event, key: str) -> Optional[int]:
        """The process that a field names; None for 0, which means nobody, and for strangers."""
        process = self._by_pid.get(event.number(key))
        return None if process is None or process.pid == 0 else process.index

    def _begin(
        self, process: Process, state: str, why: str = "", who: Optional[int] = None
    ) -> Span:
        """End the process's span now and begin another."""
        if process.spans:
            process.spans[-1].end = self.time
        process.spans.append(Span(state, self.time, self.time, why, who))
        return process.spans[-1]

    def _mark(self, process: Process, kind: str, text: str) -> None:
        process.marks.append(Mark(kind, self.time, text))

    def _arrow(self, kind: str, source: Process, target: Process, text: str) -> None:
        self.run.arrows.append(Arrow(kind, self.time, source.index, target.index, text))

    # ---- events of processes ----

    def _create(self, event: Event) -> None:
        parent = self._by_pid.get(event.number("parent"), self.run.processes[KERNEL])
        pid = event.number("pid")
        if pid == 0:
            return
        process = self._unannounced(pid) or self._new_process(pid, "?")
        process.name = clean(event.text("name", "?"))
        process.mode = event.text("mode")
        process.parent = parent.index
        if not process.spans:
            self._begin(process, "new")
        self._arrow("fork", parent, process, "created")

    def _unannounced(self, pid: int) -> Optional[Process]:
        """A process that was named while it was being made, before its creation was announced."""
        known = self._by_pid.get(pid)
        if known is None or known.parent is not None or known.spans[-1].state != "new":
            return None
        return known

    def _name(self, event: Event) -> None:
        process = self._of(event)
        before, process.name = process.name, clean(event.text("name", "?"))
        if process is self._current:
            self._end_call(process, "exec")
            self._mark(process, "exec", f"runs another program: {process.name}, before it {before}")

    def _state(self, event: Event) -> None:
        process, state, why = self._of(event), event.text("to"), clean(event.text("why"))
        if process.index == KERNEL or state == "running":
            return
        other = self._index(event, "for")
        if state == "ready" and event.text("from") in ("blocked", "sleeping"):
            self._messages.woken(process, why, self.time)
            other = self._wake(process, why)
        if process is self._current:
            span = self._announced[process.index] = Span(state, 0, 0, why, other)
        else:
            span = self._begin(process, state, why, other)
        if state == "blocked":
            self._messages.blocked(process, span, self.time, self._calls.get(process.index))

    def _wake(self, process: Process, why: str) -> Optional[int]:
        """A process can go on; the index of the one to which it owes that, if there is one."""
        waker = self._current
        if process.index in self._passed and why == "wake":
            return waker.index
        if why in OWN_REASONS or waker in (process, self.run.processes[KERNEL]):
            self._mark(process, "wake", f"woken: {why}")
            return None
        if self._signal and process.spans[-1].why == "notification":
            self._arrow("signal", waker, process, self._signal)
            return waker.index
        self._mark(process, "wake", f"woken by pid {waker.pid}: {why}")
        self._arrow("wake", waker, process, why)
        return waker.index

    def _switch(self, event: Event) -> None:
        source, target, why = self._of(event, "from"), self._of(event, "to"), event.text("why")
        span = len(source.spans) - 1
        if source is not self._current:
            if self.run.switches:
                self.run.warnings.append(
                    f"event {event.sequence} takes the processor from pid {source.pid}, "
                    f"but pid {self._current.pid} had it"
                )
            self._leave(self._current, "")
        else:
            self._leave(source, self._reason(source, clean(why)))
        why = source.spans[span].why
        self.run.switches.append(Switch(self.time, source.index, target.index, why, span))
        self._current = target
        self._settle()
        self._begin(target, "idle" if target.index == KERNEL else "running")

    def _reason(self, process: Process, why: str) -> str:
        """The switch's reason; "exit" becomes "kill" or "fault" where that is what happened."""
        if process.index == KERNEL:
            return "start" if process.spans[-1].state == "start" else "idle"
        kind = process.ended[0] if why == "exit" and process.ended else ""
        return {"killed": "kill", "fault": "fault"}.get(kind, why)

    def _leave(self, process: Process, why: str) -> None:
        """A process loses the processor and goes into the state that was announced."""
        span = process.spans[-1]
        if span.state not in ON_CPU:
            return
        span.why = why
        after = self._announced.pop(process.index, None)
        if process.index == KERNEL:
            self._begin(process, "off")
        elif after is None:
            self._begin(process, "zombie" if process.ended else "ready", why)
        else:
            span.other = after.other
            self._begin(process, after.state, after.why, after.other).message = after.message

    def _exit(self, event: Event) -> None:
        process, by = self._of(event), self._index(event, "by")
        kind = clean(event.text("kind", "normal"))
        process.ended = (kind, event.number("code"), by)
        process.end_time = self.time
        self._end_call(process)
        self._messages.ended(process, self.time)

    def _reap(self, event: Event) -> None:
        process = self._of(event)
        process.spans[-1].end = process.reaped = self.time
        self._by_pid.pop(process.pid, None)

    def _copy_on_write(self, event: Event) -> None:
        how = "copied" if event.number("copied", 1) else "made writable, as nobody else has it"
        page = clean(event.text("address"))
        self._mark(self._of(event), "cow", f"copy on write: the page at {page} was {how}")

    # ---- system calls ----

    def _enter(self, event: Event) -> None:
        process = self._of(event)
        self._settle()
        self._end_call(process)
        arguments = tuple(clean(event.text(key)) for key in "abcd" if key in event.fields)
        call = Call(clean(event.text("call", "?")), arguments, self.time)
        self._calls[process.index] = call
        process.calls.append(call)

    def _return(self, event: Event) -> None:
        """A call returns; without its entry, this is the child's return from fork."""
        process, result = self._of(event), event.number("result")
        self._settle()
        self._messages.returned(process, error_text(result))
        if process.index in self._calls:
            self._calls[process.index].result = result
            self._end_call(process)
        else:
            self._mark(process, "return", f"{clean(event.text('call'))} returns {result} here, too")

    def _end_call(self, process: Process, only: str = "") -> None:
        call = self._calls.get(process.index)
        if call is not None and only in ("", call.name):
            call.end = self.time
            del self._calls[process.index]

    # ---- communication ----

    def _message(self, event: Event) -> None:
        source, target = self._of(event, "from"), self._of(event, "to")
        message = self._messages.delivered(event, source, target, self.time)
        for process, other in ((source, target), (target, source)):
            span = process.spans[-1]
            if span.why in ("send", "receive"):
                span.other, span.message = other.index, message.number
            self._passed.add(process.index)

    def _settle(self) -> None:
        """What the current process has done wakes nobody any more."""
        self._passed.clear()
        self._signal = ""
        self._messages.settled()

    def _signalled(self, event: Event) -> None:
        self._signal = f"signal {clean(event.text('bits'))}"
        handle = clean(event.text("handle"))
        self._mark(self._of(event), "signal", f"{self._signal}, by handle {handle}")

    def _mapped(self, event: Event) -> None:
        how = "read and written" if event.number("writable") else "read"
        pages = count(event.number("pages"), "shared page", "shared pages")
        place = clean(event.text("address"))
        self._mark(self._of(event), "map", f"maps {pages} at {place}, to be {how}")

    def _bound(self, event: Event) -> None:
        number = event.number("id")
        name = self._well_known.get(number, str(number))
        self._mark(self._of(event), "name", f"serves the well-known endpoint {name}")

    def _endpoint(self, event: Event) -> None:
        self._well_known[event.number("id")] = clean(event.text("name"))

    def _named(self, event: Event) -> None:
        did = {
            "ns.register": "registers", "ns.alias": "makes the alias",
            "ns.unregister": "unregisters",
        }.get(event.name, "withdraws all of its names")  # fmt: skip
        self._mark(self._of(event), "name", f"{did} {clean(event.text('name'))}".rstrip())

    # ---- faults, notes, the machine ----

    def _fault(self, event: Event) -> None:
        where = clean(event.text("address") or event.text("eip"))
        how = "resolved" if event.number("resolved") else clean(event.text("cause", "not resolved"))
        vector = event.number("vector")
        what = "page fault" if vector == 14 else f"exception {vector}"
        self._mark(self._current, "fault", f"{what} at {where}: {how}")

    def _program_fault(self, event: Event) -> None:
        process = self._of(event)
        process.fault = clean(event.text("reason", "an exception"))
        if process.marks and process.marks[-1].kind == "fault":
            process.marks.pop()  # The same, told by the exception's handler.
        where = f"address {clean(event.text('address'))}, code at {clean(event.text('eip'))}"
        self._mark(process, "fault", f"{process.fault}, {where}")

    def _note(self, event: Event) -> None:
        self._mark(self._of(event), "note", clean(event.text("text")))

    def _boot(self, event: Event) -> None:
        name = clean(event.text("name") or event.name.partition(".")[2])
        self.run.stage = clean(event.text("stage")) or self.run.stage
        self._mark(self.run.processes[KERNEL], "boot", f"the kernel's start: {name}")

    def _panic(self, event: Event) -> None:
        text = clean(event.text("message") or event.text("function") or event.name)
        word = "an exercise to do" if event.name == "todo" else "panic"
        self._mark(self._current, "panic", f"{word}: {text}")
        self.run.ending = f"the kernel powered off after a panic: {text}"
        if event.text("kind") == "timeout":
            self.run.ending = "the limit of the machine's time was over"

    def _power_off(self, event: Event) -> None:
        reason = event.text("reason")
        if reason != "panic":
            self.run.ending = ENDINGS.get(reason, f"the kernel powered off: {clean(reason)}")
        self._mark(self.run.processes[KERNEL], "boot", self.run.ending)


HANDLERS: Dict[str, Callable[[Reader, Event], None]] = {
    "boot.start": Reader._boot,
    "boot.milestone": Reader._boot,
    "boot.idle": Reader._boot,
    "fault": Reader._fault,
    "boot.endpoint": Reader._endpoint,
    "fork.cow": Reader._copy_on_write,
    "ipc.bind": Reader._bound,
    "ipc.map": Reader._mapped,
    "ipc.message": Reader._message,
    "ipc.signal": Reader._signalled,
    "ns.alias": Reader._named,
    "ns.register": Reader._named,
    "ns.unregister": Reader._named,
    "ns.withdraw": Reader._named,
    "note": Reader._note,
    "panic": Reader._panic,
    "power.off": Reader._power_off,
    "proc.create": Reader._create,
    "proc.exit": Reader._exit,
    "proc.name": Reader._name,
    "proc.reap": Reader._reap,
    "proc.state": Reader._state,
    "program.fault": Reader._program_fault,
    "sched.switch": Reader._switch,
    "sys.enter": Reader._enter,
    "sys.exit": Reader._return,
    "todo": Reader._panic,
}
