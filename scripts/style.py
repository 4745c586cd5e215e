#!/usr/bin/env python3
"""Check the rules of style that a program can check, and print a figure for each.

It reads the C sources of kernel and programs (src/ and solutions/) and of the grader's tests, and
every Python and shell file of the tree; it compiles nothing. One line is printed for each rule,
`ok` or `WRONG`, the rule and its figure, and below a wrong rule each place that breaks it. The
exit status is 1 if a rule is broken. Lines of code are lines that are neither blank nor comment
only.

usage: style.py [--root FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import re
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Set, Tuple, Union

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
LINE_LENGTH = 100

CONTROL = {"if", "for", "while", "switch"}
X86 = ("src/kernel/x86/", "src/user/x86/")
USER = "src/user/"


@dataclass
class Function:
    """A function definition, found in the text."""

    name: str
    line: int
    lines: int
    nesting: int


@dataclass
class Source:
    """A C or assembly file, with and without its comments."""

    path: Path
    name: str
    text: str
    code: str = ""
    functions: List[Function] = field(default_factory=list)

    @property
    def code_lines(self) -> int:
        """Number of lines of code."""
        return count_code_lines(self.code)


@dataclass
class Verdict:
    """What became of one rule."""

    rule: str
    figure: str
    offences: List[str] = field(default_factory=list)


# ---- reading C ----

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)


def blank_out(match: "re.Match[str]") -> str:
    """Replace a comment by as many lines, and a string by an empty one."""
    if match.lastgroup == "comment":
        return " " + "\n" * match.group().count("\n")
    return match.group()[0] * 2


def strip_comments(text: str) -> str:
    """The code of a C file: no comments, empty strings, the same line numbers."""
    return TOKEN.sub(blank_out, text)


def strip_directives(code: str) -> str:
    """The code without preprocessor lines, with the same line numbers."""
    return re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
        lambda match: "\n" * match.group().count("\n"),
        code,
        flags=re.MULTILINE,
    )


def count_code_lines(code: str) -> int:
    """Number of lines that hold something."""
    return sum(1 for line in code.splitlines() if line.strip())


@dataclass
class Token:
    """A word or a sign of C, and where it is."""

    text: str
    line: int


def tokenize(code: str) -> List[Token]:
    """Cut code into names, numbers and single signs."""
    tokens = []
    line = 1
    for match in re.finditer(r"\n|[A-Za-z_]\w*|\d\w*|\S", code):
        if match.group() == "\n":
            line += 1
        else:
            tokens.append(Token(match.group(), line))
    return tokens


def find_functions(code: str) -> List[Function]:
    """The function definitions of a file."""
    tokens = tokenize(strip_directives(code))
    lines = strip_directives(code).splitlines()
    functions = []
    position = 0
    start = 0
    while position < len(tokens):
        text = tokens[position].text
        if text == "{":
            end = closing(tokens, position)
            if tokens[position - 1].text == ")" and position > 0:
                first, last = tokens[start].line, tokens[end].line
                body = [line for line in lines[first - 1 : last] if line.strip()]
                nesting = Nesting(tokens[position + 1 : end]).deepest()
                name = function_name(tokens[start:position])
                functions.append(Function(name, tokens[start].line, len(body), nesting))
                start = end + 1
            position = end
        elif text == ";":
            start = position + 1
        position += 1
    return functions


def function_name(signature: Sequence[Token]) -> str:
    """The name before the first parenthesis; for a macro such as KTEST(name, ...), its argument."""
    for index, token in enumerate(signature):
        if token.text == "(" and index > 0:
            if signature[index - 1].text == "__attribute__":
                continue
            if index == 1:
                return f"{signature[0].text}({signature[2].text})"
            return signature[index - 1].text
    return "?"


def closing(tokens: Sequence[Token], position: int) -> int:
    """The index of the bracket that closes the one at position."""
    depth = 0
    for index in range(position, len(tokens)):
        if tokens[index].text in ("(", "{", "["):
            depth += 1
        elif tokens[index].text in (")", "}", "]"):
            depth -= 1
            if depth == 0:
                return index
    return len(tokens) - 1


class Nesting:
    """Finds how deeply control statements of a function body are nested."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.position = 0

    def deepest(self) -> int:
        """The depth of the whole body."""
        depth = 0
        while self.position < len(self.tokens):
            depth = max(depth, self.statement(0))
        return depth

    def at(self, text: str) -> bool:
        """Whether the next token is this one."""
        return self.position < len(self.tokens) and self.tokens[self.position].text == text

    def skip_brackets(self) -> None:
        """Skip from an opening bracket past its partner."""
        self.position = closing(self.tokens, self.position) + 1

    def statement(self, depth: int) -> int:
        """Read one statement; the greatest depth within."""
        if self.at("{"):
            return self.block(depth)
        word = self.tokens[self.position].text
        if word in CONTROL:
            return self.control(depth)
        if word == "do":
            self.position += 1
            inner = self.statement(depth + 1)
            self.simple()  # while (...);
            return inner
        if word in ("case", "default"):
            while not self.at(":") and self.position < len(self.tokens):
                self.position += 1
            self.position += 1
            return depth
        if self.is_loop_macro():
            self.position += 1
            self.skip_brackets()
            return self.block(depth + 1)
        self.simple()
        return depth

    def control(self, depth: int) -> int:
        """Read if, for, while or switch; `else if` is not deeper than its `if`."""
        self.position += 1
        self.skip_brackets()
        inner = self.statement(depth + 1)
        if self.at("else"):
            self.position += 1
            inner = max(inner, self.statement(depth if self.at("if") else depth + 1))
        return inner

    def block(self, depth: int) -> int:
        """Read a block in braces."""
        end = closing(self.tokens, self.position)
        self.position += 1
        inner = depth
        while self.position < end:
            inner = max(inner, self.statement(depth))
        self.position = end + 1
        return inner

    def is_loop_macro(self) -> bool:
        """Whether a call is followed by a block, as with FOR_EACH(x) { ... }."""
        opening = self.position + 1
        if opening >= len(self.tokens) or self.tokens[opening].text != "(":
            return False
        after = closing(self.tokens, opening) + 1
        return after < len(self.tokens) and self.tokens[after].text == "{"

    def simple(self) -> None:
        """Skip an expression or declaration up to its semicolon."""
        while self.position < len(self.tokens) and not self.at(";"):
            if self.tokens[self.position].text in ("(", "{", "["):
                self.skip_brackets()
            else:
                self.position += 1
        self.position += 1


