"""Lets programs make random system calls, with several seeds, on the kernels of labs 2 and 3."""

from __future__ import annotations

import json
import tempfile
import unittest
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict

from kit import ROOT, need

from cairn_grader.catalogue import Lab, load_lab
from cairn_grader.grading import Request, build_image, run_tests
from cairn_grader.run import Image
from cairn_grader.runner import Settings

ORDER = 80
LIMIT = 900

SEEDS = (1, 20260, 0xC0FFEE)
#: A faster machine than usual: the icount shift, 16 ns for an instruction.
SCHEDULE = 4


@dataclass(frozen=True)
class Campaign:
    """What is run with each seed."""

    lab: int
    test: str
    #: Calls of each run: the boot option `calls=` of the lab's fuzz.c.
    calls: int
    #: Seconds of guest time that a run may take, at most as many as the watchdog can count.
    guest_seconds: int = 30
    #: Further boot options.
    options: str = ""


class Fuzz(unittest.TestCase):
    """The reference solution survives, loses nothing, and no bystander is harmed."""

    folder: Path
    #: By lab; each is built once.
    images: Dict[int, Image]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        scratch = tempfile.TemporaryDirectory(prefix="fuzz-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.images = {}

    def image(self, lab: Lab) -> Image:
        """The kernel of a lab with its tests."""
        if lab.number not in self.images:
            folder = self.folder / f"lab{lab.number}"
            folder.mkdir()
            request = Request(ROOT, lab, folder, folder / "build", reference="all")
            self.images[lab.number] = build_image(request, folder)
        return self.images[lab.number]

    @need("qemu-system-i386")
    def test_lab2(self) -> None:
        self._run(Campaign(2, "exec_fuzz", 1_000_000))

    @need("qemu-system-i386")
    def test_lab3(self) -> None:
        self._run(Campaign(3, "services_fuzz", 120_000))

    @need("qemu-system-i386")
    def test_lab3_with_the_fast_path(self) -> None:
        self._run(Campaign(3, "services_fuzz", 120_000, options="fastpath"))

    def _run(self, campaign: Campaign) -> None:
        lab = load_lab(ROOT, campaign.lab)
        test = replace(
            lab.test(campaign.test),
            options=f"calls={campaign.calls} {campaign.options}".strip(),
            limit=campaign.guest_seconds,
            schedules=(SCHEDULE,),
        )
        image = self.image(lab)
        for seed in SEEDS:
            runs = Path(tempfile.mkdtemp(dir=self.folder))
            settings = Settings(seed=seed, wall_limit=200)
            outcome = run_tests(image, [test], runs, settings)[0].outcomes[0]
            with self.subTest(f"seed {seed}"):
                findings = [vars(finding) for finding in outcome.verdict.findings]
                self.assertTrue(
                    outcome.verdict.passed, json.dumps(findings, indent=2, default=str)
                )


if __name__ == "__main__":
    unittest.main()
