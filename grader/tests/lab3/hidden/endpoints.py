"""The hidden tests of endpoints: random use, compared with a model."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = [
    Test(
        "endpoint_random_use",
        "lab3.ex2",
        1,
        "random messages among many processes",
        limit=10,
        schedules=(5, 7),
    ),
]
