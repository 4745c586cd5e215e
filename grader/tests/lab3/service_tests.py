"""The tests of names, kernel-mode programs and delegation: exercises 5 to 7 of lab 3.
"""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: "List[Test]" = []
