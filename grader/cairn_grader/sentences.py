"""The first line of a failure: what was expected, and what happened instead.

    a frame released twice (twice at once): expected: a second release is noticed
    (MISUSE_DOUBLE_FREE); got: no misuse reported

in one line, where the title and the part of the test come first.

What a check says of itself comes from the test and is in the words of the handout. The values
beside it come from a machine: they are put here into the form in which a person reads them.
"""

from __future__ import annotations

import re

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
    if condition_of(expected) or what and expected in SO:
        wanted = what or condition_of(expected)
    elif what:
        succeeds = expected == "0" and re.match(r"-?\d", actual) is None
        wanted = what if succeeds else f"{what} ({wanted})"
    if actual in NOT_SO:
        found = "that does not hold"
    elif actual == "0" and expected.startswith("-E_"):
        found = "0, which is no error"
    context = f"{title} ({part})" if title and part else title or part
    return f"{context}: " * bool(context) + f"expected: {wanted}; got: {found}"


def condition_of(expected: str) -> str:
    """The C text of a condition that had to hold; empty if this is another kind of check."""
    return expected[len(CONDITION) :] if expected.startswith(CONDITION) else ""


def value(text: str) -> str:
    """A value as a person reads it: "3 (0x3)" is 3, and 0xffffffff is -1."""
    number = re.fullmatch(r"(\d+) \((0x[0-9a-f]+|0)\)", text)
    if number is None:
        return text
    plain = int(number.group(1))
    if plain < SMALL:
        return str(plain)
    if plain >= NEGATIVE:
        return str(plain - (1 << 32))
    return number.group(2) if plain >= LARGE else text
