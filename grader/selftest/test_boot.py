"""Boots the kernels of all labs by the commands that people type, in both emulators."""

from __future__ import annotations

import re
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import List, Tuple

import partly
from kit import ROOT, KitTest, need, run

ORDER = 9
LIMIT = 1200

LABS = (1, 2, 3)
#: What a kernel that can do everything shows, besides its first line.
SHOWN = {
    1: ["Everything that this kernel can do works"],
    2: [
        r"initrd:  \d+ files",
        r"hello: I am process 2, child of process 1",
        r"relay: I am process (\d+); runs to go: 3\n(?s:.*)hello: I am process \1, child of",
        r"family: 7 of 7 processes have reported",
        r"crash \(pid \d+\) failed: it read from address 0x00000000: a null pointer was used",
        r"  [0-9a-f]{8} read_null\+0x",
    ],
    3: [
        r"objects: notifications and shared memory come and go",
        r"family: 7 of 7 processes have reported",
        r"ping: 10 of 10 answers of echo: are right",
        r"ping: 10 of 10 answers of kernel: are right",
        r"consumer: 100000 bytes have come, with checksum 0x\w{8}, which is right",
        r"posix: /poem has 134 bytes; results that were not as they must be: 0",
    ],
}


class BootTest(KitTest):
    """A test that boots kernels; a class builds each of them once."""

    build: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.build = Path(tempfile.mkdtemp(prefix="boot-"))
        cls.addClassCleanup(shutil.rmtree, cls.build, ignore_errors=True)

    def boot(self, target: str, *words: str, append: str = "poweroff") -> Tuple[str, str]:
        """Run a target of the Makefile; what was printed, and the trace."""
        command = ["make", "-j2", target, f"BUILD={self.build}", f"APPEND={append}", *words]
        for _ in range(3):  # Bochs 2.7 itself crashes in one run of 400.
            done = run(*command, timeout=120)
            printed = done.stdout + done.stderr
            told = re.search(r"Its trace is in (\S+)\.\n", printed)
            if told or target != "bochs":
                break
        assert told is not None, printed
        return printed, Path(told.group(1)).read_text(encoding="utf-8")

    def reaches_the_end(self, lab: int, console: str, trace: str, loader: str) -> None:
        """The reference kernel must do all that it can, and power off."""
        self.assertRegex(console, f"Cairn, lab {lab}. Started by {loader}")
        for line in SHOWN[lab]:
            self.assertRegex(console, line)
        self.assertRegex(trace, rf"^seq=0 t=\d+ ev=boot\.start stage={lab} loader=")
        self.assertRegex(trace, r"ev=power\.off reason=done\n$")

    def stops_at(self, exercise: str, file: str, console: str, trace: str) -> None:
        """The kernel must name the exercise to do next, and power off."""
        self.assertRegex(console, rf"Next: exercise {exercise}, \w+\(\) in labs/{file}\.")
        self.assertIn(f" ev=todo exercise={exercise} ", trace)
        self.assertRegex(trace, r"ev=power\.off reason=todo\n$")


