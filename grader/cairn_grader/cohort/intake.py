"""From what was handed in to the files that are graded.

A submission is a folder or an archive. The files of a lab lie in it as labN-NAME/FILE, at the top
or below other folders; or, as learning systems do it, a folder holds one archive in which they
lie. Only files that the lab lists are taken. What cannot be read or is missing becomes a problem
in words for the student, never an error of the grader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Set, Tuple

from cairn_grader.cohort.folder_reader import read_folder
from cairn_grader.cohort.members import (
    STREAM_LIMIT,
    Budget,
    Member,
    Unreadable,
    Wanted,
)
from cairn_grader.cohort.tar_reader import is_tar, read_tar
from cairn_grader.cohort.zip_reader import is_zip, read_zip
from cairn_grader.text import clean, plural

#: Endings of the names of archives.
ARCHIVE_ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip")
#: Most folders above labN-NAME/ in a submission.
PREFIX_LIMIT = 3
#: Folders of the kit in which copies of the files lie that were hardly meant to be handed in.
COPIES = ("build", "handin", "solutions")
#: Bytes by which an archive is recognised.
START = 512

MISSING = "the file is missing"
HOW_TO = "hand in the archive that `make handin` packs"


@dataclass
class Taken:
    """The files of one submission."""

    #: What is in them, by names such as "lab1-memory/frame.c".
    files: Dict[str, bytes] = field(default_factory=dict)
    #: Why it cannot be graded; none if it can.
    problems: List[str] = field(default_factory=list)
    #: What the instructor should know.
    notes: List[str] = field(default_factory=list)


def is_archive_name(name: str) -> bool:
    """Whether a file is an archive by its name."""
    return name.lower().endswith(ARCHIVE_ENDINGS)


def take(path: Path, names: Sequence[str]) -> Taken:
    """The files of these names in a submission."""
    taken = Taken()
    try:
        found = _found(path, names)
        _choose(found, names, taken)
    except Unreadable as reason:
        taken.problems.append(str(reason))
    except (OSError, ValueError, MemoryError, RecursionError) as error:
        taken.problems.append(f"it cannot be read ({clean(str(error), 100)})")
    if taken.problems:
        taken.files.clear()
    return taken


@dataclass
class _Found:
    """What lies in a submission."""

    #: Members that are wanted, by the folder that holds labN-NAME/.
    wanted: Dict[str, List[Member]] = field(default_factory=dict)
    #: Archives at the top of a folder.
    archives: List[str] = field(default_factory=list)
    #: How many members lead out of the submission.
    outside: int = 0

    def add(self, member: Member) -> None:
        """Another member."""
        if member.name is None:
            self.outside += 1
        elif member.data is not None or member.problem:
            self.wanted.setdefault(_prefix(member.name), []).append(member)
        elif "/" not in member.name and is_archive_name(member.name):
            self.archives.append(member.name)


def _found(path: Path, names: Sequence[str]) -> _Found:
    if path.is_symlink():
        raise Unreadable("it is a link")
    if not path.is_dir():
        return _in_archive(path, names)
    found = _Found()
    for member in read_folder(path, _wanted(names), Budget()):
        found.add(member)
    if found.wanted or not found.archives:
        return found
    if len(found.archives) > 1:
        shown = ", ".join(clean(name, 60) for name in found.archives[:5])
        raise Unreadable(f"it holds several archives ({shown}); hand in one")
    return _in_archive(path / found.archives[0], names)


def _in_archive(path: Path, names: Sequence[str]) -> _Found:
    if not path.is_file() or path.is_symlink():
        raise Unreadable("it is neither a folder nor a regular file")
    if path.stat().st_size > STREAM_LIMIT:
        raise Unreadable(f"it is larger than {STREAM_LIMIT >> 20} MiB")
    found = _Found()
    for member in _archive_members(path, _wanted(names)):
        found.add(member)
    return found


def _archive_members(path: Path, wanted: Wanted) -> Iterator[Member]:
    budget = Budget()
    with path.open("rb") as file:
        start = file.read(START)
        if is_zip(start):
            yield from read_zip(file, wanted, budget)
        elif is_tar(start):
            yield from read_tar(file, wanted, budget)
        else:
            what = "not a .tar.gz or .zip archive" if start else "empty"
            raise Unreadable(f"the file is {what}; {HOW_TO}")


def _wanted(names: Sequence[str]) -> Wanted:
    chosen: Set[str] = set(names)

    def wanted(name: str) -> bool:
        parts = name.split("/")
        return "/".join(parts[-2:]) in chosen and len(parts) - 2 <= PREFIX_LIMIT

    return wanted


def _prefix(name: str) -> str:
    return "/".join(name.split("/")[:-2])


def _choose(found: _Found, names: Sequence[str], taken: Taken) -> None:
    """Take the files of the folder that was meant; refuse if that is not clear."""
    if found.outside:
        count = plural(found.outside, "member")
        taken.notes.append(f"the archive has {count} whose name leads out of it; not looked at")
    if not found.wanted:
        folder = names[-1].split("/")[0]
        raise Unreadable(f"there is no folder {folder}/ with the lab's files in it; {HOW_TO}")
    prefixes = sorted(found.wanted, key=_rank)
    if len(prefixes) > 1 and _rank(prefixes[0]) == _rank(prefixes[1]):
        shown = " and in ".join(f"'{clean(prefix, 60)}'" for prefix in prefixes[:2])
        raise Unreadable(f"the lab's files are in {shown}; hand in one of them")
    _take_members(found.wanted[prefixes[0]], prefixes[0], names, taken)


def _rank(prefix: str) -> Tuple[bool, bool, int]:
    """The smaller, the likelier it is that this folder was meant."""
    parts = prefix.split("/") if prefix else []
    copies = any(part in COPIES or part.startswith(".") for part in parts)
    return (copies, bool(parts) and parts[-1] != "labs", len(parts))


def _take_members(members: List[Member], prefix: str, names: Sequence[str], taken: Taken) -> None:
    skipped = len(prefix) + 1 if prefix else 0
    by_name: Dict[str, List[Member]] = {}
    for member in members:
        assert member.name is not None
        by_name.setdefault(member.name[skipped:], []).append(member)
    for name in names:
        problem, data = _one_of(by_name.get(name, []))
        if data is None:
            taken.problems.append(f"{name}: {problem}")
        else:
            taken.files[name] = data


def _one_of(members: List[Member]) -> Tuple[str, Optional[bytes]]:
    """What a file holds, if it is there once and can be taken; otherwise what is wrong."""
    if not members:
        return MISSING, None
    if len(members) > 1:
        return "it is in the archive more than once", None
    return members[0].problem, members[0].data
