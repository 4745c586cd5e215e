"""Follows README.md from nothing to the reference system, and to the first test, which fails.

The commands are those of the first section of README.md, and of the README.md that a release has.
What installs tools is only asked what it would install; the others run as they are typed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import threading
import unittest
from pathlib import Path
from typing import List

from kit import ROOT, KitTest, clean_environment, need

sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.catalogue import load_lab  # noqa: E402 (needs the path above)

ORDER = 12
LIMIT = 900

SET_UP = "sh scripts/setup.sh"
#: At most so many commands to a running kernel, and to a failing test.
TO_KERNEL, TO_TEST = 3, 5
#: What ends QEMU, and what the reference system says when it has nothing more to do.
LEAVE = "\001x"
RESTING = "All programs have ended. Resting."
#: The commands are short, so they build with one job; a test need not wait for that.
JOBS = {"MAKEFLAGS": "-j2"}
NEXT = "Next: exercise lab1.ex1, frame_init() in labs/lab1-memory/frame.c."


def blocks(readme: Path) -> List[List[str]]:
    """The commands of the first section, block by block."""
    section = readme.read_text(encoding="utf-8").split("\n## ")[0]
    found: List[List[str]] = []
    for block in re.findall(r"(?:^ {4}\S.*\n)+", section, re.MULTILINE):
        found.append([line.split("#")[0].strip() for line in block.splitlines()])
    return found


def run_until(command: str, folder: Path, text: str, seconds: float = 280) -> str:
    """Run a command whose standard input is the machine's console, and leave it after a text."""
    with subprocess.Popen(
        command.split(),
        cwd=folder,
        env=clean_environment(JOBS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        late = threading.Timer(seconds, process.kill)
        late.start()
        printed = ""
        try:
            for line in process.stdout:
                printed += line
                if text in line:
                    process.stdin.write(LEAVE)
                    process.stdin.flush()
        except BrokenPipeError:  # It has powered off by itself.
            pass
        finally:
            late.cancel()
    return printed


class FromNothing(KitTest):
    """The commands, one after the other, in a copy."""

    def follow(self, commands: List[str], folder: Path) -> None:
        """Type the commands; the first sets up, and the last is the failing test."""
        self.assertEqual(commands[0], SET_UP)
        self.must_succeed(*commands[0].split(), "--check", cwd=folder)
        for command in commands[1:-1]:
            with self.subTest(command):
                if command == "make doctor":
                    self.doctor_is_content(folder)
                    continue
                text = RESTING if "REF=all" in command else NEXT
                self.assertIn(text, run_until(command, folder, text))
        with self.subTest(commands[-1]):
            done = self.must_end_with(2, *commands[-1].split(), cwd=folder, timeout=280)
            self.assertIn("lab1.ex1", done.stdout)
            self.assertIn("frame_init() is not implemented yet", done.stdout)

    def doctor_is_content(self, folder: Path) -> None:
        """All is well on this machine, and every check has been made."""
        printed = self.must_succeed("make", "doctor", cwd=folder, timeout=280).stdout
        self.assertNotIn("WRONG", printed)
        self.assertTrue(printed.endswith("doctor: this machine can build, boot and grade\n"))
        found = re.findall(r"(?m)^(?:ok|note) +(\S+)", printed)
        listed = self.must_succeed("sh", "scripts/doctor.sh", "--list", cwd=folder).stdout
        self.assertEqual(list(dict.fromkeys(found)), listed.split())

    def count(self, commands: List[str], kernel: str) -> None:
        """The commands are few, and the test is the first of the first exercise."""
        self.assertLessEqual(commands.index(kernel) + 1, TO_KERNEL)
        self.assertLessEqual(len(commands), TO_TEST)
        first = load_lab(ROOT, 1).tests[0]
        self.assertEqual(first.exercise, "lab1.ex1")
        self.assertEqual(commands[-1], f"make run-{first.name} LAB=1")

    @need("qemu-system-i386")
    def test_of_the_complete_kit(self) -> None:
        commands = blocks(ROOT / "README.md")[1]
        self.count(commands, "make qemu-nox REF=all")
        self.follow(commands, self.copy_of_kit())

    @need("qemu-system-i386")
    def test_of_a_release(self) -> None:
        archive = self.folder / "release.tar.gz"
        self.must_succeed("sh", ROOT / "scripts/release.sh", "1", archive, timeout=280)
        with tarfile.open(archive) as release:
            release.extractall(self.folder)
        folder = self.folder / "cairn-lab1"
        commands = blocks(folder / "README.md")[0]
        self.count(commands, "make qemu-nox LAB=1")
        # A release is examined as a whole elsewhere.
        self.assertEqual(commands.pop(1), "make doctor")
        self.follow(commands, folder)


if __name__ == "__main__":
    unittest.main()
