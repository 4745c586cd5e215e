"""Reads the small part of YAML in which a workflow is written: block mappings, lists, scalars."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

Yaml = Any


def read_yaml(text: str) -> Yaml:
    """What the text says; AssertionError if it is not written in that part of YAML."""
    lines = [line for line in text.split("\n") if re.match(" *[^ #]", line)]
    value, rest = _read_block(lines, 0)
    assert not rest, f"cannot read {rest[0]!r}"
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _read_block(lines: List[str], indent: int) -> "Tuple[Yaml, List[str]]":
    """The mapping or list that begins with the first line, and the lines after it."""
    assert _indent(lines[0]) == indent and "\t" not in lines[0], lines[0]
    if lines[0].lstrip().startswith("- "):
        items: List[Yaml] = []
        while lines and _indent(lines[0]) == indent and lines[0].lstrip().startswith("- "):
            first = " " * (indent + 2) + lines[0].lstrip()[2:]
            if re.match(r" *[\w-]+:( |$)", first):
                item, lines = _read_block([first, *lines[1:]], indent + 2)
            else:
                item, lines = _scalar(first.strip()), lines[1:]
            items.append(item)
        return items, lines
    mapping: Dict[str, Yaml] = {}
    while lines and _indent(lines[0]) == indent:
        key, _, text = lines[0].strip().partition(":")
        assert re.fullmatch(r"'?[\w-]+'?", key), lines[0]
        mapping[key.strip("'")], lines = _read_value(text.strip(), lines[1:], indent)
    return mapping, lines


def _read_value(text: str, lines: List[str], indent: int) -> "Tuple[Yaml, List[str]]":
    if text not in ("", "|"):
        return _scalar(text), lines
    inner = _indent(lines[0])
    assert inner > indent, lines[0]
    if text == "":
        return _read_block(lines, inner)
    count = next((n for n, line in enumerate(lines) if _indent(line) < inner), len(lines))
    return "".join(line[inner:] + "\n" for line in lines[:count]), lines[count:]


def _scalar(text: str) -> Yaml:
    if text.startswith("'"):
        assert re.fullmatch(r"'[^']*'", text), text
        return text[1:-1]
    assert not re.search(r": |#|^[\[{&*!|>\"%@`]", text), text
    return int(text) if text.isdecimal() else text
