"""The hidden tests of lab 3: random use of each exercise, compared with a model."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

from . import endpoints, objects, services

TESTS: List[Test] = objects.TESTS + endpoints.TESTS + services.TESTS