class Boot(BootTest):
    """The complete kernels."""

    @need("qemu-system-i386")
    def test_qemu_boots_the_kernel_directly(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                console, trace = self.boot("qemu-nox", f"LAB={lab}", "REF=all")
                self.reaches_the_end(lab, console, trace, "qemu")

    @need("bochs", "grub-mkrescue")
    def test_bochs_boots_the_image(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                console, trace = self.boot("bochs", f"LAB={lab}", "REF=all")
                self.reaches_the_end(lab, console, trace, "GRUB")

    @need("qemu-system-i386", "grub-mkrescue")
    def test_qemu_boots_the_image(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                words = [f"LAB={lab}", "REF=all", f"BUILD={self.build}", "APPEND=poweroff"]
                self.must_succeed("make", "-j2", "iso", *words)
                image = self.build / f"lab{lab}-ref/kernel.iso"
                console, trace = self.emulate("-cdrom", str(image))
                self.reaches_the_end(lab, console, trace, "GRUB")

    @need("qemu-system-i386", "clang")
    def test_kernel_built_by_clang_boots(self) -> None:
        for lab in LABS:
            with self.subTest(f"lab {lab}"):
                console, trace = self.boot("qemu-nox", f"LAB={lab}", "REF=all", "CC=clang")
                self.reaches_the_end(lab, console, trace, "qemu")

    @need("qemu-system-i386")
    def test_panic_shows_a_backtrace_with_names_and_lines(self) -> None:
        for lab in LABS:
            for word, kind in (("testpanic", "panic"), ("testpagefault", "trap")):
                with self.subTest(f"lab {lab}: {word}"):
                    console, trace = self.boot("qemu-nox", f"LAB={lab}", "REF=all", append=word)
                    self.assertRegex(console, r"kernel_main.*main\.c:\d+")
                    self.assertRegex(trace, rf"ev=panic kind={kind} ")
                    frame = re.search(r"ev=panic\.frame n=0 .*file=\S+ line=\d+", trace)
                    self.assertIsNotNone(frame)
                    self.assertRegex(trace, r"ev=power\.off reason=panic\n$")

    def emulate(self, *words: str, status: int = 1) -> Tuple[str, str]:
        """Run QEMU without the kit's scripts, until the kernel powers off; console and trace."""
        console, trace = self.folder / "console", self.folder / "trace"
        self.must_end_with(
            status,  # Of isa-debug-exit: an odd number that depends on the reason.
            *("qemu-system-i386", "-M", "pc", "-m", "32M", "-nodefaults", "-display", "none"),
            *("-vga", "std", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
            *("-serial", f"file:{console}", "-serial", f"file:{trace}", *words),
            timeout=60,
        )
        return console.read_text(encoding="utf-8"), trace.read_text(encoding="utf-8")

    @need("qemu-system-i386")
    def test_a_kernel_without_its_programs_says_so(self) -> None:
        self.must_succeed("make", "-j2", "kernel", "LAB=2", "REF=all", f"BUILD={self.build}")
        kernel = self.build / "lab2-ref/kernel.elf"
        console, trace = self.emulate("-kernel", str(kernel), status=3)
        self.assertRegex(
            console, r"PANIC: the first program, bin/init, .* \(files in the initrd: 0\)"
        )
        self.assertRegex(trace, r"ev=power\.off reason=panic\n$")


class Options(BootTest):
    """The boot options that choose programs."""

    def programs(self, options: str) -> Tuple[str, str]:
        """Boot the reference kernel of lab 2; console and trace."""
        return self.boot("qemu-nox", "LAB=2", "REF=all", append=f"{options} poweroff")

    @need("qemu-system-i386")
    def test_run_chooses_programs_and_their_arguments(self) -> None:
        console, trace = self.programs("run=hello:one:two,count:2:5")
        self.assertRegex(console, r"hello: one\n(?s:.*)hello: two\n")
        self.assertEqual(len(re.findall(r"count: process 3 says \d after \d+ ticks", console)), 2)
        self.assertNotIn("primes:", console)
        self.assertRegex(trace, r"ev=power\.off reason=done\n$")

    @need("qemu-system-i386")
    def test_init_chooses_the_first_process(self) -> None:
        console, trace = self.programs("init=bin/hello")
        self.assertIn("hello: I am process 1, child of process 0", console)
        self.assertNotIn("process 2", console)
        self.assertRegex(trace, r"ev=power\.off reason=done\n$")

    @need("qemu-system-i386")
    def test_a_first_process_that_fails_is_a_panic_that_names_its_status(self) -> None:
        console, trace = self.programs("init=bin/crash run=null")
        self.assertRegex(console, r"crash \(pid 1\) failed: it read from address 0x00000000")
        self.assertIn("PANIC: the first process, pid 1, ended with status 0x20e", console)
        self.assertRegex(trace, r"ev=power\.off reason=panic\n$")

    @need("qemu-system-i386")
    def test_an_unknown_first_program_is_a_panic_that_names_it(self) -> None:
        console, trace = self.programs("init=bin/none")
        told = "PANIC: the first program, bin/none, cannot be started: no such object"
        self.assertIn(told, console)
        self.assertRegex(trace, r"ev=power\.off reason=panic\n$")

    @need("qemu-system-i386")
    def test_an_unknown_program_is_named_and_stops_nobody(self) -> None:
        console, trace = self.programs("run=none,hello")
        self.assertIn("init: cannot start bin/none: no such object", console)
        self.assertIn("hello: I am process 2", console)
        self.assertRegex(trace, r"ev=power\.off reason=done\n$")

    @need("qemu-system-i386")
    def test_an_unknown_option_is_named_and_stops_nobody(self) -> None:
        console, _ = self.programs("pwoeroff init=bin/hello")
        self.assertIn('"pwoeroff" is no boot option of this kernel; it does nothing.\n', console)
        self.assertIn("hello: I am process 1", console)
        self.assertNotIn("no boot option", self.programs("init=bin/hello")[0])

    @need("qemu-system-i386")
    def test_groups_of_the_trace_are_chosen(self) -> None:
        quiet = self.programs("run=hello")[1]
        self.assertNotRegex(quiet, r"ev=(sched|sys|proc)\.")
        loud = self.programs("run=relay:2 trace=sched,syscall")[1]
        for event in ("sched.switch", "proc.create", "proc.exit", "sys.enter", "sys.exit"):
            self.assertIn(f" ev={event} ", loud)

    @need("qemu-system-i386")
    def test_without_poweroff_the_system_rests(self) -> None:
        words = [f"BUILD={self.build}", "LAB=2", "REF=all"]
        self.must_succeed("make", "-j2", "kernel", *words)
        command = ["make", "qemu-nox", *words, "APPEND=run=hello limit=1"]
        done = run(*command, timeout=60)
        self.assertIn("All programs have ended. Resting.", done.stdout)
        self.assertIn("the guest-time limit is over", done.stdout)


class Skeletons(BootTest):
    """Kernels of which something is still to be done."""

    @need("qemu-system-i386")
    def test_skeletons_name_the_first_exercise(self) -> None:
        memory = ("lab1.ex1", "lab1-memory/frame.c")
        processes = ("lab2.ex1", "lab2-processes/process.c")
        handles = ("lab3.ex1", "lab3-ipc/handle.c")
        for words, (exercise, file) in (
            (["LAB=1"], memory),
            (["LAB=2"], memory),
            (["LAB=2", "REF=1"], processes),
            (["LAB=2", "REF=2"], memory),
            (["LAB=3", "REF=1,2"], handles),
            (["LAB=3", "REF=1,3"], processes),
        ):
            with self.subTest(" ".join(words)):
                self.stops_at(exercise, file, *self.boot("qemu-nox", *words, append=""))

    @need("bochs", "grub-mkrescue")
    def test_skeletons_name_the_first_exercise_in_bochs(self) -> None:
        console, trace = self.boot("bochs", "LAB=1", append="")
        self.stops_at("lab1.ex1", "lab1-memory/frame.c", console, trace)
        console, trace = self.boot("bochs", "LAB=2", "REF=1", append="")
        self.stops_at("lab2.ex1", "lab2-processes/process.c", console, trace)
        console, trace = self.boot("bochs", "LAB=3", "REF=1,2", append="")
        self.stops_at("lab3.ex1", "lab3-ipc/handle.c", console, trace)

    @need("qemu-system-i386", "gcc")
    def test_exercise_by_exercise_the_next_one_is_named(self) -> None:
        done: List[str] = []
        # A helper is marked by the exercise that needs it first, but a later one may be its user.
        compiler = "CC=gcc -Wno-error=unused-function"
        for lab in LABS:
            for exercise in partly.exercises(lab):
                with self.subTest(exercise):
                    partly.write_labs(self.folder / "labs", done)
                    words = [f"LAB={lab}", f"LABS={self.folder / 'labs'}", compiler]
                    console, trace = self.boot("qemu-nox", *words)
                    self.stops_at(exercise, rf"lab{lab}-\w+/\w+\.[cS]", console, trace)
                done.append(exercise)


class Mistakes(BootTest):
    """Kernels with a mistake that the start's own checks notice: they name it, and the exercise."""

    @need("qemu-system-i386")
    def test_a_failed_check_names_the_mistake_and_its_exercise(self) -> None:
        memory = self.folder / "labs/lab1-memory"
        shutil.copytree(ROOT / "solutions/lab1-memory", memory)
        for file, right, wrong, told, exercise in (
            ("heap.c", "statistics.used_blocks--;", "", r"used_blocks is 1, but .* gives 0", 6),
            ("heap.c", "statistics.free_blocks++;", "", r"heap_stats\(\)\.free_blocks is \d+", 6),
            ("frame.c", "        statistics.free++;", "", r".* must hold, .*frame", 2),
        ):
            with self.subTest(wrong=right):
                text = (ROOT / "solutions/lab1-memory" / file).read_text(encoding="utf-8")
                self.assertIn(right, text)
                (memory / file).write_text(text.replace(right, wrong), encoding="utf-8")
                shown, _ = self.boot("qemu-nox", "LAB=1", f"LABS={memory.parent}")
                self.assertRegex(shown, rf"PANIC: .*{told}")
                self.assertIn(f"This touches exercise lab1.ex{exercise};", shown)
                (memory / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    unittest.main()
