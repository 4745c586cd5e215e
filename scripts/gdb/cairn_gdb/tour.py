"""A guided tour: a script of commands for GDB that is carried out stop by stop.

A script, scripts/gdb/tours/*.gdb, has one command a line. Those that GDB does not know are the
tour's own: `title TEXT` and `boot OPTIONS` (for scripts/tour.sh) come first; `stop TITLE` begins a
stop; `say TEXT` tells the reader something; `go PLACE` and `back PLACE` run forwards or backwards
to a breakpoint; and `@COMMAND` is carried out without being shown. Everything else is shown as if
the reader had typed it, and carried out. PLACE is what a breakpoint takes, or PROGRAM FUNCTION, two
words, for what userbreak takes.

Between two stops the reader has GDB to himself.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import gdb

from cairn_gdb import machine
from cairn_gdb.command import Command, optional
from cairn_gdb.console import screen_lines
from cairn_gdb.program import ProgramBreakpoint, file_of, load, path_of, read_functions

#: Before each line of what a tour says, and of what it types.
SAID, TYPED, NESTED = "| ", "(gdb) ", " >"
WIDTH = 78
RESUME = "tour goes on with it. If it lies behind you, leave GDB and begin anew."
OVER = "The tour is over, and the machine is yours. For another tour, leave GDB."
#: Where every kernel ends that ends by itself.
END = "power_off"
#: A machine that goes on from a breakpoint sometimes reports the same one again, so many times.
REPEATED_MAX = 10
GENERAL = ("eip", "esp", "ebp", "eax", "ebx", "ecx", "edx", "esi", "edi")


@dataclass
class Step:
    """A line of a script, or a loop of several lines."""

    word: str
    text: str


@dataclass
class Stop:
    """Where a tour stops."""

    title: str
    steps: List[Step] = field(default_factory=list)


class Elsewhere(Exception):
    """The machine has not come to where the tour goes; says where it is."""


class Script:
    """A tour, and how far the reader has come."""

    def __init__(self, path: Path) -> None:
        self.title = path.stem
        self.stops: List[Stop] = []
        #: Number of stops that are over, and of steps of the next one.
        self.done = 0
        self.steps_done = 0
        lines = iter(path.read_text(encoding="ascii").splitlines())
        for line in lines:
            self._read(line.strip(), lines)

    def _read(self, line: str, following: Iterator[str]) -> None:
        """Read a line, and those that belong to it."""
        word, _, text = line.partition(" ")
        if not line or line.startswith("#") or word == "boot":
            return
        if word == "title":
            self.title = text
        elif word == "stop":
            self.stops.append(Stop(text))
        elif word in ("say", "go", "back"):
            self.stops[-1].steps.append(Step(word, text))
        elif line.startswith("@"):
            self.stops[-1].steps.append(Step("quiet", whole(line[1:], following)))
        else:
            self.stops[-1].steps.append(Step("show", whole(line, following)))


def whole(line: str, following: Iterator[str]) -> str:
    """A command; for a loop, all lines up to its end."""
    lines = [line]
    depth = opens(line)
    while depth > 0:
        lines.append(next(following).strip())
        depth += opens(lines[-1]) - (lines[-1] == "end")
    return "\n".join(lines)


def opens(line: str) -> int:
    """1 for a command that goes on up to `end`, otherwise 0."""
    return int(line.partition(" ")[0] in ("while", "if"))


class Tour(Command):
    """Go on with a guided tour, to its next stop.

    Usage: tour [N|list|all]

    At each stop of a tour (make tour) some sentences say what there is to see, and commands show
    it. Then GDB is yours: look around, or even let the machine go on. tour takes you to the next
    stop, and so does an empty line after it. With N you come to stop N without a word about those
    before it; list shows all stops; all goes through to the end."""

    name = "tour"
    arguments = 1
    needs_machine = False
    #: The tour that has been begun.
    script: Optional[Script] = None

    def run(self, arguments: Sequence[str]) -> None:
        """Go on, or list the stops."""
        script = Tour.script
        if script is None:
            raise gdb.GdbError("No tour has been begun; leave GDB and type: make tour.")
        text = optional(arguments, 0) or "1"
        if text == "list":
            self.dont_repeat()
            print("\n".join(listed(script)))
        elif text == "all":
            while script.done < len(script.stops):
                visit(script, True)
        elif not text.isdigit():
            raise gdb.GdbError("tour takes the number of a stop, or list, or all: help tour.")
        elif script.done == len(script.stops):
            print(OVER)
        else:
            last = min(len(script.stops), max(script.done + 1, int(text)))
            while script.done < last:
                visit(script, script.done + 1 == last)


def begin(path: Path) -> None:
    """Make a script the tour of this session."""
    Tour.script = script = Script(path)
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    print(f"\n{script.title}: {len(script.stops)} stops. Type tour for the first one; then Enter")
    print("leads to the next. In between use any command, and tour to go on. More: help tour.")


def listed(script: Script) -> List[str]:
    """The stops; a star marks the one at which the reader is."""
    return [
        f"{'*' if number == script.done else ' '} {number}  {stop.title}"
        for number, stop in enumerate(script.stops, 1)
    ]


def visit(script: Script, aloud: bool) -> None:
    """Carry out the next stop, or what is left of it."""
    number, stop = script.done + 1, script.stops[script.done]
    if aloud:
        print(f"\n== {number} of {len(script.stops)}: {stop.title} ==")
    said: List[str] = []
    shown = script.steps_done > 0
    while script.steps_done < len(stop.steps):
        step = stop.steps[script.steps_done]
        if step.word != "say":
            tell(said, aloud, shown)
            shown = True
        said += [step.text] if step.word == "say" else []
        try:
            carry_out(step, aloud)
        except Elsewhere as reason:
            print(reason)
            raise gdb.GdbError(f"Stop {number} is not over; {RESUME}") from None
        script.steps_done += 1
    tell(said, aloud, True)
    script.done, script.steps_done = number, 0
    if aloud and number == len(script.stops):
        tell([OVER], True, True)


def tell(said: List[str], aloud: bool, apart: bool) -> None:
    """Say what has been gathered, as one paragraph, perhaps apart from what is above it."""
    if said and aloud:
        lines = textwrap.wrap(" ".join(said), WIDTH - len(SAID))
        print("\n" * apart + "\n".join(SAID + line for line in lines))
    said.clear()


def carry_out(step: Step, aloud: bool) -> None:
    """Carry out a step, and show it."""
    if step.word in ("go", "back"):
        go(step.text, "continue" if step.word == "go" else "reverse-continue", aloud)
    elif step.word == "quiet" or (step.word == "show" and not aloud):
        execute(step.text, True)
    elif step.word == "show":
        first, *others = step.text.split("\n")
        print("\n".join([TYPED + first, *nested(others)]))
        execute(step.text, False)


def nested(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a loop, as GDB would ask for them."""
    depth = 1
    for line in lines:
        depth -= line == "end"
        yield NESTED + "  " * depth + line
        depth += opens(line)


