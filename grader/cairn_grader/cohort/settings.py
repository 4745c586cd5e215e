"""How a class is graded, as it stands in OUT/class.json for whoever does the tasks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from cairn_grader.audit import Measure
from cairn_grader.catalogue import Lab, load_lab
from cairn_grader.errors import GraderError
from cairn_grader.grading import Request
from cairn_grader.report import Style
from cairn_grader.runner import Settings

SCHEMA = "cairn.class/1"
#: How the folder of a submission is named in results: as the student's own.
SHOWN = "labs"


@dataclass(frozen=True)
class ClassSettings:
    """What the results of a class depend on, besides the kit and the files."""

    lab: int
    seed: int
    emulators: Tuple[str, ...] = ("qemu",)
    #: Labs taken from solutions/: "" or "1,2".
    reference: str = ""
    #: Names of the tests to run; none: all.
    tests: Tuple[str, ...] = ()
    sandbox: bool = True
    #: Whether hidden tests are named and explained.
    reveal: bool = False

    def to_json(self) -> Dict[str, Any]:
        """As a part of class.json."""
        return asdict(self)

    @staticmethod
    def from_json(value: Dict[str, Any]) -> "ClassSettings":
        """From a part of class.json."""
        values: Dict[str, Any] = dict(value)
        for name in ("emulators", "tests"):
            values[name] = tuple(values[name])
        return ClassSettings(**values)

    def request(
        self,
        root: Path,
        lab: Lab,
        submission: Path,
        build: Path,
        measure: Optional[Measure] = None,
    ) -> Request:
        """The request to grade one set of files."""
        return Request(
            root=root,
            lab=lab,
            submission=submission,
            build=build,
            reference=self.reference,
            tests=tuple(lab.select(self.tests)),
            settings=Settings(
                emulators=self.emulators,
                seed=self.seed,
                jobs=1,
                # As in a student's own `make grade`, so that both have the same result.
                share_boots=False,
                sandbox=self.sandbox,
                measure=measure,
            ),
            checked=True,
            shown=SHOWN,
        )

    def style(self) -> Style:
        """How results are put into words: for a student who grades her own labs/."""
        command = ["grader/grade", "--lab", str(self.lab)]
        if self.reference:
            command += ["--ref", self.reference]
        return Style(command=command, reveal=self.reveal)


@dataclass(frozen=True)
class Class:
    """What class.json says, as far as tasks need it."""

    settings: ClassSettings
    #: See kit.py.
    kit: Dict[str, Any]

    def lab(self, root: Path) -> Lab:
        """The catalogue of the lab."""
        return load_lab(root, self.settings.lab)


def load_class(path: Path) -> Class:
    """Read class.json; GraderError if it is not one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["schema"] != SCHEMA:
            raise GraderError(f"'{path}' was written by another version: choose another --output")
        return Class(ClassSettings.from_json(value["settings"]), value["kit"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GraderError(f"cannot read '{path}': {error}") from None
