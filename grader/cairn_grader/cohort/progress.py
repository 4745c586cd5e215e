"""How far a class is: a line that is redrawn on a terminal, or a line now and then elsewhere.

The estimate of the time left is that of submissions graded in this run at the speed so far.
"""

from __future__ import annotations

import shutil
import time
from typing import Callable, TextIO

from cairn_grader.text import clean

BAR_WIDTH = 24
#: Seconds between two lines where nothing can be redrawn.
INTERVAL = 30.0


class Progress:
    """Counts what is finished, and says so."""

    def __init__(
        self,
        total: int,
        already: int,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total = total
        self._already = already
        self._done = already
        self._stream = stream
        self._clock = clock
        self._started = self._spoken = clock()
        self._redrawn = stream.isatty()
        self._last = ""

    def begin(self) -> None:
        """Nothing is finished yet but what was finished before."""
        self._show()

    def finished(self, name: str) -> None:
        """Another one is finished."""
        self._done += 1
        self._last = clean(name, 40)
        now = self._clock()
        if self._redrawn:
            self._show()
        elif now - self._spoken >= INTERVAL and self._done < self._total:
            self._spoken = now
            self._show()

    def end(self) -> None:
        """Leave the line to others."""
        if self._redrawn:
            self._write("\r\033[K")

    def text(self) -> str:
        """The line, for instance "12 of 60 graded, about 3 min left, last: ada"."""
        parts = [f"{self._done} of {self._total} graded"]
        if self._done < self._total and self._done > self._already:
            passed = self._clock() - self._started
            left = passed / (self._done - self._already) * (self._total - self._done)
            parts.append(f"about {duration(left)} left")
        if self._last:
            parts.append(f"last: {self._last}")
        return ", ".join(parts)

    def _show(self) -> None:
        if not self._redrawn:
            self._write(self.text() + "\n")
            return
        filled = BAR_WIDTH * self._done // max(1, self._total)
        bar = "[" + "#" * filled + "." * (BAR_WIDTH - filled) + "] "
        width = shutil.get_terminal_size().columns - 1
        self._write("\r\033[K" + (bar + self.text())[:width])

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def duration(seconds: float) -> str:
    """A time span in words: 40 s, 3 min, 2 h 5 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
