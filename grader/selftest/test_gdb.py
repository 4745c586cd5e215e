"""Tests of scripts/gdb.sh: Cairn's commands for GDB, against a live kernel in QEMU.

What the commands print is compared with what the kernel itself says on its console, with what a
test inside the kernel has done, and with QEMU's own walk of the page tables.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple

from kit import ROOT, KitTest, clean_environment, need, run

ORDER = 30
LIMIT = 1200

SCRIPT = ROOT / "scripts" / "gdb.sh"
RUN = ROOT / "scripts" / "run.sh"
MARK = "@@@"
# Selects the frame of the interrupted code, as unwound by the trap's call frame information.
SELECT_INTERRUPTED = (
    "python from cairn_gdb.trap import stack; frames = list(stack()); next(outer for inner, outer"
    " in zip(frames, frames[1:]) if inner.type() == gdb.SIGTRAMP_FRAME).select()"
)
# For GDB: $change(OFFSET, WORD, ...) changes the innermost trap frame and returns its address.
CHANGE = """\
import gdb
from cairn_gdb.trap import innermost

class Change(gdb.Function):
    def invoke(self, *words):
        address = int(innermost().address)
        for offset, word in zip(words[::2], words[1::2]):
            gdb.execute(f"set var *(unsigned int *){address + int(offset)} = {int(word)}")
        return address

Change("change")
"""
COMMANDS = (
    "pagewalk", "pagemap", "frames", "heap", "trapframe", "space", "regions", "console",
    "processes", "process", "scheduler", "memory", "program", "userbreak", "inside", "stackwalk",
    "waits", "endpoints", "names", "message", "handles", "notifications", "shared",
    "tour",
)  # fmt: skip
PROMPT = b"(gdb) "

# What happens inside the kernel; the tests below stop it at each ktest_inspect().
KERNEL_TESTS = """\
#include "kernel/ktest.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/space.h"

KTEST(gdb_heap, KTEST_HEAP)
{
    char *first = kmalloc(100);
    char *second = kmalloc(5000);
    volatile char *third = kmalloc(24);
    REQUIRE(first != NULL && second != NULL && third != NULL, "the heap works");
    kfree(second);
    ktest_inspect("sound", (uintptr_t)first, (uintptr_t)second, (uintptr_t)third, 0);
    third[26] = 'x';
    ktest_inspect("red zone", 0, 0, 0, 0);
    ((uint32_t *)first)[-4] ^= 1;
    ktest_inspect("seal", 0, 0, 0, 0);
    ((uint32_t *)first)[-3] = 0xDEADFA11;
    ktest_inspect("size", 0, 0, 0, 0);
}

