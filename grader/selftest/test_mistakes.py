"""What the screen shows after usual mistakes in lab 2: it must lead to the mistake, not away."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import Tuple

from kit import ROOT, need
from test_boot import BootTest

ORDER = 9
LIMIT = 1200

FOLDERS = ("lab1-memory", "lab2-processes")


@dataclass(frozen=True)
class Mistake:
    """A solution with one change, and what its boot must show and must not show."""

    name: str
    file: str
    old: str
    new: str
    append: str
    shown: Tuple[str, ...]
    hidden: Tuple[str, ...] = ()


MISTAKES = (
    Mistake(
        "a parent is not woken",
        "life.c",
        "        scheduler_wake(parent, 0);\n",
        "",
        "run=hello limit=1",
        (
            r"PANIC: the guest-time limit is over",
            r"\n  1 init: blocked, child: any\n  2 hello: zombie, exit\n",
        ),
    ),
    Mistake(
        "a process is made ready twice",
        "scheduler.c",
        "    process_set_state(process, PROCESS_READY, reason);\n",
        "    process_set_state(process, PROCESS_READY, reason);\n" * 2,
        "poweroff",
        (
            r"PANIC: this change of state is not allowed: process 1 \(init\) is ready "
            r"\(why: start\), and would become ready \(why: start\)\n",
            r"Called through, innermost first:\n  [0-9a-f]+ (make_ready|scheduler_start)\(\)",
        ),
    ),
    Mistake(
        "the processor is not told the kernel stack",
        "scheduler.c",
        "    segments_set_kernel_stack(next->stack_top);\n",
        "",
        "poweroff",
        (r"PANIC: double fault on the way out of ring 3: .* at esp0, 0x00000000",),
    ),
    Mistake(
        "a selector does not name ring 3",
        "user.c",
        "        .cs = SELECTOR_USER_CODE,\n",
        "        .cs = SELECTOR_USER_CODE & ~3,\n",
        "poweroff",
        (
            r"PANIC: general protection fault",
            r"  [0-9a-f]+ trap_return\(\) at .*\n  no callers are known: the frame pointer is 0\n",
        ),
        (r"panic_report\(\)",),
    ),
    Mistake(
        "a register is not popped",
        "switch.S",
        "        popl    %ebp\n",
        "",
        "poweroff",
        (r"PANIC: page fault: the kernel jumped to address 0x[0-9a-f]+: ",),
        (r"read from address",),
    ),
    Mistake(
        "a call by a pointer that is none",
        "syscall.c",
        "    frame->eax = (uint32_t)handler(arguments);\n",
        "    handler = NULL;\n    frame->eax = (uint32_t)handler(arguments);\n",
        "poweroff",
        (
            r"PANIC: page fault: the kernel jumped to address 0x00000000: a null pointer was used\n"
            r"This touches exercise lab2\.ex5; .*\n"
            r"Called through, innermost first:\n"
            r"  [0-9a-f]+ syscall_dispatch\(\) at .*syscall\.c:\d+\n",
        ),
    ),
    Mistake(
        "the space of a process is not switched to",
        "scheduler.c",
        "    space_switch(next->space);\n",
        "",
        "poweroff",
        (
            r"init \(pid 1\) failed: it jumped to address 0x40100",
            r"PANIC: the first process, pid 1, ended with status 0x20e; the reason is above\n"
            r"Called through",
        ),
        (r"This touches exercise",),
    ),
    Mistake(
        "an assertion fails between the stack that is told and the switch",
        "scheduler.c",
        "    space_switch(next->space);\n",
        "    assert(next->space == NULL);\n",
        "poweroff",
        (r"this must hold.*\n.*lab2\.ex3.*\n.*\n  [0-9a-f]+ scheduler_run\(\) at .*scheduler\.c",),
    ),
)


class Mistakes(BootTest):
    """Kernels of lab 2 that are wrong in one place."""

    @need("qemu-system-i386")
    def test_the_screen_leads_to_the_mistake(self) -> None:
        labs = self.folder / "labs"
        for folder in FOLDERS:
            shutil.copytree(ROOT / "solutions" / folder, labs / folder)
        for mistake in MISTAKES:
            file = labs / "lab2-processes" / mistake.file
            right = file.read_text(encoding="utf-8")
            self.assertEqual(right.count(mistake.old), 1, mistake.name)
            file.write_text(right.replace(mistake.old, mistake.new), encoding="utf-8")
            with self.subTest(mistake.name):
                words = ("LAB=2", f"LABS={labs}")
                console = self.boot("qemu-nox", *words, append=mistake.append)[0]
                for pattern in mistake.shown:
                    self.assertRegex(console, pattern)
                for pattern in mistake.hidden:
                    self.assertIsNone(re.search(pattern, console), f"{pattern} in {console}")
            file.write_text(right, encoding="utf-8")
