"""From what a platform has received to the files that are graded.

Students hand in what a class takes too, a folder or the archive of `make handin` (see
cairn_grader/cohort/intake.py); but on a platform's page many choose the bare files instead, which
then lie beside each other without a folder. Names of files are unique among all labs, so these
are recognised as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from cairn_grader.cohort.folder_reader import read_folder
from cairn_grader.cohort.intake import MISSING, Taken, take
from cairn_grader.cohort.members import Budget, Unreadable


def take_upload(folder: Path, names: Sequence[str]) -> Taken:
    """The files of these names, such as "lab1-memory/frame.c", in an upload."""
    taken = take(folder, names)
    if taken.files:
        return taken
    bare = _take_bare(folder, names)
    return bare if bare.files or bare.problems else taken


def _take_bare(folder: Path, names: Sequence[str]) -> Taken:
    """The files where they lie without their folders; nothing at all if there is none."""
    places = {name.split("/")[1]: name for name in names}
    taken = Taken()
    try:
        members = list(read_folder(folder, places.__contains__, Budget()))
    except Unreadable:
        return taken
    found = {member.name: member for member in members if member.name in places}
    for file, name in places.items() if found else ():
        member = found.get(file)
        if member is None or member.data is None:
            taken.problems.append(f"{name}: {member.problem if member else MISSING}")
        else:
            taken.files[name] = member.data
    if taken.problems:
        taken.files.clear()
    return taken
