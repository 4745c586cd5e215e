"""A message sequence chart as SVG: one file that needs nothing else, for light and dark screens.

Time goes down, but not to scale: each step has its row, and its time stands at the left. A message
that waited until it was received slants from the row of its sending to that of its receipt. Every
step has a title with all that is known about it, and the description tells the chart in sentences.
"""

from __future__ import annotations

from typing import Dict, Iterator, Optional, Tuple
from xml.sax.saxutils import escape

from timeline.model import Run
from timeline.sequence import Chart, Step, lane_name

#: Sizes, in the units of the picture: pixels, unless somebody zooms.
TIME, SPACING_MIN, SPACING_MAX = 104, 150, 300
MARGIN, TOP, HEAD, ROW = 20, 108, 46, 36
#: The width of a character, on average, and of the rectangle of a busy process.
CHARACTER, BUSY = 7, 10
#: Steps that are told in the description.
TOLD = 200

STYLE = """
svg { --page: #ffffff; --ink: #1a1f27; --soft: #5a6472; --line: #b9c0ca; --head: #eef1f5;
  --busy: #cfdcf5; --edge: #2f66cc; --call: #1f4fae; --reply: #1a6e35; --send: #8a45b5;
  --signal: #8a5200; --lost: #b3261e; background: var(--page); }
@media (prefers-color-scheme: dark) {
  svg { --page: #14181e; --ink: #e6eaf0; --soft: #9aa5b4; --line: #4a5361; --head: #232a33;
    --busy: #27406e; --edge: #7fa6f2; --call: #8db4ff; --reply: #6fd996; --send: #cf9df0;
    --signal: #f0b35a; --lost: #ff8a80; }
}
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  fill: var(--ink); font-variant-numeric: tabular-nums; }
.page { fill: var(--page); } .title { font-size: 17px; font-weight: 600; }
.soft, .time { fill: var(--soft); } .time { text-anchor: end; font-size: 12px; }
.head { fill: var(--head); stroke: var(--line); } .name { font-weight: 600; }
.middle { text-anchor: middle; } .end { text-anchor: end; }
.life { stroke: var(--line); stroke-width: 1.5; } .busy { fill: var(--busy); stroke: var(--edge); }
.label { paint-order: stroke; stroke: var(--page); stroke-width: 5px; stroke-linejoin: round; }
.arrow { stroke-width: 1.6; fill: none; }
.arrow.call { stroke: var(--call); } .tip.call { fill: var(--call); }
.arrow.reply { stroke: var(--reply); stroke-dasharray: 5 4; } .tip.reply { fill: var(--reply); }
.arrow.send { stroke: var(--send); } .tip.send { fill: var(--send); }
.arrow.signal { stroke: var(--signal); stroke-dasharray: 2 3; } .tip.signal { fill: var(--signal); }
.lost { stroke: var(--lost); stroke-width: 2.2; fill: none; }
.bad { fill: var(--lost); } .wait { fill: var(--page); stroke: var(--soft); stroke-width: 1.6; }
.dot { fill: var(--soft); }
"""


def draw(run: Run, chart: Chart) -> str:
    """The whole file."""
    return "\n".join(Drawing(run, chart).lines()) + "\n"


def text(words: str, x: float, y: float, kind: str = "") -> str:
    """Words at a place."""
    return f'<text x="{x:g}" y="{y:g}"{_class(kind)}>{escape(words)}</text>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def shape(tag: str, kind: str, **attributes: object) -> str:
    """An element without contents."""
    pairs = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<{tag}{_class(kind)}{pairs}/>"


