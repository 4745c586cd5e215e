"""Lays a class's submissions out for programs that look for copied code.

Cairn has no such program of its own. Each layout has the files of the submissions that could be
read, and the skeletons, generated anew, as the code that all students were given:

    OUT/similarity/jplag/submissions/ID/FILE   base code in jplag/base/
    OUT/similarity/moss/ID/FILE                base files in moss-base/
    OUT/similarity/dolos/ID.c                  all of a submission in one file; names of students
                                               in dolos/info.csv, base code in dolos-base.c

Sources: JPlag's documentation, "How to Use JPlag", version 6; the comments in the script that
MOSS sends to those who register; Dolos' documentation, "Running Dolos" and "Adding metadata".
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Tuple

from cairn_grader.errors import GraderError
from cairn_grader.text import clean

FOLDER = "similarity"

#: The files of a submission by their names such as "lab1-memory/frame.c".
Files = Mapping[str, bytes]


def commands(out: Path) -> List[str]:
    """The commands that compare a class, to be typed in OUT/similarity/."""
    return [
        f"cd {out / FOLDER}",
        "java -jar jplag.jar -l c -bc jplag/base -r jplag/result jplag/submissions",
        "moss -l c $(printf ' -b %s' moss-base/*.c) -d moss/*/*.c",
        "dolos run -l c -i dolos-base.c -f web dolos/info.csv",
    ]


def lay_out(
    out: Path, submissions: Sequence[Tuple[str, str, Files]], skeletons: Files, lab: int
) -> None:
    """Write the layouts; `submissions` are their names, their students' names and their files."""
    folder = out / FOLDER
    for part in ("jplag", "moss", "moss-base", "dolos"):
        shutil.rmtree(folder / part, ignore_errors=True)
    base = _of_lab(skeletons, lab)
    _write(folder / "jplag" / "base", base)
    _write(folder / "moss-base", base)
    _write(folder, {"dolos-base.c": _joined(base)})
    rows = [("filename", "full_name")]
    for name, student, files in submissions:
        own = _of_lab(files, lab)
        _write(folder / "jplag" / "submissions" / name, own)
        _write(folder / "moss" / name, own)
        _write(folder / "dolos", {f"{name}.c": _joined(own)})
        rows.append((f"{name}.c", student or name))
    _write(folder / "dolos", {"info.csv": _csv(rows)})


def generate_skeletons(root: Path, folder: Path) -> Dict[str, bytes]:
    """The skeletons of all labs, generated from the solutions in an empty folder."""
    script = root / "scripts" / "skeleton.sh"
    done = subprocess.run(
        ["sh", str(script), str(root / "solutions"), str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GraderError(f"scripts/skeleton.sh failed: {clean(reason, 200)}")
    paths = sorted(folder.glob("lab*/*"))
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}


def _of_lab(files: Files, lab: int) -> Dict[str, bytes]:
    """The C files of one lab, without their folder; the programs know no assembly."""
    return {
        name.split("/")[1]: data
        for name, data in files.items()
        if name.startswith(f"lab{lab}-") and name.endswith((".c", ".h"))
    }


def _joined(files: Files) -> bytes:
    """One text of several; Dolos takes each file for a submission."""
    return b"\n".join(b"// " + name.encode() + b"\n" + files[name] for name in sorted(files))


def _csv(rows: Sequence[Tuple[str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _write(folder: Path, files: Files) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
