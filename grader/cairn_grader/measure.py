"""The measure of an execution audit: how far the tests get with the reference solution.

It is taken once for a lab and its settings, by the same compiler and in the same emulator as the
submissions that are held against it, and kept in a file.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Dict, List

from cairn_grader.audit import Audit, Measure, Reached
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request, TestResult, grade_submission

#: The members of a Reached, in order.
KINDS = ("ends", "checks", "parts")
#: The members of a Measure that are sets.
SETS = ("doors", "exits", "callbacks", "ports")


def take(request: Request) -> Measure:
    """Run the tests with the reference; GraderError if one of them does not pass.

    How far a test must get is measured in a boot of its own, or as the request's settings say; the
    other tests of the lab only show which ways into the kernel and out of it are the kit's own.
    """
    audits = {test.test.name: _audit(test) for test in _run(request)}
    others = [test for test in request.lab.tests if test.name not in audits]
    found = list(audits.values())
    if others:
        shared = replace(request.settings, share_boots=True)
        found += map(_audit, _run(replace(request, tests=tuple(others), settings=shared)))
    return Measure(
        {name: audit.reached[name] for name, audit in audits.items()},
        doors=frozenset().union(*(audit.doors for audit in found)),
        exits=frozenset().union(*(audit.exits for audit in found)),
        callbacks=frozenset().union(*(audit.callbacks for audit in found)),
        interrupted=max(audit.interrupted for audit in found),
        ports=frozenset().union(*(audit.ports for audit in found)),
    )


def _run(request: Request) -> List[TestResult]:
    settings = replace(request.settings, emulators=("qemu",), measure=Measure(), sandbox=False)
    result = grade_submission(
        replace(request, reference="all", settings=settings, checked=False, shown="")
    )
    for test in result.tests:
        if not test.passed:
            raise GraderError(f"the reference fails {test.test.name}: run grader/grade --ref")
    return result.tests


def _audit(result: TestResult) -> Audit:
    """That of the run that counts."""
    run = result.outcomes[0].run
    assert run is not None and run.audit is not None
    return run.audit


def save(measure: Measure, path: Path) -> None:
    """Write a measure to a file."""
    tests: Dict[str, Dict[str, List[str]]] = {
        name: {kind: sorted(getattr(reached, kind)) for kind in KINDS}
        for name, reached in measure.tests.items()
    }
    document = {
        "tests": tests,
        "doors": sorted(measure.doors or ()),
        "exits": sorted(measure.exits),
        "callbacks": sorted(measure.callbacks),
        "interrupted": measure.interrupted,
        "ports": sorted(measure.ports),
    }
    path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="ascii")


def load(path: Path) -> Measure:
    """Read a measure from a file that save() has written."""
    document = json.loads(path.read_text(encoding="ascii"))
    tests = {
        name: Reached(*(frozenset(row[kind]) for kind in KINDS))
        for name, row in document["tests"].items()
    }
    doors, exits, callbacks, ports = (frozenset(document[kind]) for kind in SETS)
    return Measure(tests, doors, exits, callbacks, document["interrupted"], ports)
