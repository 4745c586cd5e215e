"""Pictures within a page: bars for shares, and the distribution of the points.

They are SVG without a view box, across in per cent and downwards in pixels: a picture takes the
width that there is, and its text stays as large as the page's.
"""

from __future__ import annotations

from typing import List, Sequence

from cairn_grader.pages.figures import Bar
from cairn_grader.pages.markup import Html, element
from cairn_grader.text import plural, points_text

#: Pixels from the top to the bars, of the highest bar, and of all.
ABOVE, HIGHEST, HEIGHT = 24, 150, 202
#: Per cent of the width on both sides of the bars, and in front of the bar for full marks.
SIDE, GAP = 1.5, 3.0
#: Per cent of a bar's place that is left free on each side of it.
FREE = 0.08


def meter(share: float, kind: str = "", second: float = 0.0) -> Html:
    """A bar from 0 to 1, perhaps followed by a second; the text beside it says the same."""
    pieces = [
        element("rect", class_=name, x=_percent(100 * start), width=_percent(100 * width), height=8)
        for name, start, width in ((kind or "share", 0.0, share), ("rest", share, second))
        if width > 0
    ]
    return element("svg", pieces, class_="meter", aria_hidden="true", width="100%", height=8)


def histogram(bars: Sequence[Bar]) -> Html:
    """The distribution of the points."""
    place = (100 - 2 * SIDE - GAP) / len(bars)
    highest = max(bar.count for bar in bars) or 1
    drawn: List[Html] = []
    for number, bar in enumerate(bars):
        left = SIDE + number * place + (GAP if bar.full else 0)
        drawn += [_bar(bar, left, place, highest), _label(bar, left, place)]
    ground = ABOVE + HIGHEST
    drawn.append(element("line", class_="axis", x1="0", x2="100%", y1=ground, y2=ground))
    words = element("title", "Distribution of the points", id="histogram-title")
    words = Html(words + element("desc", describe(bars), id="histogram-words"))
    return element(
        *("svg", words, drawn), class_="histogram", role="img", width="100%", height=HEIGHT,
        aria_labelledby="histogram-title", aria_describedby="histogram-words",
    )  # fmt: skip


def describe(bars: Sequence[Bar]) -> str:
    """The distribution in words."""
    return "; ".join(_words(bar) for bar in bars if bar.count) or "no submission"


def _words(bar: Bar) -> str:
    who = plural(bar.count, "submission")
    reach = f"{points_text(bar.low)} to less than {points_text(bar.high)} points"
    unbuilt = f" ({bar.unbuilt} not built)" if bar.unbuilt else ""
    return f"{who} with {'full marks' if bar.full else reach}{unbuilt}"


def _bar(bar: Bar, left: float, place: float, highest: int) -> Html:
    pieces: List[Html] = [element("title", _words(bar))] if bar.count else []
    bottom: float = ABOVE + HIGHEST
    kinds = (("full" if bar.full else "built", bar.built), ("unbuilt", bar.unbuilt))
    for kind, count in kinds:
        height = HIGHEST * count / highest
        bottom -= height
        if count:
            pieces.append(
                element(
                    *("rect",), class_=kind, y=f"{bottom:.1f}", height=f"{height:.1f}",
                    x=_percent(left + FREE * place), width=_percent((1 - 2 * FREE) * place),
                )
            )  # fmt: skip
    if bar.count:
        pieces.append(_text(str(bar.count), left + place / 2, bottom - 6, "count"))
    return element("g", pieces)


def _label(bar: Bar, left: float, place: float) -> Html:
    """The points with which a bar begins; full marks stand under the middle of theirs."""
    middle = left + place / 2 if bar.full else left
    return _text(points_text(bar.low), middle, HEIGHT - 8, "tick")


def _text(text: str, x: float, y: float, kind: str) -> Html:
    return element("text", text, class_=kind, x=_percent(x), y=f"{y:.1f}", text_anchor="middle")


def _percent(value: float) -> str:
    return f"{value:.2f}%"
