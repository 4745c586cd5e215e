"""How blocks of i386 instructions end, and where control may go from there.

Source: Intel SDM volume 2, appendix A (opcode maps).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Iterator, List, Tuple

PREFIXES = bytes.fromhex("66 67 f2 f3 f0 2e 36 3e 26 64 65")
#: The opcodes of INS, OUTS, IN and OUT.
PORTS = frozenset(bytes([one]) for one in bytes.fromhex("6c 6d 6e 6f e4 e5 e6 e7 ec ed ee ef"))


class End(enum.Enum):
    """What the last instruction of a block is."""

    NEXT = "an ordinary instruction"
    BRANCH = "a jump or a conditional jump"
    CALL = "a call"
    INDIRECT_CALL = "an indirect call"
    INDIRECT = "an indirect jump"
    RETURN = "a return"
    INTERRUPT_RETURN = "a return from an interrupt"
    TRAP = "a trap"


@dataclass(frozen=True)
class Block:
    """Instructions that follow each other, as they were fetched."""

    address: int
    lengths: Tuple[int, ...]
    code: bytes
    end: End
    #: Where control goes without a return address, a pointer or an interrupt.
    successors: Tuple[int, ...]

    @property
    def after(self) -> int:
        """The address after the last instruction."""
        return self.address + len(self.code)

    @property
    def last(self) -> int:
        """The address of the last instruction; where a block begins depends on what came before."""
        return self.after - self.lengths[-1]

    def instructions(self) -> Iterator[Tuple[int, bytes]]:
        """Address and bytes of each instruction."""
        offset = 0
        for length in self.lengths:
            yield self.address + offset, self.code[offset : offset + length]
            offset += length


def make_block(address: int, lengths: Tuple[int, ...], code: bytes) -> Block:
    """A block with its end."""
    after = address + len(code)
    end, successors = _decode(after, code[len(code) - lengths[-1] :])
    return Block(address, lengths, code, end, tuple(successors))


def is_port(code: bytes) -> bool:
    """Whether an instruction reads or writes a port."""
    return code.lstrip(PREFIXES)[:1] in PORTS


def _decode(after: int, code: bytes) -> Tuple[End, List[int]]:
    """How an instruction passes control on, and where to, if it says that itself."""
    body = code.lstrip(PREFIXES)
    opcode = body[0] if body else 0x90
    if opcode == 0x0F:
        return _decode_two_bytes(after, body)
    if opcode == 0xE8:
        return End.CALL, [_target(after, body[1:5])]
    if opcode in (0xE9, 0xEB):
        return End.BRANCH, [_target(after, body[1:])]
    if 0x70 <= opcode <= 0x7F or 0xE0 <= opcode <= 0xE3:
        return End.BRANCH, [_target(after, body[1:]), after]
    if opcode in (0xC2, 0xC3, 0xCA, 0xCB):
        return End.RETURN, []
    if opcode == 0xCF:
        return End.INTERRUPT_RETURN, []
    if opcode in (0xCC, 0xCD, 0xCE, 0xF1):
        return End.TRAP, []
    if opcode == 0xFF:
        return _decode_group_five(after, body)
    if opcode in (0x9A, 0xEA):
        return (End.INDIRECT_CALL if opcode == 0x9A else End.INDIRECT), []
    # A block also ends at the end of a page, and REP repeats one instruction.
    return End.NEXT, [after, after - len(code)]


def _decode_two_bytes(after: int, body: bytes) -> Tuple[End, List[int]]:
    second = body[1] if len(body) > 1 else 0
    if 0x80 <= second <= 0x8F:
        return End.BRANCH, [_target(after, body[2:]), after]
    if second == 0x35:
        return End.INTERRUPT_RETURN, []
    if second in (0x0B, 0x34):
        return End.TRAP, []
    return End.NEXT, [after]


def _decode_group_five(after: int, body: bytes) -> Tuple[End, List[int]]:
    operation = body[1] >> 3 & 7 if len(body) > 1 else 0
    if operation in (2, 3):
        return End.INDIRECT_CALL, []
    if operation in (4, 5):
        return End.INDIRECT, []
    return End.NEXT, [after]


def _target(after: int, distance: bytes) -> int:
    return (after + int.from_bytes(distance, "little", signed=True)) & 0xFFFFFFFF
