"""The tests of endpoints: exercise 2 of lab 3.
"""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: "List[Test]" = []
