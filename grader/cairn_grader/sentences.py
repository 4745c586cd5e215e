"""The first line of a failure: what was expected, and what happened instead.

    a frame released twice (twice at once): expected: a second release is noticed
    (MISUSE_DOUBLE_FREE); got: no misuse reported

in one line, where the title and the part of the test come first.

What a check says of itself comes from the test and is in the words of the handout. The values
beside it come from a machine: they are put here into the form in which a person reads them.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Dict

ROOT = Path(__file__).resolve().parents[2]
#: How EXPECT() of kernel/ktest.h begins what it expects; the condition follows.
CONDITION = "true: "
#: What a check expects that has nothing to say besides its words, and what it gets then.
SO = ("true", "so", "always")
NOT_SO = ("false", "no", "")
#: Numbers below it are shown in decimal alone, as they are no addresses.
SMALL = 4096
#: Numbers from it on are shown in hexadecimal alone: most are addresses.
LARGE = 1 << 20
#: Numbers from it on are negative ones of 32 bits, such as an error's.
NEGATIVE = (1 << 32) - 256


def sentence(
    what: str, expected: str, actual: str, title: str = "", part: str = ""
) -> str:
    """A failure in one line. `what`: the check in words; `title` and `part`: those of its test."""
    wanted, found = value(expected), value(actual)
    if _exit_code(expected) in _errors():
        wanted, found = (f"{text}{_named(_exit_code(text), '')}" for text in (wanted, found))
    if condition_of(expected) or what and expected in SO:
        wanted = what or condition_of(expected)
    elif what:
        succeeds = expected == "0" and re.match(r"-?\d", actual) is None
        wanted = what if succeeds else f"{what} ({wanted})"
    if actual in NOT_SO:
        found = "that does not hold"
    elif actual == "0" and expected.startswith("-E_"):
        found = "0, which is no error"
    elif re.fullmatch(r"-[1-9]\d*", found):
        found += _named(-int(found), "-")
    context = f"{title} ({part})" if title and part else title or part
    return f"{context}: " * bool(context) + f"expected: {wanted}; got: {found}"


def _exit_code(text: str) -> int:
    """The status with which a program exits; 0 if this is something else."""
    found = re.match(r"exit with code (\d+)$", text)
    return int(found.group(1)) if found else 0


def _named(number: int, sign: str) -> str:
    """The name of an error, to be put behind its number; empty if there is no such error."""
    return f" ({sign}{_errors()[number]})" if number in _errors() else ""


@functools.lru_cache(maxsize=None)
def _errors() -> Dict[int, str]:
    """The kernel's errors, without their sign."""
    text = (ROOT / "src" / "include" / "cairn" / "error.h").read_text(encoding="ascii")
    return {int(n): name for name, n in re.findall(r"\bERROR\((E_\w+), (\d+),", text)}


def condition_of(expected: str) -> str:
    """The C text of a condition that had to hold; empty if this is another kind of check."""
    return expected[len(CONDITION) :] if expected.startswith(CONDITION) else ""


def value(text: str) -> str:
    """A value as a person reads it: "3 (0x3)" is 3, and 0xffffffff is -1."""
    number = re.fullmatch(r"(\d+) \((0x[0-9a-f]+|0)\)", text)
    if number is None:
        bounds = re.fullmatch(r"(\d+)(?: to (\d+))?", text)
        found = [int(bound) for bound in bounds.groups() if bound] if bounds else [0]
        return " to ".join(map(hex, found)) if min(found) >= LARGE else text
    plain = int(number.group(1))
    if plain < SMALL:
        return str(plain)
    if plain >= NEGATIVE:
        return str(plain - (1 << 32))
    return number.group(2) if plain >= LARGE else text
