"""Names of submissions, safe as names of files and unique in a class."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from typing import Dict, Iterable

from cairn_grader.cohort.intake import ARCHIVE_ENDINGS

#: Longest name.
ID_LIMIT = 80
#: Letters of a hash that tell apart what would have the same name.
SUFFIX = 6


def safe_name(text: str) -> str:
    """A name of A-Z, a-z, 0-9, "_", "." and "-" that begins with a letter or a digit."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    if not re.search("[A-Za-z0-9]", plain):
        plain = f"submission-{_hash(text)}"
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain).lstrip("._-")
    return name[:ID_LIMIT].rstrip("._")


def without_ending(entry: str) -> str:
    """The name of an archive without .tar.gz or the like."""
    for ending in ARCHIVE_ENDINGS:
        if entry.lower().endswith(ending) and len(entry) > len(ending):
            return entry[: -len(ending)]
    return entry


def make_ids(entries: Iterable[str]) -> Dict[str, str]:
    """A name for each entry of a folder; it does not depend on what else is in the folder,
    unless two would have the same name: both then get a suffix."""
    names = {entry: safe_name(without_ending(entry)) for entry in entries}
    # Some file systems do not tell capitals from small letters.
    letters = SUFFIX
    while True:
        uses = Counter(name.lower() for name in names.values())
        twice = [entry for entry, name in names.items() if uses[name.lower()] > 1]
        if not twice:
            return names
        for entry in twice:
            names[entry] = f"{names[entry][: ID_LIMIT - letters - 1]}-{_hash(entry, letters)}"
        letters += 2


def free_id(text: str, taken: Iterable[str]) -> str:
    """A name made from a text, other than those that are taken."""
    name = safe_name(text)
    if name.lower() in {other.lower() for other in taken}:
        return f"{name[: ID_LIMIT - SUFFIX - 1]}-{_hash(text)}"
    return name


def _hash(text: str, letters: int = SUFFIX) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:letters]
