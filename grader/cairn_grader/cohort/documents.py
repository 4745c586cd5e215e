"""The document of each submission: what the grader found, and whose it is.

To the members that report_json.py describes, a class adds

    id        the submission's name, unique in the class
    student   {"id", "name", "email"} or null
    notes     [sentence for the instructor, ...]
    digest    of the names and contents of the files that were graded; "" if there are none
    bundles   the folder within the class folder that holds a bundle for each failed test, for
              `make rewind`; "" if there is none
    revealed  whether hidden tests are named and explained
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

from cairn_grader.catalogue import Lab, exact
from cairn_grader.cohort.listing import Submission
from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.grading import Result, unbuilt_tests
from cairn_grader.report_json import number, to_json
from cairn_grader.text import plural

NOTHING = "nothing was handed in"
#: What a compiler's driver says if the compiler did not end by itself.
KILLED = "Killed signal terminated program"
#: How a note begins that says that tests are missing from a document.
ONLY = "graded by only"


def unbuilt(root: Path, lab: Lab, settings: ClassSettings, errors: Sequence[str]) -> Dict[str, Any]:
    """The result of a submission that cannot be graded."""
    request = settings.request(root, lab, Path(), Path())
    result = Result(request, unbuilt_tests(request, errors), list(errors))
    return dict(json.loads(to_json(result, settings.style())))


def document(
    result: Mapping[str, Any],
    submission: Submission,
    notes: Sequence[str] = (),
    digest: str = "",
    bundles: str = "",
    some: bool = False,
    revealed: bool = False,
) -> Dict[str, Any]:
    """The document of a submission with a result.

    `some`: not all tests of the lab were run; `revealed`: hidden ones are called by their names.
    """
    student = submission.student
    whose = {"id": student.id, "name": student.name, "email": student.email} if student else None
    found = [*submission.notes, *notes, *result.get("notes", []), *_doubts(result)]
    found += [_only(result["tests"])] if some else []
    return {
        **result,
        "id": submission.id,
        "submission": f"submissions/{submission.id}" if digest else None,
        "student": whose,
        "notes": list(dict.fromkeys(found)),
        "digest": digest,
        "bundles": bundles,
        "revealed": revealed,
    }


def merge(before: Mapping[str, Any], after: Mapping[str, Any]) -> Dict[str, Any]:
    """A document in which the tests of a new one stand in for those of the same name.

    Only documents of the same files, lab, seed and emulators are merged, and only if both name
    hidden tests or both do not; otherwise the new one is all there is.
    """
    same = ("schema", "lab", "id", "digest", "seed", "emulators", "reference", "revealed")
    if any(before.get(name) != after.get(name) for name in same):
        return dict(after)
    new = {test["name"]: test for test in after["tests"]}
    old = [test["name"] for test in before["tests"]]
    tests = [new.get(test["name"], test) for test in before["tests"]]
    tests += [test for test in after["tests"] if test["name"] not in old]
    merged = {**after, "tests": tests, "exercises": _exercises(after["exercises"], tests)}
    if "bundles" in after:
        merged["bundles"] = after["bundles"] or before.get("bundles", "")
    merged["points"] = number(sum(map(_points, tests), Fraction(0)))
    merged["max_points"] = number(sum(map(_worth, tests), Fraction(0)))
    merged["passed"] = after["build"]["passed"] and all(test["passed"] for test in tests)
    complete = not any(note.startswith(ONLY) for note in before["notes"])
    outdated = _doubts(after)
    notes = [note for note in after["notes"] if not note.startswith(ONLY) and note not in outdated]
    merged["notes"] = notes + _doubts(merged) + ([] if complete else [_only(tests)])
    return merged


def _only(tests: Sequence[Any]) -> str:
    """What to say if not all tests of the lab were run."""
    return f"{ONLY} {plural(len(tests), 'test')}: {', '.join(test['name'] for test in tests[:5])}"


def _doubts(result: Mapping[str, Any]) -> List[str]:
    """Verdicts that the instructor must know of: somebody has to look at them."""
    notes = []
    tampered = _with_verdict(result, "tampered")
    if tampered:
        look = "looks" if len(tampered) == 1 else "look"
        found = f"{plural(len(tampered), 'test')} {look} tampered with ({_some(tampered)})"
        notes.append(f"{found}: read why before you judge")
    failed = _with_verdict(result, "emulator_failed")
    if failed:
        notes.append(f"the emulator failed in {_some(failed)}: grade it again with --again")
    if any(KILLED in error for error in result["build"].get("errors", [])):
        notes.append("a compiler was killed; if this computer was out of memory, use --again")
    return notes


def _with_verdict(result: Mapping[str, Any], verdict: str) -> List[str]:
    """The names of the tests with an outcome of this verdict."""
    return [
        test["name"]
        for test in result["tests"]
        if any(outcome["verdict"] == verdict for outcome in test["outcomes"])
    ]


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["..."] if len(names) > 5 else [])])


def _exercises(rows: Sequence[Mapping[str, Any]], tests: Sequence[Any]) -> List[Dict[str, Any]]:
    result: List[Dict[str, Any]] = []
    for row in rows:
        own = [test for test in tests if test["exercise"] == row["name"]]
        points = number(sum(map(_points, own), Fraction(0)))
        worth = number(sum(map(_worth, own), Fraction(0)))
        result.append({**row, "points": points, "max_points": worth})
    return result


def _worth(test: Mapping[str, Any]) -> Fraction:
    return exact(test["max_points"])


def _points(test: Mapping[str, Any]) -> Fraction:
    """A test's points; exactly, where its parts are told, since documents round them."""
    shares: List[Fraction] = []
    for outcome in test["outcomes"]:
        parts = outcome.get("parts")
        if not parts:
            return exact(test["points"])
        shares.append(Fraction(sum(part["passed"] for part in parts), len(parts)))
    return min(shares) * _worth(test)