# ---- rules for C ----


class Tree:
    """The sources under a root, by what they belong to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kernel = self.read("src", "solutions")
        self.grader = self.read(
            "grader/tests", "grader/bench", "grader/host", "grader/selftest"
        )
        self.everything = self.kernel + self.grader

    def read(self, *folders: str) -> List[Source]:
        """The C and assembly files of some folders."""
        sources = []
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*.[chS]")):
                text = path.read_text(encoding="utf-8")
                source = Source(path, path.relative_to(self.root).as_posix(), text)
                source.code = strip_comments(text)
                if path.suffix != ".S":
                    source.functions = find_functions(source.code)
                sources.append(source)
        return sources

    def includes(self, source: Source) -> List[Source]:
        """The project's headers that a file includes, in order."""
        by_name = {known.name: known for known in self.everything}
        found = []
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', source.text, re.M):
            beside = (source.path.parent / name).resolve()
            candidates = [f"src/{name}", f"src/include/{name}"]
            if is_user(source):
                candidates.append(f"src/user/include/{name}")
            if beside.is_file() and self.root in beside.parents:
                candidates.append(beside.relative_to(self.root).as_posix())
            found += [by_name[known] for known in candidates if known in by_name][:1]
        return found


def is_user(source: Source) -> bool:
    """Whether a file belongs to programs, not to the kernel."""
    return source.name.startswith(USER) or "/programs/" in source.name


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
    graph = {
        source.name: [known.name for known in tree.includes(source)]
        for source in tree.everything
    }
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
    sources = [
        source
        for source in tree.kernel
        if source.path.suffix in (".c", ".h") and not is_user(source)
    ]
    lines = sum(source.code_lines for source in sources)
    count = sum(
        len(re.findall(r"\b(?:assert|_Static_assert|static_assert)\s*\(", source.code))
        for source in sources
    )
    density = 1000 * count / max(lines, 1)
    few = [] if density >= ASSERTIONS_PER_1000 else [f"{count} assertions in {lines} lines"]
    yield Verdict(
        f"assertions: at least {ASSERTIONS_PER_1000} per 1,000 lines of the kernel",
        f"{density:.0f} ({count} in {lines} lines)",
        few,
    )


def check_leftovers(tree: Tree) -> Iterator[Verdict]:
    """No notes to oneself, no lines that end in blanks or CR."""
    pattern = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|[ \t\r]+$", re.MULTILINE)
    names = [source.path for source in tree.everything]
    names += [path for kind in ("py", "sh") for path in project_files(tree.root, kind)]
    offences = []
    for path in names:
        if path.resolve() == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            what = match.group().strip() or "the line ends in a blank"
            offences.append(f"{path.relative_to(tree.root)}:{number}: {what}")
    rule = "leftovers: no TODO, no blank at the end of a line"
    yield Verdict(rule, f"{len(names)} files", offences)


