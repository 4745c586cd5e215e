"""Tests of the programs that communicate, in both rings, and of the library under them."""

from __future__ import annotations

import re
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Dict, List

from kit import ROOT, KitTest, need, run

ORDER = 21
LIMIT = 1200

#: Folders whose programs/ are built in addition to those of src/user/bin/.
TESTS = "grader/selftest/lab2 grader/selftest/lab3"
#: How much guest time an instruction takes: 2 ** N ns. The clock cuts into each run elsewhere.
SHIFTS = (1, 3, 5, 7)
#: Programs that belong together, and what they show when all is well. An @ is added to each.
TOGETHER: Dict[str, List[str]] = {
    "echo,ping:200": [r"ping: 200 of 200 answers of echo: are right; round trips took \d+ to \d+ "],
    "consumer,producer:20000": [
        r"producer: 20000 bytes are sent, with checksum (0x\w{8})\n(?s:.*)"
        r"consumer: 20000 bytes have come, with checksum \1, which is right",
    ],
    # The smallest ring: writer and reader wait for each other all the time.
    "consumer:1:tiny::,producer:500:tiny::": ["500 bytes have come, .* which is right"],
    "jobs,submit": [
        r"(?s)raw has number 1\n.*part has number 2\n.*denim has number 3\n.*live has become evil\n"
        r".*denim has become mined\n.*part has become trap\n.*raw has become war\n"
    ],
    "replace:1:2,replace:2:10,replace:3:25,visit:50,visit:60": [
        r"replace: version 1 gives way to version 2\n(?s:.*)version 2 gives way to version 3\n",
        r"visit: \d+ answers, from version 1 to version 3; asked again: [12]\n(?s:.*)visit: \d+ an",
    ],
    "vfs+1,posix": [
        r"it answers, and you never know\n",
        r"posix: /poem has 134 bytes; results that were not as they must be: 0\n",
    ],
}
#: What a program of each name says about words that it does not understand.
WRONG_WORDS = (
    *("echo:a:b", "ping:many", "ping:-1", "producer:1x", "consumer:1:2:3", "jobs:a:b"),
    *("submit:a:b", "replace:new", "visit:1:2", "vfs:now", "posix:a:b"),
    *("ns:lists", "ns:find", "ns:alias:a", "ns:list:a:b"),
)


#: Compilers; gcc also says how large stack frames are, which changes nothing else.
GCC, CLANG = "gcc -fstack-usage", "clang"

#: The kernels, which all tests share.
BUILD = Path()


def setUpModule() -> None:  # noqa: N802 (unittest's name)
    """Make the folder."""
    global BUILD
    BUILD = Path(tempfile.mkdtemp(prefix="ipc-"))
    unittest.addModuleCleanup(shutil.rmtree, BUILD, ignore_errors=True)


class IpcTest(KitTest):
    """A test that boots the reference kernel of lab 3."""

    def kernel(self, compiler: str = GCC) -> Path:
        """Build it; its folder."""
        words = [f"BUILD={BUILD}", "LAB=3", "REF=all", f"TESTS={TESTS}", f"CC={compiler}"]
        self.must_succeed("make", "-j2", *words, "kernel")
        return BUILD / f"lab3-ref{'-clang' if compiler == CLANG else ''}-test"

    def boot(self, options: str, compiler: str = GCC, shift: int = 3) -> str:
        """Boot with options, until init has nothing left to wait for; the console."""
        folder = self.kernel(compiler)
        console = self.folder / "console"
        self.must_end_with(
            1,  # Of isa-debug-exit, when the kernel powers off as it should.
            *("qemu-system-i386", "-M", "pc", "-m", "32M", "-nodefaults", "-display", "none"),
            *("-no-reboot", "-icount", f"shift={shift},align=off,sleep=off", "-vga", "std"),
            *("-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-serial", f"file:{console}"),
            *("-kernel", folder / "kernel.elf", "-initrd", folder / "initrd.tar"),
            *("-append", f"poweroff {options}"),
            timeout=100,
        )
        return console.read_text(encoding="utf-8")

    def all_is_well(self, console: str) -> None:
        """Every program ended with status 0, and none said that something is wrong."""
        self.assertNotRegex(console, "init:|WRONG|usage:|cannot")


