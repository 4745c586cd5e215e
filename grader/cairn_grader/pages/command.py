"""The command `grader/pages`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import List, Optional, Sequence

from cairn_grader.catalogue import load_lab
from cairn_grader.cli import ROOT, Parser, run_command
from cairn_grader.errors import GraderError
from cairn_grader.formats.document import Document, read
from cairn_grader.pages.writing import INDEX, write_pages, write_student_pages
from cairn_grader.text import plural

EPILOG = """
OUT/results/ holds the documents of grader/class, or of grader/grade --json. The pages are written
to OUT/index.html and OUT/pages/; they are for the instructor. A page of --students is for its
student: it names nobody else, and has neither notes nor whatever hidden tests could tell.
"""


def make_parser() -> Parser:
    """The options of `pages`."""
    parser = Parser(
        prog="grader/pages", description="Write pages for people from results.", epilog=EPILOG
    )
    add = parser.add_argument
    add("out", metavar="OUT", type=Path, help="the folder of a class")
    add("--title", metavar="TEXT", help="the lab's title (default: the kit's)")
    add("--students", metavar="DIR", type=Path, help="write a page for each student instead")
    return parser


def read_documents(out: Path) -> List[Document]:
    """The documents in OUT/results/, each with a name."""
    paths = sorted((out / "results").glob("*.json"))
    if not paths:
        raise GraderError(f"there are no results in '{out / 'results'}'")
    documents: List[Document] = []
    for path in paths:
        try:
            document = read(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeError) as error:
            raise GraderError(f"cannot read '{path}': {error}") from None
        except GraderError as error:
            raise GraderError(f"{path}: {error}") from None
        documents.append(document if document.id else replace(document, id=path.stem))
    return documents


def lab_title(documents: Sequence[Document]) -> str:
    """The lab's title as its catalogue has it; empty if the kit does not know the lab."""
    try:
        return load_lab(ROOT, documents[0].lab).title
    except GraderError:
        return ""


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command; return its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    return run_command("pages", lambda: _main(words))


def _main(words: Sequence[str]) -> int:
    options = make_parser().parse_args(words)
    documents = read_documents(options.out)
    title = lab_title(documents) if options.title is None else options.title
    try:
        if options.students:
            write_student_pages(options.students, documents, title)
        else:
            write_pages(options.out, documents, title)
    except OSError as error:
        raise GraderError(f"cannot write '{error.filename}': {error.strerror}") from None
    where = options.students or options.out / INDEX
    print(f"{plural(len(documents), 'submission')}: {where}")
    return 0
