"""The page docs/performance.md, made from measured figures: `grader/benchmark --markdown FILE`.

A figure is named OPERATION or OPERATION.VARIANT; a variant is the same operation on another
machine: `.256m.99` has 256 MiB of memory, of which 99 % are in use. The page has one table that
compares operations with other systems, and one with all variants.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Sequence, Tuple

NOTICE = "<!-- Generated from measured figures by: make bench REF=all ARGS='--markdown FILE' -->"

#: The operations of lab 1, in the order in which they are shown, in words.
OPERATIONS = {
    "frame.alloc_free": "allocate a frame and release it",
    "page.map_unmap": "map a page and unmap it, TLB invalidation included",
    "fault.demand_zero": "page fault that a page of zeros resolves",
    "heap.alloc_free.64": "allocate 64 bytes and free them",
    "heap.alloc_free.4096": "allocate 4,096 bytes and free them",
    "boot.entry_to_ready": "from the start of the kernel until memory works",
    "kernel.text_bytes": "size of the kernel's code, in bytes",
}
#: Operations of which a count of instructions means nothing.
NOT_TIMES = ("kernel.text_bytes",)

INTRODUCTION = """\
# Performance

{notice}

What the main operations of the reference system cost, in instructions. In QEMU with
`-icount shift=0,sleep=off` one instruction is one nanosecond of the guest's time, so the
difference of two readings of the time-stamp counter is an exact number of instructions, and it
repeats. Before measuring, the tool runs a loop of known length and refuses to go on if the number
is wrong. A figure is the median of many runs. A `rep` instruction counts one for each iteration,
so clearing a page alone is 1,024. The kernel is built by `DEBUG=0`: without poison, with all its
assertions.

Host cycles are those of the computer on which this page was made, without `-icount`: they depend
on it, and say how operations compare with each other when caches and translation count. Writing
CR3 and INVLPG are one instruction each, but they are expensive for an emulator, and on real
hardware.

`make bench REF=all` measures it again; `make bench` measures your own kernel.
"""

PEERS = """
## Beside other systems

The other systems were measured in the same way, with loops of 10,000 around the operation. A
range means that the cost depends on the state of the system; a dash, that the system has no such
operation or that it was not measured.

"""

VARIANTS = """
## Costs that do not grow

The same operations on machines of other sizes; the second number is the share of memory that is
in use. An allocation that finds no small block splits a large one, in at most ten steps at any
size. Starting alone takes longer where there is more memory: every frame is looked at once.

"""


def page(figures: Mapping[str, int], host: Mapping[str, int], peers: Mapping[str, Any]) -> str:
    """The page, as Markdown."""
    names = operations(figures)
    parts = [INTRODUCTION.format(notice=NOTICE), PEERS, _peer_table(names, figures, host, peers)]
    parts += [f"\n{text[0].upper()}{text[1:]}\n" for text in _notes(names, peers)]
    variants = [name for name in names if variants_of(name, names, figures)]
    if variants:
        parts += [VARIANTS, _variant_table(variants, names, figures)]
    return "".join(parts)


def operations(figures: Mapping[str, int]) -> List[str]:
    """The operations that were measured: those that are known, then others by name."""
    known = [name for name in OPERATIONS if name in figures]
    others = [name for name in sorted(figures) if name not in known]
    return known + [
        name for name in others if not any(_extends(name, one) for one in known + others)
    ]


def variants_of(
    name: str, names: Sequence[str], figures: Mapping[str, int]
) -> List[Tuple[str, int]]:
    """The variants of an operation that were measured, with their figures."""
    return [
        (other[len(name) + 1 :], figures[other])
        for other in figures
        if _extends(other, name) and other not in names
    ]


def _extends(name: str, operation: str) -> bool:
    return name.startswith(operation + ".")


def _notes(names: Sequence[str], peers: Mapping[str, Any]) -> List[str]:
    notes: Dict[str, str] = peers.get("notes", {})
    return [f"`{name}`: {notes[name]}" for name in names if name in notes]


def _peer_table(
    names: Sequence[str],
    figures: Mapping[str, int],
    host: Mapping[str, int],
    peers: Mapping[str, Any],
) -> str:
    known: Dict[str, Dict[str, str]] = peers.get("figures", {})
    systems = [
        system
        for system in peers.get("systems", [])
        if any(system in known.get(name, {}) for name in names)
    ]
    rows = [["operation", "", "Cairn", "host cycles", *systems]]
    for name in names:
        cycles = "-" if name in NOT_TIMES else _number(host.get(name))
        row = [f"`{name}`", OPERATIONS.get(name, ""), _number(figures[name]), cycles]
        rows.append(row + [str(known.get(name, {}).get(system, "-")) for system in systems])
    return table(rows, left=2)


def _variant_table(
    variants: Sequence[str], names: Sequence[str], figures: Mapping[str, int]
) -> str:
    columns: List[str] = []
    for name in variants:
        found = [variant for variant, _ in variants_of(name, names, figures)]
        columns += [variant for variant in found if variant not in columns]
    columns.sort(key=_natural)
    rows = [["operation", "32 MiB", *map(title_of, columns)]]
    for name in variants:
        cells = [_number(figures.get(f"{name}.{column}")) for column in columns]
        rows.append([f"`{name}`", _number(figures[name]), *cells])
    return table(rows, left=1)


def title_of(variant: str) -> str:
    """A variant in words: `1024m.99` is "1 GiB, 99 %"."""
    match = re.fullmatch(r"(\d+)m(?:\.(\d+))?", variant)
    if match is None:
        return variant
    megabytes = int(match.group(1))
    size = f"{megabytes // 1024} GiB" if megabytes % 1024 == 0 else f"{megabytes} MiB"
    return size + (f", {match.group(2)} %" if match.group(2) else "")


def _natural(text: str) -> List[Tuple[int, str]]:
    """A sorting key in which 16m comes before 256m."""
    return [
        (int(digits or 0), part)
        for part in text.split(".")
        for digits in ["".join(filter(str.isdigit, part))]
    ]


def _number(value: "int | None") -> str:
    return "-" if value is None else f"{value:,}"


def table(rows: Sequence[Sequence[str]], left: int) -> str:
    """Rows as a Markdown table whose columns from `left` on hold numbers."""
    rule = ["---"] * left + ["---:"] * (len(rows[0]) - left)
    lines = [rows[0], rule, *rows[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
