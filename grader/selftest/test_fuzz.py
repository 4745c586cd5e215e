"""Lets programs make a million random system calls, with several seeds."""

from __future__ import annotations

import json
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

from kit import ROOT, need

from cairn_grader.catalogue import load_lab
from cairn_grader.grading import Request, build_image, run_tests
from cairn_grader.runner import Settings

ORDER = 80
LIMIT = 600

#: Calls of each run: the boot option `calls=` of grader/tests/lab2/fuzz.c.
CALLS = 1_000_000
SEEDS = (1, 20260, 0xC0FFEE)
#: Seconds of guest time that a run may take, at most as many as the watchdog can count.
GUEST_SECONDS = 30
#: A faster machine than usual: the icount shift, 16 ns for an instruction.
SCHEDULE = 4


class Fuzz(unittest.TestCase):
    """The reference solution of lab 2 survives, loses nothing, and no bystander is harmed."""

    @need("qemu-system-i386")
    def test_a_million_calls(self) -> None:
        lab = load_lab(ROOT, 2)
        test = replace(
            lab.test("exec_fuzz"),
            options=f"calls={CALLS}",
            limit=GUEST_SECONDS,
            schedules=(SCHEDULE,),
        )
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            folder = Path(name)
            request = Request(ROOT, lab, folder, folder / "build", reference="all")
            image = build_image(request, folder)
            for seed in SEEDS:
                runs = folder / f"seed-{seed}"
                runs.mkdir()
                settings = Settings(seed=seed, wall_limit=200)
                outcome = run_tests(image, [test], runs, settings)[0].outcomes[0]
                with self.subTest(f"seed {seed}"):
                    findings = [vars(finding) for finding in outcome.verdict.findings]
                    self.assertTrue(
                        outcome.verdict.passed, json.dumps(findings, indent=2, default=str)
                    )


if __name__ == "__main__":
    unittest.main()
