"""What the tests of lab 1 let the grader conclude from the trace of a whole run."""

from __future__ import annotations

from typing import List

from cairn_grader.machine import Check
from cairn_grader.trace import Trace

#: How the report of a stack overflow begins (src/kernel/x86/double_fault.c).
OVERFLOW = "kernel stack overflow: "
#: The function of boot.c that calls itself without end, and its file.
FILLING = ("descend", "grader/tests/lab1/boot.c")


def overflow_reported(trace: Trace, _console: str) -> List[Check]:
    """The kernel has panicked because a function that fills the stack had reached its end."""
    panic = trace.first("panic")
    message = panic.text("message") if panic is not None else ""
    frames = [(event.text("function"), event.text("file")) for event in trace.all("panic.frame")]
    return [
        Check.holds(
            "the report says that the stack overflowed",
            message.startswith(OVERFLOW),
            f"{OVERFLOW}...",
            message or "no report",
        ),
        Check.holds(
            "the function that fills the stack is in the report several times",
            frames.count(FILLING) > 1,
        ),
    ]
