"""The students of a class, and which submission is whose.

A roster is a CSV file with the columns id, name, email and perhaps submission, in any order;
other columns are ignored. A submission belongs to the student whose row names it, or else whose
id or name occurs in its own name as a whole word. Where that fits two students it is nobody's,
and both are told to the instructor: nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from cairn_grader.cohort.names import safe_name, without_ending
from cairn_grader.errors import GraderError
from cairn_grader.text import clean

COLUMNS = ("id", "name", "email", "submission")
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Student:
    """A row of the roster."""

    id: str
    name: str = ""
    email: str = ""
    #: The name of the submission, if the roster says so.
    submission: str = ""


@dataclass
class Matching:
    """Which submission is whose."""

    #: The student's submissions, by the student's id.
    entries: Dict[str, List[str]] = field(default_factory=dict)
    #: Sentences about students, by their ids, and about submissions, by their names.
    student_notes: Dict[str, List[str]] = field(default_factory=dict)
    entry_notes: Dict[str, List[str]] = field(default_factory=dict)


def read_roster(path: Path) -> List[Student]:
    """The students of a roster; GraderError if it is not one."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise GraderError(f"cannot read '{path}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise GraderError(f"'{path}' is not in UTF-8: save it as CSV in UTF-8") from None
    try:
        return _students(text, path)
    except csv.Error as error:
        raise GraderError(f"'{path}' is not a CSV file: {clean(str(error))}") from None


def _students(text: str, path: Path) -> List[Student]:
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = ((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    _, header = next(rows, (0, []))
    places = {cell.strip().lower(): place for place, cell in reversed(list(enumerate(header)))}
    if "id" not in places:
        raise GraderError(f"'{path}' has no column 'id': its first line must name the columns")
    students: Dict[str, Student] = {}
    for line, row in rows:
        student = Student(**{name: _cell(row, places.get(name)) for name in COLUMNS})
        if not student.id or student.id in students:
            what = f"the id '{clean(student.id, 40)}' again" if student.id else "no id"
            raise GraderError(f"'{path}', line {line}: there is {what}")
        students[student.id] = student
    return list(students.values())


def _cell(row: Sequence[str], place: Optional[int]) -> str:
    text = row[place].strip() if place is not None and place < len(row) else ""
    return clean(text, 200)


def match(students: Sequence[Student], entries: Sequence[str]) -> Matching:
    """Find each student's submissions among the entries of a folder."""
    matching = Matching({student.id: [] for student in students})
    taken = _match_named(students, entries, matching)
    patterns = [(s, _pattern(s)) for s in students if not s.submission]
    for entry in entries:
        if entry in taken:
            continue
        name = _folded(without_ending(entry))
        fitting = [student for student, pattern in patterns if pattern.search(name)]
        if len(fitting) == 1:
            matching.entries[fitting[0].id].append(entry)
        else:
            _note_unmatched(entry, fitting, matching)
    return matching


def _match_named(
    students: Sequence[Student], entries: Sequence[str], matching: Matching
) -> List[str]:
    """Give the students what the roster says is theirs."""
    taken: List[str] = []
    for student in students:
        if not student.submission:
            continue
        wanted = _folded(student.submission)
        fitting = [entry for entry in entries if wanted in _forms(entry)]
        if len(fitting) == 1 and fitting[0] not in taken:
            matching.entries[student.id].append(fitting[0])
            taken.append(fitting[0])
        else:
            problem = "there more than once" if fitting else "not there"
            note = f"the roster's submission '{student.submission}' is {problem}"
            matching.student_notes.setdefault(student.id, []).append(note)
    return taken


def _forms(entry: str) -> Tuple[str, ...]:
    """What a roster may call a submission."""
    stem = without_ending(entry)
    return (_folded(entry), _folded(stem), _folded(safe_name(stem)))


def _note_unmatched(entry: str, fitting: Sequence[Student], matching: Matching) -> None:
    if not fitting:
        matching.entry_notes.setdefault(entry, []).append("no student of the roster fits")
        return
    names = ", ".join(student.id for student in fitting[:5])
    matching.entry_notes.setdefault(entry, []).append(f"it fits several students ({names})")
    for student in fitting:
        note = f"'{clean(entry, 80)}' may be this student's, but fits others, too ({names})"
        matching.student_notes.setdefault(student.id, []).append(note)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _pattern(student: Student) -> "re.Pattern[str]":
    """Fits a name in which the student's id or name is a whole word."""
    parts = re.findall(r"[^\W_]+", _folded(student.name))
    forms = [re.escape(_folded(student.id))]
    if len(parts) > 1:
        # Learning systems write "Ada Lovelace", "Lovelace, Ada" and "lovelaceada".
        for order in (parts, parts[-1:] + parts[:-1]):
            forms.append(r"[\W_]*".join(re.escape(part) for part in order))
    elif parts:
        forms.append(re.escape(parts[0]))
    return re.compile(r"(?<![^\W_])(?:" + "|".join(forms) + r")(?![^\W_])")
