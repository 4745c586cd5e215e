"""How far the tests of a class get with the reference solution: the measure of its audits.

It is taken once, before the first submission is graded, and kept beside the results.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Mapping, Optional

from cairn_grader import measure
from cairn_grader.audit import Measure
from cairn_grader.catalogue import Lab
from cairn_grader.cohort.kit import key_of
from cairn_grader.cohort.settings import ClassSettings
from cairn_grader.cohort.store import temporary_files_in, work_area
from cairn_grader.errors import GraderError
from cairn_grader.files import write_atomically


def measure_file(out: Path, kit: Mapping[str, Any], settings: ClassSettings) -> Path:
    """Where the measure is."""
    return out / "measures" / f"{key_of(kit, settings, 'reference')}.json"


def ensure_measure(
    root: Path, out: Path, lab: Lab, kit: Mapping[str, Any], settings: ClassSettings, jobs: int
) -> None:
    """Take the measure unless it is there; GraderError if the reference fails a test."""
    path = measure_file(out, kit, settings)
    if "qemu" not in settings.emulators or path.exists():
        return
    print("grading the reference solution first", file=sys.stderr)
    with work_area(out) as area, temporary_files_in(area / "tmp"):
        request = settings.request(root, lab, area, area / "build")
        request = replace(request, settings=replace(request.settings, jobs=jobs))
        measure.save(measure.take(request), area / "measure.json")
        write_atomically(path, (area / "measure.json").read_bytes())


def load_measure(
    out: Path, kit: Mapping[str, Any], settings: ClassSettings
) -> Optional[Measure]:
    """The measure; None if nothing is audited."""
    if "qemu" not in settings.emulators:
        return None
    path = measure_file(out, kit, settings)
    try:
        return measure.load(path)
    except (OSError, ValueError, KeyError) as error:
        raise GraderError(f"cannot read '{path}': {error}") from None
