"""Tests of the programs and their library: how they are built, and what they do when they run."""

from __future__ import annotations

import re
import tarfile
import unittest
from pathlib import Path
from typing import List, Tuple

from kit import ROOT, KitTest, need, run

from cairn_grader.catalogue import lab_numbers

ORDER = 22
LIMIT = 1200

#: Folder whose programs/ are built in addition to those of src/user/bin/.
TESTS = "grader/selftest/lab2"


class Programs(KitTest):
    """The initrd that make builds."""

    def build(self, *words: str) -> Path:
        """Build a reference kernel; its folder."""
        build = self.folder / "build"
        self.must_succeed("make", "-j2", f"BUILD={build}", "REF=all", *words, "kernel")
        return max(build.glob("*/kernel.elf"), key=lambda path: path.stat().st_mtime_ns).parent

    def sections(self, program: Path) -> List[str]:
        """The names of an ELF file's sections."""
        done = self.must_succeed("readelf", "-W", "-S", program)
        return re.findall(r"^ *\[ *\d+\] (\.\S+)", done.stdout, re.MULTILINE)

    def segments(self, program: Path) -> List[Tuple[int, str]]:
        """Address and rights of what the kernel loads."""
        done = self.must_succeed("readelf", "-W", "-l", program)
        pattern = r"^ *LOAD +\S+ (\S+) \S+ \S+ \S+ ([RWE ]{3})"
        found = re.findall(pattern, done.stdout, re.MULTILINE)
        return [(int(address, 16), rights) for address, rights in found]

    def test_initrd_holds_the_programs(self) -> None:
        listed = (ROOT / "src/stages.mk").read_text(encoding="utf-8")
        expected: List[str] = []
        for lab in lab_numbers(ROOT)[1:]:
            programs = re.search(rf"(?m)^USER_PROGRAMS_{lab} := (.*)$", listed)
            assert programs is not None
            expected += [f"bin/{name}" for name in programs.group(1).split()]
            folder = self.build(f"LAB={lab}", f"TESTS={TESTS}")
            with tarfile.open(folder / "initrd.tar") as initrd:
                self.assertEqual(initrd.getnames(), sorted(expected) + ["test/library"])
        there = [f"bin/{path.stem}" for path in (ROOT / "src/user/bin").glob("*.c")]
        self.assertEqual(sorted(there), sorted(expected))
        program = folder / "initrd/bin/hello.elf"
        self.assertIn(".symtab", self.sections(program))
        self.assertNotIn(".debug_info", self.sections(program))
        self.assertIn(".debug_info", self.sections(folder / "user/bin/hello.elf"))

    def test_no_segment_can_be_written_and_executed(self) -> None:
        folder = self.build()
        for program in sorted((folder / "initrd/bin").iterdir()):
            with self.subTest(program.name):
                segments = self.segments(program)
                self.assertEqual(segments[0], (0x40100000, "R E"))
                self.assertEqual([rights for _, rights in segments[1:]], ["R  ", "RW "])
                self.assertTrue(all(address % 4096 == 0 for address, _ in segments))

    def test_lab_1_has_no_programs(self) -> None:
        self.assertFalse((self.build("LAB=1") / "initrd.tar").exists())


class Running(KitTest):
    """The reference system with its programs."""

    def boot(self, target: str, run_option: str, *words: str) -> str:
        """Boot, let init run programs, and power off; what the console shows."""
        build = self.folder / "build"
        command = ["make", target, "-j2", f"BUILD={build}", "LAB=2", "REF=all", *words]
        for _ in range(3):  # Bochs 2.7 itself crashes in one run of 400.
            done = run(*command, f"APPEND=poweroff {run_option}", timeout=120)
            if target != "bochs" or "powered off" in done.stdout:
                break
        self.assertIn("The kernel powered off (done)", done.stdout, done.stderr)
        return done.stdout

    @need("qemu-system-i386")
    def test_library(self) -> None:
        for compiler in ("gcc", "clang"):
            with self.subTest(compiler):
                console = self.boot(
                    "qemu-nox", "run=test/library", f"CC={compiler}", f"TESTS={TESTS}"
                )
                self.assertIn("library: both ways, failures: 0", console)

    @need("bochs", "grub-mkrescue")
    def test_library_in_bochs(self) -> None:
        console = self.boot("bochs", "run=test/library", f"TESTS={TESTS}")
        self.assertIn("library: both ways, failures: 0", console)

    @need("qemu-system-i386")
    def test_demonstration(self) -> None:
        console = self.boot("qemu-nox", "")
        for line in (
            r"hello: I am process \d+, child of process 1",
            r"relay: I am process \d+; runs to go: 1",
            r"family: 7 of 7 processes have reported",
            r"primes: 5133 below 50000",
        ):
            self.assertRegex(console, line)
        self.assertEqual(len(re.findall(r"float: .*, which is right", console)), 2)
        self.assertEqual(len(re.findall(r"crash: process \d+ ended by exception", console)), 7)
        self.assertNotRegex(console, "init:|WRONG|still alive")

    @need("qemu-system-i386")
    def test_relay_keeps_its_process(self) -> None:
        console = self.boot("qemu-nox", "run=relay:2,ps")
        first = re.search(r"relay: I am process (\d+); runs to go: 2\n", console)
        assert first is not None, console
        self.assertIn(f"relay: I am process {first.group(1)}; runs to go: 1\n", console)
        self.assertIn(f"hello: I am process {first.group(1)}, child of process 1\n", console)
        self.assertNotRegex(console, "init:|no next run")

    @need("qemu-system-i386")
    def test_init_reports_what_went_wrong(self) -> None:
        programs = "crash:null,hello:a:b,none,count:2:10,memory,ps,spin:20"
        console = self.boot("qemu-nox", f"run={programs}")
        for line in (
            r"init: process \d+ \(crash\) was ended by exception 14",
            r"hello: b",
            r"init: process \d+ \(hello\) ended with status 2",
            r"init: cannot start bin/none: no such object",
            r"count: process \d+ says 2 after \d+ ticks",
            r"memory: \d+ of \d+ KiB are free; there are \d+ processes",
            r"    1      0    3 \w+ +\d+ init",
        ):
            self.assertRegex(console, line)


if __name__ == "__main__":
    unittest.main()