# ---- rules for Python and shell ----


def project_files(root: Path, kind: str) -> List[Path]:
    """The Python (py) or shell (sh) files of the tree, by suffix or by their first line."""
    interpreter = {"py": r"python3?\b", "sh": r"/(?:ba)?sh\b|env bash"}[kind]
    found = []
    for folder in ("scripts", "grader", "docs", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            if path.suffix == "." + kind:
                found.append(path)
            elif not path.suffix:
                with open(path, "rb") as stream:
                    first = stream.readline(80).decode("utf-8", "replace")
                if first.startswith("#!") and re.search(interpreter, first):
                    found.append(path)
    return found


def check_python(tree: Tree) -> Iterator[Verdict]:
    """Syntax of Python 3.9, docstrings, annotations, and the length of lines."""
    paths = project_files(tree.root, "py")
    syntax: List[str] = []
    strings: List[str] = []
    types: List[str] = []
    long: List[str] = []
    functions = 0
    for path in paths:
        name = path.relative_to(tree.root).as_posix()
        text = path.read_text(encoding="utf-8")
        long += [
            f"{name}:{number}: {len(line)} characters"
            for number, line in enumerate(text.splitlines(), 1)
            if len(line) > LINE_LENGTH
        ]
        try:
            module = ast.parse(text, feature_version=(3, 9))
        except SyntaxError as error:
            syntax.append(f"{name}:{error.lineno}: {error.msg}")
            continue
        if ast.get_docstring(module) is None:
            strings.append(f"{name}: no docstring")
        inner = inner_functions(module)
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef):
                functions += 1
                types += untyped(name, node)
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node not in inner:
                if needs_docstring(path, node) and ast.get_docstring(node) is None:
                    strings.append(f"{name}:{node.lineno}: {node.name} has no docstring")
    yield Verdict("Python: the syntax of 3.9", f"{len(paths)} files", syntax)
    yield Verdict("Python: docstrings", f"{functions} functions", strings)
    yield Verdict("Python: types on every function", f"{functions} functions", types)
    yield Verdict(f"Python: lines of at most {LINE_LENGTH} characters", f"{len(paths)} files", long)


def inner_functions(module: ast.Module) -> Set[ast.AST]:
    """The functions and classes that are defined within a function."""
    outer = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    return {node for function in outer for node in ast.walk(function) if node is not function}


def needs_docstring(path: Path, node: Union[ast.ClassDef, ast.FunctionDef]) -> bool:
    """Public classes and functions do; tests, whose names are sentences, need none."""
    if node.name.startswith("_"):
        return False
    is_test = path.name.startswith("test_") and node.name.startswith(("test_", "setUp", "tearDown"))
    return not is_test


def untyped(name: str, node: ast.FunctionDef) -> List[str]:
    """What a function leaves without a type."""
    arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
    if node.returns is None:
        bare.append("its result")
    return [f"{name}:{node.lineno}: {node.name}: no type for {', '.join(bare)}"] if bare else []


def check_shell(tree: Tree) -> Iterator[Verdict]:
    """Every script says what it is for."""
    paths = project_files(tree.root, "sh")
    offences = []
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        if not lines or not lines[0].startswith("#!"):
            offences.append(f"{path.relative_to(tree.root)}:1: no #! line")
        elif len(lines) < 2 or not lines[1].startswith("# "):
            offences.append(f"{path.relative_to(tree.root)}:2: no comment that says what it does")
    yield Verdict("shell: an opening comment", f"{len(paths)} files", offences)


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


RULES = (
    check_lab_sizes,
    check_function_lengths,
    check_nesting,
    check_file_lengths,
    check_opening_comments,
    check_assembly,
    check_includes,
    check_assertions,
    check_leftovers,
    check_python,
    check_shell,
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Check the rules of style.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    tree = Tree(parser.parse_args().root.resolve())
    if not tree.everything:
        print("style.py: no C files below src/ and solutions/", file=sys.stderr)
        return 2
    wrong = 0
    for rule in RULES:
        for verdict in rule(tree):
            wrong += bool(verdict.offences)
            print(f"{'WRONG' if verdict.offences else 'ok':6} {verdict.rule} - {verdict.figure}")
            for offence in verdict.offences:
                print(f"         {offence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
