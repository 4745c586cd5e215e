"""Measures the C code of the kit as a Markdown table, for docs/style.md.

Lines of a function include its signature and braces, and neither blank lines nor comments. The
share of comments is that of lines with a comment among lines that are not blank. The column of the
models is typed in: those kernels are not part of the kit.
"""

from __future__ import annotations

import re
import statistics
from typing import Callable, Dict, List, Sequence, Tuple

from rules.c import FUNCTION_LONG, count_assertions, include_depth, include_graph
from rules.source import Source, Tree, is_user

#: A row's name and, for each column, how its figure is made.
Figure = Callable[[Tree, Sequence[Source]], str]

MODELS = {
    "median function, lines": "xv6 14",
    "longest function, lines": "Resea's IPC: 205 lines in 4 functions",
}


def columns(tree: Tree) -> Dict[str, List[Source]]:
    """The sources by what they belong to."""
    return {
        "kernel, given": [s for s in tree.kernel if not is_user(s) and "solutions" not in s.name],
        "solutions": [s for s in tree.kernel if s.name.startswith("solutions/")],
        "programs": [s for s in tree.kernel if is_user(s)],
        "tests": tree.grader,
    }


def functions(sources: Sequence[Source]) -> List[int]:
    """Lines of each function, from the shortest to the longest."""
    return sorted(function.lines for source in sources for function in source.functions)


def comment_share(sources: Sequence[Source]) -> str:
    """Lines that hold a comment, among lines that hold something."""
    lines = [line for source in sources for line in source.text.splitlines() if line.strip()]
    code = sum(source.code_lines for source in sources)
    beside = sum(bool(re.search(r"\S.*(//|/\*)", line)) for line in lines)
    return f"{100 * (len(lines) - code + beside) / len(lines):.0f} %"


def assertion_density(sources: Sequence[Source]) -> str:
    """Assertions in 1,000 lines of C."""
    count, lines = count_assertions(sources)
    return f"{1000 * count / max(lines, 1):.0f}"


def deepest_include(tree: Tree, sources: Sequence[Source]) -> str:
    """The longest chain of includes."""
    graph = include_graph(tree)
    return str(max(include_depth(graph, source.name) for source in sources))


def headers_included(tree: Tree, sources: Sequence[Source]) -> str:
    """The median of the headers that a C file includes."""
    counts = [len(tree.includes(source)) for source in sources if source.path.suffix == ".c"]
    return f"{statistics.median(counts):g}"


def files(sources: Sequence[Source]) -> List[int]:
    """Lines of code of each file."""
    return sorted(source.code_lines for source in sources)


ROWS: Tuple[Tuple[str, Figure], ...] = (
    ("files", lambda _, sources: str(len(sources))),
    ("lines of code", lambda _, sources: f"{sum(files(sources)):,}"),
    ("median file, lines of code", lambda _, sources: f"{statistics.median(files(sources)):.0f}"),
    ("longest file, lines of code", lambda _, sources: str(files(sources)[-1])),
    ("functions", lambda _, sources: str(len(functions(sources)))),
    ("median function, lines", lambda _, sources: f"{statistics.median(functions(sources)):.0f}"),
    (
        "19 of 20 functions have at most",
        lambda _, sources: str(functions(sources)[len(functions(sources)) * 19 // 20]),
    ),
    ("longest function, lines", lambda _, sources: str(functions(sources)[-1])),
    (
        f"functions over {FUNCTION_LONG} lines",
        lambda _, sources: str(sum(lines > FUNCTION_LONG for lines in functions(sources))),
    ),
    ("share of comments", lambda _, sources: comment_share(sources)),
    ("assertions in 1,000 lines", lambda _, sources: assertion_density(sources)),
    ("deepest chain of includes", deepest_include),
    ("headers that a file includes, median", headers_included),
)


def markdown(tree: Tree) -> str:
    """The table."""
    named = columns(tree)
    lines = [f"| | {' | '.join(named)} | models |", f"|---|{'---|' * (len(named) + 1)}"]
    for name, figure in ROWS:
        cells = [figure(tree, sources) for sources in named.values()]
        lines.append(f"| {name} | {' | '.join(cells)} | {MODELS.get(name, 'not measured')} |")
    return "\n".join(lines) + "\n"