KTEST(gdb_space, KTEST_HEAP)
{
    struct space *space = NULL;
    REQUIRE(space_create(&space) == 0, "a space can be made");
    const struct region regions[] = {
        {0x40000000, 0x40003000, REGION_DEMAND_ZERO, PTE_WRITE | PTE_USER},
        {0x40003000, 0x40004000, REGION_GUARD, 0},
        {0xBFC00000, 0xC0000000, REGION_DEMAND_ZERO, PTE_USER},
    };
    for (size_t i = 0; i < COUNT_OF(regions); i++) {
        REQUIRE(region_add(space, &regions[i]) == 0, "a region can be added");
    }
    space_switch(space);
    *(volatile uint32_t *)0x40001234 = 1;
    (void)*(volatile uint32_t *)0xBFFFF000;
    ktest_inspect("space", (uintptr_t)space, (uintptr_t)space->directory, 0, 0);
}
"""


class GdbTest(KitTest):
    """What tests of the commands share: a kernel, which is built first, and GDB in a batch."""

    LAB = 1
    #: Files of the folder of tests that is linked into the kernel, by their names.
    TESTS: Dict[str, str] = {}
    build: Path
    kernel: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="gdb-kernel-")
        cls.addClassCleanup(folder.cleanup)
        cls.build = Path(folder.name)
        for name, text in cls.TESTS.items():
            path = cls.build / "tests" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        options = (f"LAB={cls.LAB}", f"BUILD={cls.build}", f"TESTS={cls.build}/tests")
        done = run("make", "-j2", "kernel", "REF=all", *options)
        if done.returncode != 0:
            raise AssertionError(f"the kernel cannot be built:\n{done.stderr}")
        cls.kernel = next(cls.build.glob(f"lab{cls.LAB}*/kernel.elf")).parent

    def setUp(self) -> None:
        super().setUp()
        self.errors = ""

    # ---- running GDB ----

    def environment(self, **extra: str) -> Dict[str, str]:
        """Own temporary files and an empty home, so that leftovers can be found."""
        home = self.folder / "home"
        temporary = self.folder / "tmp"
        for folder in (home, temporary):
            folder.mkdir(exist_ok=True)
        return {"HOME": str(home), "TMPDIR": str(temporary), **extra}

    def gdb(self, *commands: str, folder: Optional[Path] = None, **extra: str) -> List[str]:
        """Run commands in a batch; return what each has printed. Errors are in self.errors."""
        words: List[str] = []
        for command in commands:
            words += ["-ex", f"echo \\n{MARK}\\n", "-ex", command]
        words += ["-ex", f"echo \\n{MARK}\\n"]
        where = folder or self.kernel
        environment = self.environment(**extra)
        done = run(SCRIPT, "--batch", where, *words, env=environment, timeout=60)
        self.errors = done.stderr
        self.assertNotIn("Traceback", done.stderr)
        self.assertNotIn("Python Exception", done.stderr)
        self.start, *outputs, _ = done.stdout.split(f"\n{MARK}\n")
        self.assertEqual(len(outputs), len(commands), done.stdout + done.stderr)
        return outputs

    def in_test(self, name: str, *commands: str) -> List[str]:
        """Run commands in an in-kernel test, stopped at its first inspection."""
        stop = ("break ktest_inspection_point", "continue")
        return self.gdb(*stop, *commands, APPEND=f"ktest={name}")[2:]

    def assert_error(self, sentence: str) -> None:
        """GDB has printed an error."""
        self.assertIn(sentence, self.errors)


@need("gdb", "qemu-system-i386")
class Gdb(GdbTest):
    """The commands that every kernel can use, in one of lab 1; and GDB's own set-up."""

    TESTS = {"gdb.c": KERNEL_TESTS}

    def at_idle(self, *commands: str, **extra: str) -> List[str]:
        """Run commands when the kernel has started and rests."""
        return self.gdb("break cpu_idle", "continue", *commands, **extra)[2:]

    def in_fault(self, *commands: str) -> List[str]:
        """Run commands in the page fault of the kernel's own check of demand-zero regions."""
        return self.gdb("break fault_resolve", "continue", *commands)[2:]

    # ---- documentation ----

    def test_help(self) -> None:
        by_help, by_name, *each = self.gdb(
            "help cairn", "cairn", *(f"help {name}" for name in COMMANDS)
        )
        for name, text in zip(COMMANDS, each):
            summary = text.splitlines()[0]
            self.assertIn(f"Usage: {name}", text)
            for listed in (by_help, by_name):
                self.assertRegex(listed, rf"(?m)^  {name} +{re.escape(summary)}$")

    # ---- paging ----

    def test_pagewalk_of_known_addresses(self) -> None:
        text, null, vga, large, heap, unmapped = self.at_idle(
            "pagewalk 0x100000",
            "pagewalk 0",
            "pagewalk 0xB8000",
            "pagewalk 16*1024*1024",
            "pagewalk 0xC0000000",
            "pagewalk 0x40000000",
        )
        self.assertIn(
            "0x00100000 -> physical 0x00100000: read only, supervisor, 4 KiB page", text
        )
        self.assertIn("0x00000000 is not mapped: its page table entry is not present.", null)
        self.assertIn("0x000b8000 -> physical 0x000b8000: writable, supervisor, 4 KiB page", vga)
        self.assertRegex(vga, r"entry +184: 0x000b8063 .*accessed, dirty")
        self.assertIn("0x01000000 -> physical 0x01000000: writable, supervisor, 4 MiB page", large)
        self.assertEqual(len(large.strip().splitlines()), 2, "a 4 MiB page needs no table")
        self.assertRegex(heap, r"0xc0000000 -> physical 0x[0-9a-f]+: writable, supervisor, 4 KiB")
        self.assertIn("0x40000000 is not mapped: its directory entry is not present.", unmapped)

    def test_pagewalk_agrees_with_qemu(self) -> None:
        addresses = ("0x1000", "0x100123", "0xb8fff", "0x400004", "0x1ffffff", "0xc0000abc", "$esp")
        commands = [f"pagewalk {address}" for address in addresses]
        for address in addresses:
            commands += [qemu(f"gva2gpa {address}") if address != "$esp" else "print/x $esp"]
        outputs = self.at_idle(*commands)
        for walked, answer in zip(outputs[: len(addresses)], outputs[len(addresses) :]):
            found = number_after("physical ", walked)
            self.assertEqual(found, int(answer.split()[-1], 16), walked + answer)

    def test_pagewalk_takes_symbols_and_directories(self) -> None:
        function, guard, by_space, by_pointer = self.at_idle(
            "pagewalk kernel_main",
            "pagewalk kernel_stack_guard",
            "pagewalk kernel_main kernel_space",
            "pagewalk kernel_main &kernel_space",
        )
        self.assertRegex(function, r"read only, supervisor, 4 KiB page, kernel_main\n")
        self.assertIn("is not mapped: its page table entry is not present", guard)
        self.assertEqual(function, by_space)
        self.assertEqual(function, by_pointer)

    def test_paging_is_off(self) -> None:
        walk, directory, _, _ = self.gdb(
            "pagewalk 0x1234", "pagewalk 0x400000 0x2000", "pagemap", "space"
        )
        self.assertEqual(walk, "Paging is off: 0x00001234 is a physical address.\n")
        self.assertIn("0x00400000 is not mapped", directory)
        self.assert_error("Paging is off, and no directory was given.")
        self.assert_error("No space is in use: paging is off.")

    def test_pagemap_agrees_with_qemu(self) -> None:
        for name in ("gdb_heap", "gdb_space"):
            with self.subTest(name=name):
                shown, answer = self.in_test(name, "pagemap", qemu("info mem"))
                self.assertGreater(len(pagemap_ranges(shown)), 4)
                self.assertEqual(pagemap_ranges(shown), qemu_ranges(answer))

    def test_pagemap_lines(self) -> None:
        (shown,) = self.in_test("gdb_space", "pagemap")
        self.assertRegex(shown, r"(?m)^0x00001000-0x000fffff  the same +1020 KiB  4 KiB  writable,")
        self.assertRegex(shown, r"(?m)^0x00100000-.* read only, supervisor +kernel_")
        self.assertRegex(shown, r"(?m)^0x00400000-0x01ffffff  the same +28 MiB  4 MiB  writable,")
        self.assertRegex(shown, r"(?m)^0x40001000-0x40001fff  0x\w+ +4 KiB  4 KiB  writable, user$")
        self.assertRegex(shown, r"(?m)^0xbffff000-0xbfffffff  0x\w+ +4 KiB  4 KiB  read only, user")

    # ---- frames ----

    def test_frames_are_those_of_the_console(self) -> None:
        console, frames, figures = self.at_idle("console", "frames", "print frame_stats()")
        total = number_after(r"frames:\s+", console)
        self.assertEqual(table_number(frames, "total"), total)
        free = number_after(r"free = ", figures)
        self.assertEqual(table_number(frames, "free"), free)
        self.assertEqual(table_number(frames, "used"), total - free)
        self.assertIn(f"{4 * total} KiB", frames)
        orders = re.findall(r"(?m)^ +(\d+) +\d+ [KM]iB +(\d+) +(\d+)$", frames)
        self.assertEqual([int(order) for order, _, _ in orders], list(range(11)))
        self.assertEqual(sum(int(count) for _, _, count in orders), free)
        for order, blocks, count in orders:
            self.assertEqual(int(blocks) << int(order), int(count))

    def test_frames_before_the_start(self) -> None:
        (frames,) = self.gdb("frames")
        self.assertIn("No frame is managed: frame_init() has not run", frames)

    # ---- heap ----

    def test_heap_map(self) -> None:
        addresses, heap = self.in_test("gdb_heap", "print/x ktest_inspection.arguments", "heap")
        first, second, third = [int(text, 16) for text in re.findall(r"0x\w+", addresses)[:3]]
        blocks = heap_blocks(heap)
        for memory, state, requested in (
            (first, "used", "100"),
            (second, "free", "-"),
            (third, "used", "24"),
        ):
            self.assertEqual(blocks[memory], (state, requested, "ok"))
        self.assertRegex(heap, r"used: 2 blocks, \d+ bytes\n")
        sizes = re.findall(r"(?:used|free): \d+ blocks, (\d+) bytes", heap)
        mapped = re.search(r"(\d+) KiB mapped", heap)
        assert mapped is not None
        self.assertEqual(sum(int(size) for size in sizes), 1024 * int(mapped.group(1)))

    def test_heap_damage(self) -> None:
        addresses, _, red_zone, _, seal, _, size = self.in_test(
            "gdb_heap",
            "print/x ktest_inspection.arguments",
            "continue",
            "heap",
            "continue",
            "heap",
            "continue",
            "heap",
        )
        first, _, third = [int(text, 16) for text in re.findall(r"0x\w+", addresses)[:3]]
        self.assertEqual(
            heap_blocks(red_zone)[third],
            ("used", "24", "the red zone is overwritten: byte 2 past the end is 0x78"),
        )
        self.assertEqual(heap_blocks(red_zone)[first][2], "ok")
        state, _, check = heap_blocks(seal)[first]
        self.assertEqual(state, "damaged")
        self.assertRegex(check, r"the seal 0x\w{8} does not fit the header")
        self.assertIn(third, heap_blocks(seal), "the walk goes on by a size that makes sense")
        self.assertEqual(
            heap_blocks(size)[first][2],
            "the header is overwritten: its size is 0xdeadfa11; what follows is unknown",
        )
        self.assertNotIn(third, heap_blocks(size))

    def test_heap_that_is_empty(self) -> None:
        _, _, empty = self.gdb("break heap_init", "continue", "heap")
        self.assertEqual(empty, "The heap is empty: nothing is mapped at 0xc0000000.\n")
        self.gdb("heap")
        self.assert_error("There is no heap yet: paging is off.")

    # ---- traps ----

    def test_trapframe_of_a_page_fault(self) -> None:
        shown, backtrace, *registers = self.in_fault(
            "trapframe", "backtrace", SELECT_INTERRUPTED, "print/x $esp", "print/x $ebp",
            "print/x $eip", "info symbol $eip",
        )  # fmt: skip
        self.assertRegex(shown, r"^trap frame at 0x\w{8}: vector 14, page fault, in ring 0\n")
        self.assertIn("error   0x00000000  the page is not present, read, by the kernel\n", shown)
        self.assertIn("cr2     0x40000000\n", shown)
        line = source_line("src/kernel/memory/memory.c", "*word += 1;")
        self.assertIn(f"src/kernel/memory/memory.c:{line}", shown)
        esp, ebp, eip = [int(text.split("= ")[1], 16) for text in registers[1:4]]
        for name, value in (("esp", esp), ("ebp", ebp), ("eip", eip)):
            self.assertRegex(shown, rf"\b{name} +0x{value:08x}\b")
        self.assertIn(registers[4].split(" in section")[0].replace(" + ", "+"), shown)
        address = number_after("trap frame at ", shown)
        (by_address,) = self.in_fault(f"trapframe {address:#x}")
        self.assertEqual(by_address, shown)
        self.check_backtrace(backtrace, line)

    def check_backtrace(self, backtrace: str, line: int) -> None:
        """It leads from the handler through the trap to the first C function."""
        order = ["fault_resolve", "trap_dispatch", "check_faults", "memory_init", "kernel_main"]
        order += ["multiboot_start", "kernel_entry"]
        places = [backtrace.find(name) for name in order]
        self.assertNotIn(-1, places, backtrace)
        self.assertEqual(places, sorted(places), backtrace)
        self.assertNotIn("??", backtrace)
        self.assertNotIn("corrupt", backtrace)
        self.assertIn(f"src/kernel/memory/memory.c:{line}\n", backtrace)

    def test_trapframe_of_a_double_fault(self) -> None:
        *_, shown = self.gdb(
            "break heap_check",
            "continue",
            "break panic_report",
            "set $esp = (unsigned int)&kernel_stack_guard + 0x100",
            "print/x $eip",
            "continue",
            "trapframe",
        )
        self.assertRegex(shown, r"^trap frame at 0x\w{8}: vector 8, double fault, in ring 0\n")
        self.assertRegex(shown, r"eip     0x\w{8}  heap_check")

    def test_traps_of_a_program(self) -> None:
        helper = self.folder / "change.py"
        helper.write_text(CHANGE, encoding="utf-8")
        _, user, esp, protection, flags = self.in_fault(
            f"source {helper}",
            "trapframe $change(60,0x1B,68,0xBFFFF000,52,7)",
            f"{SELECT_INTERRUPTED}; print(gdb.selected_frame().read_register('esp'))",
            "trapframe $change(48,13,52,0x2B)",
            "trapframe $change(48,14,52,0x1D,64,0x246)",
        )
        self.assertIn("vector 14, page fault, in ring 3\n", user)
        self.assertIn("0x00000007  the page forbids this access, write, by ring 3\n", user)
        self.assertRegex(user, r"user_esp +0xbffff000 ")
        self.assertEqual(int(esp, 16), 0xBFFFF000)
        self.assertIn("vector 13, general protection fault, in ring 3\n", protection)
        self.assertIn("0x0000002b  entry 5 of the IDT, external event\n", protection)
        self.assertIn("forbids this access, fetch, by ring 3, a reserved bit is set\n", flags)
        self.assertIn("eflags  0x00000246  PF ZF IF\n", flags)

    def test_trapframe_outside_of_a_trap(self) -> None:
        self.at_idle("trapframe")
        self.assert_error("No trap is being handled here; give the address of a trap frame.")

    # ---- spaces ----

    def test_space_and_regions(self) -> None:
        arguments, space, regions, kernel, _, wrong = self.in_test(
            "gdb_space",
            "print/x ktest_inspection.arguments",
            "space",
            "regions",
            "space kernel_space",
            "set $cr3 = kernel_space.directory",
            "space",
        )
        address, directory = [int(text, 16) for text in re.findall(r"0x\w+", arguments)[:2]]
        self.assertEqual(
            space,
            f"space at 0x{address:08x}, directory 0x{directory:08x}\n"
            f"CR3 0x{directory:08x} agrees\n"
            "user half: 3 regions, 8 KiB mapped\n"
            "kernel half: equal to the kernel's directory\n",
        )
        self.assertEqual(
            [" ".join(line.split()) for line in regions.splitlines()[1:]],
            [
                "0x40000000-0x40002fff 12 KiB demand zero writable, user 1 of 3 pages",
                "0x40003000-0x40003fff 4 KiB guard read only, supervisor 0 of 1 pages",
                "0xbfc00000-0xbfffffff 4 MiB demand zero read only, user 1 of 1024 pages",
            ],
        )
        self.assertRegex(kernel, r"^the kernel space at 0x\w+, directory 0x\w+\nuser half: 0 reg")
        self.assertIn("DISAGREES", wrong)

    def test_the_kernel_space(self) -> None:
        space, regions = self.at_idle("space", "regions")
        self.assertRegex(space, r"^the kernel space at 0x\w+, directory 0x\w+\nCR3 0x\w+ agrees\n")
        self.assertRegex(regions, r"^the kernel space at 0x\w+ has no regions\.\n")

    # ---- other allocators, other compilers, errors ----

    def test_a_kernel_that_keeps_its_figures_differently(self) -> None:
        labs = self.other_lab()
        build = self.folder / "build"
        self.must_succeed("make", "-j2", "kernel", "LAB=1", f"LABS={labs}", f"BUILD={build}")
        _, _, called, space, _, _, idle = self.gdb(
            "break fault_resolve",
            "continue",
            "frames",
            "space",
            "tbreak cpu_idle",
            "continue",
            "frames",
            folder=build / "lab1",
        )
        self.assertIn("frames of 4 KiB, by a call of frame_stats()\n", called)
        self.assertEqual(table_number(called, "total"), table_number(idle, "total"))
        self.assertNotIn("order", called)
        self.assertIn("agrees", space)
        with self.machine(build / "lab1"):
            self.gdb("break cpu_idle", "continue", "delete", "detach", folder=build / "lab1")
            self.gdb("frames", folder=build / "lab1")
        self.assert_error("This needs a call of frame_stats(), but the processor rests at HLT")

    def other_lab(self) -> Path:
        """The solution with its variables hidden, as another student might write it."""
        lab = self.folder / "labs" / "lab1-memory"
        lab.mkdir(parents=True)
        for path in (ROOT / "solutions" / "lab1-memory").glob("*.c"):
            text = path.read_text(encoding="utf-8")
            text = text.replace(
                "static struct frame_stats statistics;",
                "static struct { struct frame_stats kept; } my;\n#define statistics my.kept",
            )
            text = text.replace("free_lists", "lists_of_free_blocks")
            text = re.sub(
                r"static struct space \*current;",
                "static struct { struct space *kept; } my;\n#define current my.kept",
                text,
            )
            (lab / path.name).write_text(text, encoding="utf-8")
        return lab.parent

    @need("clang")
    def test_a_kernel_built_by_clang(self) -> None:
        build = self.folder / "build"
        options = ("LAB=1", "REF=all", "CC=clang", f"BUILD={build}")
        self.must_succeed("make", "-j2", "kernel", *options)
        *_, trap, backtrace, frames = self.gdb(
            "break fault_resolve", "continue", "trapframe", "backtrace", "frames",
            folder=build / "lab1-ref-clang",
        )  # fmt: skip
        self.assertIn("cr2     0x40000000\n", trap)
        self.assertRegex(backtrace, r"(?s)trap_dispatch.*check_faults.*kernel_main.*kernel_entry")
        self.assertNotIn("??", backtrace)
        self.assertGreater(table_number(frames, "total"), 7000)

    def test_functions_that_are_still_to_be_written(self) -> None:
        build = self.folder / "build"
        options = ("LAB=1", f"BUILD={build}", f"LABS={ROOT}/labs")
        self.must_succeed("make", "-j2", "kernel", *options)
        self.gdb("break exercise_missing", "continue", "frames", folder=build / "lab1")
        self.assert_error("frame_stats() is still to be written.")

    def test_errors_are_sentences(self) -> None:
        for command, sentence in (
            ("pagewalk", "pagewalk needs an address; for instance: pagewalk $eip."),
            ("pagewalk 1 2 3", "Too many arguments (at most 2 for pagewalk): help pagewalk."),
            ("frames 1", "Too many arguments (none for frames): help frames."),
            ("pagewalk no_such_name", 'No symbol "no_such_name" in current context.'),
            ("pagewalk kernel_space", "kernel_space is a structure, not an address; perhaps &"),
            ("pagewalk 0x123456789", "0x123456789 is 0x123456789, which is not an address of 32"),
            ("pagewalk 0 0x1001", "0x00001001 is no page directory: it is not page aligned."),
            ("space 5", "5 is neither a struct space nor a pointer to one."),
            ("processes", "This kernel has no processes: they come with lab 2. To build it: make"),
            ("memory 1 0", "This kernel has no processes: they come with lab 2."),
        ):
            with self.subTest(command=command):
                self.gdb(command)
                self.assert_error(sentence)
                self.assertEqual(len(self.errors.strip().splitlines()), 1, self.errors)

    def test_the_machine_is_gone(self) -> None:
        *_, rest = self.gdb("continue", "frames", "heap", "cairn", APPEND="poweroff")
        self.assertIn("pagewalk", rest)
        self.assert_error("No machine is attached; to start one, leave GDB and type: make gdb.")

    def test_a_kernel_that_was_not_built(self) -> None:
        done = run(SCRIPT, "--batch", self.folder, env=self.environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn("kernel.elf is missing; build it with: make kernel", done.stderr)

    # ---- GDB's own set-up, other processes, what stays behind ----

    def test_the_users_set_up_is_left_alone(self) -> None:
        environment = self.environment()
        home = Path(environment["HOME"])
        (home / ".config" / "gdb").mkdir(parents=True)
        for path in (".gdbinit", ".gdbearlyinit", ".config/gdb/gdbinit"):
            (home / path).write_text("echo it was read\\n\n", encoding="utf-8")
        before = tree(home)
        self.gdb("frames")
        self.assertNotIn("it was read", self.start + self.errors)
        self.assertNotIn("auto-load", self.start + self.errors)
        self.assertNotIn("safe-path", self.start + self.errors)
        self.assertEqual(tree(home), before)
        self.gdb("frames", GDBINIT="1")
        self.assertEqual((self.start + self.errors).count("it was read"), 1)

    def test_nothing_stays_behind(self) -> None:
        self.gdb("frames")
        self.gdb("kill")
        self.gdb("no such command")
        self.assert_nothing_left()

    def test_nothing_stays_behind_when_everything_is_killed(self) -> None:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=number.name):
                gdb = self.start_gdb("continue")
                self.wait_for(lambda: "ev=boot.idle" in self.trace(), "the kernel has started")
                os.killpg(gdb.pid, number)
                gdb.wait(timeout=20)
                self.wait_for(lambda: not self.leftovers(), "all has ended", self.leftovers)

    def test_two_at_once(self) -> None:
        first = self.start_gdb("break cpu_idle", "continue", "console", "continue", APPEND="one")
        self.wait_for(lambda: "ev=boot.idle" in self.trace(), "the first kernel has started")
        (console,) = self.at_idle("frames")
        self.assertRegex(console, r"total +\d+")
        self.assertIsNone(first.poll(), "the first GDB still runs")
        os.killpg(first.pid, signal.SIGTERM)
        first.wait(timeout=20)
        self.wait_for(lambda: not self.leftovers(), "all has ended", self.leftovers)

    def test_attaching_to_a_running_machine(self) -> None:
        with self.machine() as machine:
            before = machine.poll()
            _, _, frames = self.gdb("break cpu_idle", "continue", "frames")
            self.assertNotIn("This machine was started for GDB", self.start)
            self.assertGreater(table_number(frames, "total"), 7000)
            (again,) = self.gdb("console")
            self.assertIn("paging is on", again, "it is still the same machine")
            self.assertIsNone(before or machine.poll(), "the machine outlives GDB")
            self.check_second_gdb()
        self.assertFalse((self.kernel / "gdb.sock").exists())

    def check_second_gdb(self) -> None:
        """A second GDB at the same machine is told so."""
        first = self.start_gdb("echo attached\\n", "continue")
        assert first.stdout is not None
        while "attached" not in first.stdout.readline():
            self.assertIsNone(first.poll())
        done = run(SCRIPT, "--batch", self.kernel, env=self.environment())
        self.assertEqual(done.returncode, 1)
        self.assertIn("another GDB is attached to the machine at", done.stderr)
        os.killpg(first.pid, signal.SIGTERM)
        first.wait(timeout=20)

    def test_attaching_by_a_port(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        done = run(SCRIPT, "--batch", self.kernel, env=self.environment(GDBPORT=port))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"nothing listens on port {port}; start it first: make qemu-gdb", done.stderr)
        with self.machine(GDBPORT=port):
            _, _, frames = self.gdb("break cpu_idle", "continue", "frames", GDBPORT=port)
        self.assertGreater(table_number(frames, "total"), 7000)

    def test_a_socket_that_was_left_behind(self) -> None:
        path = self.kernel / "gdb.sock"
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
        self.addCleanup(path.unlink)
        self.gdb("frames")
        self.assertIn("This machine was started for GDB", self.start)

    def test_control_c_is_for_gdb(self) -> None:
        pid, terminal = pty.fork()
        if pid == 0:
            options = (f"BUILD={self.build}", "REF=all", "LAB=1", f"TESTS={self.build}/tests")
            os.chdir(ROOT)
            os.execvpe("make", ["make", "gdb", *options], self.terminal_environment())
        try:
            self.talk(terminal)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        finally:
            os.close(terminal)
        self.wait_for(lambda: not self.leftovers(), "all has ended", self.leftovers)

    def terminal_environment(self) -> Dict[str, str]:
        """A simple terminal."""
        return clean_environment(self.environment(TERM="dumb"))

    def talk(self, terminal: int) -> None:
        """Let the kernel run, stop it by Ctrl-C, look, and leave."""
        self.hear(terminal, PROMPT)
        os.write(terminal, b"continue\n")
        self.hear(terminal, b"Continuing")
        self.wait_for(lambda: "ev=boot.idle" in self.trace(), "the kernel has started")
        os.write(terminal, b"\x03")
        self.assertIn(b"SIGINT", self.hear(terminal, PROMPT))
        os.write(terminal, b"frames\n")
        self.assertRegex(self.hear(terminal, PROMPT), rb"total +\d+")
        os.write(terminal, b"quit\n")
        self.hear(terminal, b"(y or n) ")
        os.write(terminal, b"y\n")
        self.assertNotIn(b"***", self.hear(terminal, b"", end=True))

    def hear(self, terminal: int, expected: bytes, end: bool = False) -> bytes:
        """Read from a terminal up to some text, or to the end."""
        heard = b""
        limit = time.monotonic() + 60
        while end or expected not in heard:
            ready, _, _ = select.select([terminal], [], [], max(0, limit - time.monotonic()))
            if not ready:
                self.fail(f"waited for {expected!r}, but heard {heard!r}")
            try:
                heard += os.read(terminal, 4096)
            except OSError:  # The other end is closed.
                break
        return heard

    # ---- helpers about processes ----

    def start_gdb(self, *commands: str, **extra: str) -> "subprocess.Popen[str]":
        """Start GDB in a process group of its own and leave it running."""
        words: List[str] = []
        for command in commands:
            words += ["-ex", command]
        process = subprocess.Popen(
            [str(SCRIPT), "--batch", str(self.kernel), *words],
            env=clean_environment(self.environment(**extra)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )
        self.addCleanup(end_group, process)
        return process

    def machine(self, folder: Optional[Path] = None, **extra: str) -> "Machine":
        """A machine as make qemu-gdb starts it, to be used by `with`."""
        return Machine(folder or self.kernel, clean_environment(self.environment(**extra)))

    def trace(self) -> str:
        """The trace of the machines that were started for GDB."""
        folder = Path(self.environment()["TMPDIR"])
        texts = []
        for path in folder.glob("*/trace.txt"):
            try:
                texts.append(path.read_text(encoding="utf-8", errors="replace"))
            except FileNotFoundError:
                continue
        return "".join(texts)

    def leftovers(self) -> List[str]:
        """Temporary files, and processes that mention them."""
        folder = self.environment()["TMPDIR"]
        found = [str(path) for path in Path(folder).iterdir()]
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if folder in line:
                found.append(line)
        return found

    def assert_nothing_left(self) -> None:
        """There are no temporary files and no processes."""
        self.assertEqual(self.leftovers(), [])

    def wait_for(
        self,
        condition: Callable[[], bool],
        what: str,
        detail: Callable[[], object] = lambda: "",
        seconds: float = 30,
    ) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"waited {seconds} seconds in vain until {what}; {detail()}")
            time.sleep(0.02)


