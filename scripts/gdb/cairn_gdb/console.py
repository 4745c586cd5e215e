"""The kernel's screen."""

from __future__ import annotations

from typing import List, Sequence

from cairn_gdb.command import Command
from cairn_gdb.machine import read_physical

SCREEN = 0xB8000
COLUMNS = 80
ROWS = 25


class Console(Command):
    """Show the text on the machine's screen.

    Usage: console

    It is read from the memory of the VGA (0xB8000), so it also works without a window."""

    name = "console"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the lines up to the last that is not blank."""
        lines = screen_lines()
        while lines and not lines[-1]:
            lines.pop()
        print("\n".join(lines) if lines else "The screen is empty.")


def screen_lines() -> List[str]:
    """The lines of text; each character is followed by a byte for its colours."""
    cells = read_physical(SCREEN, 2 * COLUMNS * ROWS)
    text = cells[::2].replace(b"\0", b" ").decode("cp437")
    return [text[row * COLUMNS : (row + 1) * COLUMNS].rstrip() for row in range(ROWS)]
