"""Runs scripts/demo.sh, the first command of README.md, and checks what README.md promises.

The demonstration grades the reference solution of every lab. Its results are used here: the
reference earns every point, the same way every time, and in time. test_reference.py grades in Bochs
what the demonstration does not.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, Tuple

from kit import ROOT, KitTest, Stopwatch, need, run
from test_reference import must_earn_everything

from cairn_grader.catalogue import lab_numbers

ORDER = 91
ALONE = True  # It measures time, and the grader keeps every core busy by itself.
LIMIT = 900

LABS = lab_numbers(ROOT)
#: Seconds that grading takes, by lab, on a machine with two cores that does nothing else.
SECONDS = {
    "qemu": {1: 10.0, 2: 20.0, 3: 30.0},
    "bochs": {3: 75.0},
}
DEMO_SECONDS = 120.0
BUILD_SECONDS = 5.0
#: One in so many tests is run again, with no other beside it.
ALONE_SHARE = 4


class Demonstration(KitTest):
    """The demonstration, run once for all tests of this module."""

    scratch: "tempfile.TemporaryDirectory[str]"
    done: "subprocess.CompletedProcess[str]"
    watch: Stopwatch
    #: What the demonstration, and gradings after it, left behind.
    results: Dict[Tuple[int, str], Dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if "done" in Demonstration.__dict__:
            return
        Demonstration.scratch = tempfile.TemporaryDirectory(prefix="demo-")
        unittest.addModuleCleanup(Demonstration.scratch.cleanup)
        folder = Path(Demonstration.scratch.name)
        for name in ("here", "results"):
            (folder / name).mkdir()
        Demonstration.watch = Stopwatch()
        command = ["sh", ROOT / "scripts/demo.sh", folder / "results"]
        Demonstration.done = run(*command, cwd=folder / "here", timeout=450)
        Demonstration.watch.stop()
        Demonstration.results = {}
        for path in (folder / "results").iterdir():
            lab, emulator = path.stem.split("-")
            result = json.loads(path.read_text(encoding="utf-8"))
            Demonstration.results[int(lab[len("lab") :]), emulator] = result

    def grade(self, lab: int, *words: str) -> Dict[str, Any]:
        """Grade the reference."""
        result = self.folder / f"lab{lab}.json"
        command = [ROOT / "grader/grade", "--lab", str(lab), "--ref", "--json", result, *words]
        self.must_succeed(*command, "--build", self.folder / "build", timeout=300)
        found: Dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found


class Demo(Demonstration):
    """The first impression."""

    @need("qemu-system-i386", "bochs", "grub-mkrescue")
    def test_demo_shows_programs_and_full_marks_in_two_minutes(self) -> None:
        printed = self.done.stdout
        self.assertEqual(self.done.returncode, 0, printed[-4000:] + self.done.stderr[-4000:])
        last = LABS[-1]
        for line in (
            rf"Cairn, lab {last}\. Started by GRUB",
            r"hello: I am process \d+, child of process 1",
            r"family: 7 of 7 processes have reported",
            r"crash \(pid \d+\) failed: it read from address 0x00000000: a null pointer was used",
            r"float: the sum for pi is \S+ \* 2\^-62, which is right",
            r"ping: 10 of 10 answers of echo: are right",
            r"submit: live has become evil\n(?s:.*)submit: raw has become war\n",
            r"Stones are piled one by one\.\n(?s:.*)posix: /motd has 29 bytes; .*: 0\n",
            r"Call \d+ \(vfs\.read\): posix \(\d+\) calls vfs \(\d+\)\n",
            r"seq=\d+ t=\d+ ev=proc\.exit pid=\d+ status=526 kind=fault code=14 ",
            r"seq=\d+ t=\d+ ev=power\.off reason=done",
        ):
            self.assertRegex(printed, line)
        for lab in LABS:
            for emulator in ("QEMU", "Bochs") if lab == last else ("QEMU",):
                result = rf"Lab {lab} in {emulator}: (\S+) of (\S+) points"
                points = re.search(result, printed)
                assert points is not None, printed
                self.assertEqual(points.group(1), points.group(2))
            handout = rf"(?m)^  labs/lab{lab}-\w+/README\.md +lab {lab}, [\w ]+:"
            self.assertRegex(printed, handout)
        self.assertEqual(list((Path(self.scratch.name) / "here").iterdir()), [])
        self.watch.must_be_at_most(self, DEMO_SECONDS)

    def test_readme_begins_with_the_two_commands(self) -> None:
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        commands = re.findall(r"^    sh (scripts/\w+\.sh)", text, re.MULTILINE)
        self.assertEqual(commands[:2], ["scripts/demo.sh", "scripts/test.sh"])

    def test_continuous_integration_runs_the_second(self) -> None:
        lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
        self.assertEqual(lines[0], "#!/usr/bin/env bash")
        self.assertEqual(lines[-1], "sh scripts/test.sh")


@need("qemu-system-i386", "bochs", "grub-mkrescue")
class Reference(Demonstration):
    """The reference solution, as the demonstration has graded it."""

    def test_it_earns_every_point_in_time(self) -> None:
        graded = {*((lab, "qemu") for lab in LABS), (LABS[-1], "bochs")}
        self.assertEqual(set(self.results), graded)
        for (lab, emulator), result in sorted(self.results.items()):
            must_earn_everything(self, result)
            limit, taken = SECONDS[emulator][lab], sum(result["times"].values())
            with self.subTest(f"lab {lab}, {emulator}: at most {limit:.0f} s"):
                if taken > limit:  # No test may fail for the speed of its host.
                    self.skipTest(f"took {taken:.1f} s, more than {limit:.0f} s")

    def test_one_test_at_a_time_gives_identical_traces(self) -> None:
        # Of the last lab, whose kernel holds the others; test_repeat.py looks at all of them.
        traces = self.traces(self.results[LABS[-1], "qemu"])
        named = [name for name in traces if not name.startswith("hidden test")]
        expected = {name: traces[name] for name in named[::ALONE_SHARE]}
        self.assertEqual(self.traces(self.grade(LABS[-1], "-j", "1", *expected)), expected)

    def traces(self, result: Dict[str, Any]) -> Dict[str, Any]:
        """The fingerprints of all traces, by test."""
        return {
            test["name"]: [outcome["trace"] for outcome in test["outcomes"]]
            for test in result["tests"]
        }


class Speed(KitTest):
    """The time of a build from nothing."""

    @need("gcc")
    def test_clean_build_takes_at_most_5_seconds(self) -> None:
        jobs = f"-j{os.cpu_count() or 1}"
        watch = Stopwatch()
        self.must_succeed("make", jobs, "REF=all", f"BUILD={self.folder}/build", "kernel")
        watch.stop()
        watch.must_be_at_most(self, BUILD_SECONDS)


if __name__ == "__main__":
    unittest.main()
