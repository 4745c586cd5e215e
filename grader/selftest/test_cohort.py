"""Tests of what is taken from submissions: folders and archives, honest and hostile ones."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import sys
import tarfile
import time
import tracemalloc
import unittest
import zipfile
from pathlib import Path
from typing import Dict, List, Optional
from unittest.mock import patch

from kit import ROOT, KitTest

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.cohort.intake import Taken, take  # noqa: E402
from cairn_grader.cohort.members import MEMBER_LIMIT, STREAM_LIMIT, normal_name  # noqa: E402
from cairn_grader.submission import FILE_LIMIT  # noqa: E402

ORDER = 40

FRAME, HEAP = "lab1-memory/frame.c", "lab1-memory/heap.c"
NAMES = (FRAME, HEAP)
FILES = {FRAME: b"int frame;\n", HEAP: b"int heap;\n" * 40}


def tar(files: Dict[str, bytes], mode: str = "w:gz", layout: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive of regular files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=layout) as archive:
        for name, data in files.items():
            add(archive, name, data)
    return buffer.getvalue()


def add(archive: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = b"0") -> None:
    """Add a member of any type."""
    member = tarfile.TarInfo(name)
    member.type, member.size, member.mtime = kind, len(data), 1.5
    member.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    archive.addfile(member, io.BytesIO(data))


def zipped(files: Dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = 0) -> bytes:
    """A zip archive; `mode` is the members' type and rights in Unix."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def under(prefix: str, files: Optional[Dict[str, bytes]] = None) -> Dict[str, bytes]:
    """Files with something before their names."""
    return {prefix + name: data for name, data in (files or FILES).items()}


class IntakeTest(KitTest):
    """A test that hands something in."""

    def take_bytes(self, data: bytes, name: str = "ada.tar.gz") -> Taken:
        """Hand in an archive."""
        path = self.folder / name
        path.write_bytes(data)
        return take(path, NAMES)

    def take_folder(self, files: Dict[str, bytes]) -> Taken:
        """Hand in a folder."""
        folder = self.folder / "ada"
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return take(folder, NAMES)

    def must_be_whole(self, taken: Taken) -> None:
        """Everything was taken."""
        self.assertEqual((taken.problems, taken.files), ([], FILES))

    def must_fail(self, taken: Taken, *problems: str) -> None:
        """Nothing was taken, for these reasons."""
        self.assertEqual(taken.files, {})
        for problem in problems:
            self.assertIn(problem, "\n".join(taken.problems))
        self.assertTrue(taken.problems)


class Honest(IntakeTest):
    """What students and learning systems hand in."""

    def test_archives_of_every_kind(self) -> None:
        formats = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
        for layout in formats:
            for mode in ("w", "w:gz"):
                self.must_be_whole(self.take_bytes(tar(FILES, mode, layout)))
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.must_be_whole(self.take_bytes(zipped(FILES, method), "ada.zip"))

    def test_name_says_nothing_about_the_kind(self) -> None:
        self.must_be_whole(self.take_bytes(zipped(FILES), "ada.tar.gz"))
        self.must_be_whole(self.take_bytes(tar(FILES, "w"), "ada.zip"))

    def test_files_may_lie_below_other_folders(self) -> None:
        for prefix in ("./", "labs/", "my work/", "kit-main/labs/", "a/b/c/"):
            self.must_be_whole(self.take_bytes(tar(under(prefix))))
            self.must_be_whole(self.take_bytes(zipped(under(prefix))))
        self.must_fail(self.take_bytes(tar(under("a/b/c/d/"))), "no folder lab1-memory/")

    def test_folders(self) -> None:
        for prefix in ("", "labs/", "x/labs/"):
            with self.subTest(prefix):
                self.must_be_whole(self.take_folder(under(prefix)))

    def test_folder_with_one_archive(self) -> None:
        self.must_be_whole(self.take_folder({"lab1-ada.tar.gz": tar(FILES), "info.txt": b""}))

    def test_folder_with_several_archives(self) -> None:
        taken = self.take_folder({"a.zip": zipped(FILES), "b.zip": zipped(FILES)})
        self.must_fail(taken, "several archives (a.zip, b.zip)")

    def test_whole_kit(self) -> None:
        old = {name: b"old" for name in FILES}
        kit = {**under("kit/labs/"), **under("kit/solutions/", old), **under("kit/build/x/", old)}
        self.must_be_whole(self.take_bytes(tar(kit)))
        self.must_be_whole(self.take_folder(kit))

    def test_two_candidates_are_not_guessed(self) -> None:
        both = {**under("new/"), **under("old/")}
        self.must_fail(self.take_bytes(tar(both)), "are in 'new' and in 'old'")

    def test_long_names(self) -> None:
        prefix = "d" * 90 + "/" + "e" * 120 + "/ü/"
        for layout in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            self.must_be_whole(self.take_bytes(tar(under(prefix), "w:gz", layout)))

    def test_missing_files_are_all_named(self) -> None:
        self.must_fail(self.take_bytes(tar({FRAME: b""})), f"{HEAP}: the file is missing")
        taken = self.take_bytes(tar({"lab2-processes/fork.c": b""}))
        self.must_fail(taken, "no folder lab1-memory/", "make handin")

    def test_size_limit(self) -> None:
        at_limit = {FRAME: b"x" * FILE_LIMIT, HEAP: b""}
        beyond = {FRAME: b"x" * (FILE_LIMIT + 1), HEAP: b""}
        for make in (tar, zipped):
            self.assertEqual(self.take_bytes(make(at_limit)).files, at_limit)
            self.must_fail(self.take_bytes(make(beyond)), f"{FRAME}: it is larger than 256 KiB")
        self.must_fail(self.take_folder(beyond), f"{FRAME}: it is larger than 256 KiB")

    def test_two_parts_of_gzip_and_padding(self) -> None:
        plain = tar(FILES, "w")
        parts = gzip.compress(plain[:700]) + gzip.compress(plain[700:])
        self.must_be_whole(self.take_bytes(parts + b"\0" * 700))

    def test_archive_behind_something_else(self) -> None:
        data = zipped(FILES)
        self.must_be_whole(self.take_bytes(b"PK\3\4 and so on" + data))


