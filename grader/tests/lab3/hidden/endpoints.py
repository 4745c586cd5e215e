"""The hidden tests of endpoints."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

TESTS: List[Test] = []
