"""Writes the pages of a class into its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List, Sequence

from cairn_grader.errors import GraderError
from cairn_grader.formats.document import Document
from cairn_grader.pages.class_page import class_page
from cairn_grader.pages.standing import identity, order
from cairn_grader.pages.submission_page import Neighbours, submission_page

INDEX, FOLDER = "index.html", "pages"


def lab_name(documents: Sequence[Document], title: str = "") -> str:
    """For instance "Lab 1: Memory"."""
    number = documents[0].lab if documents else ""
    return f"Lab {number}: {title}" if title else f"Lab {number}".rstrip()


def write_pages(out: Path, documents: Sequence[Document], title: str = "") -> None:
    """Write OUT/index.html and OUT/pages/ID.html; remove pages of nobody in the class.

    `title` is the lab's. A page is never there in part, and the same documents in any order
    give the same bytes.
    """
    lab = lab_name(documents, title)
    ordered = _ordered(documents)
    pages: Dict[str, str] = {}
    for number, document in enumerate(ordered):
        before = ordered[number - 1] if number else None
        after = ordered[number + 1] if number + 1 < len(ordered) else None
        text = submission_page(document, lab, Neighbours(before, after))
        pages[f"{identity(document)}.html"] = text
    _write_folder(out / FOLDER, pages)
    _remove_others(out / FOLDER, pages)
    _write(out / INDEX, class_page(ordered, lab))


def write_student_pages(folder: Path, documents: Sequence[Document], title: str = "") -> None:
    """Write ID.html for each submission, to be given to its student: it names nobody else."""
    lab = lab_name(documents, title)
    ordered = _ordered(documents)
    pages = {f"{identity(one)}.html": submission_page(one, lab) for one in ordered}
    _write_folder(folder, pages)


def _ordered(documents: Sequence[Document]) -> List[Document]:
    ordered = sorted(documents, key=order)
    names = [identity(document) for document in ordered]
    for name in names:
        if names.count(name) > 1:
            raise GraderError(f"two submissions are called '{name}'")
    return ordered


def _write_folder(folder: Path, pages: Dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        _write(folder / name, text)


def _remove_others(folder: Path, pages: Dict[str, str]) -> None:
    for path in folder.glob("*.html"):
        if path.name not in pages:
            path.unlink()


def _write(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)
