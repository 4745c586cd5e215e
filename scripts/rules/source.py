"""Reading C without compiling it: comments, functions, nesting of statements, includes.

A `Tree` is all C and assembly files of the kit by what they belong to. Lines of code are lines that
are neither blank nor comment only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Sequence

CONTROL = {"if", "for", "while", "switch"}
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


class Tree:
    """The sources under a root, by what they belong to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kernel = self.read("src", "solutions")
        self.grader = self.read(
            "grader/tests", "grader/bench", "grader/host", "grader/selftest"
        )
        self.everything = self.kernel + self.grader
        self.by_name = {known.name: known for known in self.everything}

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
        found = []
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', source.text, re.M):
            beside = (source.path.parent / name).resolve()
            candidates = [f"src/{name}", f"src/include/{name}"]
            if is_user(source):
                candidates.append(f"src/user/include/{name}")
            if beside.is_file() and self.root in beside.parents:
                candidates.append(beside.relative_to(self.root).as_posix())
            found += [self.by_name[known] for known in candidates if known in self.by_name][:1]
        return found


def is_user(source: Source) -> bool:
    """Whether a file belongs to programs, not to the kernel."""
    return source.name.startswith(USER) or "/programs/" in source.name
