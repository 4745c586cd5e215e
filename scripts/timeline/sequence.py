"""Which messages a message sequence chart shows, and what happens in it, step by step.

`chosen` finds the messages: those of one call, with all that was sent because of it, or those of a
time. `chart_of` makes a chart of them: the processes are its lifelines, and its steps follow each
other in time. `chart_text` and `chart_svg` draw that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple

from cairn_grader.errors import GraderError
from timeline import wording
from timeline.model import KERNEL, Message, Process, Run

#: Messages of a chart, at most, unless more are asked for.
LIMIT = 60
#: For each of them, so many rows at most, since signals and names have rows, too.
ROWS = 4
#: Candidates that are named when nothing was found.
NAMED = 12
#: Marks that belong to communication.
MARKS = ("name", "signal", "map")


@dataclass
class Choice:
    """What somebody wants to see; nothing at all means: the call with the most behind it."""

    call: Optional[int] = None
    operation: str = ""
    pid: Optional[int] = None
    #: From when, and to when, in nanoseconds.
    begin: Optional[int] = None
    end: Optional[int] = None

    @property
    def of_time(self) -> bool:
        """Whether a period was asked for, and not a call."""
        return self.begin is not None or self.end is not None


@dataclass
class Step:
    """One line of a chart."""

    #: "call", "reply", "send", "signal": an arrow. "wait": a message is ready and nobody receives
    #: it. "lost": nothing comes of it any more. "note": something else. "end": a process ends.
    kind: str
    time: int
    source: int
    text: str
    target: Optional[int] = None
    #: What is said in more words.
    details: str = ""
    message: Optional[int] = None


@dataclass
class Chart:
    """What is drawn. Processes are named as in Run.processes."""

    title: str
    summary: str
    begin: int
    lifelines: List[int]
    steps: List[Step]
    #: For each process the steps, first and last, between which it has a call to answer.
    busy: Dict[int, List[Tuple[int, int]]] = field(default_factory=dict)
    #: What is not shown, in words.
    notes: List[str] = field(default_factory=list)


# ---- the choice ----


def chosen(run: Run, choice: Choice) -> List[Message]:
    """The messages that were asked for; GraderError with the candidates if there are none."""
    if not run.messages:
        raise GraderError(
            "the trace has no messages; only a kernel from lab 3 on sends any, and it writes them "
            "to the trace with the boot option trace=ipc, as `make trace` and `make chart` do; "
            f"at the end, {run.ending}"
        )
    if choice.of_time and choice.call is not None:
        raise GraderError("choose a call or a time, not both")
    if choice.of_time:
        return _of_time(run, choice)
    first = _first(run, choice)
    return behind(run, first)


def _first(run: Run, choice: Choice) -> Message:
    """The call, or else the message, that was asked for."""
    found = [m for m in run.messages if m.kind != "reply" and _fits(run, m, choice)]
    if not found:
        raise GraderError(_nothing(run, choice))
    if choice == Choice():
        sizes = Counter({m.number: len(behind(run, m)) for m in found if m.cause is None})
        return run.messages[sizes.most_common(1)[0][0]] if sizes else found[0]
    calls = [m for m in found if m.kind == "call"]
    return (calls or found)[0]


def _fits(run: Run, message: Message, choice: Choice) -> bool:
    """Whether a message is one of those that were asked for."""
    operation, wanted = message.operation, choice.operation
    return (
        choice.call in (None, message.id)
        and (not wanted or wanted in (operation, operation.partition(".")[2]))
        and (choice.pid is None or run.processes[message.source].pid == choice.pid)
    )


def _of_time(run: Run, choice: Choice) -> List[Message]:
    """The messages that were sent in a period, by or to a process if one was named."""
    begin = choice.begin or 0
    end = run.end if choice.end is None else choice.end
    if begin > min(end, run.end):
        limit = "the end of the chart" if end < run.end else "the end of the trace"
        at = wording.microseconds(min(end, run.end))
        raise GraderError(f"the chart would begin after {limit}, {at}")
    found = [
        message
        for message in run.messages
        if begin <= message.sent <= end and _takes_part(run, message, choice.pid)
        and (not choice.operation or _fits(run, message, Choice(operation=choice.operation)))
    ]  # fmt: skip
    if not found:
        times = ", ".join(wording.microseconds(m.sent) for m in (run.messages[0], run.messages[-1]))
        raise GraderError(f"no such message was sent then; the first and the last were at: {times}")
    return found


def _takes_part(run: Run, message: Message, pid: Optional[int]) -> bool:
    sides = [side for side in (message.source, message.target) if side is not None]
    return pid is None or pid in [run.processes[side].pid for side in sides]


def behind(run: Run, first: Message) -> List[Message]:
    """A message and all that was sent because of it, in the order of their sending."""
    wanted = {first.number}
    for message in run.messages[first.number + 1 :]:
        if message.cause in wanted:
            wanted.add(message.number)
    return [run.messages[number] for number in sorted(wanted)]


def _nothing(run: Run, choice: Choice) -> str:
    """Why nothing was found, and what there is."""
    calls = [message for message in run.messages if message.kind != "reply"]
    if not calls:
        return "the trace has replies only, and no calls; --from 0 draws them"
    if choice.call is not None and not any(m.id == choice.call for m in calls):
        ids = [message.id for message in calls if message.id]
        there = f"the calls are {min(ids)} to {max(ids)}" if ids else "there are none"
        return f"there is no call {choice.call}; {there}, and --list lists them"
    if choice.pid is not None and choice.operation == "" and choice.call is None:
        pids = Counter(run.processes[m.source].pid for m in calls)
        senders = listed(f"{run.label(_index(run, pid))}" for pid in sorted(pids))
        return f"process {choice.pid} neither calls nor sends; these do: {senders}"
    operations = Counter(message.operation for message in calls)
    names = listed(f"{name} ({n})" for name, n in sorted(operations.items()))
    return f"there is no such call; the operations are: {names}; --list lists the calls"


def _index(run: Run, pid: int) -> int:
    return next(process.index for process in run.processes if process.pid == pid)


def listed(words: Iterator[str]) -> str:
    """Words with commas; not too many."""
    every = list(words)
    more = f" and {len(every) - NAMED} more" if len(every) > NAMED else ""
    return ", ".join(every[:NAMED]) + more


def listing(run: Run) -> str:
    """All calls and sent messages, one on a line."""
    rows = [("at (µs)", "call", "from", "to", "operation", "what came of it")]
    for message in run.messages:
        if message.kind == "reply":
            continue
        came = wording.outcome_text(run, message) if message.kind == "call" else message.outcome
        rows.append(
            (
                f"{message.sent / 1000:,.3f}", str(message.id or "-"), run.label(message.source),
                wording.peer(run, message.target), message.operation, came or "received",
            )
        )  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        f"{row[0]:>{widths[0]}}  {row[1]:>{widths[1]}}  "
        + "  ".join(f"{row[n]:<{widths[n]}}" for n in (2, 3, 4))
        + f"  {row[5]}"
        for row in rows
    )


# ---- the chart ----


def chart_of(run: Run, messages: List[Message], limit: int = LIMIT) -> Chart:
    """A chart of these messages."""
    shown = messages[:limit]
    begin = shown[0].sent
    end = max(_end(run, message) for message in shown)
    lifelines = _lifelines(shown)
    steps = [step for message in shown for step in _steps(run, message)]
    steps += _others(run, lifelines, begin, end)
    steps.sort(key=lambda step: step.time)
    steps = list(_joined(steps))
    left = max(len(steps) - ROWS * limit, 0)
    steps = steps[: len(steps) - left]
    chart = Chart(_title(run, shown), _summary(run, shown), begin, lifelines, steps)
    chart.busy = {index: list(_busy(run, index, shown, steps)) for index in lifelines}
    if len(messages) > limit:
        chart.notes.append(
            f"{len(messages) - limit} more messages are not shown; --most N shows more"
        )
    if left:
        chart.notes.append(f"{left} more steps are not shown; choose a shorter time")
    known = {message.number for message in messages}
    others = sum(
        1 for m in run.messages
        if m.number not in known and begin <= m.sent <= end and m.source in lifelines
    )  # fmt: skip
    if others:
        what = wording.count(others, "message", "messages")
        chart.notes.append(f"{what} of these processes at that time belong to other calls")
    return chart


def _end(run: Run, message: Message) -> int:
    """When nothing more becomes of a message."""
    if message.ended is None and message.outcome:
        return run.end
    return max(message.sent, message.received or 0, message.ended or 0)


def _lifelines(messages: List[Message]) -> List[int]:
    """Who takes part, in the order of appearance."""
    found: Dict[int, None] = {}
    for message in messages:
        found[message.source] = None
        if message.target is not None:
            found[message.target] = None
    return list(found)


def _steps(run: Run, message: Message) -> Iterator[Step]:
    """What becomes of a message."""
    name, number = _short(message), message.number
    source, target = message.source, message.target
    details = f"{wording.message_title(run, message)}: {wording.message_text(run, message)}"
    if message.received is None:
        to = "" if target is None else f" to {run.label(target)}"
        yield Step("wait", message.sent, source, f"{name}{to} waits", None, details, number)
    elif message.waited:
        yield Step("wait", message.sent, source, f"{name} waits", None, details, number)
    if message.received is not None:
        yield Step(message.kind, message.received, source, name, target, details, number)
    if message.outcome:
        time = run.end if message.ended is None else message.ended
        yield Step("lost", time, source, f"{_number(message)}: {message.outcome}", message=number)


def _short(message: Message) -> str:
    """A message, as its arrow is labelled."""
    handles = f" +{wording.count(message.handles, 'handle', 'handles')}" if message.handles else ""
    if message.kind == "reply":
        return f"{_number(message)}: {wording.short_status(message.status)}{handles}"
    operation = "" if message.operation == "?" else f" {message.operation}"
    return f"{_number(message)}{operation}{handles}"


def _number(message: Message) -> str:
    """What a call and its reply are recognised by."""
    return f"#{message.id}" if message.id else {"call": "call"}.get(message.kind, "message")


def _others(run: Run, lifelines: List[int], begin: int, end: int) -> Iterator[Step]:
    """What else happened to these processes meanwhile, as far as it has to do with messages."""
    for index in lifelines:
        process = run.processes[index]
        for mark in process.marks:
            alive = process.end_time is None or mark.time <= process.end_time
            if mark.kind in MARKS and begin <= mark.time <= end and alive:
                yield Step("note", mark.time, index, mark.text)
        for call in process.calls:
            refused = call.name in ("reply", "reply_receive") and (call.result or 0) < 0
            if refused and begin <= call.end <= end:
                text = f"{call.name}: {wording.error_text(call.result or 0)}"
                yield Step("note", call.end, index, text)
        if process.end_time is not None and begin <= process.end_time <= end:
            yield Step("end", process.end_time, index, wording.ending_text(run, process))
    for arrow in run.arrows:
        sides = arrow.source in lifelines and arrow.target in lifelines
        if arrow.kind == "signal" and sides and begin <= arrow.time <= end:
            yield Step("signal", arrow.time, arrow.source, arrow.text, arrow.target)


def _joined(steps: List[Step]) -> Iterator[Step]:
    """Without signals that an arrow shows; and one note for several that are alike."""
    last: Optional[Step] = None
    times = 1
    for number, step in enumerate(steps):
        after = steps[number + 1] if number + 1 < len(steps) else None
        if step.kind == "note" and after is not None and _is_shown_by(step, after):
            continue
        if last is not None and step.kind == "note" and _alike(step, last):
            times += 1
            continue
        if last is not None and times > 1:
            last.text += f" × {times}"
        last, times = step, 1
        yield step
    if last is not None and times > 1:
        last.text += f" × {times}"


def _is_shown_by(note: Step, arrow: Step) -> bool:
    if (arrow.kind, arrow.source) != ("signal", note.source):
        return False
    return note.text.startswith(arrow.text)


def _alike(step: Step, last: Step) -> bool:
    return (step.kind, step.source, step.text) == (last.kind, last.source, last.text)


def _busy(
    run: Run, index: int, messages: List[Message], steps: List[Step]
) -> Iterator[Tuple[int, int]]:
    """Between which steps a process has a call to answer; periods that overlap are one."""
    times = []
    for message in messages:
        if message.kind == "call" and message.target == index and message.received is not None:
            end = run.processes[index].end_time
            ended = run.end if message.ended is None else message.ended
            times.append((message.received, min(ended, ended if end is None else end)))
    merged: List[Tuple[int, int]] = []
    for begin, end_ in sorted(times):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end_, merged[-1][1]))
        else:
            merged.append((begin, end_))
    for begin, end_ in merged:
        within = [n for n, step in enumerate(steps) if begin <= step.time <= end_]
        if within:
            yield within[0], within[-1]


def _is_one(messages: List[Message]) -> bool:
    """Whether these are a message and what was sent because of it."""
    return all(message.cause is not None for message in messages[1:])


def _title(run: Run, messages: List[Message]) -> str:
    if not _is_one(messages):
        return wording.count(len(messages), "message", "messages")
    name = wording.message_name(messages[0])
    return f"{name[0].upper()}{name[1:]}: {wording.message_title(run, messages[0])}"


def _summary(run: Run, messages: List[Message]) -> str:
    first = messages[0]
    sent = wording.microseconds(first.sent)
    if not _is_one(messages):
        last = max(message.received or message.sent for message in messages)
        return f"From {sent} to {wording.microseconds(last)}."
    content = ", ".join(filter(None, (wording.content_text(first), f"sent at {sent}")))
    came = wording.outcome_text(run, first) if first.kind == "call" else first.outcome
    more = len(messages) - (1 if first.partner is None else 2)
    nested = wording.count(more, "more message", "more messages")
    text = f"{content[0].upper()}{content[1:]}{came and ': '}{came}."
    return f"{text} {nested} because of it." if more else text


def lane_name(process: Process) -> str:
    """What stands over a lifeline."""
    return "kernel" if process.index == KERNEL else process.name
