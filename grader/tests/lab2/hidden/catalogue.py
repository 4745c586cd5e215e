"""The hidden tests of lab 2: random use of each exercise, compared with a model."""

from __future__ import annotations

from cairn_grader.catalogue import Test

from . import programs

TESTS = [
    Test(
        "table_random_use",
        "lab2.ex1",
        1,
        "random use of the process table",
        memory=16,
        options="early",
        limit=4,
    ),
    Test(
        "sched_random_use",
        "lab2.ex3",
        1,
        "random waiting and waking",
        schedules=(5, 7),
    ),
    Test(
        "life_random_families",
        "lab2.ex4",
        1,
        "random families",
    ),
]

TESTS += programs.TESTS
