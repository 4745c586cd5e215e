"""Reads tar archives that nobody vouches for, compressed by gzip or not.

The standard library's reader believes a header's sizes before anybody can refuse them, so this
one is used instead. It goes through the stream once, keeps what is wanted and skips the rest.
Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format"; the manual of
GNU tar, "Basic Tar Format"; RFC 1952 for gzip.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO, Iterator, Optional

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

BLOCK = 512
CHUNK = 1 << 16
#: Longest name that a header of its own may give to the member after it.
NAME_LIMIT = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
#: Values of a header's type: files, and what has no contents whatever its size says.
REGULAR = (b"0", b"\0", b"7")
EMPTY = (b"1", b"2", b"3", b"4", b"5", b"6")
GNU_NAME, GNU_LINK, GNU_SPARSE = b"L", b"K", b"S"
PAX_MEMBER, PAX_GLOBAL = b"x", b"g"

DAMAGED = "the archive is damaged"
CUT_OFF = "the archive is cut off"


def is_tar(start: bytes) -> bool:
    """Whether a file that begins like this is a tar archive, compressed by gzip or not."""
    return start.startswith(GZIP_MAGIC) or _checksum_holds(start[:BLOCK])


def read_tar(file: BinaryIO, wanted: Wanted, budget: Budget) -> Iterator[Member]:
    """All members of an archive; those that are wanted with what they hold."""
    file.seek(0)
    compressed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    file.seek(0)
    stream = _Stream(_unpacked(file) if compressed else _chunks(file), budget)
    return _members(stream, wanted, budget)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    """What a gzip file holds, piece by piece."""
    unpack = zlib.decompressobj(31)
    for chunk in _chunks(file):
        while chunk:
            if unpack.eof:
                if not chunk.startswith(GZIP_MAGIC):
                    return  # Padding.
                unpack = zlib.decompressobj(31)
            try:
                yield unpack.decompress(chunk, CHUNK)
            except zlib.error:
                raise Unreadable(DAMAGED) from None
            chunk = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    if not unpack.eof:
        raise Unreadable(CUT_OFF)


class _Stream:
    """Bytes that are read once, in order."""

    def __init__(self, chunks: Iterator[bytes], budget: Budget) -> None:
        self._chunks = chunks
        self._budget = budget
        self._buffer = b""

    def read(self, size: int) -> bytes:
        """The next bytes; fewer at the end of the stream."""
        while len(self._buffer) < size:
            if not self._fill():
                break
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def skip(self, size: int) -> None:
        """Leave out bytes, which need not be there."""
        while size > 0:
            if not self._buffer and not self._fill():
                return
            step = min(size, len(self._buffer))
            self._buffer = self._buffer[step:]
            size -= step

    def _fill(self) -> bool:
        for chunk in self._chunks:
            self._budget.spend_bytes(len(chunk))
            self._buffer += chunk
            return True
        return False


def _members(stream: _Stream, wanted: Wanted, budget: Budget) -> Iterator[Member]:
    name: Optional[str] = None  # Given by a header of its own.
    while True:
        header = stream.read(BLOCK)
        if not header.strip(b"\0"):
            return
        if len(header) < BLOCK:
            raise Unreadable(CUT_OFF)
        if not _checksum_holds(header):
            raise Unreadable(DAMAGED)
        budget.spend_member()
        kind, size = header[156:157], _size(header)
        if kind in (GNU_NAME, PAX_MEMBER):
            data = _contents(stream, size, NAME_LIMIT)
            name = _pax_path(data) or name if kind == PAX_MEMBER else _text(data)
        elif kind in (GNU_LINK, PAX_GLOBAL):
            stream.skip(_padded(size))
        elif kind == GNU_SPARSE:
            raise Unreadable("the archive holds a sparse file, which is not read")
        else:
            yield _member(stream, normal_name(name or _name(header)), kind, size, wanted)
            name = None


def _member(
    stream: _Stream, name: Optional[str], kind: bytes, size: int, wanted: Wanted
) -> Member:
    size = 0 if kind in EMPTY else size
    if name is not None and wanted(name):
        if kind not in REGULAR:
            stream.skip(_padded(size))
            return Member(name, None, NOT_REGULAR)
        if size <= FILE_LIMIT:
            return Member(name, _contents(stream, size, FILE_LIMIT))
        stream.skip(_padded(size))
        return Member(name, None, TOO_LARGE)
    stream.skip(_padded(size))
    return Member(name)


def _contents(stream: _Stream, size: int, limit: int) -> bytes:
    if size > limit:
        raise Unreadable(DAMAGED)
    data = stream.read(size)
    if len(data) < size:
        raise Unreadable(CUT_OFF)
    stream.skip(_padded(size) - size)
    return data


def _padded(size: int) -> int:
    return (size + BLOCK - 1) // BLOCK * BLOCK


def _checksum_holds(header: bytes) -> bool:
    """Whether the bytes add up to what the header says, its own field taken as blanks."""
    if len(header) < BLOCK or not header.strip(b"\0"):
        return False
    return sum(header) - sum(header[148:156]) + 8 * 32 == _octal(header[148:156])


def _octal(field: bytes) -> int:
    """A number in octal digits; -1 if it is none."""
    digits = field.strip(b" \0")
    if any(digit not in b"01234567" for digit in digits):
        return -1
    return int(digits, 8) if digits else 0


def _size(header: bytes) -> int:
    field = header[124:136]
    # GNU tar writes large sizes in binary.
    size = int.from_bytes(field[1:], "big") if field[0] == 0x80 else _octal(field)
    if size < 0:
        raise Unreadable(DAMAGED)
    return size


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("utf-8", "replace")


def _pax_path(data: bytes) -> Optional[str]:
    """The name in the records of an extended header, each "LENGTH KEY=VALUE\\n"."""
    path: Optional[str] = None
    while data:
        digits = data.split(b" ", 1)[0]
        length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
        record = data[len(digits) + 1 : length]
        if length > len(data) or not record.endswith(b"\n"):
            raise Unreadable(DAMAGED)
        key, _, value = record[:-1].partition(b"=")
        path = _text(value) if key == b"path" else path
        data = data[length:]
    return path
