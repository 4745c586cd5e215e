"""One run over a class: take in, grade what is not graded yet, write the results."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set

from cairn_grader.catalogue import Lab
from cairn_grader.cohort.documents import NOTHING, document, merge, unbuilt
from cairn_grader.cohort.executor import Executor, Task
from cairn_grader.cohort.intake import take
from cairn_grader.cohort.kit import describe_kit, difference, digest_of, files_to_take, key_of
from cairn_grader.cohort.listing import Listing, Submission, entries_of, list_class
from cairn_grader.cohort.outputs import summary, write_outputs
from cairn_grader.cohort.progress import Progress
from cairn_grader.cohort.reference import ensure_measure
from cairn_grader.cohort.roster import read_roster
from cairn_grader.cohort.settings import SCHEMA, ClassSettings
from cairn_grader.cohort.store import Store
from cairn_grader.errors import GraderError
from cairn_grader.text import plural

#: If this many fail for reasons of the grader's own, and none succeeds, the others are not tried.
HOPELESS = 3


@dataclass(frozen=True)
class Work:
    """A submission that is to be graded."""

    submission: Submission
    key: str
    digest: str
    notes: Sequence[str]


@dataclass
class ClassRun:
    """A run; use grade() once."""

    root: Path
    store: Store
    lab: Lab
    settings: ClassSettings
    submissions: Path
    roster: Optional[Path] = None
    #: Why submissions have no result, by their names.
    errors: Dict[str, str] = field(default_factory=dict)
    #: How many submissions have got a result in this run.
    graded: int = 0

    def grade(self, only: Sequence[str], again: bool, executor: Executor, jobs: int) -> int:
        """Grade what is chosen and not done yet; return the exit status."""
        listing = self._list()
        chosen = listing.select(only)
        kit = describe_kit(self.root, self.settings)
        self._write_class(listing, kit)
        self.store.keep_only([submission.id for submission in listing.submissions])
        works = self._take_in(chosen, kit)
        waiting = self._publish_known(works, again)
        failure: Optional[GraderError] = None
        try:
            if waiting:
                ensure_measure(self.root, self.store.out, self.lab, kit, self.settings, jobs)
                self._grade(waiting, len(chosen), executor, jobs)
        except GraderError as error:
            failure = error
        self.store.clear_tasks()
        write_outputs(self.root, self.store, self.lab, listing)
        print("\n".join(summary(self.store, listing, self.graded)), flush=True)
        if failure is not None:
            raise failure
        self._check_afterwards(kit)
        return 0

    def _check_afterwards(self, kit: Mapping[str, Any]) -> None:
        """GraderError if results are missing, or do not belong together."""
        changed = difference(kit, describe_kit(self.root, self.settings))
        if changed:
            raise GraderError(f"the kit was changed meanwhile ({changed}): grade once more")
        for name, reason in self.errors.items():
            print(f"not graded: {name}: {reason}", file=sys.stderr)
        if self.errors:
            raise GraderError(f"{plural(len(self.errors), 'submission')} could not be graded")

    def _list(self) -> Listing:
        students = read_roster(self.roster) if self.roster else None
        not_these = [self.store.out, *([self.roster] if self.roster else [])]
        entries = entries_of(self.submissions, not_these)
        if not entries and not students:
            raise GraderError(f"there is no submission in '{self.submissions}'")
        return list_class(self.submissions, entries, students)

    def _write_class(self, listing: Listing, kit: Mapping[str, Any]) -> None:
        rows = [
            {"id": s.id, "entry": s.entry, "student": s.student.id if s.student else None}
            for s in listing.submissions
        ]
        self.store.write_class(
            {
                "schema": SCHEMA,
                "settings": self.settings.to_json(),
                "kit": kit,
                "submissions": rows,
                "notes": listing.notes,
            }
        )

    def _take_in(self, chosen: Sequence[Submission], kit: Mapping[str, Any]) -> List[Work]:
        """Take the files of submissions; those that cannot be graded get their documents."""
        names = files_to_take(self.root, self.settings)
        works: List[Work] = []
        for submission in chosen:
            folder = Path("submissions") / submission.id
            if not submission.handed_in:
                self._publish_unbuilt(submission, [NOTHING], [])
                continue
            taken = take(self.submissions / submission.entry, names)
            self.store.write_files(folder, taken.files)
            if taken.problems:
                self._publish_unbuilt(submission, taken.problems, taken.notes)
                continue
            digest = digest_of(taken.files)
            key = key_of(kit, self.settings, digest)
            works.append(Work(submission, key, digest, taken.notes))
            self.store.write_files(Path("tasks") / key, taken.files)
        return works

    def _publish_known(self, works: Sequence[Work], again: bool) -> Dict[str, List[Work]]:
        """Write the documents of what is graded already; returns the others by their keys."""
        waiting: Dict[str, List[Work]] = {}
        for work in works:
            result = None if again else self.store.result(work.key)
            if result is not None:
                self._publish(work, result)
                continue
            waiting.setdefault(work.key, []).append(work)
            before = self.store.document(work.submission.id)
            if before is not None and before["digest"] != work.digest:
                self.store.remove_document(work.submission.id)
        return waiting

    def _grade(
        self, waiting: Mapping[str, Sequence[Work]], total: int, executor: Executor, jobs: int
    ) -> None:
        for key in waiting:
            self.store.forget(key)
        left = sum(map(len, waiting.values()))
        progress = Progress(total, total - left, sys.stderr)

        failed: Set[str] = set()

        def finished(task: Task) -> None:
            result = self.store.result(task.key)
            if result is None:
                failed.add(task.key)
            for work in waiting[task.key]:
                if result is None:
                    self._publish_error(work)
                else:
                    self._publish(work, result)
                    self.graded += 1
                progress.finished(work.submission.id)
            if not self.graded and len(failed) >= HOPELESS:
                raise GraderError(next(iter(self.errors.values())))

        progress.begin()
        try:
            executor.run(self.store.out, [Task(key) for key in waiting], jobs, finished)
        finally:
            progress.end()

    def _publish(self, work: Work, result: Mapping[str, Any]) -> None:
        self._write(
            document(
                result,
                work.submission,
                work.notes,
                work.digest,
                self.store.bundles(work.key),
                some=bool(self.settings.tests),
                revealed=self.settings.reveal,
            )
        )

    def _publish_unbuilt(
        self, submission: Submission, errors: Sequence[str], notes: Sequence[str]
    ) -> None:
        result = unbuilt(self.root, self.lab, self.settings, errors)
        self._write(document(result, submission, notes, revealed=self.settings.reveal))

    def _publish_error(self, work: Work) -> None:
        """A failure of the grader is nobody's mark: there is no document."""
        self.errors[work.submission.id] = self.store.error(work.key)
        self.store.remove_document(work.submission.id)

    def _write(self, new: Mapping[str, Any]) -> None:
        name = new["id"]
        before = self.store.document(name) if self.settings.tests else None
        if before:
            new = merge(before, new)
            self.store.keep_bundles(before, new)
        self.store.write_document(name, new)