class Drawing:
    """Draws one chart."""

    def __init__(self, run: Run, chart: Chart) -> None:
        self.run = run
        self.chart = chart
        self.places = {index: place for place, index in enumerate(chart.lifelines)}
        heading = max(len(chart.title) * 1.35, len(chart.summary)) * CHARACTER
        self.spacing = self._spacing(int(heading))
        self.rows = TOP + HEAD + ROW
        self.bottom = self.rows + len(chart.steps) * ROW
        last = TIME + MARGIN + self.spacing * len(chart.lifelines)
        ends = map(self._note_end, chart.steps)
        self.width = int(max(last + MARGIN, heading + 2 * MARGIN, *ends))
        self.height = self.bottom + HEAD + MARGIN + 20 * len(chart.notes) + MARGIN

    def _spacing(self, heading: int) -> int:
        """Room between lifelines, so that most labels fit, and the heading is not much wider."""
        wanted = [SPACING_MIN, (heading - TIME - MARGIN) // len(self.places)]
        for step in self.chart.steps:
            if step.target is not None and step.target != step.source:
                across = abs(self.places[step.source] - self.places[step.target])
                wanted.append((len(step.text) * CHARACTER + 44) // across)
        return min(max(wanted), SPACING_MAX)

    def _x(self, index: int) -> float:
        return TIME + MARGIN + self.spacing * (self.places[index] + 0.5)

    def _y(self, number: int) -> float:
        return self.rows + ROW * number

    def _note_end(self, step: Step) -> float:
        """Where the words of a note end."""
        if step.target is not None:
            return 0
        return self._x(step.source) + len(step.text) * CHARACTER + 2 * MARGIN

    # ---- the file ----

    def lines(self) -> Iterator[str]:
        """Every line."""
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" '
            'aria-labelledby="chart-title chart-description">'
        )
        yield f'<title id="chart-title">{escape(self.chart.title)}</title>'
        yield f'<desc id="chart-description">{escape(self._told())}</desc>'
        yield f"<style>{STYLE}</style>"
        yield shape("rect", "page", width=self.width, height=self.height)
        yield text(self.chart.title, MARGIN, 34, "title")
        yield text(self.chart.summary, MARGIN, 58, "soft")
        since = f"Times are microseconds since {self.chart.begin / 1000:,.3f} µs."
        yield text(since, MARGIN, 78, "soft")
        for index in self.chart.lifelines:
            yield from self._lifeline(index)
        for number, step in enumerate(self.chart.steps):
            yield from self._step(number, step)
        for number, note in enumerate(self.chart.notes):
            y = self.bottom + HEAD + MARGIN + 20 * (number + 1)
            yield text(note, MARGIN, y, "soft")
        yield "</svg>"

    def _told(self) -> str:
        """The chart in sentences."""
        told = [f"{self.chart.summary}"]
        for step in self.chart.steps[:TOLD]:
            what = step.details or f"{self.run.label(step.source)}: {step.text}"
            told.append(f"At {(step.time - self.chart.begin) / 1000:,.3f} µs, {what}.")
        more = len(self.chart.steps) - TOLD
        return " ".join(told + ([f"And {more} more steps."] if more > 0 else []))

    # ---- lifelines ----

    def _lifeline(self, index: int) -> Iterator[str]:
        x, process = self._x(index), self.run.processes[index]
        ends = [n for n, s in enumerate(self.chart.steps) if s.kind == "end" and s.source == index]
        bottom = self._y(ends[0]) if ends else self.bottom
        yield shape("line", "life", x1=x, x2=x, y1=TOP + HEAD, y2=bottom)
        for first, last in self.chart.busy.get(index, []):
            begin = self._y(first)
            height = max(self._y(last) - begin, 6)
            yield shape("rect", "busy", x=x - BUSY / 2, y=begin, width=BUSY, height=height, rx=2)
        yield from self._head(x, TOP, lane_name(process), process.pid)
        if not ends:
            yield from self._head(x, self.bottom, lane_name(process), process.pid)

    def _head(self, x: float, y: float, name: str, pid: int) -> Iterator[str]:
        room = self.spacing - 24
        longest = room // CHARACTER
        shown = name if len(name) <= longest else name[: longest - 1] + "…"
        yield shape("rect", "head", x=x - room / 2, y=y, width=room, height=HEAD, rx=6)
        yield text(shown, x, y + 20, "name middle")
        yield text(f"pid {pid}", x, y + 37, "soft middle")

    # ---- steps ----

    def _step(self, number: int, step: Step) -> Iterator[str]:
        """A step, with all that is known about it."""
        y = self._y(number)
        yield "<g>"
        yield f"<title>{escape(step.details or step.text)}</title>"
        yield text(f"{(step.time - self.chart.begin) / 1000:,.3f}", TIME - 8, y + 4, "time")
        if step.target is not None and step.target != step.source:
            yield from self._arrow(number, step)
        else:
            yield from self._note(step, self._x(step.source), y)
        yield "</g>"

    def _arrow(self, number: int, step: Step) -> Iterator[str]:
        target = self._x(step.target if step.target is not None else step.source)
        source, y = self._x(step.source), self._y(number)
        way = 1 if target > source else -1
        begin = self._y(self._sent(number, step))
        source += way * self._half(step.source, number)
        target -= way * self._half(step.target, number)
        yield shape("line", f"arrow {step.kind}", x1=source, y1=begin, x2=target - way * 7, y2=y)
        points = f"{target},{y} {target - way * 9},{y - 4.5} {target - way * 9},{y + 4.5}"
        yield shape("polygon", f"tip {step.kind}", points=points)
        middle = (source + target) / 2
        yield text(step.text, middle, (begin + y) / 2 - 8, "label middle")

    def _sent(self, number: int, step: Step) -> int:
        """The step in which a message became ready."""
        for before in range(number):
            other = self.chart.steps[before]
            if other.kind == "wait" and other.message == step.message is not None:
                return before
        return number

    def _half(self, index: Optional[int], number: int) -> float:
        """Half of the width of a lifeline at a step."""
        busy = self.chart.busy.get(-1 if index is None else index, [])
        return BUSY / 2 if any(first <= number <= last for first, last in busy) else 1

    def _note(self, step: Step, x: float, y: float) -> Iterator[str]:
        sign: Dict[str, Tuple[str, str]] = {
            "wait": (shape("circle", "wait", cx=x, cy=y, r=4), "label"),
            "note": (shape("circle", "dot", cx=x, cy=y, r=3.5), "label"),
        }
        cross = shape("path", "lost", d=f"M{x - 6},{y - 6} l12,12 m0,-12 l-12,12")
        mark, kind = sign.get(step.kind, (cross, "label bad"))
        yield mark
        yield text(step.text, x + 12, y + 4, kind)
