"""Rules for C: sizes, nesting, opening comments, includes, assertions."""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Set, Tuple

from rules.source import USER, Function, Source, Tree, is_user, strip_comments
from rules.verdict import Verdict

FUNCTION_MEDIAN = 15  # Lines of code, signature and braces included.
FUNCTION_LONG = 45
FUNCTION_LONG_SHARE = 0.03  # "Few" functions may be longer than FUNCTION_LONG.
FUNCTION_LIMIT = 80
FILE_LIMIT = 450
NESTING_LIMIT = 3
INCLUDE_DEPTH_LIMIT = 9
INCLUDE_COUNT_LIMIT = 14
HEADER_SENTENCES = 3
LAB_LINES = (200, 500)
ASSERTIONS_PER_1000 = 20
X86 = ("src/kernel/x86/", "src/user/x86/")


def check_function_lengths(tree: Tree) -> Iterator[Verdict]:
    """Median, long ones, and the longest."""
    functions = [
        (source, function)
        for source in tree.everything
        for function in source.functions
        if not function.name.startswith("ktest_entry")
    ]
    kernel = [function.lines for source in tree.kernel for function in source.functions] or [0]
    median = statistics.median(kernel)
    over = [] if median <= FUNCTION_MEDIAN else ["the median is too long"]
    yield Verdict(
        f"functions: median of at most {FUNCTION_MEDIAN} lines",
        f"median {median:g} of {len(kernel)} functions of the kernel",
        over,
    )
    long = sorted(
        (pair for pair in functions if pair[1].lines > FUNCTION_LONG),
        key=lambda pair: -pair[1].lines,
    )
    allowed = FUNCTION_LONG_SHARE * len(functions)
    yield Verdict(
        f"functions: few over {FUNCTION_LONG} lines",
        f"{len(long)} of {len(functions)} (at most {FUNCTION_LONG_SHARE:.0%})",
        describe(long) if len(long) > allowed else [],
    )
    longest = max((function.lines for _, function in functions), default=0)
    yield Verdict(
        f"functions: none over {FUNCTION_LIMIT} lines",
        f"longest {longest}",
        describe([pair for pair in functions if pair[1].lines > FUNCTION_LIMIT]),
    )


def describe(functions: Sequence[Tuple[Source, Function]]) -> List[str]:
    """Places of functions, with their lengths."""
    return [f"{s.name}:{f.line}: {f.name} has {f.lines} lines" for s, f in functions]


def check_nesting(tree: Tree) -> Iterator[Verdict]:
    """Control statements within control statements."""
    deep = [
        f"{source.name}:{function.line}: {function.name} is nested {function.nesting} deep"
        for source in tree.everything
        for function in source.functions
        if function.nesting > NESTING_LIMIT
    ]
    most = max((f.nesting for source in tree.everything for f in source.functions), default=0)
    yield Verdict(f"nesting: at most {NESTING_LIMIT}", f"deepest {most}", deep)


def check_file_lengths(tree: Tree) -> Iterator[Verdict]:
    """Lines of code in a file."""
    longest = max(tree.everything, key=lambda source: source.code_lines)
    yield Verdict(
        f"files: at most {FILE_LIMIT} lines of code",
        f"longest {longest.code_lines} ({longest.name}), {len(tree.everything)} files",
        [
            f"{source.name}: {source.code_lines} lines of code"
            for source in tree.everything
            if source.code_lines > FILE_LIMIT
        ],
    )


def opening_comment(text: str) -> str:
    """The words of the comment that a C or assembly file begins with."""
    match = re.match(r"\s*/\*(.*?)\*/", text, re.DOTALL)
    if not match:
        return ""
    words = re.sub(r"^[ \t]*\*+", "", match.group(1), flags=re.MULTILINE)
    return re.sub(r"@file\b[^\n]*|@\w+", "", words)


def count_sentences(words: str) -> int:
    """Number of sentences: full stops and colons of lists do not make one, line ends may."""
    flat = " ".join(words.split())
    flat = re.sub(r"\b(e\.g|i\.e|etc|cf|Intel|vol|fig|sec)\.", "", flat)
    return len(re.findall(r"[.!?][)\"']*(?= |$)", flat))


def check_opening_comments(tree: Tree) -> Iterator[Verdict]:
    """Role, state and sequence of calls, in three sentences."""
    counts = {source.name: count_sentences(opening_comment(source.text)) for source in tree.kernel}
    yield Verdict(
        f"opening comments: at least {HEADER_SENTENCES} sentences",
        f"shortest {min(counts.values())}, median {statistics.median(counts.values()):g}",
        [
            f"{name}: {count} sentences in the opening comment"
            for name, count in counts.items()
            if count < HEADER_SENTENCES
        ],
    )


def check_assembly(tree: Tree) -> Iterator[Verdict]:
    """Inline assembly and ports stay in the x86 folders; assembly files may also be students'."""
    pattern = re.compile(r"\b(asm|__asm|__asm__|io_(?:in|out)\w*)\b|kernel/x86/io\.h")
    offences = []
    inside = 0
    for source in tree.everything:
        if source.name.startswith(X86):
            inside += len(pattern.findall(source.code))
            continue
        if source.path.suffix == ".S" and not source.name.startswith("solutions/"):
            offences.append(f"{source.name}: an assembly file")
        text = keep_includes(source.text)
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                offences.append(f"{source.name}:{number}: {line.strip()}")
    rule = "assembly and ports: only in the x86 folders"
    yield Verdict(rule, f"{inside} places inside", offences)


def keep_includes(text: str) -> str:
    """As strip_comments(), but the names of included files stay."""
    kept = re.compile(r"^[ \t]*#[ \t]*include[^\n]*", re.MULTILINE)
    lines = strip_comments(text).splitlines()
    for match in kept.finditer(text):
        lines[text.count("\n", 0, match.start())] = match.group()
    return "\n".join(lines)


