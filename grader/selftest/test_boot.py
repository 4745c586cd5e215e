"""Boots the kernel of lab 1 by the commands that people type, in both emulators."""

from __future__ import annotations

import re
import unittest
from typing import Tuple

from kit import KitTest, need, run

ORDER = 25


class Boot(KitTest):
    """Each test builds and boots one kernel."""

    def boot(self, target: str, *words: str, append: str = "poweroff") -> Tuple[str, str]:
        """Run a target of the Makefile; what was printed, and the trace."""
        build = self.folder / "build"
        command = ["make", target, "LAB=1", f"BUILD={build}", f"APPEND={append}", *words]
        for _ in range(3):  # Bochs 2.7 itself crashes in one run of 400.
            done = run(*command, timeout=120)
            traces = list(build.glob("*/trace.txt"))
            self.assertEqual(len(traces), 1, done.stdout + done.stderr)
            trace = traces[0].read_text(encoding="utf-8")
            if target != "bochs" or "ev=power.off" in trace:
                break
        return done.stdout + done.stderr, trace

    def reaches_the_end(self, console: str, trace: str, loader: str) -> None:
        """The reference kernel must do all that it can, and power off."""
        self.assertRegex(console, f"Cairn, lab 1. Started by {loader}")
        self.assertIn("Everything that this kernel can do works", console)
        self.assertRegex(trace, r"^seq=0 t=\d+ ev=boot\.start stage=1 loader=")
        self.assertRegex(trace, r"ev=power\.off reason=done\n$")

    @need("qemu-system-i386")
    def test_qemu_boots_the_kernel_directly(self) -> None:
        self.reaches_the_end(*self.boot("qemu-nox", "REF=all"), "qemu")

    @need("bochs", "grub-mkrescue")
    def test_bochs_boots_the_image(self) -> None:
        self.reaches_the_end(*self.boot("bochs", "REF=all"), "GRUB")

    @need("qemu-system-i386", "grub-mkrescue")
    def test_qemu_boots_the_image(self) -> None:
        build = self.folder / "build"
        words = ["LAB=1", "REF=all", f"BUILD={build}", "APPEND=poweroff"]
        self.must_succeed("make", "iso", *words)
        console, trace = self.folder / "console", self.folder / "trace"
        self.must_end_with(
            1,
            *("qemu-system-i386", "-M", "pc", "-m", "32M", "-nodefaults", "-display", "none"),
            *("-vga", "std", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
            *("-serial", f"file:{console}", "-serial", f"file:{trace}"),
            *("-cdrom", build / "lab1-ref/kernel.iso"),
            timeout=60,
        )
        self.reaches_the_end(
            console.read_text(encoding="utf-8"), trace.read_text(encoding="utf-8"), "GRUB"
        )

    @need("qemu-system-i386")
    def test_kernel_built_by_clang_boots(self) -> None:
        self.reaches_the_end(*self.boot("qemu-nox", "REF=all", "CC=clang"), "qemu")

    @need("qemu-system-i386")
    def test_skeleton_names_the_first_exercise(self) -> None:
        console, trace = self.boot("qemu-nox", append="")
        self.assertIn("lab1.ex1", console)
        self.assertIn("labs/lab1-memory/frame.c", console)
        self.assertRegex(trace, r"ev=todo exercise=lab1\.ex1 function=frame_init ")
        self.assertRegex(trace, r"ev=power\.off reason=todo\n$")

    @need("bochs", "grub-mkrescue")
    def test_skeleton_names_the_first_exercise_in_bochs(self) -> None:
        console, trace = self.boot("bochs", append="")
        self.assertIn("lab1.ex1", console)
        self.assertRegex(trace, r"ev=power\.off reason=todo\n$")

    @need("qemu-system-i386")
    def test_panic_shows_a_backtrace_with_names_and_lines(self) -> None:
        for word, kind in (("testpanic", "panic"), ("testpagefault", "trap")):
            with self.subTest(word):
                console, trace = self.boot("qemu-nox", "REF=all", append=word)
                self.assertRegex(console, r"kernel_main.*main\.c:\d+")
                self.assertRegex(trace, rf"ev=panic kind={kind} ")
                self.assertTrue(re.search(r"ev=panic\.frame n=0 .*file=\S+ line=\d+", trace))
                self.assertRegex(trace, r"ev=power\.off reason=panic\n$")


if __name__ == "__main__":
    unittest.main()
