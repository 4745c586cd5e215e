"""The hidden tests of programs: random use of each exercise, compared with a model."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = [
    Test(
        "programs_copy_random",
        "lab2.ex5",
        0.5,
        "random copies from and to random memory",
        memory=16,
    ),
    Test(
        "programs_fork_random",
        "lab2.ex6",
        0.5,
        "random forks of spaces, and random writes",
        memory=16,
        limit=4,
    ),
    Test(
        "programs_exec_random",
        "lab2.ex7",
        0.25,
        "programs that fork, exec and exit at random",
        memory=16,
        limit=4,
    ),
]
