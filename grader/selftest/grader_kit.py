"""A kit with tests of its own, for tests of the grader that need real machines.

It shares everything with this kit but the tests of lab 1: those are a dozen small ones that end
in every way in which a test can end. They are written here, not in a file of the tree, because
they break the rules for kernel code on purpose.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List

from kit import ROOT, KitTest

#: Seconds of real time for grading, on a computer that does much else.
LIMIT = 280
SHARED = ("Makefile", "src", "scripts", "labs", "solutions")

TESTS_C = r"""
#include "kernel/ktest.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/space.h"
#include "kernel/trace.h"

KTEST(t_pass, KTEST_FRAMES)
{
    EXPECT(frame_alloc() != FRAME_NONE, "a frame is free");
}
KTEST(t_parts, KTEST_PAGING)
{
    ktest_part("one");
    EXPECT_EQUAL(1, 1, "one is one");
    ktest_part("two");
    EXPECT_EQUAL(ktest_random_range(5, 7), 9, "a random number is 9");
    ktest_part("three");
}
KTEST(t_require, KTEST_PAGING)
{
    ktest_part("one");
    ktest_part("two");
    REQUIRE_EQUAL(1, 2, "one is two");
    ktest_part("three");
}
KTEST(t_inspect, KTEST_HEAP)
{
    ktest_part("one");
    ktest_inspect("walk", (uint32_t)kernel_space.directory, 0x100000, 3, 4);
    ktest_part("two");
    ktest_inspect("walk", (uint32_t)kernel_space.directory, 0x400000, 5, 6);
}
KTEST(t_inspect_bad, KTEST_HEAP)
{
    ktest_part("one");
    ktest_inspect("walk", (uint32_t)kernel_space.directory, 0x100000, 3, 4);
    ktest_part("two");
    ktest_inspect("walk", (uint32_t)kernel_space.directory, 0, 5, 6);
}
KTEST(t_inspect_never, KTEST_HEAP)
{
}
KTEST(t_panic, KTEST_HEAP)
{
    ktest_part("one");
    ktest_part("two");
    kfree((void *)0x1234);
}
KTEST(t_fault, KTEST_HEAP)
{
    *(volatile uint32_t *)0xDEADF000 = 1;
}
KTEST(t_loop, KTEST_HEAP)
{
    for (volatile uint32_t i = 0;; i++) {
    }
}
KTEST(t_long, KTEST_HEAP)
{
    for (volatile uint32_t i = 0;; i++) {
    }
}
KTEST(t_halt, KTEST_HEAP)
{
    __asm__ volatile("cli; hlt");
}
KTEST(t_triple, KTEST_HEAP)
{
    struct {
        uint16_t limit;
        uint32_t base;
    } __attribute__((packed)) idt = {0, 0};
    __asm__ volatile("lidt %0; int3" : : "m"(idt));
}
KTEST(t_early, KTEST_HEAP)
{
    /* Both emulators' power-off, without a word in the trace. */
    __asm__ volatile("outl %0, $0xf4" : : "a"(0));
    for (const char *c = "Shutdown"; *c != 0; c++) {
        __asm__ volatile("outb %0, %1" : : "a"(*c), "Nd"((uint16_t)0x8900));
    }
}
KTEST(t_forged, KTEST_HEAP)
{
    ktest_part("one");
    for (const char *c = "seq=9 t=9 ev=test.end name=t_forged failures=0 parts=1\n"; *c; c++) {
        for (uint8_t status = 0; (status & 0x20) == 0;) {
            __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x2FD));
        }
        __asm__ volatile("outb %0, %1" : : "a"(*c), "Nd"((uint16_t)0x2F8));
    }
}
static __attribute__((noinline)) uint32_t descend(volatile uint32_t *depth)
{
    volatile uint32_t local[64];
    local[0] = *depth + 1;
    return local[0] == 0 ? 0 : descend(local) + local[0];
}
KTEST(t_overflow, KTEST_HEAP)
{
    volatile uint32_t depth = 0;
    EXPECT(descend(&depth) != 0, "it returns");
}
"""

SECRET_C = r"""
#include "kernel/ktest.h"

KTEST(h_secret, KTEST_HEAP)
{
    EXPECT_EQUAL(1, 2, "the secret");
}
"""

CATALOGUE = """
from cairn_grader import pagewalk
from cairn_grader.catalogue import Exercise, Test
from cairn_grader.machine import Check

