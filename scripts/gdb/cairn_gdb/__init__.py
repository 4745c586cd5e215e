"""GDB's commands for a running Cairn kernel.

machine.py reads registers, memory and variables of the machine; command.py is what the commands
have in common; every other module holds the commands of one subsystem. install() makes them known
to GDB and connect() attaches GDB to the machine. Nothing here changes the machine, except where
frames and space must call a function of the kernel (machine.call), and say so; and inside, process
and stackwalk give the processor the registers of another process for a moment (stack.seen_from).
"""

from __future__ import annotations

import gdb
from gdb.unwinder import register_unwinder

from cairn_gdb.command import Cairn
from cairn_gdb.connection import connect
from cairn_gdb.console import Console
from cairn_gdb.frames import Frames
from cairn_gdb.heap import Heap
from cairn_gdb.memory import Memory
from cairn_gdb.message import Message
from cairn_gdb.namespace import Names
from cairn_gdb.objects import Endpoints, Handles, Notifications, Shared
from cairn_gdb.paging import PageMap, PageWalk
from cairn_gdb.processes import ProcessDetails, Processes, Scheduler
from cairn_gdb.program import Program, UserBreak, follow
from cairn_gdb.space import Regions, Space
from cairn_gdb.stack import AssemblyUnwinder, Inside, StackWalk
from cairn_gdb.tour import Tour
from cairn_gdb.trap import TrapFrame
from cairn_gdb.waiting import Waits

__all__ = ["connect", "install"]

COMMANDS = (
    PageWalk, PageMap, Frames, Heap, TrapFrame, Space, Regions, Console, Processes, ProcessDetails,
    Scheduler, Memory, Program, UserBreak, Inside, StackWalk, Waits, Endpoints, Names, Message,
    Handles, Notifications, Shared, Tour,
)  # fmt: skip


def install() -> None:
    """Make every command known to GDB, and what lets it see programs."""
    Cairn([command() for command in COMMANDS])
    # The same address means something else in each program, so GDB must not remember memory.
    gdb.execute("set code-cache off")
    gdb.execute("set stack-cache off")
    register_unwinder(None, AssemblyUnwinder())
    gdb.events.stop.connect(follow)
