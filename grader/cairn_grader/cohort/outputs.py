"""What a run leaves for people and for other programs, made from the documents."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from cairn_grader.catalogue import Lab
from cairn_grader.cohort import similarity
from cairn_grader.cohort.documents import ONLY
from cairn_grader.cohort.listing import Listing
from cairn_grader.cohort.store import Store, temporary_files_in, work_area
from cairn_grader.files import write_atomically
from cairn_grader.formats.document import read
from cairn_grader.formats.gradebook import to_csv
from cairn_grader.pages.writing import INDEX, write_pages
from cairn_grader.text import clean, plural, points_text

GRADEBOOK = "gradebook.csv"
#: Most notes that are printed.
NOTES_SHOWN = 20


def write_outputs(root: Path, store: Store, lab: Lab, listing: Listing) -> None:
    """Write the gradebook, the pages, and what programs need that compare submissions."""
    documents = _documents(store, listing)
    checked = [read(json.dumps(document)) for document in documents]
    write_atomically(store.out / GRADEBOOK, to_csv(checked).encode("utf-8"))
    write_pages(store.out, checked, lab.title)
    if (root / "solutions").is_dir():
        with work_area(store.out) as area, temporary_files_in(area / "tmp"):
            skeletons = similarity.generate_skeletons(root, area / "skeletons")
        similarity.lay_out(store.out, _files(store, documents), skeletons, lab.number)


def summary(store: Store, listing: Listing, graded: int) -> List[str]:
    """What to say in the end."""
    documents = _documents(store, listing)
    unbuilt = [d for d in documents if not d["build"]["passed"]]
    absent = [submission for submission in listing.submissions if not submission.handed_in]
    count = len(listing.submissions) - len(absent)
    lines = [
        f"{plural(count, 'submission')}: {graded} graded now, "
        f"{len(unbuilt) - len(absent)} cannot be built or read; "
        f"{plural(len(absent), 'student')} handed in nothing"
    ]
    points = [document["points"] for document in documents if document["build"]["passed"]]
    if points:
        low, middle, high = min(points), statistics.median(points), max(points)
        of_all = points_text(max(document["max_points"] for document in documents))
        texts = [points_text(value) for value in (low, high, middle)]
        lines.append(f"points: {texts[0]} to {texts[1]} of {of_all}, half have {texts[2]} or more")
    partly = sum(any(note.startswith(ONLY) for note in d["notes"]) for d in documents)
    if partly:
        lines.append(f"{plural(partly, 'submission')} graded by only some of the tests")
    lines += _notes(documents, listing)
    lines.append(f"results: {', '.join(str(store.out / n) for n in (INDEX, GRADEBOOK, 'results'))}")
    if (store.out / similarity.FOLDER).is_dir():
        lines.append("to compare submissions with each other:")
        lines += ["    " + command for command in similarity.commands(store.out)]
    return lines


def _documents(store: Store, listing: Listing) -> List[Dict[str, Any]]:
    found = (store.document(submission.id) for submission in listing.submissions)
    return [document for document in found if document is not None]


def _notes(documents: Sequence[Dict[str, Any]], listing: Listing) -> List[str]:
    notes = [f"{d['id']}: {note}" for d in documents for note in d["notes"]]
    notes = [note for note in notes if f": {ONLY}" not in note]
    notes += [f"{d['id']}: {d['build']['errors'][0]}" for d in documents if d["build"]["errors"]]
    notes += listing.notes
    shown = [f"note: {clean(note, 200)}" for note in notes[:NOTES_SHOWN]]
    hidden = len(notes) - len(shown)
    return shown + ([f"{plural(hidden, 'more note')} in {GRADEBOOK}"] if hidden > 0 else [])


def _files(
    store: Store, documents: Sequence[Dict[str, Any]]
) -> List[Tuple[str, str, Dict[str, bytes]]]:
    """The submissions that could be read: name, student's name, files."""
    found: List[Tuple[str, str, Dict[str, bytes]]] = []
    for document in documents:
        folder = store.out / "submissions" / document["id"]
        paths = sorted(path for path in folder.glob("*/*") if path.is_file())
        files = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
        if files:
            found.append((document["id"], (document["student"] or {}).get("name", ""), files))
    return found