class Hostile(IntakeTest):
    """What must end with a sentence, soon, and with nothing taken."""

    def test_no_archive(self) -> None:
        for data, problem in (
            (b"", "the file is empty"),
            (b"int main;", "not a .tar.gz or .zip archive"),
            (b"\0" * 2048, "not a .tar.gz or .zip archive"),
            (gzip.compress(b"int main;" * 999), "damaged"),
            (gzip.compress(b""), "no folder"),
            (b"\x1f\x8b", "cut off"),
            (b"PK\5\6", "damaged"),
            (b"PK\3\4", "cut off"),
        ):
            self.must_fail(self.take_bytes(data), problem)

    def test_members_that_are_no_files(self) -> None:
        kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)
        for kind in (*kinds, tarfile.DIRTYPE, tarfile.BLKTYPE):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                add(archive, FRAME, kind=kind)
                add(archive, HEAP, FILES[HEAP])
            self.must_fail(self.take_bytes(buffer.getvalue()), f"{FRAME}: it must be a regular")
        for mode in (0o120777, 0o010600, 0o040700):
            self.must_fail(self.take_bytes(zipped(FILES, mode=mode)), "must be a regular file")

    def test_names_that_lead_out(self) -> None:
        for prefix in ("/", "../", "x/../../", "..\\", "C:/", "C:\\"):
            for make in (tar, zipped):
                taken = self.take_bytes(make({**under(prefix, {FRAME: b"evil"}), HEAP: b""}))
                self.must_fail(taken, f"{FRAME}: the file is missing")
                self.assertIn("1 member whose name leads out of it", "".join(taken.notes))
        self.assertIsNone(normal_name("a/../b"))
        self.assertIsNone(normal_name("a\nb"))
        self.assertEqual(normal_name("./a//./b\\c"), "a/b/c")

    def test_twice_the_same_name(self) -> None:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name in (FRAME, HEAP, "./lab1-memory//frame.c"):
                add(archive, name, FILES.get(name, b"other"))
        self.must_fail(self.take_bytes(buffer.getvalue()), f"{FRAME}: it is in the archive more")
        twice = zipped({**FILES, "./" + FRAME: b"other"})
        self.must_fail(self.take_bytes(twice), f"{FRAME}: it is in the archive more")

    def test_bombs(self) -> None:
        zeros = tar({"zeros": bytes(STREAM_LIMIT), **FILES})
        many = tar({f"f{i}": b"" for i in range(MEMBER_LIMIT + 1)}, "w:gz", tarfile.USTAR_FORMAT)
        many_zipped = zipped({f"f{i}": b"" for i in range(MEMBER_LIMIT + 1)})
        spread = tar({f"d{i}/{FRAME}": bytes(FILE_LIMIT) for i in range(300)})
        tracemalloc.start()
        started = time.process_time()
        self.must_fail(self.take_bytes(zeros), "more than 64 MiB")
        self.must_fail(self.take_bytes(many), "more than 10000 files")
        self.must_fail(self.take_bytes(many_zipped), "more than 10000 files")
        self.must_fail(self.take_bytes(spread), "more than 64 MiB")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.assertLess(peak, 2 * STREAM_LIMIT)
        self.assertLess(time.process_time() - started, 30)

    def test_archive_of_a_gigabyte_is_not_even_opened(self) -> None:
        path = self.folder / "ada.zip"
        with path.open("wb") as stream:
            stream.truncate(1 << 30)
        self.must_fail(take(path, NAMES), "larger than 64 MiB")

    def test_sizes_that_lie(self) -> None:
        plain = bytearray(tar(FILES, "w", tarfile.USTAR_FORMAT))
        for size in (b"77777777777\0", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"-0000000001\0"):
            plain[124:136] = size
            checksum = sum(plain[:148]) + 8 * 32 + sum(plain[156:512])
            plain[148:156] = b"%06o\0 " % checksum
            self.must_fail(self.take_bytes(bytes(plain)))

    def test_zip_that_unpacks_to_more_than_it_says(self) -> None:
        data = bytearray(zipped({FRAME: bytes(1 << 20), HEAP: b""}))
        directory = data.index(b"PK\1\2")
        data[directory + 24 : directory + 28] = struct.pack("<I", 100)
        self.must_fail(self.take_bytes(bytes(data)), "damaged")

    def test_zips_of_unusual_kinds(self) -> None:
        plain = zipped(FILES)
        entry = plain.index(b"PK\1\2")
        for offset, value, problem in (
            (entry + 8, b"\1\0", "encrypted"),
            (entry + 10, b"\x0e\0", "unusual method"),
            (entry + 16, b"\0\0\0\0", "damaged"),
            (entry + 42, b"\xff\xff\xff\x7f", "damaged"),
            (plain.index(b"PK\5\6") + 12, b"\xff\xff\xff\xff", "too large"),
            (plain.index(b"PK\5\6") + 16, b"\xff\xff\xff\x7f", "damaged"),
        ):
            spoilt = plain[:offset] + value + plain[offset + len(value) :]
            self.must_fail(self.take_bytes(spoilt), problem)

    def test_extended_headers(self) -> None:
        for data in (b"0 path=x\n", b"999 path=x\n", b"x path=x\n", b"7 path=", b"9" * 600):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
                add(archive, "header", data, b"x")
                add(archive, FRAME)
            self.must_fail(self.take_bytes(buffer.getvalue()), "damaged")
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for _ in range(3000):  # The standard library's reader would call itself as often.
                add(archive, "header", b"name", b"L")
            add(archive, FRAME, kind=b"S")
        self.must_fail(self.take_bytes(buffer.getvalue()), "sparse")

    def test_damage_at_any_place(self) -> None:
        """Whatever is cut off or changed, the files are what they were, or there is a reason."""
        chance = random.Random(7)
        originals: List[bytes] = [tar(FILES), tar(FILES, "w"), zipped(FILES)]
        for original in originals:
            for _ in range(150):
                data = bytearray(original)
                for _ in range(chance.randrange(1, 4)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                cut = data[: chance.randrange(len(data))]
                for spoilt in (data, cut):
                    taken = self.take_bytes(bytes(spoilt))
                    self.assertNotEqual(bool(taken.problems), bool(taken.files))


class HostileFolders(IntakeTest):
    """Folders with what is not a file in them."""

    def test_links_are_not_followed(self) -> None:
        secret = self.folder / "secret" / "lab1-memory"
        secret.mkdir(parents=True)
        for name in FILES:
            (self.folder / "secret" / name).write_bytes(b"secret")
        self.take_folder(FILES)
        path = self.folder / "ada" / FRAME
        path.unlink()
        path.symlink_to(self.folder / "secret" / FRAME)
        self.must_fail(take(self.folder / "ada", NAMES), "not a link")
        linked = self.folder / "eve"
        linked.mkdir()
        (linked / "lab1-memory").symlink_to(secret)
        self.must_fail(take(linked, NAMES), "no folder")
        link = self.folder / "link"
        link.symlink_to(self.folder / "secret")
        self.must_fail(take(link, NAMES), "it is a link")

    def test_pipes_do_not_make_the_grader_wait(self) -> None:
        os.mkfifo(self.folder / "pipe.tar.gz")
        self.must_fail(take(self.folder / "pipe.tar.gz", NAMES), "neither a folder nor a regular")
        self.take_folder(FILES)
        (self.folder / "ada" / FRAME).unlink()
        os.mkfifo(self.folder / "ada" / FRAME)
        self.must_fail(take(self.folder / "ada", NAMES), f"{FRAME}: it must be a regular file")

    def test_folder_where_a_file_should_be(self) -> None:
        self.must_fail(self.take_folder({FRAME + "/x": b"", HEAP: b""}), "must be a regular file")

    def test_depth_and_number_are_limited(self) -> None:
        deep = self.folder / "deep"
        path = Path(deep, *["d"] * 50)
        path.mkdir(parents=True)
        self.must_fail(take(deep, NAMES), "no folder")
        wide = self.folder / "wide"
        wide.mkdir()
        for number in range(101):
            (wide / str(number)).symlink_to("x")
        with patch("cairn_grader.cohort.members.MEMBER_LIMIT", 100):
            self.must_fail(take(wide, NAMES), "more than 100 files")


if __name__ == "__main__":
    unittest.main()