class Machine:
    """What make qemu-gdb runs."""

    def __init__(self, folder: Path, environment: Dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [str(RUN), "gdb", str(folder)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            encoding="utf-8",
        )
        self.folder = folder
        self.port = environment.get("GDBPORT")

    def __enter__(self) -> "subprocess.Popen[str]":
        end = time.monotonic() + 20
        while not self.listens():
            if time.monotonic() > end or self.process.poll() is not None:
                end_group(self.process)
                raise AssertionError("the machine does not start")
            time.sleep(0.02)
        return self.process

    def __exit__(self, *error: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\x01x")  # Ctrl-A X leaves QEMU.
        self.process.stdin.flush()
        try:
            self.process.wait(timeout=20)
        finally:
            end_group(self.process)

    def listens(self) -> bool:
        """Whether GDB can attach; to look does not disturb the machine."""
        if self.port is None:
            return (self.folder / "gdb.sock").exists()
        text = Path("/proc/net/tcp").read_text(encoding="ascii")
        return re.search(rf":{int(self.port):04X} 00000000:0000 0A", text) is not None


def end_group(process: "subprocess.Popen[str]") -> None:
    """Kill the process group of a process that was started here, and collect it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def qemu(command: str) -> str:
    """GDB's command that prints QEMU's answer to a command; monitor alone would use stderr."""
    return f"python print(gdb.execute('monitor {command}', to_string=True))"


def tree(folder: Path) -> Dict[str, bytes]:
    """The files of a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): path.read_bytes() for path in files}


