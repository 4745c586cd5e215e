"""What became of a submission in one word, and how pages call it and its tests."""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import Tuple

from cairn_grader.errors import GraderError
from cairn_grader.formats.document import Document, Test

#: What a submission may be called: its page is a file of that name.
NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
#: What the document of somebody who handed in nothing says.
NOTHING = ("nothing was handed in",)


class Standing(enum.Enum):
    """What became of a submission; the value is its name in pages."""

    FULL = "full"
    PART = "part"
    NONE = "none"
    UNBUILT = "unbuilt"
    ABSENT = "absent"

    @property
    def words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS = {
    Standing.FULL: "full marks",
    Standing.PART: "part of the points",
    Standing.NONE: "no points",
    Standing.UNBUILT: "not built",
    Standing.ABSENT: "nothing handed in",
}


def standing(document: Document) -> Standing:
    """What became of a submission."""
    if document.build_errors == NOTHING:
        return Standing.ABSENT
    if document.build_errors:
        return Standing.UNBUILT
    if document.passed:
        return Standing.FULL
    return Standing.PART if document.points > 0 else Standing.NONE


def identity(document: Document) -> str:
    """The name of the submission's page, without its ending; GraderError if it cannot be one."""
    name = document.id or document.submission.rstrip("/").rpartition("/")[2]
    if NAME.fullmatch(name) is None:
        raise GraderError(f"a submission's name is of letters, digits, '_', '.', '-': not '{name}'")
    return name


def person(document: Document) -> str:
    """Whose submission it is: the student's name, or what the submission is called."""
    return document.student.name or document.id or document.student.id or document.submission


def order(document: Document) -> Tuple[str, str, str]:
    """Documents sorted by this come in the order of pages: by name, É beside E."""
    letters = unicodedata.normalize("NFKD", person(document).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return plain, letters, identity(document)


def anchor(test: Test) -> str:
    """Where on the page of a submission a test is."""
    return "test-" + re.sub(r"[^a-z0-9_]+", "-", test.name.lower())


def short_name(exercise: str) -> str:
    """For instance ex1 for lab1.ex1."""
    return exercise.rpartition(".")[2]
