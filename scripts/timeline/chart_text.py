"""A message sequence chart as text: one column for each process, one line for each step.

Time goes down and stands at the left. A label stands in its arrow if there is room, else above it.
Everything is drawn with characters that are one column wide.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from timeline.model import Run
from timeline.sequence import Chart, Step, lane_name

#: Columns of a lifeline, at least and at most.
NARROW, WIDE = 9, 34
#: A chart is at least so wide, and as wide unless something else is asked for.
WIDTH_MIN, WIDTH = 40, 96


@dataclass(frozen=True)
class Signs:
    """The characters of a chart."""

    idle: str = "│"
    busy: str = "┃"
    right: str = "►"
    left: str = "◄"
    lines: str = "───┄"
    lost: str = "╳"
    wait: str = "○"
    note: str = "·"

    def line(self, kind: str) -> str:
        """What an arrow is made of."""
        return self.lines[("call", "send", "signal", "reply").index(kind)]


UNICODE = Signs()
ASCII = Signs("|", "#", ">", "<", "---.", "x", "o", "*")


def draw(run: Run, chart: Chart, width: int = WIDTH, signs: Signs = UNICODE) -> str:
    """The whole chart; wider than `width` only if the lifelines need that."""
    return "\n".join(Drawing(run, chart, max(width, WIDTH_MIN), signs).lines()) + "\n"


class Drawing:
    """Draws one chart, line after line."""

    def __init__(self, run: Run, chart: Chart, width: int, signs: Signs) -> None:
        self.run = run
        self.chart = chart
        self.signs = signs
        count = len(chart.lifelines)
        last = chart.steps[-1].time if chart.steps else chart.begin
        #: Columns of the time.
        self.margin = max(len(_elapsed(last - chart.begin)) + 2, 11)
        self.spacing = min(max((width - self.margin) // count, NARROW), WIDE)
        self.width = max(width, self.margin + self.spacing * count)
        first = self.margin + min(self.spacing // 2, 8)
        self.columns = {index: first + n * self.spacing for n, index in enumerate(chart.lifelines)}
        self._ended: Dict[int, bool] = {}
        #: The step that is drawn; -1 before the first and after the last.
        self._step = -1

    def lines(self) -> List[str]:
        """Every line, without blanks at its end."""
        made = [*self._filled(self.chart.title), *self._filled(self.chart.summary)]
        made += self._filled(f"Times: µs since {self.chart.begin / 1000:,.3f} µs.")
        made += ["", *self._heads(), self._lifelines()]
        for self._step, step in enumerate(self.chart.steps):
            made += self._drawn(step)
        self._step = -1
        made += [self._lifelines()]
        if self.chart.notes:
            made += ["", *[line for note in self.chart.notes for line in self._filled(f"({note})")]]
        return [line.rstrip() for line in made]

    def _micro(self) -> str:
        return "u" if self.signs is ASCII else "µ"

    def _filled(self, text: str) -> List[str]:
        """Text that is read, in lines."""
        return textwrap.wrap(text.replace("µ", self._micro()), self.width)

    def _heads(self) -> List[str]:
        """Names and pids."""
        names, pids = " " * self.width, " " * self.width
        for index, column in self.columns.items():
            process = self.run.processes[index]
            names = _centred(names, lane_name(process), column, self.spacing - 1)
            pids = _centred(pids, str(process.pid), column, self.spacing - 1)
        return [names, pids]

    def _lifelines(self) -> str:
        """A line in which nothing happens."""
        line = " " * self.width
        for index, column in self.columns.items():
            if not self._ended.get(index):
                line = _put(line, self._sign(index), column)
        return line

    def _sign(self, index: int) -> str:
        """A lifeline at the current step; a call to answer makes it heavy."""
        busy = any(first <= self._step <= last for first, last in self.chart.busy.get(index, []))
        return self.signs.busy if busy else self.signs.idle

    def _time(self, line: str, step: Step) -> str:
        time = _elapsed(step.time - self.chart.begin)
        return _put(line, time.rjust(self.margin - 2), 0)

    def _drawn(self, step: Step) -> List[str]:
        """The lines of a step."""
        if step.target is not None and step.target != step.source:
            return self._arrow(step, self.columns[step.source], self.columns[step.target])
        sign = {"lost": self.signs.lost, "wait": self.signs.wait, "end": self.signs.lost}
        made = self._note(step, sign.get(step.kind, self.signs.note))
        if step.kind == "end":
            self._ended[step.source] = True
        return made

    def _arrow(self, step: Step, begin: int, end: int) -> List[str]:
        low, high = min(begin, end), max(begin, end)
        room = high - low - 1
        inner = self.signs.line(step.kind) * room
        text = f" {step.text} ".replace("µ", self._micro())
        above: List[str] = []
        if len(text) <= room - 4:
            inner = _centred(inner, text, room // 2, room)
        else:
            above = self._beside(text.strip(), low + 2, [])
        inner = inner[:-1] + self.signs.right if end > begin else self.signs.left + inner[1:]
        return [*above, self._time(_put(self._lifelines(), inner, low + 1), step)]

    def _note(self, step: Step, sign: str) -> List[str]:
        """Words beside a lifeline, on the side that has more room."""
        column = self.columns[step.source]
        text = step.text.replace("µ", self._micro())
        right = self.width - column - 3
        lines = self._beside(text, column + 2, []) if len(text) <= right else []
        if not lines:
            left = column - self.margin - 2
            parts = textwrap.wrap(text, max(left, right, NARROW))
            begin = column + 2 if right >= left else column - max(map(len, parts)) - 2
            lines = self._beside("", max(begin, self.margin), parts)
        lines[0] = self._time(_put(lines[0], sign, column), step)
        return lines

    def _beside(self, text: str, begin: int, parts: List[str]) -> List[str]:
        """Lifelines with words over them, moved to the left if there is no room."""
        made = []
        for part in parts or [text]:
            column = max(min(begin, self.width - len(part)), self.margin)
            made.append(_put(self._lifelines(), f"{part} "[: self.width - column], column))
        return made


def _elapsed(time: int) -> str:
    """A time since the chart's begin, in microseconds."""
    return f"{time / 1000:,.3f}"


def _put(line: str, text: str, column: int) -> str:
    """A line with a text over it."""
    line = line.ljust(column + len(text))
    return line[:column] + text + line[column + len(text) :]


def _centred(line: str, text: str, middle: int, room: int) -> str:
    """A line with a text over it, cut to its room."""
    if len(text) > room:
        text = text[: room - 1] + "."
    return _put(line, text, max(middle - len(text) // 2, 0))


def supports(encoding: Optional[str]) -> Signs:
    """The signs that somebody can see who reads this encoding."""
    try:
        "".join(_all(UNICODE)).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def _all(signs: Signs) -> Tuple[str, ...]:
    return (signs.idle, signs.busy, signs.right, signs.left, signs.lines, signs.lost, signs.wait)