def check_includes(tree: Tree) -> Iterator[Verdict]:
    """Cycles, depth, number, and each file's own header first."""
    graph = include_graph(tree)
    cycles = find_cycles(graph)
    yield Verdict("includes: no cycles", f"{sum(map(len, graph.values()))} includes", cycles)
    if cycles:
        return
    depths = {name: include_depth(graph, name) for name in graph}
    deepest = max(depths, key=lambda name: depths[name])
    yield Verdict(
        f"includes: at most {INCLUDE_DEPTH_LIMIT} deep",
        f"deepest {depths[deepest]} ({deepest})",
        [f"{n}: {d} deep" for n, d in depths.items() if d > INCLUDE_DEPTH_LIMIT],
    )
    many = max(graph, key=lambda name: len(graph[name]))
    kernel = [len(graph[source.name]) for source in tree.kernel if source.path.suffix == ".c"]
    yield Verdict(
        f"includes: at most {INCLUDE_COUNT_LIMIT} headers in a file",
        f"median {statistics.median(kernel or [0]):g}, most {len(graph[many])} ({many})",
        [f"{n}: {len(i)} headers" for n, i in graph.items() if len(i) > INCLUDE_COUNT_LIMIT],
    )
    yield own_header_first(tree, graph)


def include_graph(tree: Tree) -> Dict[str, List[str]]:
    """The headers that each file includes, by name."""
    return {
        source.name: [known.name for known in tree.includes(source)]
        for source in tree.everything
    }


def own_header_first(tree: Tree, graph: Dict[str, List[str]]) -> Verdict:
    """A file that implements a header includes it before any other."""
    headers = {
        source.path.stem: source.name
        for source in tree.kernel
        if source.path.suffix == ".h" and not is_user(source)
    }
    public = {source.name for source in tree.kernel if source.name.startswith(f"{USER}include/")}
    offences = []
    count = 0
    for source in tree.kernel:
        own = headers.get(source.path.stem)
        beside = source.path.with_suffix(".h")
        if beside.is_file():
            own = beside.relative_to(tree.root).as_posix()
        elif is_user(source):
            own = f"{USER}include/{source.path.stem}.h"
            own = own if own in public else None
        elif not source.name.startswith("solutions/"):
            own = None
        if source.path.suffix == ".c" and own:
            count += 1
            if graph[source.name][:1] != [own]:
                offences.append(f"{source.name}: {own} is not its first include")
    return Verdict("includes: a file's own header comes first", f"{count} files", offences)


def find_cycles(graph: Dict[str, List[str]]) -> List[str]:
    """The cycles of a graph, each as a line of names."""
    cycles: List[str] = []
    done: Set[str] = set()

    def visit(name: str, above: Tuple[str, ...]) -> None:
        if name in above:
            cycles.append(" -> ".join(above[above.index(name) :] + (name,)))
        elif name not in done:
            for known in graph[name]:
                visit(known, above + (name,))
            done.add(name)

    for name in graph:
        visit(name, ())
    return cycles


def include_depth(graph: Dict[str, List[str]], name: str) -> int:
    """The longest chain of includes that begins in a file."""
    return max((1 + include_depth(graph, known) for known in graph[name]), default=0)


def check_assertions(tree: Tree) -> Iterator[Verdict]:
    """Assertions per 1,000 lines of C in the kernel."""
    sources = [source for source in tree.kernel if not is_user(source)]
    count, lines = count_assertions(sources)
    density = 1000 * count / max(lines, 1)
    few = [] if density >= ASSERTIONS_PER_1000 else [f"{count} assertions in {lines} lines"]
    yield Verdict(
        f"assertions: at least {ASSERTIONS_PER_1000} per 1,000 lines of the kernel",
        f"{density:.0f} ({count} in {lines} lines)",
        few,
    )


def count_assertions(sources: Sequence[Source]) -> Tuple[int, int]:
    """The assertions, and the lines of code, of C files."""
    pattern = re.compile(r"\b(?:assert|_Static_assert|static_assert)\s*\(")
    files = [source for source in sources if source.path.suffix in (".c", ".h")]
    count = sum(len(pattern.findall(source.code)) for source in files)
    return count, sum(source.code_lines for source in files)


def check_lab_sizes(tree: Tree) -> Iterator[Verdict]:
    """What each lab asks for: the shortest correct solution that is known, file by file."""
    offences: List[str] = []
    figures: List[str] = []
    for folder in sorted((tree.root / "solutions").glob("lab*-*")):
        lab = folder.name.split("-")[0]
        shortest = reference = 0
        for path in sorted(folder.glob("*.[cS]")):
            given = count_statements(tree.root / "labs" / folder.name / path.name)
            others = (tree.root / "grader" / "alternatives" / lab).glob(f"*/{path.name}")
            lengths = [count_statements(file) - given for file in (path, *others)]
            shortest += min(lengths)
            reference += lengths[0]
        figures.append(f"{lab} {shortest}, the reference {reference}")
        if not LAB_LINES[0] <= shortest <= LAB_LINES[1]:
            offences.append(f"{lab} asks for {shortest} lines")
    rule = f"a lab asks for {LAB_LINES[0]} to {LAB_LINES[1]} lines"
    yield Verdict(rule, "; ".join(figures) or "no solutions here", offences)


def count_statements(path: Path) -> int:
    """Lines of a file that hold code other than a brace or an include; 0 without the file."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    lines = [line.strip() for line in strip_comments(text).splitlines()]
    return sum(line.strip("{};") != "" and not line.startswith("#include") for line in lines)
