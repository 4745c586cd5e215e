"""Who and what a class consists of: its submissions, and students who handed in nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, Union

from cairn_grader.cohort.members import MEMBER_LIMIT
from cairn_grader.cohort.names import free_id, make_ids
from cairn_grader.cohort.roster import Student, match
from cairn_grader.errors import GraderError
from cairn_grader.text import clean, plural

#: Files that learning systems put beside the submissions.
NOT_HANDED_IN = ("submission_metadata.yml",)


@dataclass
class Submission:
    """One submission that counts, or a student without one."""

    id: str
    #: Its name in the folder of submissions; empty if nothing was handed in.
    entry: str
    student: Optional[Student] = None
    #: What the instructor should know about it.
    notes: List[str] = field(default_factory=list)

    @property
    def handed_in(self) -> bool:
        """Whether there is something to grade."""
        return bool(self.entry)

    def is_called(self, word: str) -> bool:
        """Whether a word names it or its student."""
        student = self.student
        names = [self.id, self.entry]
        names += [student.id, student.name, student.email] if student else []
        return word in names


@dataclass
class Listing:
    """A class."""

    submissions: List[Submission]
    #: Sentences about what is left out.
    notes: List[str] = field(default_factory=list)

    def select(self, words: Sequence[str]) -> List[Submission]:
        """The submissions that words name; all if there are none."""
        for word in words:
            if not any(submission.is_called(word) for submission in self.submissions):
                raise GraderError(f"no submission or student of this class is called '{word}'")
        return [s for s in self.submissions if not words or any(map(s.is_called, words))]


def entries_of(folder: Path, not_these: Iterable[Path]) -> List[str]:
    """The submissions in a folder, by name, without hidden files and the given paths."""
    left_out = {os.path.realpath(path) for path in not_these}
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise GraderError(f"cannot read the submissions in '{folder}': {error.strerror}") from None
    chosen = [name for name in names if not name.startswith(".") and name not in NOT_HANDED_IN]
    return [name for name in chosen if os.path.realpath(folder / name) not in left_out]


def list_class(
    folder: Path, entries: Sequence[str], students: Optional[Sequence[Student]]
) -> Listing:
    """Put submissions and students together."""
    ids = make_ids(entries)
    if students is None:
        return Listing([_submission(ids, entry) for entry in entries])
    matching = match(students, entries)
    listing = Listing([])
    owned: Dict[str, Submission] = {}
    without: List[Submission] = []
    for student in students:
        notes = matching.student_notes.get(student.id, [])
        handed_in = matching.entries[student.id]
        if not handed_in:
            name = free_id(student.id, [*ids.values(), *(other.id for other in without)])
            without.append(Submission(name, "", student, notes))
            continue
        counts, more = _latest(folder, handed_in)
        submission = _submission(ids, counts)
        submission.student = student
        submission.notes += notes + more
        owned[counts] = submission
        listing.notes += [f"{ids[entry]}: {more[0]}" for entry in handed_in if entry != counts]
    taken = {entry for handed_in in matching.entries.values() for entry in handed_in}
    for entry in entries:
        if entry in owned:
            listing.submissions.append(owned[entry])
        elif entry not in taken:
            listing.submissions.append(_submission(ids, entry))
            listing.submissions[-1].notes += matching.entry_notes.get(entry, [])
    listing.submissions += without
    return listing


def _submission(ids: Dict[str, str], entry: str) -> Submission:
    submission = Submission(ids[entry], entry)
    if not ids[entry] or ids[entry] not in entry.replace(" ", "_"):
        submission.notes.append(f"handed in as '{clean(entry, 100)}'")
    return submission


def _latest(folder: Path, entries: Sequence[str]) -> Tuple[str, List[str]]:
    """Of several submissions of a student, the one that counts, and what to say about it."""
    if len(entries) == 1:
        return entries[0], []
    by_age = sorted(entries, key=lambda entry: (_modified(folder / entry), entry))
    others = ", ".join(f"'{clean(entry, 60)}'" for entry in by_age[:-1])
    count = plural(len(entries), "time")
    shown = clean(by_age[-1], 60)
    return by_age[-1], [f"handed in {count}; '{shown}' counts, modified last, not {others}"]


def _modified(path: Path) -> float:
    """When a submission was last modified: of a folder, the newest file in it."""
    newest: List[float] = []
    for folder, _, names in os.walk(path):
        newest += [_time(os.path.join(folder, name)) for name in names]
        if len(newest) > MEMBER_LIMIT:
            break
    return max(newest, default=_time(path))


def _time(path: Union[str, Path]) -> float:
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0
