"""Does tasks: grades sets of files one after the other, in one build area."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Iterator, Optional

from cairn_grader.audit import Measure
from cairn_grader.catalogue import Lab
from cairn_grader.cli import ROOT
from cairn_grader.cohort.executor import bundles_folder, error_file, result_file
from cairn_grader.cohort.kit import describe_kit, difference, digest_of, key_of
from cairn_grader.cohort.reference import load_measure
from cairn_grader.cohort.settings import ClassSettings, load_class
from cairn_grader.cohort.store import CLASS_FILE, temporary_files_in, work_area
from cairn_grader.errors import GraderError
from cairn_grader.files import write_atomically
from cairn_grader.grading import grade_submission
from cairn_grader.processes import Processes
from cairn_grader.report_json import to_json
from cairn_grader.text import clean


@dataclass
class Grader:
    """Grades sets of files of one class."""

    out: Path
    kit: Dict[str, Any]
    settings: ClassSettings
    lab: Lab
    measure: Optional[Measure]
    area: Path
    processes: Processes

    def grade(self, key: str) -> None:
        """Leave a result or an error for a task; what a submission does is never an error."""
        build = self.area / "build"
        try:
            submission = self._take(key)
            request = self.settings.request(ROOT, self.lab, submission, build, self.measure)
            request = replace(request, bundles=bundles_folder(self.out, key))
            text = to_json(grade_submission(request, self._processes()), self.settings.style())
        except Exception as error:  # One submission must not stop the others.
            kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
            text = clean(f"{kind}{error}", 400) + "\n"
            write_atomically(error_file(self.out, key), text.encode("utf-8", "replace"))
            return
        write_atomically(result_file(self.out, key), text.encode("ascii"))

    def _processes(self) -> Processes:
        """New ones for each task: after an error they start nothing more."""
        self.processes.kill_all()
        self.processes = Processes()
        return self.processes

    def _take(self, key: str) -> Path:
        """
        Copy a task's files to where nobody changes them; GraderError if they are not the key's.

        A job of a run that was killed may still go on while the next run writes tasks anew.
        """
        copy = self.area / "taken" / key
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.out / "tasks" / key, copy)
        files = {str(path.relative_to(copy)): path.read_bytes() for path in copy.glob("*/*")}
        if key_of(self.kit, self.settings, digest_of(files)) != key:
            raise GraderError("the files of the task are not those that its key stands for")
        return copy


@contextmanager
def open_grader(out: Path) -> Iterator[Grader]:
    """A grader for a class; GraderError if this machine cannot do the class's tasks."""
    found = load_class(out / CLASS_FILE)
    problem = difference(found.kit, describe_kit(ROOT, found.settings))
    if problem:
        raise GraderError(f"this machine is not like the one where the class was begun: {problem}")
    measure = load_measure(out, found.kit, found.settings)
    with work_area(out) as area, temporary_files_in(area / "tmp"):
        lab = found.lab(ROOT)
        grader = Grader(out, found.kit, found.settings, lab, measure, area, Processes())
        try:
            yield grader
        finally:
            grader.processes.kill_all()
