"""Is one instruction one tick of the time-stamp counter? A loop of known length tells.

The loop belongs to a kernel of a few dozen bytes, assembled here, so that nothing of Cairn takes
part. It reads the counter, executes 100,000 times two instructions, reads the counter again,
sends the difference to the first serial port and powers off: 200,003 instructions from the first
reading to the second.
"""

from __future__ import annotations

import struct
from pathlib import Path

from cairn_grader.errors import GraderError
from cairn_grader.processes import Processes, find_program
from cairn_grader.qemu import machine_options, serial_options
from cairn_grader.run import CONSOLE_FILE, WALL_LIMIT, read_capped

ITERATIONS = 100_000
#: Two instructions in each round; the two moves; and one reading of the counter.
EXPECTED = 2 * ITERATIONS + 3

LOAD_ADDRESS = 0x100000
HEADER_SIZE = 32
_MAGIC = 0x1BADB002
_ADDRESSES_GIVEN = 1 << 16


def kernel() -> bytes:
    """The image, with a Multiboot header (Multiboot Specification 0.6.96, section 3.1)."""
    header = struct.pack("<3I", _MAGIC, _ADDRESSES_GIVEN, -(_MAGIC + _ADDRESSES_GIVEN) & 0xFFFFFFFF)
    entry = LOAD_ADDRESS + HEADER_SIZE
    header += struct.pack("<5I", LOAD_ADDRESS, LOAD_ADDRESS, 0, 0, entry)
    code = bytes.fromhex("0f31")  # rdtsc
    code += bytes.fromhex("89c6")  # mov %eax, %esi
    code += b"\xb9" + struct.pack("<I", ITERATIONS)  # mov $ITERATIONS, %ecx
    code += bytes.fromhex("49 75fd")  # again: dec %ecx; jnz again
    code += bytes.fromhex("0f31 29f0 89c3")  # rdtsc; sub %esi, %eax; mov %eax, %ebx
    code += bytes.fromhex("66baf803")  # mov $0x3f8, %dx
    code += bytes.fromhex("88d8 ee c1eb08") * 4  # mov %bl, %al; out %al, %dx; shr $8, %ebx
    code += bytes.fromhex("66baf400 31c0 ef")  # mov $0xf4, %dx; xor %eax, %eax; out %eax, %dx
    return header + code + bytes.fromhex("fa f4 ebfd")  # cli; halt: hlt; jmp halt


def measure(folder: Path, processes: Processes, icount: bool = True) -> int:
    """The ticks that the loop took."""
    image = folder / "calibration.bin"
    image.write_bytes(kernel())
    command = [find_program("qemu-system-i386", "qemu-system-x86")]
    command += machine_options(32, icount=icount, shift=0) + serial_options()
    with processes.start(command + ["-kernel", str(image)], folder, WALL_LIMIT) as emulator:
        emulator.wait()
    data = read_capped(folder / CONSOLE_FILE, 4)
    if len(data) != 4:
        reason = "; ".join(emulator.errors()) or "it wrote nothing"
        raise GraderError(f"QEMU did not run the calibration ({reason}): run 'make doctor'")
    return int(struct.unpack("<I", data)[0])


def require(folder: Path, processes: Processes) -> None:
    """Refuse to measure with a counter that does not count instructions."""
    ticks = measure(folder, processes)
    if ticks != EXPECTED:
        raise GraderError(
            f"this QEMU counts {ticks} for {EXPECTED} instructions, so its figures would be "
            "wrong: use QEMU 7.2 or another that passes 'make doctor'"
        )
