"""Decoded trap frames: what the processor was doing when it was interrupted, and why it was."""

from __future__ import annotations

import re
from typing import Iterator, List, Optional, Sequence

import gdb

from cairn_gdb import machine
from cairn_gdb.command import Command, optional

DOUBLE_FAULT = 8
PAGE_FAULT = 14
IRQ_FIRST, IRQ_LAST = 32, 47
SYSTEM_CALL = 0x80
#: Not a vector of the processor: a system call by SYSENTER (src/kernel/x86/trap.h).
SYSENTER = 0x81
#: Vectors whose error code names a segment (SDM 3A, 6.13).
SELECTOR_ERRORS = (10, 11, 12, 13)
FLAGS = (
    (0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"),
    (11, "OF"), (14, "NT"), (16, "RF"), (17, "VM"),
)  # fmt: skip
REGISTER_LINES = (("eax", "ebx", "ecx", "edx"), ("esi", "edi", "ebp", "esp"))
SEGMENTS = ("cs", "ds", "es", "fs", "gs")
#: Assembly that saves the registers and calls what handles a trap; EBX then points to the frame.
ENTRIES = ("trap_entry", "system_call_entry")


class TrapFrame(Command):
    """Decode a trap frame: the interrupted registers and the reason.

    Usage: trapframe [ADDRESS]

    Without an address it is that of the innermost trap which is being handled.
    Shown are the vector and the meaning of its error code, for a page fault the address touched
    (CR2, which a later fault overwrites), the interrupted instruction, and all registers."""

    name = "trapframe"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print the frame."""
        text = optional(arguments, 0)
        frame = innermost() if text is None else frame_at(machine.evaluate_address(text))
        print("\n".join(describe(frame)))


def describe(frame: gdb.Value) -> List[str]:
    """The lines about a frame."""
    vector, code = int(frame["vector"]), int(frame["error_code"])
    ring = int(frame["cs"]) & 3
    where = f" at 0x{int(frame.address):08x}" if frame.address is not None else ""
    lines = [f"trap frame{where}: vector {vector}, {vector_name(vector)}, in ring {ring}"]
    reason = error_text(vector, code)
    if reason:
        lines.append(f"error   0x{code:08x}  {reason}")
    if vector == PAGE_FAULT:
        lines.append(f"cr2     0x{machine.register('cr2'):08x}")
    eip = int(frame["eip"])
    lines.append(f"eip     0x{eip:08x}  {machine.code_place(eip)}".rstrip())
    eflags = int(frame["eflags"])
    names = " ".join(name for bit, name in FLAGS if eflags & 1 << bit)
    lines.append(f"eflags  0x{eflags:08x}  {names}".rstrip())
    values = {name: int(frame[name]) for names in REGISTER_LINES for name in names}
    if ring == 3:
        values["esp"] = int(frame["user_esp"])  # For a system call the kernel does not fill it in.
    for names in REGISTER_LINES:
        lines.append("  ".join(f"{name}  0x{values[name]:08x}" for name in names))
    lines.append("  ".join(f"{name}  0x{int(frame[name]) & 0xFFFF:04x}" for name in SEGMENTS))
    if ring == 3:
        lines.append(
            f"user_esp  0x{int(frame['user_esp']):08x}  user_ss 0x{int(frame['user_ss']):04x}"
        )
    return lines


def vector_name(vector: int) -> str:
    """The name of a vector, from the kernel's own table."""
    names = machine.file_variable("trap_dispatch", "exception_names")
    if names is not None and vector <= names.type.range()[1]:
        return names[vector].string() if int(names[vector]) != 0 else "a reserved exception"
    if vector in (SYSTEM_CALL, SYSENTER):
        return "a system call" + (" by SYSENTER" if vector == SYSENTER else "")
    if IRQ_FIRST <= vector <= IRQ_LAST:
        return "the timer's interrupt" if vector == IRQ_FIRST else f"IRQ {vector - IRQ_FIRST}"
    return "an interrupt"


def reason(frame: gdb.Value) -> str:
    """Why the kernel was entered; a system call by its name, as long as EAX holds its number."""
    vector = int(frame["vector"])
    name = system_call(int(frame["eax"])) if vector in (SYSTEM_CALL, SYSENTER) else ""
    return f"system call {name}" if name else vector_name(vector)


def system_call(number: int) -> str:
    """The name of a system call, from the header; empty for a number that has none."""
    header = machine.ROOT / "src" / "include" / "cairn" / "syscall.h"
    calls = re.findall(r"CALL\(SYS_\w+, (\w+), \"(\w+)\"\)", header.read_text(encoding="utf-8"))
    return next((name for text, name in calls if int(text, 0) == number), "")


def error_text(vector: int, code: int) -> str:
    """What an error code means; nothing for a vector without one."""
    if vector == PAGE_FAULT:
        words = [
            "the page forbids this access" if code & 1 else "the page is not present",
            "fetch" if code & 16 else "write" if code & 2 else "read",
            "by ring 3" if code & 4 else "by the kernel",
        ]
        return ", ".join(words + (["a reserved bit is set"] if code & 8 else []))
    if vector in SELECTOR_ERRORS:
        if code == 0:
            return "no segment is concerned"
        which = "IDT" if code & 2 else "LDT" if code & 4 else "GDT"
        return f"entry {code >> 3} of the {which}" + (", external event" if code & 1 else "")
    return ""


def frame_at(address: int) -> gdb.Value:
    """The trap frame at an address."""
    pointer = gdb.lookup_type("struct trap_frame").pointer()
    return gdb.Value(address).cast(pointer).dereference()


def innermost() -> gdb.Value:
    """The frame of the innermost trap that is being handled."""
    for frame in stack():
        found = handled(frame)
        if found is not None:
            return found
    raise gdb.GdbError("No trap is being handled here; give the address of a trap frame.")


def stack() -> Iterator[gdb.Frame]:
    """The frames of the stack, from the innermost on."""
    frame: Optional[gdb.Frame] = gdb.newest_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


def handled(frame: gdb.Frame) -> Optional[gdb.Value]:
    """The trap frame that is handled by what this frame of the stack has called."""
    name = frame.name()
    if name == "double_fault_entry":
        value = frame.read_var("frame")
        gathered = not value.is_optimized_out and int(value["vector"]) == DOUBLE_FAULT
        return value if gathered else None
    if name in ENTRIES and frame.newer() is not None:
        return frame_at(machine.register("ebx", frame))
    return None
