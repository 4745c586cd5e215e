"""Errors of the grader itself, as opposed to errors of a submission."""

from __future__ import annotations


class GraderError(Exception):
    """The grader cannot work; the message is one line that says what to do."""


class EmulatorError(GraderError):
    """An emulator did not do what it was asked."""
