"""The hidden tests of names, kernel-mode programs and delegation."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = []
