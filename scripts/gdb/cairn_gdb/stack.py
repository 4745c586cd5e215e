"""Stacks: the walk from frame to frame, through assembly and traps, and another process's stack.

Compiled functions keep a chain of frame pointers, and trap_entry.S links interrupted code to it.
Assembly without call frame information, such as a student's switch.S and the ways of programs into
the kernel, has no frame; there the pushes before the instruction say where the caller is.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import gdb
from gdb.unwinder import Unwinder

from cairn_gdb import machine, program, trap
from cairn_gdb.command import Command, optional
from cairn_gdb.process import Process, chosen

#: Assembly that describes its frames itself.
DESCRIBED = ("trap_entry.S", "boot.S")
#: Routines with which a stack begins.
OUTERMOST = ("_start", "kernel_process_start", "program_entry")
#: Where a program in ring 0 makes a system call, by the table of kernel services; its number is on
#: the stack then (src/user/x86/syscall.S).
SERVICE = "syscall_service"
#: Assembly in which a trap frame is being completed or restored.
IN_BETWEEN = ("trap_stubs", "restore", "trap_return", "sysenter_return", "sysenter_entry")
FRAMES_MAX = 64
#: The registers that context_switch() saves (struct switch_frame), in their order on the stack.
SWITCHED = ("edi", "esi", "ebx", "ebp", "eip")
PUSH = re.compile(r"pushl?\s+%(\w+)")
#: Commands that only look, and so can be used on a process that does not run.
LOOKING = (
    "backtrace", "bt", "where", "print", "p", "output", "printf", "x", "info", "i", "frame", "f",
    "list", "l", "disassemble", "ptype", "whatis", "echo", "stackwalk",
)  # fmt: skip


@dataclass
class Routine:
    """What the pushes of a routine of assembly, up to an instruction, have left on the stack."""

    name: str
    start: int
    depth: int
    #: Depth at which a register was pushed.
    saved: Dict[str, int]

    @property
    def is_outermost(self) -> bool:
        """Whether nobody has called it."""
        return self.name in OUTERMOST

    def place(self, register: str, esp: int) -> Optional[int]:
        """Where a register of the caller is, for this stack pointer."""
        depth = self.saved.get(register)
        return None if depth is None else esp + self.depth - depth


def routine(pc: int, esp: int) -> Optional[Routine]:
    """The routine of assembly without call frame information at an address; None elsewhere."""
    name, offset = split(machine.symbol(pc))
    if pc != 0 and offset == 0 and called_from(pc, esp):
        # A call that does not return was the last instruction of what lies before.
        name, offset = split(machine.symbol(pc - 1))
        offset += 1
    file = gdb.find_pc_line(pc - offset).symtab
    if not name or file is None or not file.filename.endswith(".S"):
        return None
    if file.filename.endswith(DESCRIBED):
        return None
    return scan(name, pc - offset, pc)


def scan(name: str, start: int, pc: int) -> Optional[Routine]:
    """Follow the stack pointer from the start of a routine up to an instruction."""
    result = Routine(name, start, 0, {})
    if start == pc:
        return result
    architecture = gdb.selected_inferior().architecture()
    for instruction in architecture.disassemble(start, pc - 1):
        text = instruction["asm"]
        push = PUSH.match(text)
        change = re.match(r"(sub|add)l?\s+\$(0x[0-9a-f]+),%esp", text)
        if text.startswith("push"):
            result.depth += 4
            if push and result.depth not in result.saved.values():
                result.saved.setdefault(push.group(1), result.depth)
        elif text.startswith("pop"):
            result.saved = {reg: at for reg, at in result.saved.items() if at < result.depth}
            result.depth -= 4
        elif change:
            sign = 1 if change.group(1) == "sub" else -1
            result.depth += sign * int(change.group(2), 16)
    return result if result.depth >= 0 else None


def split(symbol: str) -> Tuple[str, int]:
    """A symbol and the offset in it."""
    name, _, offset = symbol.partition("+")
    return name, int(offset or 0)


def word(address: int) -> int:
    """A word of the memory that the running code sees."""
    return int.from_bytes(machine.read_virtual(address & 0xFFFFFFFF, 4), "little")


def called_from(pc: int, esp: int) -> bool:
    """Whether the call before an address has just returned there, or not yet."""
    try:
        return word(esp - 4) == pc
    except gdb.MemoryError:
        return False


# ---- for GDB's own backtrace ----


class FrameId:
    """What GDB knows a frame by: its stack pointer at the call, and its function."""

    def __init__(self, sp: int, pc: int) -> None:
        pointer = gdb.lookup_type("char").pointer()
        self.sp = gdb.Value(sp).cast(pointer)
        self.pc = gdb.Value(pc).cast(pointer)


class AssemblyUnwinder(Unwinder):
    """Tells GDB who has called a routine of assembly that has no call frame information."""

    def __init__(self) -> None:
        super().__init__("cairn-assembly")

    def __call__(self, pending: gdb.PendingFrame) -> Optional[gdb.UnwindInfo]:
        """What GDB asks about each frame."""
        try:
            pc, esp = (int(pending.read_register(name)) & 0xFFFFFFFF for name in ("eip", "esp"))
            found = routine(pc, esp)
            # Where a stack begins EBP is 0, by which GDB itself sees that there is no caller.
            if found is None or found.is_outermost:
                return None
            return self.unwind(pending, found, esp)
        except gdb.error:
            return None

    def unwind(self, pending: gdb.PendingFrame, found: Routine, esp: int) -> gdb.UnwindInfo:
        """The registers of the caller."""
        top = esp + found.depth
        info = pending.create_unwind_info(FrameId(top + 4, found.start))
        number = gdb.lookup_type("unsigned int")
        for register in ("ebx", "esi", "edi", "ebp"):
            place = found.place(register, esp)
            value = pending.read_register(register) if place is None else word(place)
            info.add_saved_register(register, gdb.Value(int(value) & 0xFFFFFFFF).cast(number))
        info.add_saved_register("eip", gdb.Value(word(top)).cast(number))
        info.add_saved_register("esp", gdb.Value(top + 4).cast(number))
        return info


# ---- the walk by frame pointers ----


@dataclass
class Step:
    """A place of the walk: an instruction, and the trap that interrupted it."""

    pc: int
    #: The instruction is the next one, not that behind a call.
    exact: bool
    trap: Optional[gdb.Value] = None
    #: The name of the system call that a program in ring 0 is making here.
    service: str = ""


class Walk:
    """The walk along the chain of frame pointers."""

    def __init__(self) -> None:
        self.pc, self.esp, self.ebp = (machine.register(name) for name in ("eip", "esp", "ebp"))
        self.exact = True
        self.trap: Optional[gdb.Value] = None
        self.end = ""

    def steps(self) -> Iterator[Step]:
        """From the innermost place to the outermost."""
        for _ in range(FRAMES_MAX):
            yield Step(self.pc, self.exact, self.trap, self.service())
            self.trap = None
            try:
                if not self.advance():
                    return
            except gdb.MemoryError:
                self.end = f"The stack cannot be read on from EBP 0x{self.ebp:08x}."
                return
        self.end = f"More than {FRAMES_MAX} frames."

    def service(self) -> str:
        """The system call of a program in ring 0, if it makes it at this place."""
        if self.exact or split(machine.symbol(self.pc - 1))[0] != SERVICE:
            return ""
        return service_at(self.esp)

    def advance(self) -> bool:
        """Go to the caller; false if there is none."""
        name, offset = split(machine.symbol(self.pc if self.exact else self.pc - 1))
        found = routine(self.pc, self.esp)
        if found is not None:
            return not found.is_outermost and self.leave(found)
        if name in trap.ENTRIES and not self.exact:
            return self.interrupted(self.ebp + 8)
        if self.pc == machine.linker_symbol("trap_return"):
            return self.interrupted(self.esp)
        if name in IN_BETWEEN + trap.ENTRIES:
            self.end = "The registers are just being saved or restored; backtrace knows how far."
            return False
        return self.function(offset)

    def function(self, offset: int) -> bool:
        """Leave a compiled function, whose frame may not be there yet."""
        exact, self.exact = self.exact, False
        if exact and offset == 0:
            self.pc, self.esp = word(self.esp), self.esp + 4
        elif exact and offset == 1:
            self.ebp, self.pc, self.esp = word(self.esp), word(self.esp + 4), self.esp + 8
        elif self.ebp == 0:
            return False
        else:
            if self.ebp < self.esp:
                self.end = f"EBP, 0x{self.ebp:08x}, does not lead up the stack."
                return False
            self.esp = self.ebp + 8
            self.pc, self.ebp = word(self.ebp + 4), word(self.ebp)
        return self.pc != 0

    def leave(self, found: Routine) -> bool:
        """Leave a routine of assembly."""
        place, top = found.place("ebp", self.esp), self.esp + found.depth
        self.ebp = self.ebp if place is None else word(place)
        self.pc, self.esp, self.exact = word(top), top + 4, False
        return self.pc != 0

    def interrupted(self, address: int) -> bool:
        """Go on in the code that a trap has interrupted."""
        frame = trap.frame_at(address)
        frame.fetch_lazy()
        from_user = int(frame["cs"]) & 3 == 3
        self.trap, self.exact = frame, True
        self.pc, self.ebp = int(frame["eip"]), int(frame["ebp"])
        above = address + frame.type.sizeof
        self.esp = int(frame["user_esp"]) if from_user else above - 8
        return True


def service_at(esp: int) -> str:
    """The name of the system call whose number is on the stack."""
    try:
        return trap.system_call(word(esp))
    except gdb.MemoryError:
        return ""


def service_call(frame: gdb.Frame) -> str:
    """The system call that a frame of GDB's makes by the table of services; empty for others."""
    if frame.name() != SERVICE or frame.newer() is None:
        return ""
    name = service_at(machine.register("esp", frame))
    return f"system call {name}, by the table of services" if name else ""


