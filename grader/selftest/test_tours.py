"""The guided tours: each goes through all its stops, and its page says what they show.

Also how a reader makes a tour: Enter, commands in between, a breakpoint on the way, and a kernel
that is not finished yet.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import tempfile
import time
import unittest
from pathlib import Path
from typing import Dict

import tour_pages
from kit import ROOT, KitTest, clean_environment, need, run

ORDER = 20
LIMIT = 900

PROMPT = "(gdb) "
#: The compiler with which the pages were made: another one may keep other variables.
COMPILER = ("gcc", "12")
#: Going backwards needs at least this QEMU.
QEMU_NEEDED = 7


class ToursTest(KitTest):
    """Kernels of the reference, built when they are needed."""

    work: Path
    built: Dict[str, Path] = {}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.work = Path(tempfile.mkdtemp(prefix="tours-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.built = {}

    def kernel(self, lab: int, *options: str) -> Path:
        """The folder with a kernel and its programs."""
        name = f"lab{lab}" + "".join(options)
        if name not in self.built:
            build = self.work / str(len(self.built))
            words = ("make", "-j2", "kernel", f"LAB={lab}", f"BUILD={build}", *options)
            self.must_succeed(*words, timeout=600)
            self.built[name] = next(build.glob(f"lab{lab}*/kernel.elf")).parent
        return self.built[name]

    def environment(self) -> Dict[str, str]:
        """A place of our own for what a tour leaves behind, which must be nothing."""
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        return {"TMPDIR": str(scratch), "TERM": "dumb"}


@need("gdb", "qemu-system-i386")
class Pages(ToursTest):
    """What the pages say."""

    def check(self, name: str) -> None:
        """A tour goes through all its stops, each has a section, and each section is true."""
        tour = next(tour for tour in tour_pages.tours() if tour.script.stem == name)
        command = tour.command(self.kernel(tour.lab, "REF=all"))
        done = self.must_succeed(*command, env=self.environment(), timeout=300)
        self.assertNotIn("Traceback", done.stderr)
        shown = tour_pages.stops(done.stdout)
        page = tour_pages.sections(tour.page.read_text(encoding="ascii"))
        titles = re.findall(r"(?m)^stop (.*)$", tour.script.read_text(encoding="ascii"))
        self.assertEqual(list(shown), titles, done.stdout + done.stderr)
        self.assertEqual(list(page), titles)
        if run(COMPILER[0], "-dumpversion").stdout.split(".")[0].strip() != COMPILER[1]:
            self.skipTest(f"the pages were made with {' '.join(COMPILER)}")
        for title, blocks in page.items():
            if not tour_pages.fits(blocks, shown[title]):
                self.fail(
                    f"{tour.page.relative_to(ROOT)}, {title}:\n"
                    f"{tour_pages.difference(blocks, shown[title])}\n"
                    "bring it up to date by: grader/selftest/tour_pages.py\n" + done.stdout
                )

    def test_memory(self) -> None:
        self.check("lab1-memory")

    def test_processes(self) -> None:
        self.check("lab2-processes")

    @need("qemu-img")
    def test_backwards(self) -> None:
        version = re.search(r"version (\d+)", run("qemu-system-i386", "--version").stdout)
        if version is None or int(version.group(1)) < QEMU_NEEDED:
            self.skipTest(f"replay needs QEMU {QEMU_NEEDED}")
        self.check("lab2-backwards")

    def test_communication(self) -> None:
        self.check("lab3-ipc")

    def test_every_tour_has_its_test_and_its_page(self) -> None:
        tours = tour_pages.tours()
        self.assertEqual(
            [tour.script.stem for tour in tours],
            ["lab1-memory", "lab2-backwards", "lab2-processes", "lab3-ipc"],
        )
        self.assertEqual(sorted(tour_pages.PAGES.iterdir()), [tour.page for tour in tours])
        for tour in tours:
            page = tour.page.read_text(encoding="ascii")
            asked = re.findall(r"(?m)^\*\*Questions?\.\*\*", page)
            self.assertGreaterEqual(len(asked), len(tour_pages.sections(page)), tour.page.name)


class Comparison(unittest.TestCase):
    """How pages and tours are compared."""

    SHOWN = ["(gdb) print 1", "$1 = 1", "", "(gdb) frame", "#0  0x00101234 in f (a=0x1) at f.c:12"]

    def test_blocks_fit(self) -> None:
        for blocks in (
            ["(gdb) print 1\n$1 = 1\n\n", "(gdb) frame\n#0  ... in f (a=...) at f.c:...\n"],
            ["(gdb) print 1\n...\n#0  ...\n"],
            ["...\n(gdb) frame\n#0  0x00101234 in f (a=0x1) at f.c:12\n...\n"],
        ):
            self.assertTrue(tour_pages.fits(blocks, self.SHOWN), blocks)
        for blocks in (
            ["(gdb) print 1\n$1 = 2\n...\n"],
            ["(gdb) print 1\n$1 = 1\n\n(gdb) frame\n"],
            ["(gdb) print 1\n$1 = 1\n(gdb) frame\n#0  ...\n"],
            ["(gdb) print 1\n$1 = 1\n\n(gdb) frame\n#0  ... in g ...\n"],
        ):
            self.assertFalse(tour_pages.fits(blocks, self.SHOWN), blocks)

    def test_what_does_not_fit_is_written_anew(self) -> None:
        page = (
            "# A\n\n## One\n\nText.\n\n```text\n(gdb) print 1\n$1 = 2\n```\n\nMore.\n\n"
            "```text\n(gdb) frame\n#0  ...\n```\n\n## Two\n\n```text\nkept ...\n```\n"
        )
        new = tour_pages.renewed(page, {"One": self.SHOWN, "Two": ["kept too"]})
        self.assertEqual(
            new,
            page.replace("$1 = 2\n", "$1 = 1\n\n").replace(
                "#0  ...\n", "#0  ... in f (a=...) at f.c:...\n"
            ),
        )
        self.assertEqual(tour_pages.renewed(new, {"One": self.SHOWN}), new)


@need("gdb", "qemu-system-i386")
class Reader(ToursTest):
    """Somebody at a terminal."""

    def setUp(self) -> None:
        super().setUp()
        kernel = self.kernel(1, "REF=all")
        script = tour_pages.SCRIPTS / "lab1-memory.gdb"
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            words = [str(ROOT / "scripts" / "tour.sh"), str(script), str(kernel)]
            os.execve(words[0], words, clean_environment(self.environment()))
        self.addCleanup(self.end)
        self.heard = self.hear()

    def end(self) -> None:
        """Leave GDB; nothing stays behind."""
        os.write(self.terminal, b"quit\n")
        while select.select([self.terminal], [], [], 60)[0]:
            try:
                os.read(self.terminal, 4096)
            except OSError:
                break
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        limit = time.monotonic() + 20
        while list((self.folder / "scratch").iterdir()):
            self.assertLess(time.monotonic(), limit, "a machine is left behind")
            time.sleep(0.05)

    def hear(self) -> str:
        """What GDB prints up to its next prompt for the reader."""
        heard = ""
        limit = time.monotonic() + 60
        while not heard.endswith("\n" + PROMPT):
            left = max(0.0, limit - time.monotonic())
            self.assertTrue(select.select([self.terminal], [], [], left)[0], heard)
            heard += os.read(self.terminal, 4096).decode("ascii", "replace").replace("\r", "")
        return heard

    def type(self, line: str) -> str:
        """Type a line; what GDB answers."""
        os.write(self.terminal, f"{line}\n".encode())
        return self.hear()

    def test_way_through(self) -> None:
        self.assertIn("The tour of lab 1: 7 stops. Type tour", self.heard)
        self.assertIn("== 1 of 7: Before there are any tables ==\n| ", self.type("tour"))
        self.assertIn("== 2 of 7: Every frame is counted ==", self.type(""))
        self.assertRegex(self.type("print 6 * 7"), r"\$\d+ = 42")
        self.assertIn("* 2  Every frame is counted\n  3  The first", self.type("tour list"))
        self.type("break fault_decode")
        fifth = self.type("tour 5")
        self.assertIn("The machine has stopped elsewhere:\nfault_decode (", fifth)
        self.assertIn("Stop 5 is not over; tour goes on with it. If", fifth)
        self.assertNotIn("== 3 of", fifth)
        self.type("delete")
        fifth = self.type("tour")
        self.assertIn("== 5 of 7: The first page fault ==", fifth)
        self.assertIn("0x40000000 -> physical", fifth)
        last = self.type("tour 7")
        self.assertIn("== 7 of 7: A block", last)
        self.assertIn("\n\n| The tour is over, and the machine is yours.", last)
        self.assertIn("\nThe tour is over", self.type(""))
        self.assertIn("tour takes the number of a stop", self.type("tour x"))


@need("gdb", "qemu-system-i386")
class Unfinished(ToursTest):
    """The student's own kernel."""

    def test_as_far_as_it_goes(self) -> None:
        """The tour ends where the kernel does, with what that says; make tour finds the script."""
        kernel = self.kernel(1)
        build = f"BUILD={kernel.parent}"
        done = run("make", "tour", "LAB=1", build, stdin="tour 2\n", env=self.environment())
        self.assertIn("The kernel ends here, before the next stop. It says:\n", done.stdout)
        self.assertRegex(done.stdout, r"\n  .*lab1\.ex1")
        self.assertIn("Stop 2 is not over", done.stdout + done.stderr)

    def test_there_is_no_such_tour(self) -> None:
        folder = self.kernel(1)
        rewind, script = ROOT / "grader" / "rewind", tour_pages.SCRIPTS / "lab1-backwards.gdb"
        done = self.must_end_with(2, rewind, "--tour", script, folder)
        self.assertIn("rewind: of this lab there is no tour backwards", done.stderr)
        done = self.must_end_with(1, ROOT / "scripts" / "tour.sh", script, folder)
        self.assertIn("tour.sh: there is no tour of this lab", done.stderr)


if __name__ == "__main__":
    unittest.main()
