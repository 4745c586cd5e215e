"""The hidden tests of names, kernel-mode programs and delegation: random use, against models."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = [
    Test(
        "names_random_use",
        "lab3.ex5",
        1,
        "random use of the namespace",
        memory=16,
        limit=4,
    ),
    Test(
        "kernel_program_random_copies",
        "lab3.ex6",
        0.5,
        "random copies from and to another process",
        memory=16,
        limit=4,
    ),
    Test(
        "delegate_random_use",
        "lab3.ex7",
        1,
        "random delegated calls",
        memory=16,
        limit=4,
    ),
]
