"""A run as one page of HTML, which needs nothing else: no network, no other file.

The page's script draws it from data, which is JSON in the page. Everything in the trace, names and
notes included, is text to the page: the script only ever makes text nodes of it, and a policy in
the page forbids every script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from string import Template
from typing import Any, Dict, List, Optional

from timeline import wording
from timeline.model import KERNEL, ON_CPU, Message, Process, Run

FOLDER = Path(__file__).resolve().parent

Json = Dict[str, Any]


class Texts:
    """Every text once; the data name them by number."""

    def __init__(self) -> None:
        self.all: List[str] = []
        self._numbers: Dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text."""
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            self.all.append(text)
        return self._numbers[text]


def document(run: Run) -> str:
    """The whole page."""
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    page = Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        style=style,
        script=script,
        style_hash=_digest(style),
        script_hash=_digest(script),
        data=embedded(data(run)),
    )


def _digest(text: str) -> str:
    """What the page's policy knows its own style and script by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def embedded(value: Json) -> str:
    """JSON that can stand in a page: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def data(run: Run) -> Json:
    """What the page's script draws."""
    texts = Texts()
    lanes = [_lane(run, process, texts) for process in run.processes]
    return {
        "title": f"Cairn, lab {run.stage}" if run.stage else "Cairn",
        "summary": wording.summary(run),
        "warnings": run.warnings,
        "end": run.end,
        "reasons": wording.REASONS,
        "lanes": lanes,
        "arrows": [[a.kind, a.time, a.source, a.target, texts.number(a.text)] for a in run.arrows],
        "messages": [_message(run, message, texts) for message in run.messages],
        "switches": [[s.time, s.source, s.target, s.why, s.span] for s in run.switches],
        "texts": texts.all,
    }


def _message(run: Run, message: Message, texts: Texts) -> List[Any]:
    """A message: its sides and times, -1 for what is unknown, and what is said about it."""
    partner = None if message.partner is None else run.messages[message.partner]
    result = message.status if partner is None else partner.status
    failed = bool(message.outcome) or (result < 0 and message.kind != "send")
    reply = message.kind == "reply"
    label = wording.short_status(message.status) if reply else message.operation
    came = wording.outcome_text(run, message) if message.kind == "call" else message.outcome
    return [
        message.sent, _or_unknown(message.received), message.source, _or_unknown(message.target),
        message.kind, message.id, texts.number(message.operation), texts.number(label),
        texts.number(wording.message_title(run, message)),
        texts.number(wording.message_text(run, message)), texts.number(came),
        _or_unknown(message.partner), _or_unknown(message.ended), int(failed),
        texts.number(wording.content_text(message)),
    ]  # fmt: skip


def _or_unknown(number: Optional[int]) -> int:
    return -1 if number is None else number


def _lane(run: Run, process: Process, texts: Texts) -> Json:
    kernel = process.index == KERNEL
    return {
        "pid": process.pid,
        "name": process.name,
        "ring": {"user": 3, "kernel": 0}.get(process.mode),
        "kernel": kernel,
        "creator": wording.creator_text(run, process),
        "created": process.created,
        "ending": "" if kernel else wording.ending_text(run, process),
        "ended": process.end_time,
        "reaped": process.reaped,
        "cpu": process.time_in("start" if kernel else "running"),
        "ready": process.time_in("ready"),
        "waited": process.time_in("blocked", "sleeping"),
        "turns": sum(span.state in ON_CPU for span in process.spans),
        "switches": process.switches(),
        "calls": process.call_counts(),
        "spans": [
            [s.state, s.begin, s.end, s.why, texts.number(wording.span_text(run, process, n))]
            for n, s in enumerate(process.spans)
        ],
        "callList": [
            [call.begin, call.end, texts.number(call.name), texts.number(wording.call_text(call))]
            for call in process.calls
        ],
        "marks": [[m.kind, m.time, texts.number(m.text)] for m in process.marks],
    }
