"""The words of messages: dialects, operations, errors and rights, from the headers' own lists."""

from __future__ import annotations

import functools
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from cairn_gdb import machine

HEADERS = machine.ROOT / "src" / "include" / "cairn"
MESSAGE_H = HEADERS / "message.h"
REPLY = 0x80000000
#: What the letters of a signature stand for, where the header has no better name.
LETTERS = {"s": "string", "b": "bytes", "u": "number", "r": "room"}
#: The rights of a handle, from bit 0 on, as letters and as words.
RIGHTS = (("S", "send"), ("R", "receive"), ("r", "read"), ("w", "write"), ("t", "transfer"))
RIGHTS_LEGEND = "rights: " + ", ".join(f"{letter} {word}" for letter, word in RIGHTS)


@dataclass(frozen=True)
class Operation:
    """An operation of CAIRN_OPERATIONS."""

    dialect: str
    name: str
    signature: str
    #: What the arguments mean, one for each letter.
    arguments: Sequence[str]

    @property
    def title(self) -> str:
        """What to call it, for instance: vfs open."""
        return f"{self.dialect} {self.name}"


@functools.lru_cache(maxsize=None)
def text_of(header: Path) -> str:
    """The text of a header."""
    return header.read_text(encoding="utf-8")


@functools.lru_cache(maxsize=None)
def dialects() -> Dict[str, int]:
    """The number of each dialect, by its constant."""
    found = re.findall(r"(?m)^\s+(DIALECT_\w+) = (\w+),", text_of(MESSAGE_H))
    return {name: int(number, 0) for name, number in found}


@functools.lru_cache(maxsize=None)
def well_known_names() -> Dict[int, str]:
    """The name of each well-known endpoint, by its number (enum well_known)."""
    found = re.findall(r"(?m)^\s+WELL_KNOWN_(\w+) = (\d+),", text_of(MESSAGE_H))
    return {int(number): name.lower() for name, number in found}


@functools.lru_cache(maxsize=None)
def operations() -> Dict[int, Operation]:
    """The operations, by the type of their requests."""
    pattern = r"OPERATION\((DIALECT_\w+), \w+, (\d+), \"(\w+)\", \"(\w*)\"\)\s*(?:/\*(.*?)\*/)?"
    found = {}
    for constant, number, name, signature, comment in re.findall(
        pattern, text_of(HEADERS / "dialect.h")
    ):
        words = [word.strip() for word in comment.split(",")]
        if len(words) != len(signature):
            words = [LETTERS.get(letter, letter) for letter in signature]
        dialect = constant.replace("DIALECT_", "").lower()
        found[dialects()[constant] << 16 | int(number)] = Operation(dialect, name, signature, words)
    return found


def operation(type_word: int) -> Optional[Operation]:
    """The operation of a request or a reply, if a list has it."""
    return operations().get(type_word & ~REPLY)


def type_title(type_word: int) -> str:
    """What to call the type of a message."""
    known = operation(type_word)
    if known is not None:
        return known.title
    dialect, number = type_word >> 16 & 0x7FFF, type_word & 0xFFFF
    for constant, value in dialects().items():
        if value == dialect and constant != "DIALECT_USER":
            return f"{constant.replace('DIALECT_', '').lower()} operation {number}"
    return f"dialect {dialect:#x} operation {number}"


def status_text(status: int) -> str:
    """A status: a result, or an error with its text."""
    errors = re.findall(r"ERROR\((E_\w+), (\d+), \"(.*?)\"\)", text_of(HEADERS / "error.h"))
    for name, number, text in errors:
        if status == -int(number):
            return f"{status}  -{name}: {text}"
    return str(status)


def rights_text(rights: int) -> str:
    """The rights of a handle as letters; a right that does not exist is shown as a number."""
    letters = "".join(
        letter if rights & 1 << bit else "-" for bit, (letter, _) in enumerate(RIGHTS)
    )
    unknown = rights & ~((1 << len(RIGHTS)) - 1)
    return letters + (f"+{unknown:#x}" if unknown else "")


# ---- arguments ----


def argument_lines(known: Operation, data: bytes) -> List[Tuple[str, str]]:
    """The arguments of a request with their names; where one is malformed, that is said."""
    lines: List[Tuple[str, str]] = []
    place = 0
    for name, letter in zip(known.arguments, known.signature):
        if place + 4 > len(data):
            return lines + [(name, "MALFORMED: the data ends before it")]
        (number,) = struct.unpack_from("<I", data, place)
        place += 4
        if letter not in "sb":
            text = f"{number}" if number < 10 else f"{number} ({number:#x})"
            lines.append((name, f"{text} bytes" if letter == "r" else text))
            continue
        if place + number > len(data):
            return lines + [(name, f"MALFORMED: {number} bytes, but {len(data) - place} follow")]
        lines.append((name, run_text(data[place : place + number], letter == "s")))
        place += number
    if place != len(data):
        lines.append(("MALFORMED", f"{len(data) - place} bytes are left over"))
    return lines


def run_text(content: bytes, is_string: bool) -> str:
    """A string or a run of bytes."""
    if is_string or (content and all(32 <= byte < 127 for byte in content)):
        text = quoted(content)
        if is_string:
            return text + (" MALFORMED: a 0 inside" if 0 in content else "")
        return f"{len(content)} bytes, {text}"
    shown = content[:16].hex(" ")
    return (
        f"{len(content)} bytes"
        + (f", {shown}" if shown else "")
        + (" ..." if len(content) > 16 else "")
    )


def quoted(content: bytes) -> str:
    """Bytes as text in quotation marks."""
    return '"' + "".join(chr(b) if 32 <= b < 127 else f"\\x{b:02x}" for b in content) + '"'
