"""Rules for Python and shell, and for the text of every file."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Iterator, List, Set, Union

from rules.source import Tree
from rules.verdict import Verdict

LINE_LENGTH = 100


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