def number_after(pattern: str, text: str) -> int:
    """The number behind a pattern."""
    match = re.search(pattern + r"(0x[0-9a-f]+|\d+)", text)
    if match is None:
        raise AssertionError(f"no number after {pattern!r} in:\n{text}")
    return int(match.group(1), 0)


def table_number(text: str, name: str) -> int:
    """The first number of the line that starts with a name."""
    return number_after(rf"(?m)^{name} +", text)


def source_line(path: str, text: str) -> int:
    """The number of the line that holds a text."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def heap_blocks(text: str) -> Dict[int, Tuple[str, str, str]]:
    """State, requested bytes and check of each block, by the address of its memory."""
    lines = re.findall(
        r"(?m)^0x\w{8}  (0x\w{8}) +(?:\d+|\?)  (used|free|damaged) +(\d+|-)  (.+)$", text
    )
    return {int(memory, 16): (state, size, check) for memory, state, size, check in lines}


def merged(ranges: Sequence[Tuple[int, int, str]]) -> List[Tuple[int, int, str]]:
    """Ranges, joined where one with equal rights follows."""
    result: List[Tuple[int, int, str]] = []
    for start, end, rights in ranges:
        if result and result[-1][1] == start and result[-1][2] == rights:
            start = result.pop()[0]
        result.append((start, end, rights))
    return result


def pagemap_ranges(text: str) -> List[Tuple[int, int, str]]:
    """Start, end and rights of what pagemap shows, the rights as QEMU writes them."""
    found = []
    for start, last, writable, user in re.findall(
        r"(?m)^0x(\w{8})-0x(\w{8}) .*(writable|read only), (user|supervisor)", text
    ):
        rights = ("u" if user == "user" else "-") + "r" + ("w" if writable == "writable" else "-")
        found.append((int(start, 16), int(last, 16) + 1, rights))
    return merged(found)


def qemu_ranges(text: str) -> List[Tuple[int, int, str]]:
    """The same from QEMU's `info mem`."""
    lines = re.findall(r"(?m)^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ ([u-]r[w-])", text)
    return merged([(int(start, 16), int(end, 16), rights) for start, end, rights in lines])


if __name__ == "__main__":
    unittest.main()