@need("qemu-system-i386")
class Programs(IpcTest):
    """The programs of src/user/bin/ that lab 3 adds."""

    def test_every_program_in_both_rings(self) -> None:
        for programs, shown in TOGETHER.items():
            for mark in ("", "@"):
                chosen = ",".join(mark + program for program in programs.split(","))
                with self.subTest(chosen):
                    console = self.boot(f"run={chosen}")
                    self.all_is_well(console)
                    for line in shown:
                        self.assertRegex(console, line)

    def test_two_rings_at_the_two_ends(self) -> None:
        programs = [program.split(",") for program in TOGETHER]
        mixed = [f"@{server},{','.join(clients)}" for server, *clients in programs]
        self.all_is_well(self.boot("run=" + ",".join(mixed[:3])))
        self.all_is_well(self.boot("run=" + ",".join(mixed[3:])))

    def test_all_at_once_under_every_schedule(self) -> None:
        ordinary = ",".join(TOGETHER)
        for shift in SHIFTS:
            for option in ("", "slowpath "):
                with self.subTest(f"shift={shift} {option}"):
                    console = self.boot(f"{option}run={ordinary}", shift=shift)
                    self.all_is_well(console)
                    self.assertIn("which is right", console)

    def test_names_can_be_seen(self) -> None:
        console = self.boot(
            "run=echo:FS::deep::,ns:alias:short:::fs::deep:::50,"
            "jobs:fs::,submit:fs::,ns:list:fs::,ns:find:fs::deep::/a/B,ns:find:short::x,count:1:80,"
            "ping:1:fs::deep::"
        )
        self.assertNotRegex(console, "init:|WRONG")
        self.assertIn("ns: short: stands for fs:deep: for 50 ticks\n", console)
        self.assertRegex(console, r"ns:   fs:deep +process \d+ \(echo\)")
        self.assertRegex(console, r"ns:   fs: +process \d+ \(jobs\)")
        self.assertRegex(console, r'fs:deep:/a/B is served by .*\(echo\).* part is ":/a/B"')
        self.assertRegex(console, r'short:x is served by .*\(echo\).* part is ":x"')

    def test_wrong_words_are_answered_by_the_usage(self) -> None:
        for start in range(0, len(WRONG_WORDS), 5):
            words = WRONG_WORDS[start : start + 5]
            console = self.boot(f"run={','.join(words)}")
            for word in words:
                with self.subTest(word):
                    self.assertIn(f"usage: {word.split(':')[0]}", console)
            self.assertEqual(console.count(" ended with status 1\n"), len(words))

    def test_who_is_missing_is_named(self) -> None:
        console = self.boot("run=ping,submit,producer,posix,replace:2,ns:find:nobody::")
        for line in (
            "ping: nobody serves echo:: no such object",
            "submit: cannot ask jobs:: no such object",
            "producer: nobody serves stream:: no such object",
            "posix: nobody serves files: no such object",
            "replace: version 2 comes too late",
            "ns: nobody:: no such object",
        ):
            self.assertIn(line, console)

    @need("clang")
    def test_programs_built_by_clang(self) -> None:
        console = self.boot(f"run={','.join(TOGETHER)}", CLANG)
        self.all_is_well(console)


