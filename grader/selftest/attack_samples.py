"""Submissions that try to cheat or to break out: the corpus, and those that are not C files."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, Dict, List

from kit import ROOT

CORPUS = ROOT / "grader" / "attacks"
#: What an attack of the corpus calls a file of the host; the test puts its path there.
PLACEHOLDER = "SECRET_FILE"
MEBIBYTE = 1 << 20
#: It leaves a file and processes behind where make reads it. A bomb would do no more.
MAKEFILE = "$(shell touch {place}; for i in $$(seq 200); do sleep 4242 >&- 2>&- & done)\nall:\n"


def lab_folder(lab: int) -> str:
    """The name of a lab's folder."""
    return next((ROOT / "labs").glob(f"lab{lab}-*")).name


def skeleton(lab: int) -> Dict[str, str]:
    """The files of a lab as they are given to students."""
    folder = ROOT / "labs" / lab_folder(lab)
    return {path.name: path.read_text("ascii") for path in sorted(folder.glob("*.[cS]"))}


def corpus(lab: int) -> List[str]:
    """The names of the attacks of a lab."""
    return sorted(path.name for path in (CORPUS / f"lab{lab}").iterdir() if path.is_dir())


def read_attack(lab: int, name: str, secret: Path) -> Dict[str, str]:
    """The files of a submission that is an attack of the corpus."""
    files = skeleton(lab)
    for path in (CORPUS / f"lab{lab}" / name).iterdir():
        files[path.name] = path.read_text("ascii").replace(PLACEHOLDER, str(secret))
    return files


def write(submission: Path, lab: int, files: Dict[str, str]) -> Path:
    """Write a submission; returns the folder of its files."""
    folder = submission / lab_folder(lab)
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "ascii")
    return folder


def write_odd(target: Path, secret: Path, guard: Path) -> List[str]:
    """Write the submissions of lab 1 that attack by other things than C; returns their names."""
    odd: Dict[str, Callable[[Path], None]] = {
        "a-makefile": lambda folder: _makefile(folder, guard / "made"),
        "link-to-passwd": lambda folder: _replace(folder / "frame.c").symlink_to("/etc/passwd"),
        "link-to-secret": lambda folder: _replace(folder / "heap.c").symlink_to(secret),
        "link-to-folder": lambda folder: (folder / "more").symlink_to(secret.parent),
        "fifo": lambda folder: os.mkfifo(_replace(folder / "heap.c")),
        "folder-as-file": lambda folder: _replace(folder / "heap.c").mkdir(),
        "gibibyte": lambda folder: os.truncate(folder / "heap.c", 1024 * MEBIBYTE),
        "no-text": lambda folder: _put(folder / "heap.c", bytes(range(256)) * 40),
        "<script>alert(1)<script>": lambda folder: None,
        "=1+1 \033[2J": lambda folder: None,
    }
    for name, spoil in odd.items():
        spoil(write(target / name, 1, skeleton(1)))
    _write_archives(target, secret)
    return [*odd, "dots-tar", "dots-zip", "links-tar", "bomb-tar", "bomb-zip", "no-archive"]


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _replace(path: Path) -> Path:
    path.unlink()
    return path


def _makefile(folder: Path, place: Path) -> None:
    for where in (folder, folder.parent):
        for name in ("Makefile", "GNUmakefile"):
            (where / name).write_text(MAKEFILE.format(place=place), "ascii")
    (folder / "panic.c").write_text('#error "not a file of the lab"\n', "ascii")


def _write_archives(target: Path, secret: Path) -> None:
    """Archives with names that lead out, with links, with too much in them, and none at all."""
    path = f"{lab_folder(1)}/frame.c"
    names = ("../guard/new", f"../guard/{path}", f"{lab_folder(1)}/../../guard/new", "/tmp/new")
    with tarfile.open(target / "dots-tar.tar.gz", "w:gz") as archive:
        for name in (*names, *(f"{lab_folder(1)}/{file}" for file in skeleton(1))):
            member = tarfile.TarInfo(name)
            member.size = 6
            archive.addfile(member, io.BytesIO(b"int x;"))
    with zipfile.ZipFile(target / "dots-zip.zip", "w") as zipped:
        for name in (*names, path):
            zipped.writestr(name, "int x;")
    with tarfile.open(target / "links-tar.tar", "w") as archive:
        for name, kind in ((path, tarfile.SYMTYPE), (lab_folder(1) + "/heap.c", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
    _write_bombs(target, path)
    (target / "no-archive.zip").write_bytes(b"PK\x03\x04, but no archive\n")


def _write_bombs(target: Path, path: str) -> None:
    """A GiB of zeros in a .tar.gz, which may consist of pieces, and an eighth of it in a .zip."""
    member = tarfile.TarInfo(path)
    member.size = 1024 * MEBIBYTE
    piece = gzip.compress(bytes(16 * MEBIBYTE), 1)
    with (target / "bomb-tar.tar.gz").open("wb") as stream:
        stream.write(gzip.compress(member.tobuf()))
        stream.writelines([piece] * 64)
    with zipfile.ZipFile(target / "bomb-zip.zip", "w", zipfile.ZIP_DEFLATED, True, 1) as zipped:
        zipped.writestr(path, bytes(128 * MEBIBYTE))
