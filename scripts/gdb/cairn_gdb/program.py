"""The programs, in ring 3 or ring 0: their files, their symbols, and breakpoints in one of them.

All programs are linked to the same address, so GDB has the symbols of one at a time. At each stop
they become those of the program that runs, or for which the kernel works.
"""

from __future__ import annotations

import contextlib
import re
import struct
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence

import gdb

from cairn_gdb import machine, process
from cairn_gdb.command import Command, optional

ELF_MAGIC = b"\x7fELF"
#: Section type of the symbol table, and symbol type of a function (ELF 1.2, book I, chapter 1).
SECTION_SYMBOLS, SYMBOL_FUNCTION = 2, 2


class Program(Command):
    """Load the symbols of a program, so that its functions and variables have names.

    Usage: program [PID|NAME]

    Without an argument it is the program of the current process; NAME is for instance count or
    bin/count. At every stop this happens by itself for the program that runs. All programs lie at
    the same addresses, so the symbols of only one are loaded, and a breakpoint by name, as break
    main, belongs to them: it stops every process that executes there, and rests while the symbols
    of a program without this function are loaded. For a breakpoint in one program: help userbreak.
    """

    name = "program"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Load them and say so."""
        text = optional(arguments, 0)
        path = path_of(text)
        file = file_of(path)
        load(path)
        print(f"The symbols of {path} are loaded, from {shown(file)}.")


class UserBreak(Command):
    """Set a breakpoint in a function of one program.

    Usage: userbreak PROGRAM FUNCTION

    Programs share their addresses, so an ordinary breakpoint in one of them stops all; this one
    stops only processes that run PROGRAM, in either ring, whichever symbols are loaded. It stops
    before the first instruction of the function.
    Example: userbreak count main"""

    name = "userbreak"
    arguments = 2

    def run(self, arguments: Sequence[str]) -> None:
        """Set it."""
        if len(arguments) < 2:
            raise gdb.GdbError(
                "userbreak needs a program and a function; for instance: userbreak count main."
            )
        path = path_of(arguments[0])
        functions = read_functions(file_of(path))
        address = functions.get(arguments[1])
        if address is None:
            raise gdb.GdbError(
                f"{path} has no function {arguments[1]}; perhaps the compiler has made it a part of"
                " its caller."
            )
        load(path)
        ProgramBreakpoint(address, path)


class ProgramBreakpoint(gdb.Breakpoint):
    """A breakpoint at an address of programs that counts in one of them only."""

    def __init__(self, address: int, path: str, internal: bool = False) -> None:
        super().__init__(f"*{address:#x}", internal=internal)
        self.path = path

    def stop(self) -> bool:
        """Whether the program that arrives is the one."""
        try:
            return machine.in_program() and process.current().program == self.path
        except (gdb.error, gdb.GdbError):
            return False


def folder() -> Path:
    """Where the build puts the programs with everything for GDB."""
    kernel = gdb.current_progspace().filename
    if kernel is None:
        raise gdb.GdbError("GDB has no kernel; leave it and type: make gdb.")
    return Path(kernel).parent / "user"


def paths() -> List[str]:
    """The paths of all programs, as they are in the initial file system."""
    return sorted(path_in(file) for file in folder().glob("*/*.elf"))


def path_in(file: Path) -> str:
    """The path, in the initial file system, of the program whose file this is."""
    return str(file.relative_to(folder()).with_suffix(""))


def path_of(text: Optional[str]) -> str:
    """The path of the program that is meant: by pid, by name, or that of the current process."""
    if text is None or text.isdigit():
        owner = process.current() if text is None else process.chosen(text)
        if owner.program:
            return owner.program
        raise gdb.GdbError(
            f"{owner.title} runs in the kernel and has no program; for instance: program init."
        )
    path = text.lstrip("/") if "/" in text else f"bin/{text}"
    if path not in paths():
        known = ", ".join(paths()) or "none in this build"
        raise gdb.GdbError(f"There is no program {text}; the programs are: {known}.")
    return path


def file_of(path: str) -> Path:
    """The file with the symbols of a program."""
    file = folder() / f"{path}.elf"
    if not file.is_file():
        raise gdb.GdbError(f"{shown(file)} is missing; build it with: make kernel.")
    return file


def shown(file: Path) -> str:
    """A path as short as possible."""
    return str(file.relative_to(machine.ROOT)) if machine.ROOT in file.parents else str(file)


# ---- symbols ----


def loaded() -> Optional[str]:
    """The path of the program whose symbols are loaded."""
    for objfile in gdb.objfiles():
        file = Path(objfile.filename or "")
        if folder() in file.parents:
            return path_in(file)
    return None


def load(path: Optional[str]) -> None:
    """Make the symbols of a program, or of none, the only ones of programs."""
    before = loaded()
    if path == before:
        return
    if before is not None:
        quiet(f"remove-symbol-file {quoted(folder() / f'{before}.elf')}")
    if path is not None:
        quiet(f"add-symbol-file {quoted(file_of(path))}")


def load_if_there(path: str) -> None:
    """Load the symbols of a program if it is one and its file is there."""
    if path and (folder() / f"{path}.elf").is_file():
        load(path)


@contextlib.contextmanager
def symbols_of(path: str) -> Iterator[None]:
    """Load the symbols of a program, if there are any, for a moment."""
    before = loaded()
    load_if_there(path)
    try:
        yield
    finally:
        load(before)


def quiet(command: str) -> None:
    """Let GDB execute a command without a word."""
    gdb.execute(command, to_string=True)


def quoted(file: Path) -> str:
    """A path as GDB's commands read it."""
    return '"' + str(file).replace("\\", "\\\\").replace('"', '\\"') + '"'


def follow(event: gdb.Event) -> None:
    """At a stop: load the symbols of the program that runs, and show anew where it is."""
    del event
    try:
        if not process.exist():
            return
        path = process.current().program
        before = loaded()
        load_if_there(path)
        if loaded() == before:
            return
        print(f"In {process.current().title}: the symbols are now those of {path}.")
        report_resting()
        if machine.in_program():
            gdb.execute("frame")
    except (gdb.error, gdb.GdbError, OSError):
        return  # What is wrong shows when a command needs it.


def report_resting() -> None:
    """Say which breakpoints of programs cannot stop with these symbols."""
    listed = str(gdb.execute("info breakpoints", to_string=True))
    for number, place in re.findall(r"(?m)^(\d+) .* y .*<PENDING>\s+(.*)$", listed):
        print(
            f"Breakpoint {number} ({place}) rests, as this program has no such place; to stop in"
            " one program, whatever is loaded: help userbreak."
        )


def read_functions(file: Path) -> Dict[str, int]:
    """The functions of an ELF file for i386, by name."""
    content = file.read_bytes()
    if not content.startswith(ELF_MAGIC):
        raise gdb.GdbError(f"{shown(file)} is no ELF file.")
    (sections,) = struct.unpack_from("<I", content, 32)
    size, count = struct.unpack_from("<HH", content, 46)
    headers = [struct.unpack_from("<10I", content, sections + size * i) for i in range(count)]
    functions: Dict[str, int] = {}
    for header in headers:
        if header[1] != SECTION_SYMBOLS:
            continue
        names = headers[header[6]][4]
        for place in range(header[4], header[4] + header[5], 16):
            name, address, _, info = struct.unpack_from("<IIIB", content, place)
            if info & 15 == SYMBOL_FUNCTION:
                end = content.index(b"\0", names + name)
                functions[content[names + name : end].decode("ascii", "replace")] = address
    return functions
