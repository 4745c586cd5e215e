"""What the commands have in common: documentation, arguments, and errors of one sentence."""

from __future__ import annotations

import inspect
from typing import List, Optional, Sequence, Union

import gdb

from cairn_gdb.machine import require_machine


class Command(gdb.Command):
    """A command of Cairn; its docstring is what `help` shows: one line, then the usage."""

    name = ""
    #: The most arguments that it takes.
    arguments = 0
    needs_machine = True

    def __init__(self) -> None:
        self.__doc__ = self.documentation
        super().__init__(self.name, gdb.COMMAND_USER, gdb.COMPLETE_EXPRESSION)

    @property
    def documentation(self) -> str:
        """What `help` shows."""
        return inspect.cleandoc(type(self).__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.splitlines()[0]

    def run(self, arguments: Sequence[str]) -> None:
        """Do it; at most as many arguments are given as it takes."""
        raise NotImplementedError

    def words(self, text: str) -> Sequence[str]:
        """The arguments in what was typed behind the name."""
        return gdb.string_to_argv(text)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """What GDB calls."""
        words = self.words(argument)
        if len(words) > self.arguments:
            most = f"at most {self.arguments}" if self.arguments else "none"
            raise gdb.GdbError(f"Too many arguments ({most} for {self.name}): help {self.name}.")
        if self.needs_machine:
            require_machine()
        language = gdb.parameter("language")
        # In a frame of assembly GDB would not know the types of C.
        gdb.execute("set language c", to_string=True)
        try:
            self.run(words)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"The machine's memory cannot be read: {error}.") from None
        except (gdb.error, OSError) as error:
            raise gdb.GdbError(f"{error}") from None
        finally:
            gdb.execute(f"set language {language}", to_string=True)


class Cairn(Command):
    """List the commands for looking into a Cairn kernel."""

    name = "cairn"
    needs_machine = False

    def __init__(self, commands: Sequence[Command]) -> None:
        width = max(len(command.name) for command in commands)
        lines = [f"  {command.name:<{width}}  {command.summary}" for command in commands]
        self.list = "\n".join(lines + ["Type help and a command's name to see how it is used."])
        super().__init__()

    @property
    def documentation(self) -> str:
        """The list of commands."""
        return f"{super().documentation}\n\n{self.list}"

    def run(self, arguments: Sequence[str]) -> None:
        """Print the list."""
        print(self.list)


def table(rows: Sequence[Sequence[Union[str, int]]], right: Sequence[int] = ()) -> List[str]:
    """Rows of text as lines with aligned columns; those whose numbers are in right end aligned."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    lines = []
    for row in texts:
        cells = [
            cell.rjust(widths[column]) if column in right else cell.ljust(widths[column])
            for column, cell in enumerate(row)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def size_text(size: int) -> str:
    """A number of bytes, in the largest unit that divides it."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if size and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def optional(arguments: Sequence[str], position: int) -> Optional[str]:
    """An argument, or None if it was not given."""
    return arguments[position] if position < len(arguments) else None
