"""The page about mutants, docs/mutants.md: what each test is worth, and where tests have holes."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Iterable, List, Sequence

from cairn_grader import caught
from cairn_grader.catalogue import Exercise, Lab, lab_numbers, load_lab
from cairn_grader.caught import Caught
from cairn_grader.mutants import Mutant, load_mutants
from cairn_grader.text import plural, points_text

#: Tests that are named for a mutant; further ones are counted.
SHOWN = 5
#: An exercise with fewer mutants for each point is named as one that has few.
FEW_FOR_A_POINT = 1.5

HEAD = """\
# Mutants

A mutant is the reference solution with one mistake, as a student would make it. This page is for
whoever writes tests: it tells which tests catch which mistakes. It is written by
`grader/mutate --report docs/mutants.md`, from what `grader/mutate --matrix` has found; a test
compares. How to add a mutant stands in [write a test, step by step](write-a-test.md).
"""


def to_markdown(root: Path) -> str:
    """The page about all labs."""
    parts = [HEAD]
    for number in lab_numbers(root):
        parts.append(_lab(root, load_lab(root, number)))
    return "\n".join(parts)


def _lab(root: Path, lab: Lab) -> str:
    mutants = load_mutants(root, lab.number)
    known = caught.load(root, lab.number, mutants)
    lines = [f"## Lab {lab.number}: {lab.title}", ""]
    lines += [f"{plural(len(mutants), 'mutant')}, {plural(len(lab.tests), 'test')}.", ""]
    lines += _to_do(lab, mutants, known) + [""]
    for exercise in lab.exercises:
        own = [mutant for mutant in mutants if mutant.exercise == exercise.name]
        lines += _exercise(exercise, own, known)
    return "\n".join(lines)


def _to_do(lab: Lab, mutants: Sequence[Mutant], known: Dict[str, Caught]) -> List[str]:
    """What whoever writes tests could do next."""
    rows = [f"- **Mutants that survive**: {_names(n for n, c in known.items() if not c.tests)}."]
    rows.append(f"- **Exercises with few mutants**: {_few(lab, mutants)}.")
    if not caught.complete(known.values()):
        partly = sum(one.run != caught.ALL for one in known.values())
        rows.append(
            f"- **Of {partly} mutants only the recorded test is known**; "
            f"`grader/mutate --lab {lab.number} --matrix` finds the others. Until then, this page "
            "does not tell which tests no mutant needs."
        )
        return rows
    by_test = caught.catchers(known)
    idle = [test.name for test in lab.tests if test.name not in by_test]
    alone = caught.needed(known)
    spare = [t.name for t in lab.tests if t.name in by_test and t.name not in alone]
    rows.append(f"- **Tests that catch no mutant**: {_names(idle)}.")
    rows.append(
        f"- **Tests that no mutant needs**, since others catch the same ({len(spare)}): "
        f"{_names(spare)}. They may still look at something else; a mutant would show it."
    )
    single = sum(len(one.tests) == 1 for one in known.values())
    rows.append(f"- **Mutants that one test alone catches**: {single}, by {len(alone)} tests.")
    return rows


def _few(lab: Lab, mutants: Sequence[Mutant]) -> str:
    found: List[str] = []
    for exercise in lab.exercises:
        points = sum(test.points for test in lab.tests if test.exercise == exercise.name)
        count = sum(mutant.exercise == exercise.name for mutant in mutants)
        if count < FEW_FOR_A_POINT * points:
            found.append(f"{exercise.name} ({count} for {points_text(points)} points)")
    return ", ".join(found) or "none"


def _exercise(
    exercise: Exercise, mutants: Sequence[Mutant], known: Dict[str, Caught]
) -> List[str]:
    lines = ["<details>", f"<summary>{exercise.name}, {exercise.title}: "]
    lines[-1] += f"{plural(len(mutants), 'mutant')}</summary>"
    lines += ["", "| mutant | what is wrong | caught by |", "|---|---|---|"]
    for mutant in mutants:
        text = mutant.description.replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| {mutant.name} | {text} | {_tests(known[mutant.name], mutant)} |")
    return lines + ["", "</details>", ""]


def _tests(one: Caught, mutant: Mutant) -> str:
    """The recorded test first, then others."""
    names = [mutant.test] + [name for name in one.tests if name != mutant.test]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