def walk_lines() -> List[str]:
    """The walk from where the processor is, a line for each place."""
    walk = Walk()
    lines = []
    for number, step in enumerate(walk.steps()):
        if step.trap is not None:
            where = int(step.trap.address)
            entered = int(step.trap["cs"]) & 3
            why = trap.reason(step.trap)
            lines.append(f"    {why}, from ring {entered}; frame at 0x{where:08x}")
        if step.service:
            lines.append(f"    system call {step.service}, from ring 0 by the table of services")
        lines.append(f"#{number:<2} 0x{step.pc:08x}  {place(step)}".rstrip())
    return lines + ([walk.end] if walk.end else [])


def place(step: Step) -> str:
    """Where an instruction is; for one behind a call, where the call is."""
    if step.exact:
        return machine.code_place(step.pc) or "?"
    name, comma, rest = machine.code_place(step.pc - 1).partition(",")
    symbol, offset = split(name)
    return f"{symbol}+{offset + 1}{comma}{rest}" if name else "?"


# ---- another process ----


@contextlib.contextmanager
def seen_from(process: Process) -> Iterator[None]:
    """
    Give the processor the registers, the memory and the symbols of a process that does not run.

    Afterwards all is as before; meanwhile the machine must not run.
    """
    if process.is_current:
        yield
        return
    esp = process.kernel_esp
    if not int(process.value["kernel_esp"]) or esp is None:
        raise gdb.GdbError(
            f"{process.title} has no saved registers: its kernel_esp is"
            f" 0x{int(process.value['kernel_esp']):08x}, which is not in its kernel stack."
        )
    wanted = {name: word(esp + 4 * index) for index, name in enumerate(SWITCHED)}
    wanted.update(esp=esp + 4 * len(SWITCHED), cr3=process.directory)
    level = gdb.selected_frame().level()
    gdb.newest_frame().select()
    before = {name: machine.register(name) for name in wanted}
    set_registers(wanted)
    try:
        with program.symbols_of(process.program):
            yield
    finally:
        gdb.newest_frame().select()
        set_registers(before)
        gdb.execute(f"frame {level}", to_string=True)


