"""`grader/class` with a grader that only pretends, for tests of everything around it.

usage: class_stub.py ARGUMENTS OF grader/class

What it does with a submission stands in the submission, as a comment: `stub: wait` (for ever),
`die`, `error`, `bug`, `unbuilt`, or `fail TEST`. Each grading adds a line to $STUB_LOG, which
ends in the words of the comment.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from kit import ROOT

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.cohort import command, local, outputs, run, task  # noqa: E402
from cairn_grader.errors import GraderError  # noqa: E402
from cairn_grader.findings import Finding  # noqa: E402
from cairn_grader.grading import Request, Result, TestResult, unbuilt_tests  # noqa: E402
from cairn_grader.runner import Outcome  # noqa: E402
from cairn_grader.verdict import Kind, Part, Verdict  # noqa: E402


def pretend(request: Request, *_: Any) -> Result:
    """In place of grade_submission()."""
    text = "".join(path.read_text() for path in sorted(request.submission.glob("*/*")))
    found = re.search(r"stub: ([a-z_ ]+)", text)
    words = found.group(1).strip() if found else ""
    with open(os.environ["STUB_LOG"], "a", encoding="ascii") as log:
        log.write(f"{request.submission.name} {words}\n")
    if words == "wait":
        time.sleep(600)
    if words == "die":
        os._exit(3)
    if words == "error":
        raise GraderError("the kit is broken")
    if words == "bug":
        raise IndexError("list index out of range")
    if words == "unbuilt":
        return Result(request, unbuilt_tests(request, ["no"]), ["no"])
    return Result(request, [_judged(test, words) for test in request.chosen])


def _judged(test: Any, words: str) -> TestResult:
    passed = words != f"fail {test.name}"
    kind = Kind.PASSED if passed else Kind.CHECKS
    parts = [Part(f"part {i}", passed or i > 0) for i in range(test.parts)]
    findings = [] if passed else [Finding("the stub passes", "it was told to fail")]
    verdict = Verdict(kind, parts, findings)
    return TestResult(test, (Outcome(test, "qemu", test.schedules[0], verdict),))


def _command(out: Path, keys: Any) -> Any:
    return [sys.executable, __file__, "--task", str(out), *keys]


if __name__ == "__main__":
    setattr(task, "grade_submission", pretend)
    setattr(run, "ensure_measure", lambda *_: None)
    setattr(task, "load_measure", lambda *_: None)
    setattr(local, "task_command", _command)
    setattr(outputs.similarity, "generate_skeletons", lambda *_: {})
    sys.exit(command.main())