@need("qemu-system-i386")
class Init(IpcTest):
    """How the first process starts programs."""

    def test_demonstration_shows_communication(self) -> None:
        console = self.boot("")
        for line in (
            "ping: 10 of 10 answers of echo: are right",
            "ping: 10 of 10 answers of kernel: are right",
            "consumer: 100000 bytes have come, .* which is right",
            "submit: raw has become war",
            "visit: .* from version 1 to version 2",
            "posix: /poem has 134 bytes; .*: 0",
        ):
            self.assertRegex(console, line)
        self.all_is_well(console)

    def test_privileges_are_granted_by_number(self) -> None:
        console = self.boot("run=vfs")
        self.assertIn("vfs: cannot serve: permission denied", console)
        console = self.boot("run=vfs+2+0,hello+9,hello+x,hello+1+")
        self.assertIn("vfs: cannot serve: permission denied", console)
        self.assertIn("init: cannot grant 9 to hello: no such object", console)
        self.assertIn("init: cannot grant x to hello: invalid argument", console)
        self.assertEqual(console.count("init: cannot grant"), 2)

    def test_two_separators_are_a_colon(self) -> None:
        console = self.boot("run=hello:a:::b::c::")
        self.assertIn("hello: a:\n", console)
        self.assertIn("hello: b:c:\n", console)
        self.assertIn("(hello) ended with status 2", console)
        many = ":".join("abcdefghijklmnopqrstuvwxyz0123456789")
        console = self.boot(f"run=hello:{many}")
        self.assertIn("hello: 4:5:6:7:8:9\n", console)
        self.assertIn("(hello) ended with status 31", console)

    def test_rings_are_chosen_by_a_mark(self) -> None:
        console = self.boot("run=@count:1:20,count:1:20,ps")
        self.assertRegex(console, r"\d+ +1 +0 \w+ +\d+ count\n")
        self.assertRegex(console, r"\d+ +1 +3 \w+ +\d+ count\n")


class Library(IpcTest):
    """What lab 3 adds to the library of programs."""

    @need("qemu-system-i386", "clang")
    def test_library(self) -> None:
        for mark, ring in (("", 3), ("@", 0)):
            for compiler in (GCC, CLANG):
                with self.subTest(f"ring {ring}, {compiler}"):
                    console = self.boot(f"run={mark}test/ipc", compiler)
                    self.assertIn(f"ipc: in ring {ring}, failures: 0", console)

    @need("qemu-system-i386")
    def test_library_of_lab_2(self) -> None:
        for option in ("", "slowpath "):
            console = self.boot(f"{option}run=test/library")
            self.assertIn("library: both ways, failures: 0", console)

    @need("bochs", "grub-mkrescue")
    def test_both_rings_in_bochs(self) -> None:
        programs = f"test/ipc,@{',@'.join(','.join(TOGETHER).split(','))}"
        words = [f"BUILD={BUILD}", "LAB=3", "REF=all", f"TESTS={TESTS}", f"CC={GCC}"]
        for _ in range(3):  # Bochs 2.7 itself crashes in one run of 400.
            append = f"APPEND=poweroff run={programs}"
            done = run("make", "bochs", "-j2", *words, append, timeout=200)
            if "powered off" in done.stdout:
                break
        self.assertIn("The kernel powered off (done)", done.stdout, done.stderr)
        self.assertIn("ipc: in ring 3, failures: 0", done.stdout)
        self.all_is_well(done.stdout)

    @need("gcc")
    def test_stack_frames_are_small_enough_for_ring_0(self) -> None:
        frames: Dict[str, int] = {}
        for path in self.kernel().rglob("obj/user/**/*.su"):
            for line in path.read_text(encoding="ascii").splitlines():
                place, size, kind = line.split("\t")
                self.assertEqual(kind, "static", place)
                if not place.startswith("src/user/bin/crash.c"):  # It overflows on purpose.
                    frames[place] = int(size)
        listed = (ROOT / "src/stages.mk").read_text(encoding="utf-8")
        programs = re.findall(r"^USER_PROGRAMS_\d := (.*)$", listed, re.MULTILINE)
        self.assertGreater(len(frames), 10 * len(programs[-1].split()))
        self.assertEqual({place: size for place, size in frames.items() if size >= 2048}, {})


if __name__ == "__main__":
    unittest.main()
