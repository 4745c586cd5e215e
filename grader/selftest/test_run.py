"""scripts/run.sh: what it says about a kernel that cannot say anything itself."""

from __future__ import annotations

import subprocess
import time
import unittest
from typing import Any, Dict, List

from kit import ROOT, KitTest, need, run

ORDER = 3

#: A kernel of a few instructions; the label `lost` is where the processor is at the end.
KERNEL = """\
.section .text
.long 0x1BADB002, 0, -0x1BADB002
.globl _start, lost
_start:
    mov     $0x109000, %ecx
    mov     %ecx, %cr3
    mov     %cr0, %eax
    or      $0x80000000, %eax
lost:
{end}
"""
#: Turns paging on with tables that map nothing.
TRIPLE_FAULT = "    mov     %eax, %cr0\n    nop"
ENDLESS = "    jmp     lost"
#: Writes an event to the trace, as a kernel that rests.
RESTS = """\
    mov     $0x2F8, %dx
    mov     $event, %esi
    mov     $event_end - event, %ecx
    rep outsb
stop:
    hlt
    jmp     stop
event: .ascii " ev=boot.idle\\n"
event_end:"""
#: What QEMU's terminal takes for the wish to leave.
LEAVE = "\x01x"


class Run(KitTest):
    """Kernels that go wrong before they can report it."""

    def build(self, end: str) -> None:
        """Make the kernel."""
        (self.folder / "kernel.S").write_text(KERNEL.format(end=end), encoding="ascii")
        flags = ["-m32", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0x100000"]
        flags += ["-Wl,--build-id=none", "-o", str(self.folder / "kernel.elf")]
        self.must_succeed("gcc", *flags, self.folder / "kernel.S")

    def terminal(self, **env: str) -> Any:
        """Start it in a terminal."""
        command: List[str] = ["sh", str(ROOT / "scripts/run.sh"), "terminal", str(self.folder)]
        pipes: Dict[str, Any] = {"stdin": subprocess.PIPE, "stderr": subprocess.STDOUT}
        full = ["env", *(f"{name}={value}" for name, value in env.items()), *command]
        return subprocess.Popen(full, stdout=subprocess.PIPE, text=True, **pipes)

    @need("qemu-system-i386", "gcc")
    def test_a_triple_fault_shows_its_exceptions(self) -> None:
        self.build(TRIPLE_FAULT)
        done = run("sh", ROOT / "scripts/run.sh", "terminal", self.folder)
        shown = done.stdout
        self.assertIn("Triple fault: an exception could not be reported.", shown)
        first = r"\n  exception 14 at (0x\w{8}) in lost\(\), error code 0x0000, CR2=\1\n"
        self.assertRegex(shown, first)
        self.assertIn("then `break lost` and `continue`", shown)

    @need("qemu-system-i386", "gcc")
    def test_a_silent_kernel_is_noticed(self) -> None:
        self.build(ENDLESS)
        with self.terminal(SILENCE="2") as emulator:
            shown = ""
            while "APPEND=limit=2" not in shown:
                line = emulator.stdout.readline()
                self.assertTrue(line, shown)
                shown += line
            self.assertIn("nothing new for 2 seconds", shown)
            rest, _ = emulator.communicate(LEAVE, timeout=30)
        self.assertNotIn("APPEND=limit=2", rest)
        self.assertEqual(emulator.returncode, 0)

    @need("qemu-system-i386", "gcc")
    def test_a_kernel_that_rests_is_left_alone(self) -> None:
        self.build(RESTS)
        with self.terminal(SILENCE="1") as emulator:
            time.sleep(6)
            shown, _ = emulator.communicate(LEAVE, timeout=30)
        self.assertNotIn("nothing new", shown)


if __name__ == "__main__":
    unittest.main()
