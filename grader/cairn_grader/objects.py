"""What a student's object files may hold: a check after compiling, before anything is booted.

A lab lists what its files may refer to (MAY_USE in its catalogue): whole given files, whose every
symbol is allowed, and single symbols. Beyond that, an object may put nothing where the linker
gives a meaning to it (the table of tests, for instance), define nothing that another definition
silently replaces, and hold no port instruction, since no lab asks for one outside src/kernel/x86/.

This keeps accidents and simple tricks out and tells them to the student in words. It is no proof:
code can be made at run time. What really ran, audit.py sees from outside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Sequence, Set

from cairn_grader.elf import ABSOLUTE, BIND_GLOBAL, BIND_LOCAL, COMMON, UNDEFINED, Elf, Symbol
from cairn_grader.errors import BuildFailed
from cairn_grader.make import OUTPUT_LIMIT, Done
from cairn_grader.text import clean

#: Where the compiler puts code, data, and what only debuggers and linkers read.
SECTIONS = re.compile(
    r"|(\.rela?)?\.(text|data|rodata|bss|debug_[a-z]{1,20}|eh_frame)(\.[A-Za-z0-9_]{1,60}){0,3}"
    r"|\.comment|\.note\.GNU-stack|\.group|\.symtab|\.strtab|\.shstrtab"
)
#: Largest object that is looked at; those of the labs have some 60 KB.
OBJECT_LIMIT = 2 << 20
#: What a name in C looks like, with the suffixes that compilers add.
NAME = re.compile(r"[A-Za-z_.$][A-Za-z0-9_.$]*")
#: Kinds of symbols that compilers make: none, data, function, section, file.
KINDS = (0, 1, 2, 3, 4)
FILE = 4
#: The names that belong to tests.
RESERVED = "ktest"
#: A line of a disassembly with a port instruction, whatever prefixes it has.
PORT = re.compile(r"^ *([0-9a-f]+):\t(?:.*[ \t])?((?:in|out)(?:[bwl]|s[bwl]?)?)(?= |$)", re.M)
PROBLEMS_SHOWN = 8

#: Runs a tool and returns what it printed.
Tool = Callable[[Sequence[str]], Done]


@dataclass(frozen=True)
class Allowed:
    """What the lab's own files may refer to."""

    #: Patterns: with a slash, of given files; without, of symbols.
    patterns: Sequence[str]
    #: Where the compiled given files are, by their paths.
    given: Path

    def symbols(self) -> Set[str]:
        """Every symbol that an allowed given file defines, or a reference solution in use."""
        found: Set[str] = set()
        for pattern in (*self.patterns, "solutions/*/*"):
            if "/" in pattern:
                for path in sorted(self.given.glob(str(Path(pattern).with_suffix(".o")))):
                    found |= set(_defined(Elf.load(path)))
        return found

    def single(self, name: str) -> bool:
        """Whether a symbol is allowed by name."""
        return any("/" not in p and fnmatchcase(name, p) for p in self.patterns)


def odd_names(paths: Sequence[Path]) -> List[str]:
    """Names that the linker must not see, for it prints them as they are."""
    found: List[str] = []
    for path in paths:
        if path.stat().st_size > OBJECT_LIMIT:
            return [f"what the compiler made of it is larger than {OBJECT_LIMIT >> 20} MiB"]
        try:
            table = Elf.load(path).table
        except Exception:  # pylint: disable=broad-except
            return ["what the compiler made of a file cannot be read"]
        names = [symbol.name for symbol in table if symbol.kind != FILE]
        found += [f"'{clean(name, 60)}' is not a symbol of C" for name in names if not _is_c(name)]
    return found[:PROBLEMS_SHOWN]


