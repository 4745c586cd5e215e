"""What a folder and an archive have in common: members with names, of which few are wanted.

Archives come from students, so whoever reads one must stay within limits whatever it says: on the
bytes that come out of it, on the members that are looked at, on the size of a file that is taken.
Nothing is ever extracted; the few files that are wanted are read into memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Optional

from cairn_grader.submission import FILE_LIMIT

#: Most bytes of an archive, as it is and unpacked.
STREAM_LIMIT = 64 << 20
#: Most members of a submission that are looked at.
MEMBER_LIMIT = 10_000

TOO_LARGE = f"it is larger than {FILE_LIMIT >> 10} KiB"
NOT_REGULAR = "it must be a regular file, not a link or a folder"

#: Whether the member of a name, given with "/" between its parts, is to be read.
Wanted = Callable[[str], bool]


class Unreadable(Exception):
    """A submission cannot be read; the message says why, for whoever handed it in."""


@dataclass(frozen=True)
class Member:
    """A file, folder, link or device of a submission."""

    #: With "/" between its parts; None if it leads out of the submission.
    name: Optional[str]
    #: What was read; None if it is not wanted, or cannot be taken.
    data: Optional[bytes] = None
    #: Why a member that is wanted cannot be taken.
    problem: str = ""


def normal_name(name: str) -> Optional[str]:
    """A name without "." and with "/" only; None if it leads out of the submission."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    outside = name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in parts
    return None if outside or not name.isprintable() or not parts else "/".join(parts)


class Budget:
    """Counts what comes out of one submission, and ends it when it is too much."""

    def __init__(self) -> None:
        self._bytes = 0
        self._members = 0

    def spend_bytes(self, count: int) -> None:
        """Bytes have been unpacked."""
        self._bytes += count
        if self._bytes > STREAM_LIMIT:
            raise Unreadable(f"it holds more than {STREAM_LIMIT >> 20} MiB")

    def spend_member(self) -> None:
        """A member has been looked at."""
        self._members += 1
        if self._members > MEMBER_LIMIT:
            raise Unreadable(f"it holds more than {MEMBER_LIMIT} files")