def set_registers(values: Dict[str, int]) -> None:
    """Change registers of the processor."""
    for name, value in values.items():
        # GDB then looks for the chosen frame, and may fail on a stack that is changed by half.
        with contextlib.suppress(gdb.error):
            gdb.execute(f"set var ${name} = {value:#x}")
    gdb.execute("maintenance flush register-cache", to_string=True)
    wrong = [name for name, value in values.items() if machine.register(name) != value]
    if wrong:
        raise gdb.GdbError(f"This machine's debugger interface cannot set {', '.join(wrong)}.")


class StackWalk(Command):
    """Show who has called whom by the chain of frame pointers, through traps and rings.

    Usage: stackwalk [PID]

    It begins where the processor is, or where a process that does not run will go on. Unlike
    backtrace it needs no call frame information; each trap on the way is shown with its reason."""

    name = "stackwalk"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each frame."""
        text = optional(arguments, 0)
        if text is None:
            print("\n".join(walk_lines()))
            return
        with seen_from(chosen(text)):
            print("\n".join(walk_lines()))


class Inside(Command):
    """Look at a process as if it were running: its stack, its variables, its memory.

    Usage: inside PID COMMAND

    COMMAND is one of GDB's that only looks, such as backtrace, print, x, info locals, frame. For
    its duration the processor has the saved registers and the address space of the process, and GDB
    the symbols of its program; then everything is as before.
    Example: inside 3 backtrace"""

    name = "inside"
    arguments = 2

    def words(self, text: str) -> Sequence[str]:
        """The pid, and the command as it was typed."""
        return text.split(maxsplit=1)

    def run(self, arguments: Sequence[str]) -> None:
        """Print what the command prints."""
        if len(arguments) < 2:
            raise gdb.GdbError(
                "inside needs a pid and a command; for instance: inside 3 backtrace."
            )
        command = arguments[1]
        if re.split(r"[ /]", command)[0] not in LOOKING:
            raise gdb.GdbError(f"inside takes commands that only look: {', '.join(LOOKING)}.")
        with seen_from(chosen(arguments[0])):
            print(gdb.execute(command, to_string=True), end="")
