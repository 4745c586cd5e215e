"""Reads zip archives that nobody vouches for.

The standard library's reader loads a directory of any size before anybody can refuse it, so this
one is used instead. Source: APPNOTE.TXT, the zip file format specification of PKWARE, version
6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
"""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Iterator, Tuple

from cairn_grader.cohort.members import (
    FILE_LIMIT,
    NOT_REGULAR,
    TOO_LARGE,
    Budget,
    Member,
    Unreadable,
    Wanted,
    normal_name,
)

ZIP_MAGIC = b"PK"
END_MAGIC, ENTRY_MAGIC, LOCAL_MAGIC = b"PK\5\6", b"PK\1\2", b"PK\3\4"
END_SIZE, ENTRY_SIZE, LOCAL_SIZE = 22, 46, 30
#: Longest comment that may follow the end of the directory.
COMMENT_LIMIT = 0xFFFF
#: Largest directory that is read.
DIRECTORY_LIMIT = 4 << 20
STORED, DEFLATED = 0, 8
ENCRYPTED, NAME_IS_UTF8 = 1 << 0, 1 << 11
MADE_BY_UNIX = 3

DAMAGED = "the archive is damaged"


@dataclass(frozen=True)
class _Entry:
    """What the directory says of a member."""

    name: str
    regular: bool
    encrypted: bool
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


def is_zip(start: bytes) -> bool:
    """Whether a file that begins like this is a zip archive."""
    return start[:4] in (LOCAL_MAGIC, END_MAGIC)


def read_zip(file: BinaryIO, wanted: Wanted, budget: Budget) -> Iterator[Member]:
    """All members of an archive; those that are wanted with what they hold."""
    for entry in _entries(file, budget):
        name = normal_name(entry.name)
        if name is None or not wanted(name):
            yield Member(name)
        elif not entry.regular:
            yield Member(name, None, NOT_REGULAR)
        elif entry.encrypted:
            raise Unreadable("the archive is encrypted")
        elif entry.size > FILE_LIMIT:
            yield Member(name, None, TOO_LARGE)
        else:
            yield Member(name, _contents(file, entry, budget))


def _entries(file: BinaryIO, budget: Budget) -> Iterator[_Entry]:
    directory, shift = _directory(file)
    position = 0
    while position < len(directory):
        if directory[position : position + 4] != ENTRY_MAGIC:
            raise Unreadable(DAMAGED)
        budget.spend_member()
        fields = _unpack("<4x4H4x3I5H2I", directory, position)
        made_by, _, flags, method = fields[:4]
        checksum, packed, size, name_length, extra, comment = fields[4:10]
        attributes, offset = fields[12:14]
        start = position + ENTRY_SIZE
        raw = directory[start : start + name_length]
        position = start + name_length + extra + comment
        if position > len(directory):
            raise Unreadable(DAMAGED)
        name = _text(raw, flags)
        mode = attributes >> 16 if made_by >> 8 == MADE_BY_UNIX else 0
        yield _Entry(
            name=name,
            regular=not name.endswith("/") and stat.S_IFMT(mode) in (0, stat.S_IFREG),
            encrypted=bool(flags & ENCRYPTED),
            method=method,
            checksum=checksum,
            packed=packed,
            size=size,
            offset=offset + shift,
        )


def _directory(file: BinaryIO) -> Tuple[bytes, int]:
    """The central directory, and how far everything lies behind where it says."""
    length = file.seek(0, 2)
    tail_start = max(0, length - END_SIZE - COMMENT_LIMIT)
    file.seek(tail_start)
    tail = file.read(END_SIZE + COMMENT_LIMIT)
    end = tail.rfind(END_MAGIC)
    if end < 0:
        raise Unreadable("the archive is cut off")
    size, offset = _unpack("<12x2I", tail, end)
    if size > DIRECTORY_LIMIT or offset == 0xFFFFFFFF:
        raise Unreadable("the archive's directory is too large")
    shift = tail_start + end - size - offset
    if shift < 0:
        raise Unreadable(DAMAGED)
    file.seek(offset + shift)
    return file.read(size), shift


def _contents(file: BinaryIO, entry: _Entry, budget: Budget) -> bytes:
    """What a member holds, within the limits whatever the archive says."""
    file.seek(entry.offset)
    header = file.read(LOCAL_SIZE)
    if header[:4] != LOCAL_MAGIC:
        raise Unreadable(DAMAGED)
    name_length, extra = _unpack("<26x2H", header, 0)
    file.seek(entry.offset + LOCAL_SIZE + name_length + extra)
    packed = file.read(min(entry.packed, 2 * FILE_LIMIT))
    data = _unpacked(packed, entry)
    budget.spend_bytes(len(data))
    if len(data) != entry.size or zlib.crc32(data) != entry.checksum:
        raise Unreadable(DAMAGED)
    return data


def _unpacked(packed: bytes, entry: _Entry) -> bytes:
    if entry.method == STORED:
        return packed
    if entry.method != DEFLATED:
        raise Unreadable("the archive is packed by an unusual method; use Deflate")
    try:
        return zlib.decompressobj(-15).decompress(packed, FILE_LIMIT + 1)
    except zlib.error:
        raise Unreadable(DAMAGED) from None


def _unpack(layout: str, data: bytes, offset: int) -> Tuple[int, ...]:
    try:
        return struct.unpack_from(layout, data, offset)
    except struct.error:
        raise Unreadable(DAMAGED) from None


def _text(raw: bytes, flags: int) -> str:
    """A member's name: UTF-8 where it says so, and where it does not but could be."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8" if flags & NAME_IS_UTF8 else "cp437", "replace")
