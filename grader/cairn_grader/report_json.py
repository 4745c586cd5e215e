"""Results as JSON for programs.

The object has these members; everything but `times` is the same, byte for byte, whenever
the same submission is graded in the same way:

    schema       "cairn.grade/1"
    lab          number of the lab
    submission   the folder, as it was given; null if all labs were taken from solutions/
    reference    which labs were taken from solutions/: "", "1,2" or "all"
    seed         the seed of the run
    emulators    ["qemu", "bochs"] or one of them
    points, max_points, passed
    build        {"passed": true or false, "errors": [line, ...]}
    exercises    [{"name", "title", "points", "max_points"}, ...]
    tests        [{"name", "exercise", "title", "hidden", "points", "max_points", "passed",
                   "outcomes": [{"emulator", "schedule", "verdict", "trace",
                                 "parts": [{"name", "passed"}],
                                 "findings": [{"part", "what", "expected", "actual", "file",
                                               "line", "exercise", "details"}],
                                 "look_at", "hint", "command",
                                 "evidence": {"trace": [line, ...], "console": [line, ...]}}]}, ...]
    times        {"build": seconds, "run": seconds}

`verdict` is a value of verdict.Kind; `trace` a fingerprint of the run's trace, the same for every
repetition of it. `evidence` is there if the test failed in a run: the end of the test's part of the
trace, and the end of the console. Of a hidden test only the category is told: name and title are
replaced, and parts, findings, look_at, hint, command and evidence are left out.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, Dict, List, Optional

from cairn_grader.catalogue import Test
from cairn_grader.findings import Finding
from cairn_grader.grading import Request, Result, TestResult
from cairn_grader.report import Style, repeat_command, shown_name, source_path, where, worth
from cairn_grader.run import Run
from cairn_grader.runner import Outcome
from cairn_grader.text import clean, clean_lines
from cairn_grader.verdict import Kind, own_events

SCHEMA = "cairn.grade/1"
#: Most lines of evidence, and characters of each.
TRACE_LINES, CONSOLE_LINES = 40, 20
LINE_LIMIT = 200


def number(value: Fraction, digits: int = 2) -> float:
    """Points as a number of JSON."""
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def to_json(result: Result, style: Style) -> str:
    """The whole result as JSON text."""
    request = result.request
    document: Dict[str, Any] = {
        "schema": SCHEMA,
        "lab": request.lab.number,
        "submission": _submission(request),
        "reference": request.reference,
        "seed": request.settings.seed,
        "emulators": list(request.settings.emulators),
        "points": number(result.points),
        "max_points": number(result.max_points),
        "passed": result.passed,
        "build": {"passed": not result.build_errors, "errors": result.build_errors},
        "exercises": _json_exercises(result),
        "tests": [_json_test(result, test, style) for test in result.tests],
        "times": {name: round(seconds, 3) for name, seconds in sorted(result.times.items())},
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _submission(request: Request) -> Optional[str]:
    if request.reference == "all":
        return None
    return request.shown or str(request.submission)


def _json_exercises(result: Result) -> List[Dict[str, Any]]:
    rows: List[Dict[str, Any]] = []
    for exercise in result.request.lab.exercises:
        tests = [test for test in result.tests if test.test.exercise == exercise.name]
        rows.append(
            {
                "name": exercise.name,
                "title": exercise.title,
                "points": number(sum((test.points for test in tests), Fraction(0))),
                "max_points": number(worth(tests)),
            }
        )
    return rows


def _json_test(result: Result, test: TestResult, style: Style) -> Dict[str, Any]:
    secret = test.test.hidden and not style.reveal
    return {
        "name": shown_name(result, test, style),
        "exercise": test.test.exercise,
        "title": "" if secret else test.test.title,
        "hidden": test.test.hidden,
        # As many digits as a catalogue may have, or the sum of all tests would not be the whole.
        "points": number(test.points, 3),
        "max_points": number(worth([test]), 3),
        "passed": test.passed,
        "outcomes": [_json_outcome(result, o, style, secret) for o in test.outcomes],
    }


def _json_outcome(result: Result, outcome: Outcome, style: Style, secret: bool) -> Dict[str, Any]:
    verdict = outcome.verdict
    row: Dict[str, Any] = {
        "emulator": outcome.emulator,
        "schedule": outcome.schedule,
        "verdict": verdict.kind.value,
        "trace": outcome.run.trace.fingerprint() if outcome.run else None,
    }
    if not secret:
        row["parts"] = [{"name": part.name, "passed": part.passed} for part in verdict.parts]
        row["findings"] = [_json_finding(result, finding) for finding in verdict.findings]
        if not verdict.passed and verdict.kind is not Kind.NOT_BUILT:
            row["look_at"] = where(result).look_at(outcome.test, verdict.findings[0])
        row["hint"] = outcome.test.hint
        row["command"] = repeat_command(result, outcome, style)
        if not verdict.passed and outcome.run is not None:
            row["evidence"] = _json_evidence(outcome.test, outcome.run)
    return row


def _json_evidence(test: Test, run: Run) -> Dict[str, List[str]]:
    """What the run says about a test that failed: nothing of the tests in the same boot."""
    lines = [clean(str(event), LINE_LIMIT) for event in own_events(test, run)[-TRACE_LINES:]]
    return {"trace": lines, "console": clean_lines(run.console, CONSOLE_LINES, LINE_LIMIT)}


def _json_finding(result: Result, finding: Finding) -> Dict[str, Any]:
    return {
        "part": finding.part,
        "what": finding.what,
        "expected": finding.expected,
        "actual": finding.actual,
        "file": source_path(result, finding.file),
        "line": finding.line,
        "exercise": finding.exercise,
        "details": list(finding.details),
    }
