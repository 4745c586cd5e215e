"""What the audit takes for regular, and what not, in a small kernel and in runs made by hand."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

from kit import KitTest, have, need

from cairn_grader.audit import Audit, Auditor, Measure
from cairn_grader.elf import Elf
from cairn_grader.layout import Layout

ORDER = 3
COMPILER = "gcc" if have("gcc") else "i686-linux-gnu-gcc"

#: Begins and ends a function.
MACROS = """
    .macro begin name; .globl \\name; .type \\name, @function; \\name:; .endm
    .macro end name; .size \\name, . - \\name; .endm
"""
#: The objects of the kernel, by their path.
OBJECTS = {
    "src/given.s": """
        begin entry; call *%eax; jmp entry; end entry
        begin leave; nop; nop; ret; end leave
        begin read_clock; in $0x40, %al; ret; end read_clock
        begin trap_return; iret; end trap_return
        .balign 16
        begin trap_stubs
        .rept 256; .balign 16; push $0; jmp trap_return
        .endr
        end trap_stubs
    """,
    "labs/student.s": """
        begin work; nop; nop; ret; end work
        begin peek; in $0x60, %al; ret; end peek
    """,
    "grader/tests/test.s": """
        begin ktest_one; nop; nop; call ktest_check_true; ret; end ktest_one
        begin ktest_check_true; ret; end ktest_check_true
    """,
}
PROGRAM, PROGRAM_CODE = 0x40100000, b"\x90"
TIMER, SPURIOUS, NMI, DEBUG_EXCEPTION = 32, 47, 2, 1


class At(NamedTuple):
    """A block: where it begins, and the lengths of its instructions."""

    place: str
    lengths: Tuple[int, ...]
    #: Added to the address.
    offset: int = 0


ENTRY, ENTRY_REST = At("entry", (2,)), At("entry", (2,), 2)
WORK, WORK_LATE, PEEK = At("work", (1, 1, 1)), At("work", (1, 1), 1), At("peek", (2, 1))
LEAVE, LEAVE_LATE = At("leave", (1, 1, 1)), At("leave", (1, 1), 1)
RETURN = At("trap_return", (1,))
ONE, MIDDLE = At("ktest_one", (1, 1, 5)), At("ktest_one", (1, 5), 1)
ONE_END, CHECK = At("ktest_one", (1,), 7), At("ktest_check_true", (1,))
CLOCK = At("read_clock", (2, 1))
GUEST = At("program", (1,))


def stub(vector: int) -> At:
    """The block by which an interrupt enters."""
    return At("trap_stubs", (2, 2), 16 * vector)


@need("ld")
class Rules(KitTest):
    """Runs, each a list of blocks in the order in which the processor ran them."""

    def setUp(self) -> None:
        super().setUp()
        objects: List[Path] = []
        for name, text in OBJECTS.items():
            source = self.folder / "obj" / name
            source.parent.mkdir(parents=True)
            source.write_text(MACROS + text, "ascii")
            objects.append(source.with_suffix(".o"))
            self.must_succeed(COMPILER, "-m32", "-c", source, "-o", objects[-1])
        kernel, map_file = self.folder / "kernel.elf", self.folder / "kernel.elf.map"
        linker = ("ld", "-m", "elf_i386", "-Ttext=0x100000", "-e", "entry")
        self.must_succeed(*linker, f"-Map={map_file}", "-o", kernel, *objects)
        self.elf, self.layout = Elf.load(kernel), Layout.load(map_file)
        self.places = {**self.elf.symbols, "program": PROGRAM}
        audit = self.examine(Measure(), self.regular())
        self.measure = Measure({}, audit.doors, audit.exits, audit.callbacks)

    def regular(self) -> List[At]:
        """What the reference does: it works, is interrupted, and goes to a program and back."""
        called = [ENTRY, WORK, ENTRY_REST, ENTRY]
        interrupted = [WORK, stub(TIMER), RETURN, WORK_LATE, ENTRY_REST]
        return [*called, *interrupted, ENTRY, LEAVE, GUEST, stub(TIMER), RETURN, GUEST]

    def log(self, blocks: Sequence[At], changed: bool = False) -> bytes:
        """The plugin's file for a run."""
        numbers: Dict[At, int] = {}
        lines: List[str] = []
        for block in blocks:
            if block not in numbers:
                numbers[block] = len(numbers)
                start, size = self.places[block.place] + block.offset, sum(block.lengths)
                code = PROGRAM_CODE if block is GUEST else self.elf.read(start, size)
                code = b"\x90" * size if changed and block is WORK else code
                lengths = ",".join(map(str, block.lengths))
                lines.append(f"block {start:x} {lengths} {code.hex()}")
        for first, second in zip(blocks, blocks[1:]):
            lines.append(f"step {numbers[first]} {numbers[second]}")
        return ("\n".join(lines) + "\n").encode()

    def examine(self, measure: Measure, blocks: Sequence[At], changed: bool = False) -> Audit:
        """The audit of a run."""
        auditor = Auditor(self.elf, self.layout, True, (), measure)
        return auditor.examine(self.log(blocks, changed), ["one"])

    def must_be_regular(self, *blocks: At) -> None:
        """A run that is held against the reference's, in which nothing is wrong."""
        self.assertEqual(self.examine(self.measure, blocks).violations, [])

    def must_be_found(self, words: str, *blocks: At, changed: bool = False) -> None:
        """One in which something is."""
        violations = self.examine(self.measure, blocks, changed).violations
        self.assertRegex("; ".join(violations), words)

    def test_what_the_reference_does(self) -> None:
        """Nothing is wrong with it."""
        self.must_be_regular(*self.regular())

    def test_interrupts(self) -> None:
        """One may come anywhere, and so may one that a device did not mean; see Intel 8259A."""
        self.must_be_regular(ENTRY, WORK, stub(SPURIOUS), RETURN, WORK_LATE)
        self.must_be_regular(ENTRY, WORK, stub(TIMER), RETURN, stub(SPURIOUS), RETURN, WORK_LATE)
        self.must_be_regular(ENTRY, stub(NMI), RETURN, WORK, ENTRY_REST)

    def test_no_other_doors(self) -> None:
        """Exceptions that stop anywhere, and vectors that the kernel does not use."""
        self.must_be_found("to trap_stubs", ENTRY, WORK, stub(DEBUG_EXCEPTION), RETURN, WORK)
        self.must_be_found("to trap_stubs", ENTRY, WORK, stub(0x42), RETURN, WORK)
        self.must_be_found("to trap_stubs", ENTRY, WORK, RETURN, stub(0x42))

    def test_leaving_late(self) -> None:
        """Where the kernel goes to a program counts, not where the block before that begins."""
        self.must_be_regular(ENTRY, LEAVE, stub(TIMER), RETURN, LEAVE_LATE, GUEST)
        self.must_be_found("jumped to a program's code", ENTRY, WORK, CLOCK, GUEST)

    def test_entering_in_the_middle(self) -> None:
        """A test is entered at its beginning, and given code by what may be used."""
        self.must_be_found("in no regular way", ENTRY, WORK, MIDDLE)
        self.must_be_found("a student's code entered .*test.o", ENTRY, WORK, ONE)
        self.must_be_found("in no regular way", ENTRY, stub(TIMER), RETURN, MIDDLE)

    def test_code(self) -> None:
        """What is run is what was built, in the kernel, with ports in given code alone."""
        self.must_be_found("was changed while it ran", ENTRY, WORK, changed=True)
        self.must_be_found("a port instruction in peek", ENTRY, PEEK)
        self.must_be_regular(ENTRY, CLOCK)

    def test_reach(self) -> None:
        """How far a test came."""
        whole = self.examine(Measure(), [ENTRY, ONE, CHECK, ONE_END]).reached["one"]
        self.assertEqual((len(whole.ends), len(whole.checks)), (1, 1))
        half = self.examine(Measure(), [ENTRY, ONE, CHECK]).reached["one"]
        self.assertIn("it did not", half.shortfall(whole))
        self.assertEqual(whole.shortfall(whole), "")


if __name__ == "__main__":
    unittest.main()
