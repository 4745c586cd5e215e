"""GDB's commands for a running Cairn kernel.

machine.py reads registers, memory and variables of the machine; command.py is what the commands
have in common; every other module holds the commands of one subsystem. install() makes them known
to GDB and connect() attaches GDB to the machine. Nothing here changes the machine, except where
frames and space must call a function of the kernel (machine.call), and say so.
"""

from __future__ import annotations

from cairn_gdb.command import Cairn
from cairn_gdb.connection import connect
from cairn_gdb.console import Console
from cairn_gdb.frames import Frames
from cairn_gdb.heap import Heap
from cairn_gdb.paging import PageMap, PageWalk
from cairn_gdb.space import Regions, Space
from cairn_gdb.trap import TrapFrame

__all__ = ["connect", "install"]

COMMANDS = (PageWalk, PageMap, Frames, Heap, TrapFrame, Space, Regions, Console)


def install() -> None:
    """Make every command known to GDB."""
    Cairn([command() for command in COMMANDS])