def _is_c(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def problems(objects: Dict[str, Path], allowed: Allowed, tool: Tool) -> List[str]:
    """What is wrong with objects, by the names of their sources; empty if all is well."""
    found: List[str] = []
    parsed: Dict[str, Elf] = {}
    for name, path in objects.items():
        if path.stat().st_size > OBJECT_LIMIT:
            return [f"{name}: error: the object is larger than {OBJECT_LIMIT >> 20} MiB"]
        try:
            parsed[name] = Elf.load(path)
        except Exception:  # pylint: disable=broad-except
            return [f"{name}: error: what the compiler made of it cannot be read"]
    known = allowed.symbols()
    for elf in parsed.values():
        known |= set(_defined(elf))
    for name, elf in parsed.items():
        found += [f"{name}: error: {text}" for text in _object_problems(elf, known, allowed)]
        found += [f"{name}: error: {text}" for text in _ports(objects[name], elf, tool)]
    return found[:PROBLEMS_SHOWN] + ["..."] * (len(found) > PROBLEMS_SHOWN)


def _defined(elf: Elf) -> Iterator[str]:
    """The symbols that an object offers to others."""
    for symbol in elf.table:
        if symbol.binding == BIND_GLOBAL and symbol.section not in (UNDEFINED, COMMON):
            yield symbol.name


def _object_problems(elf: Elf, known: Set[str], allowed: Allowed) -> Iterator[str]:
    for section in elf.sections:
        if not SECTIONS.fullmatch(section.name):
            yield f"it puts something into the section '{clean(section.name, 40)}'"
    for symbol in elf.table:
        yield from _symbol_problems(symbol, known, allowed)
        if not _is_inside(symbol, elf):
            yield f"'{clean(symbol.name, 60)}' does not lie where it is defined"


def _is_inside(symbol: Symbol, elf: Elf) -> bool:
    """Whether a defined symbol lies in its section."""
    if symbol.kind == FILE or symbol.section in (UNDEFINED, ABSOLUTE, COMMON):
        return True
    sections = elf.sections[symbol.section : symbol.section + 1]
    return bool(sections) and symbol.value + symbol.size <= sections[0].size


def _symbol_problems(symbol: Symbol, known: Set[str], allowed: Allowed) -> Iterator[str]:
    name = clean(symbol.name, 60)
    if symbol.kind == FILE:
        return
    if not _is_c(symbol.name) or symbol.kind not in KINDS:
        yield f"'{name}' is not a symbol of C"
    elif symbol.section == UNDEFINED:
        if symbol.name not in known and not allowed.single(symbol.name):
            yield f"it uses '{name}', which the lab does not offer to your files"
    elif symbol.section in (ABSOLUTE, COMMON) or symbol.binding not in (BIND_LOCAL, BIND_GLOBAL):
        yield f"'{name}' is defined as weak, common or absolute; define it in the ordinary way"
    elif allowed.single(symbol.name):
        yield f"'{name}' is defined here, but it is one of the kernel's own names"
    elif symbol.name.startswith(RESERVED):
        yield f"'{name}' is defined here, but names that begin with '{RESERVED}' belong to tests"


def _ports(path: Path, elf: Elf, tool: Tool) -> Iterator[str]:
    for address, mnemonic in port_instructions(path, tool):
        place = elf.function_at(address)
        where = f" in {clean(place, 60)}()" if place else ""
        yield f"it has a port instruction ('{mnemonic}'{where}): ports belong to src/kernel/x86/"


def port_instructions(path: Path, tool: Tool) -> Iterator["tuple[int, str]"]:
    """The addresses of port instructions in a file's code, and their mnemonics."""
    done = tool(["objdump", "--disassemble", "--no-show-raw-insn", str(path)])
    if done.returncode != 0:
        raise BuildFailed([f"error: its code cannot be listed: {clean(done.stderr, 200)}"])
    if len(done.stdout) >= OUTPUT_LIMIT:
        raise BuildFailed(["error: it has more code than any lab asks for"])
    for match in PORT.finditer(done.stdout):
        yield int(match.group(1), 16), match.group(2)
