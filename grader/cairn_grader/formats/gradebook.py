"""The gradebook as CSV, one line for each submission, for spreadsheets and learning systems.

Format: RFC 4180, with the header line that it allows, in UTF-8. A spreadsheet takes a cell that
begins with certain characters for a formula and runs it; the characters, and the apostrophe that
makes such a cell plain text, are those of OWASP's page "CSV Injection".
"""

from __future__ import annotations

import csv
import io
from typing import Dict, List, Sequence, Union

from cairn_grader.errors import GraderError
from cairn_grader.formats.document import Document, Exercise

#: What a formula begins with; the last four are the first four in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = Union[str, float]


def to_csv(documents: Sequence[Document]) -> str:
    """The gradebook of results of one lab, in the order given."""
    labs = sorted({document.lab for document in documents})
    if len(labs) > 1:
        named = " and ".join(str(lab) for lab in labs)
        raise GraderError(f"a gradebook is of one lab, but these are results of labs {named}")
    names = _exercise_names(documents)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        ["student id", "name", "email", "submission", "points", "max points", *names, "note"]
    )
    for document in documents:
        writer.writerow([harmless(cell) for cell in _row(document, names)])
    return text.getvalue()


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _exercise_names(documents: Sequence[Document]) -> List[str]:
    """All exercises, each once, in the order of their first appearance."""
    found: Dict[str, None] = {}
    for document in documents:
        found.update(dict.fromkeys(exercise.name for exercise in document.exercises))
    return list(found)


def _row(document: Document, names: Sequence[str]) -> List[Cell]:
    student = document.student
    exercises: Dict[str, Exercise] = {row.name: row for row in document.exercises}
    points: List[Cell] = [exercises[name].points if name in exercises else "" for name in names]
    return [
        student.id,
        student.name,
        student.email,
        document.id or document.submission,
        document.points,
        document.max_points,
        *points,
        _note(document),
    ]


def _note(document: Document) -> str:
    """What the instructor should know: notes, and why a submission was not graded."""
    notes = list(document.notes)
    if document.build_errors:
        notes.append(f"not graded: {document.build_errors[0]}")
    # A semicolon separates cells where decimals have a comma.
    return ", ".join(note.replace(";", ",") for note in notes)
