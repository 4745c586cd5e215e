"""Which tests catch which mutants, as grader/mutate --matrix found it, in a file of the tree.

grader/mutants/labN/caught.tsv has a line for each mutant: its name, which tests were run of it
("all", or "recorded" if only the one that table.tsv names is known), and those that catch it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

from cairn_grader.errors import GraderError
from cairn_grader.mutants import NO_TEST, Mutant, write_table

CAUGHT_FILE = "caught.tsv"
HEADER = ("mutant", "run", "caught_by")
ALL, RECORDED = "all", "recorded"


@dataclass(frozen=True)
class Caught:
    """What is known of one mutant."""

    run: str
    tests: Tuple[str, ...]


def file_of(root: Path, lab: int) -> Path:
    """Where it stands for a lab."""
    return root / "grader" / "mutants" / f"lab{lab}" / CAUGHT_FILE


def load(root: Path, lab: int, mutants: Sequence[Mutant]) -> Dict[str, Caught]:
    """What is known of each mutant; of one without a line, its recorded test."""
    known = {
        mutant.name: Caught(RECORDED, () if mutant.test == NO_TEST else (mutant.test,))
        for mutant in mutants
    }
    path = file_of(root, lab)
    lines = path.read_text(encoding="ascii").splitlines() if path.is_file() else []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(HEADER) or fields[0] not in known:
            raise GraderError(f"{path}:{number}: not a mutant, what was run and tests")
        known[fields[0]] = Caught(fields[1], tuple(filter(None, fields[2].split(","))))
    return known


def save(root: Path, lab: int, found: Dict[str, Sequence[str]], mutants: Sequence[Mutant]) -> None:
    """Enter the tests that catch some mutants, of which all tests were run.

    They shared boots, in which one test can hide what another would see alone; so the recorded
    test, which is checked alone, is always among them.
    """
    known = load(root, lab, mutants)
    recorded = {mutant.name: {mutant.test} - {NO_TEST} for mutant in mutants}
    for name, tests in found.items():
        known[name] = Caught(ALL, tuple(sorted(recorded[name] | set(tests))))
    rows = [(name, one.run, ",".join(one.tests)) for name, one in sorted(known.items())]
    write_table(file_of(root, lab), HEADER, rows)


def catchers(known: Dict[str, Caught]) -> Dict[str, List[str]]:
    """The mutants that each test catches, as far as it is known."""
    found: Dict[str, List[str]] = {}
    for name, one in known.items():
        for test in one.tests:
            found.setdefault(test, []).append(name)
    return found


def needed(known: Dict[str, Caught]) -> List[str]:
    """The tests without which a mutant would survive."""
    return sorted({one.tests[0] for one in known.values() if len(one.tests) == 1})


def complete(known: Iterable[Caught]) -> bool:
    """Whether all tests were run of all mutants."""
    return all(one.run == ALL for one in known)
