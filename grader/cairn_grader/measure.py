"""The measure of an execution audit: how far the tests get with the reference solution.

It is taken once for a lab and its settings, by the same compiler and in the same emulator as the
submissions that are held against it, and kept in a file.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Dict, List

from cairn_grader.audit import Measure, Reached
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, TestResult, grade_submission


def take(request: Request) -> Measure:
    """Run the chosen tests with the reference; GraderError if one of them does not pass."""
    settings = replace(request.settings, emulators=("qemu",), measure={}, sandbox=False)
    result = grade_submission(
        replace(request, reference="all", settings=settings, checked=False, shown="")
    )
    for test in result.tests:
        if not test.passed:
            raise GraderError(f"the reference fails {test.test.name}: run grader/grade --ref")
    return {test.test.name: _reached(test) for test in result.tests}


def _reached(result: TestResult) -> Reached:
    """What a test reached in the run that counts."""
    run = result.outcomes[0].run
    assert run is not None and run.audit is not None
    return run.audit.reached[result.test.name]


def save(measure: Measure, path: Path) -> None:
    """Write a measure to a file."""
    rows: Dict[str, Dict[str, List[int]]] = {
        name: {"ends": sorted(reached.ends), "checks": sorted(reached.checks)}
        for name, reached in measure.items()
    }
    path.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="ascii")


def load(path: Path) -> Measure:
    """Read a measure from a file that save() has written."""
    rows = json.loads(path.read_text(encoding="ascii"))
    return {
        name: Reached(frozenset(row["ends"]), frozenset(row["checks"]))
        for name, row in rows.items()
    }
