"""The page docs/performance.md, made from measured figures: `grader/benchmark --markdown FILE`.

A figure is named OPERATION or OPERATION.VARIANT; a variant is the same operation in another
situation: `.256m.99` on a machine with 256 MiB of memory, of which 99 % are in use, `.1000p` with
1,000 processes, `.1000e` and `.1000h` with as many endpoints and handles. The page has one table
that compares operations with other systems, and one for each kind of variant.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, NamedTuple, Pattern, Sequence, Set, Tuple

NOTICE = "<!-- Generated from measured figures by: make bench REF=all ARGS='--markdown FILE' -->"

#: The operations of all labs, in the order in which they are shown, in words.
OPERATIONS = {
    "frame.alloc_free": "allocate a frame and release it",
    "page.map_unmap": "map a page and unmap it, TLB invalidation included",
    "fault.demand_zero": "page fault that a page of zeros resolves",
    "heap.alloc_free.64": "allocate 64 bytes and free them",
    "heap.alloc_free.4096": "allocate 4,096 bytes and free them",
    "syscall.null.int80": "the smallest system call, by `int 0x80`",
    "syscall.null.sysenter": "the same by `sysenter`",
    "yield.pair": "a program yields to another one, and gets the processor back",
    "yield.pair_sysenter": "the same by `sysenter`",
    "block.wake": "two kernel-mode processes wake each other and wait, with a time limit",
    "clock.tick": "a tick of the clock, without a switch",
    "fork.exit.wait": "fork a program that ends at once, and wait for it",
    "spawn.exit.wait": "start a program that ends at once, and wait for it",
    "forkexec.exit.wait": "the same by fork and exec",
    "page.alloc_touch": "extend the heap of a program and touch the new pages, for each",
    "page.grow_touch": "the same with a call for each page",
    "fault.cow": "write to a page that is shared since a fork: it is copied",
    "fault.cow_last": "the same when nobody shares it any more",
    "ipc.call.short": "call a server and get its answer, 4 bytes each",
    "ipc.call.limit": "the same with a time limit",
    "ipc.call.200": "as `ipc.call.short`, with a request of 200 bytes",
    "ipc.call.200.both": "as `ipc.call.short`, with 200 bytes each way",
    "ipc.call.handle": "a call of 4 bytes that passes a handle",
    "ipc.call.kernel_mode": "a call of 4 bytes to a server in ring 0",
    "ipc.call.slow": "as `ipc.call.short`, with the fast path off",
    "ipc.notify": "signal a process that waits, which signals back",
    "delegate.null": "a POSIX system call that a server answers at once",
    "ns.lookup.10": "look a name up among 10, by a system call that makes a handle",
    "ns.lookup.10000": "the same among 10,000",
    "ns.lookup.path": "the same among 10, with a path behind it that is given back",
    "ns.lookup.kernel.10": "the look-up alone, inside the kernel, among 10",
    "ns.lookup.kernel.10000": "the same among 10,000",
    "boot.entry_to_ready": "from the start of the kernel until memory works",
    "boot.entry_to_process": "from the start of the kernel until the first process runs",
    "kernel.text_bytes": "size of the kernel's code, in bytes",
}
#: What the letter at the end of a variant counts.
COUNTED = {"p": "processes", "e": "endpoints", "h": "handles"}
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
assertions. System calls are measured by programs in ring 3: the loop and the library's function
are part of the figure, and so are the ticks of the clock that fall into it.

Host cycles are those of the computer on which this page was made, without `-icount`: they depend
on it, and say how operations compare with each other when caches and translation count. Writing
CR3 and INVLPG are one instruction each, but they are expensive for an emulator, and on real
hardware.

The fast path of calls is on, as it always is but in tests, unless the table says otherwise. What is
unusual about a call goes the slow way all the same.

`make bench REF=all` measures it again; `make bench` measures your own kernel.
"""

PEERS = """
## Beside other systems

The other systems were measured in the same way, with loops of 10,000 around the operation. A
range means that the cost depends on the state of the system; a dash, that the system has no such
operation or that it was not measured. A target is what Cairn's reference system aims at.

"""

VARIANTS = """
## Costs that do not grow
"""


class Kind(NamedTuple):
    """Variants that are shown in one table."""

    #: The names of such variants.
    pattern: Pattern[str]
    #: Title of the column without a variant.
    ordinary: str
    introduction: str


KINDS = (
    Kind(
        re.compile(r"\d+m(\.\d+)?"),
        "32 MiB",
        """
The same operations on machines of other sizes; the second number is the share of memory that is
in use. An allocation that finds no small block splits a large one, in at most ten steps at any
size. Starting alone takes longer where there is more memory: every frame is looked at once.

""",
    ),
    Kind(
        re.compile(r"\d+p"),
        "few processes",
        """
The same operations while there are more processes, on a machine with 256 MiB instead of 32. Those
that are not measured wait for a time. A tick looks at every 256th of those.

""",
    ),
    Kind(
        re.compile(r"\d+[eh]"),
        "few of both",
        """
The same operations while the server and the client own more endpoints each, or have more handles,
on a machine with 256 MiB. The handles that are used come last.

""",
    ),
    Kind(re.compile(".*"), "ordinary", "\nThe same operations in other situations.\n\n"),
)


def page(figures: Mapping[str, int], host: Mapping[str, int], peers: Mapping[str, Any]) -> str:
    """The page, as Markdown."""
    names = operations(figures)
    parts = [INTRODUCTION.format(notice=NOTICE), PEERS, _peer_table(names, figures, host, peers)]
    parts += [f"\n{text[0].upper()}{text[1:]}\n" for text in _notes(names, peers)]
    tables = []
    for kind, rows in variant_tables(names, figures):
        marked = [rows[0], *([f"`{row[0]}`", *row[1:]] for row in rows[1:])]
        tables.append(kind.introduction + table(marked, left=1))
    return "".join(parts + [VARIANTS] * bool(tables) + tables)


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
    longer = [one for one in names if _extends(one, name)]
    return [
        (other[len(name) + 1 :], figures[other])
        for other in figures
        if _extends(other, name)
        and not any(other == one or _extends(other, one) for one in longer)
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


def variant_tables(
    names: Sequence[str], figures: Mapping[str, int]
) -> List[Tuple[Kind, List[List[str]]]]:
    """A table for each kind of variant that was measured: its first row is the titles."""
    found = {name: dict(variants_of(name, names, figures)) for name in names}
    columns: Dict[Kind, Set[str]] = {kind: set() for kind in KINDS}
    for variant in {variant for variants in found.values() for variant in variants}:
        columns[next(kind for kind in KINDS if kind.pattern.fullmatch(variant))].add(variant)
    return [
        (kind, _variant_rows(kind, sorted(chosen, key=_natural), found, figures))
        for kind, chosen in columns.items()
        if chosen
    ]


def _variant_rows(
    kind: Kind,
    columns: Sequence[str],
    found: Mapping[str, Mapping[str, int]],
    figures: Mapping[str, int],
) -> List[List[str]]:
    rows = [["operation", kind.ordinary, *map(title_of, columns)]]
    for name, variants in found.items():
        if any(column in variants for column in columns):
            cells = [_number(variants.get(column)) for column in columns]
            rows.append([name, _number(figures[name]), *cells])
    return rows


def title_of(variant: str) -> str:
    """A variant in words: `1024m.99` is "1 GiB, 99 %", and `1000p` is "1,000 processes"."""
    if re.fullmatch(r"\d+[peh]", variant):
        return f"{int(variant[:-1]):,} {COUNTED[variant[-1]]}"
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
