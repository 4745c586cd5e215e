"""Finds links of Markdown documents that lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Set, Tuple


def lines(path: Path) -> Iterator[Tuple[int, str]]:
    """The lines of a file, counted from 1."""
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def anchors(path: Path) -> Set[str]:
    """The anchors that a Markdown file's headings get."""
    found = set()
    for _, line in lines(path):
        if line.startswith("#"):
            heading = re.sub(r"\{#.*?\}", "", line.lstrip("#")).strip().lower()
            found.add(re.sub(r"[^\w -]", "", heading).replace(" ", "-"))
            found.update(re.findall(r"\{#([\w-]+)\}", line))
    return found


def dead_links(path: Path, beside: Path) -> Iterator[str]:
    """The links of a document that lead nowhere, if it lay in the folder beside."""
    for number, line in lines(path):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (beside / name).resolve() if name else path
            if not file.exists():
                yield f"{number}: there is no {target}"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{number}: {name or path.name} has no heading {anchor}"