def execute(command: str, quietly: bool) -> None:
    """Carry out a command; its error, if it ends with one, is part of what it shows."""
    try:
        gdb.execute(command, to_string=quietly)
    except (gdb.error, gdb.GdbError) as error:
        print(error)


# ---- letting the machine run ----


def go(place: str, command: str, aloud: bool) -> None:
    """Let the machine run to a place, and show that."""
    words = place.split()
    in_program = len(words) == 2
    if aloud:
        print(f"{TYPED}{'userbreak' if in_program else 'tbreak'} {place}\n{TYPED}{command}")
    point = program_point(*words) if in_program else kernel_point(place)
    end = gdb.Breakpoint(END, internal=True)
    try:
        run_to(point, end, command)
    finally:
        point.delete()
        end.delete()
    if aloud:
        print(current_frame())


def current_frame() -> str:
    """Where the machine stands, as GDB says it at a stop."""
    return str(gdb.execute("frame", to_string=True)).rstrip("\n").partition("#0  ")[2]


def kernel_point(place: str) -> gdb.Breakpoint:
    """A breakpoint as that of tbreak."""
    location, _, condition = place.partition(" if ")
    point = gdb.Breakpoint(location, internal=True)
    if condition:
        point.condition = condition
    return point


def program_point(program: str, function: str) -> ProgramBreakpoint:
    """A breakpoint as that of userbreak."""
    path = path_of(program)
    address = read_functions(file_of(path)).get(function)
    if address is None:
        raise gdb.GdbError(f"{path} has no function {function}.")
    load(path)
    return ProgramBreakpoint(address, path, internal=True)


def run_to(point: gdb.Breakpoint, end: gdb.Breakpoint, command: str) -> None:
    """Let the machine run until it comes to a breakpoint; Elsewhere if it stops before."""
    point.silent = end.silent = True
    events: List[gdb.Event] = []
    gdb.events.stop.connect(events.append)
    try:
        for _ in range(REPEATED_MAX):
            before = registers()
            events.clear()
            gdb.execute(command, to_string=True)
            hit = hits(events)
            if point not in hit:
                raise Elsewhere(stopped(end in hit))
            if registers() != before:
                return
    finally:
        gdb.events.stop.disconnect(events.append)


def registers() -> Tuple[int, ...]:
    """The general registers."""
    return tuple(machine.register(name) for name in GENERAL)


def hits(events: Sequence[gdb.Event]) -> List[gdb.Breakpoint]:
    """The breakpoints of the last stop."""
    event = events[-1] if events else None
    return list(event.breakpoints) if isinstance(event, gdb.BreakpointEvent) else []


def stopped(at_end: bool) -> str:
    """Where the machine is instead."""
    if gdb.selected_thread() is None:
        return "The machine has ended. To make the tour again, leave GDB."
    if at_end:
        screen = [f"  {line}".rstrip() for line in screen_lines()]
        while screen and not screen[-1]:
            screen.pop()
        return "\n".join(["The kernel ends here, before the next stop. It says:", *screen])
    return f"The machine has stopped elsewhere:\n{current_frame()}"
