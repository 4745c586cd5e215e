"""Errors of the grader itself, as opposed to errors of a submission."""

from __future__ import annotations

from typing import Sequence


class GraderError(Exception):
    """The grader cannot work; the message is one line that says what to do."""


class EmulatorError(GraderError):
    """An emulator did not do what it was asked."""


class BuildFailed(Exception):
    """A submission does not build, or not in the way it may; `errors` says why, line by line."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__(errors[0])
        self.errors = list(errors)
