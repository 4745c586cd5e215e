"""The hidden tests of handles, notifications and shared memory: random use, against models."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = [
    Test(
        "handle_random_use",
        "lab3.ex1",
        1,
        "random use of tables of handles",
        memory=16,
        limit=4,
    ),
    Test(
        "notification_random_use",
        "lab3.ex3",
        0.5,
        "random signals, waits and ends of waiters",
        memory=16,
        limit=4,
        schedules=(5, 7),
    ),
    Test(
        "shared_random_use",
        "lab3.ex4",
        0.5,
        "random mappings of several processes",
        memory=16,
        limit=4,
    ),
]