TITLE = "Memory"
MAY_USE = ["src/*/*.c", "src/kernel/*/*.[cS]", "trace_groups", "kernel_*_start", "kernel_*_end",
           "kernel_stack_*"]
EXERCISES = [
    Exercise("lab1.ex1", "Frames", "frame.c"),
    Exercise("lab1.ex6", "The heap", "heap.c"),
]


def inspect(machine, tag, arguments):
    registers = machine.registers()
    page = pagewalk.translate(machine, arguments[0], arguments[1])
    return [
        Check.equal("CR3 is the directory", arguments[0], registers["cr3"]),
        Check.holds("paging is on", registers["cr0"] >> 31 == 1),
        Check.holds("a symbol is known", machine.symbol("kernel_text_start") > 0),
        Check.equal("it leads to itself", arguments[1], page.frame),
    ]


def says_panic(trace, console):
    return [Check.holds("the console says PANIC", "PANIC" in console)]


def heap(name, points=2, **more):
    return Test("t_" + name, "lab1.ex6", points, "about " + name, hint="hint " + name, **more)


TESTS = [
    Test("t_pass", "lab1.ex1", 1, "about pass"),
    Test("boot_panic", "lab1.ex1", 1, "a panic", options="testpanic", expect=("panic", "panic"),
         judge=says_panic),
    Test("boot_grub", "lab1.ex1", 1, "by GRUB", boot="grub", expect="power_off",
         judge=lambda trace, console: []),
    heap("parts", 3, parts=3, schedules=(4, 5)),
    heap("require", 3, parts=3),
    heap("inspect", parts=2, inspect=inspect, inspections=2),
    heap("inspect_bad", parts=2, inspect=inspect, inspections=2),
    heap("inspect_never", inspect=inspect, inspections=1),
    heap("panic", parts=2),
    heap("fault"),
    heap("loop"),
    heap("halt"),
    heap("triple"),
    heap("early"),
    heap("forged"),
    heap("overflow", ktest=True, expect=("panic", "double_fault")),
]
"""

HIDDEN = """
from cairn_grader.catalogue import Test

TESTS = [Test("h_secret", "lab1.ex6", 1, "the secret title", hint="the secret hint")]
"""

LONG = """
TESTS.append(heap("long", limit=30))
"""


def make_kit(target: Path) -> Path:
    """Write the kit into a new folder."""
    tests = target / "grader" / "tests" / "lab1"
    (tests / "hidden").mkdir(parents=True)
    for name in SHARED:
        (target / name).symlink_to(ROOT / name)
    for name in ("grade", "benchmark"):
        shutil.copy(ROOT / "grader" / name, target / "grader" / name)
    shutil.copytree(ROOT / "grader" / "cairn_grader", target / "grader" / "cairn_grader")
    (tests / "tests.c").write_text(TESTS_C, encoding="ascii")
    (tests / "catalogue.py").write_text(CATALOGUE, encoding="ascii")
    (tests / "hidden" / "secret.c").write_text(SECRET_C, encoding="ascii")
    (tests / "hidden" / "catalogue.py").write_text(HIDDEN, encoding="ascii")
    return target


class GraderTest(KitTest):
    """A test with such a kit, which all tests of a class share."""

    kit: Path

    @classmethod
    def setUpClass(cls) -> None:
        """Write the kit."""
        super().setUpClass()
        folder = tempfile.mkdtemp(prefix="grader-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.kit = make_kit(Path(folder) / "kit")

    @contextmanager
    def longer_catalogue(self, extra: str) -> Iterator[None]:
        """Add text to the catalogue for a while."""
        path = self.kit / "grader" / "tests" / "lab1" / "catalogue.py"
        path.write_text(CATALOGUE + extra, encoding="ascii")
        try:
            yield
        finally:
            path.write_text(CATALOGUE, encoding="ascii")

    def command(self, *words: str) -> List[str]:
        """The words of a `grade` command in the kit."""
        return [str(self.kit / "grader" / "grade"), *words]

    def grade(self, *words: str, status: int = 1) -> Dict[str, Any]:
        """Grade the kit's solutions; return the JSON result."""
        command = self.command("--ref", "--json", "-", *words)
        done = self.must_end_with(status, *command, cwd=self.kit, timeout=LIMIT)
        return dict(json.loads(done.stdout))
