"""Mutants and alternatives: what a good autograder fails, and what it must not fail.

A mutant is the reference solution with one mistake that a student could make. It is a patch in
grader/mutants/labN/; the table there names its exercise and a test that catches it. An alternative
is a correct solution of another kind: files in grader/alternatives/labN/NAME/ that stand in for
those of the reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

from cairn_grader import patches
from cairn_grader.errors import GraderError

TABLE_FILE = "table.tsv"
TABLE_HEADER = ("mutant", "exercise", "test")
#: Stands in the table where no test is recorded yet.
NO_TEST = "-"

#: The files of a solution by name, for instance "frame.c".
Files = Dict[str, str]


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    name: str
    #: The exercise in which it is made.
    exercise: str
    #: The test that is known to catch it; NO_TEST if none is recorded.
    test: str
    patch: patches.Patch

    @property
    def description(self) -> str:
        """What is wrong, in a sentence."""
        return self.patch.description

    def files(self, reference: Files) -> Files:
        """The reference with the mistake; PatchError if the patch does not fit."""
        name = Path(self.patch.file).name
        if name not in reference:
            raise patches.PatchError(f"{self.patch.file} is not a file of the lab")
        return {**reference, name: patches.apply(self.patch, reference[name])}


@dataclass(frozen=True)
class Alternative:
    """A correct solution that differs from the reference."""

    name: str
    own_files: Files

    def files(self, reference: Files) -> Files:
        """The whole solution."""
        return {**reference, **self.own_files}


def solution_folder(root: Path, lab: int) -> Path:
    """The folder of the reference solution of a lab."""
    for folder in sorted((root / "solutions").glob(f"lab{lab}-*")):
        return folder
    raise GraderError(f"there is no solution of lab {lab} here: a student release leaves it out")


def load_reference(root: Path, lab: int) -> Files:
    """The files of the reference solution."""
    return _read_files(solution_folder(root, lab))


def load_mutants(root: Path, lab: int) -> List[Mutant]:
    """All mutants of a lab by name; the table must list exactly the patches that there are."""
    folder = _folder(root, "mutants", lab)
    rows = {row[0]: row for row in _read_table(folder / TABLE_FILE)}
    paths = {path.stem: path for path in sorted(folder.glob("*.patch"))}
    for name in sorted(set(paths) ^ set(rows)):
        have, lack = ("a patch", "row") if name in paths else ("a row", "patch")
        raise GraderError(f"mutant '{name}' has {have}, but no {lack} in {folder / TABLE_FILE}")
    return [_load_mutant(paths[name], rows[name]) for name in paths]


def _load_mutant(path: Path, row: Sequence[str]) -> Mutant:
    try:
        patch = patches.parse(path.read_text(encoding="utf-8"))
    except patches.PatchError as error:
        raise GraderError(f"{path}: {error}") from None
    return Mutant(row[0], row[1], row[2], patch)


def load_alternatives(root: Path, lab: int) -> List[Alternative]:
    """All alternatives of a lab by name; each file must stand in for one of the reference."""
    known = load_reference(root, lab)
    alternatives: List[Alternative] = []
    for folder in sorted(_folder(root, "alternatives", lab).iterdir()):
        files = _read_files(folder) if folder.is_dir() else {}
        if not files or not set(files) <= set(known):
            names = ", ".join(sorted(known))
            raise GraderError(f"{folder}: an alternative consists of some of {names}")
        alternatives.append(Alternative(folder.name, files))
    return alternatives


def select(mutants: Sequence[Mutant], names: Sequence[str]) -> List[Mutant]:
    """The mutants whose name or exercise fits one of the patterns; all if there is no pattern."""
    for pattern in names:
        if not any(fnmatch(m.name, pattern) or fnmatch(m.exercise, pattern) for m in mutants):
            raise GraderError(f"no mutant fits '{pattern}'")
    fitting = [
        mutant
        for mutant in mutants
        if not names or any(fnmatch(mutant.name, n) or fnmatch(mutant.exercise, n) for n in names)
    ]
    return fitting


def record(root: Path, lab: int, tests: Dict[str, str]) -> None:
    """Write new tests of some mutants into the table."""
    mutants = load_mutants(root, lab)
    changed = [replace(m, test=tests.get(m.name, m.test)) for m in mutants]
    path = _folder(root, "mutants", lab) / TABLE_FILE
    write_table(path, TABLE_HEADER, [(m.name, m.exercise, m.test) for m in changed])


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write lines of fields between tabs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(row) + "\n" for row in (header, *rows)]
    path.write_text("".join(lines), encoding="ascii")


def _read_table(path: Path) -> List[Tuple[str, str, str]]:
    rows: List[Tuple[str, str, str]] = []
    lines = path.read_text(encoding="ascii").splitlines()
    if tuple(lines[:1]) != ("\t".join(TABLE_HEADER),):
        raise GraderError(f"{path}: the first line must name the columns")
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(TABLE_HEADER) or not re.fullmatch(r"[a-z0-9-]+", fields[0]):
            raise GraderError(f"{path}:{number}: not a mutant, an exercise and a test")
        if fields[0] in (row[0] for row in rows):
            raise GraderError(f"{path}:{number}: '{fields[0]}' stands there twice")
        rows.append((fields[0], fields[1], fields[2]))
    return rows


def _folder(root: Path, kind: str, lab: int) -> Path:
    folder = root / "grader" / kind / f"lab{lab}"
    if not folder.is_dir():
        raise GraderError(f"there are no {kind} of lab {lab} here: a student release lacks them")
    return folder


def _read_files(folder: Path) -> Files:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.[cS]"))}
