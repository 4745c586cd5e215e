"""Address spaces and their regions."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import gdb

from cairn_gdb import machine, process
from cairn_gdb.command import Command, optional, size_text, table
from cairn_gdb.paging import PAGE_SIZE, pages, rights_text

KINDS = {"REGION_DEMAND_ZERO": "demand zero", "REGION_GUARD": "guard"}


class Space(Command):
    """Show an address space: its directory, its regions, and whether the processor agrees.

    Usage: space [SPACE]

    SPACE is a struct space, a pointer to one, or the pid of a process; without it the current space
    is meant. That is the one of the variable of type struct space * in space.c; if there is none,
    the kernel's space_current() is called, which disturbs the machine a little."""

    name = "space"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print what is known about the space."""
        space, is_current = chosen(optional(arguments, 0))
        directory = int(space["directory"])
        print(f"{title(space)}, directory 0x{directory:08x}")
        if is_current:
            cr3 = machine.register("cr3") & ~(PAGE_SIZE - 1)
            agreement = "agrees" if cr3 == directory else "DISAGREES: it is another directory"
            print(f"CR3 0x{cr3:08x} {agreement}")
        first, end = user_half()
        found = list(pages(directory, first >> 22, end >> 22))
        mapped = size_text(sum(page.size for page in found)) if found else "nothing"
        print(f"user half: {int(space['region_count'])} regions, {mapped} mapped")
        print(f"kernel half: {kernel_half(directory)}")


class Regions(Command):
    """List the regions of an address space.

    Usage: regions [SPACE]

    SPACE is a struct space, a pointer to one, or the pid of a process; without it the current space
    is meant. Shown are the bounds, what happens when a page is touched, the rights, and how many
    pages are mapped."""

    name = "regions"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each region."""
        space, _ = chosen(optional(arguments, 0))
        print("\n".join(region_lines(space)))


def region_lines(space: gdb.Value) -> List[str]:
    """A line for each region."""
    count = int(space["region_count"])
    most = space["regions"].type.range()[1] + 1
    if count > most:
        raise gdb.GdbError(f"This is no sound struct space: it claims {count} regions.")
    if count == 0:
        return [f"{title(space)} has no regions."]
    rows = [("addresses", "size", "kind", "rights", "mapped")]
    rows += [row(space, space["regions"][index]) for index in range(count)]
    return table(rows, right=(1,))


def row(space: gdb.Value, region: gdb.Value) -> Sequence[str]:
    """A line about a region."""
    start, end = int(region["start"]), int(region["end"])
    last = (end + (1 << 22) - 1) >> 22
    found = [
        page
        for page in pages(int(space["directory"]), start >> 22, last)
        if start <= page.address < end
    ]
    return (
        f"0x{start:08x}-0x{end - 1:08x}",
        size_text(end - start),
        KINDS.get(str(region["kind"]), str(region["kind"])),
        rights_text(int(region["flags"])),
        f"{len(found)} of {(end - start) // PAGE_SIZE} pages",
    )


def chosen(text: Optional[str]) -> Tuple[gdb.Value, bool]:
    """The space that is meant, and whether it is because it is current."""
    if text is not None and text.isdigit() and process.exist():
        return process.chosen(text).space, False
    if text is not None:
        value = machine.evaluate(text)
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            value = value.dereference()
        if str(value.type.strip_typedefs().unqualified()) != "struct space":
            raise gdb.GdbError(f"{text} is neither a struct space nor a pointer to one.")
        return value, False
    if not machine.paging_is_on():
        raise gdb.GdbError("No space is in use: paging is off.")
    pointer = machine.static_variable("space_current", "struct space *")
    if pointer is None:
        pointer = machine.call("space_current")
    if int(pointer) == 0:
        raise gdb.GdbError("The kernel knows no current space: space_current() is NULL.")
    return pointer.dereference(), True


def title(space: gdb.Value) -> str:
    """What to call a space."""
    address = int(space.address)
    is_kernel = address == machine.linker_symbol("kernel_space")
    return f"{'the kernel space' if is_kernel else 'space'} at 0x{address:08x}"


def user_half() -> Tuple[int, int]:
    """The bounds of the addresses of programs."""
    return machine.constant("USER_START"), machine.constant("USER_END")


def kernel_half(directory: int) -> str:
    """Whether a directory has the kernel's entries outside the user half."""
    first, end = (bound >> 22 for bound in user_half())
    kernel = int(gdb.parse_and_eval("kernel_space.directory"))
    if kernel == directory:
        return "this is the kernel's directory"
    # The processor sets accessed bits in one directory and not in the other.
    own = [entry & ~0x60 for entry in machine.read_words(directory, 1024)]
    shared = [entry & ~0x60 for entry in machine.read_words(kernel, 1024)]
    different = [
        index for index in range(1024) if not first <= index < end and own[index] != shared[index]
    ]
    if not different:
        return "equal to the kernel's directory"
    listed = ", ".join(str(index) for index in different[:8])
    return f"DIFFERS from the kernel's directory in entries {listed}" + (
        " and others" if len(different) > 8 else ""
    )
