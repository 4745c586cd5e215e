"""The namespace, as far as it can be seen.

How names are kept is up to each student; the contract (src/kernel/ipc/name.h) has only functions,
which a stopped kernel must not be asked. What is given is the list of names in each struct ipc. Its
elements are understood if name.c declares a structure with a link for that list and with the text
of the name; the reference solution's struct name is one, and others of this kind are shown as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional

import gdb

from cairn_gdb.process import Process
from cairn_gdb.structures import members, pointed

NAME_MAX = 256
#: Members that say how long the text is; a target without a place of its own lies behind it.
LENGTHS = ("listed", "length")
CHARACTERS = ("char", "unsigned char", "uint8_t")


@dataclass
class Name:
    """A name or an alias."""

    text: str
    owner: Process
    #: The address of the endpoint; 0 for an alias.
    endpoint: int
    #: What an alias stands for; None for a name, and if it cannot be seen.
    target: Optional[str]


@dataclass
class Layout:
    """The structure in which name.c keeps a name, and which of its members are what."""

    type_name: str
    link: int
    members: Dict[str, gdb.Field]


def layout() -> Optional[Layout]:
    """The structure of this kernel's name.c; None if there is none that can be understood."""
    owner = gdb.lookup_global_symbol("name_register", gdb.SYMBOL_VAR_DOMAIN)
    if owner is None or owner.symtab is None:
        return None
    for symbol in owner.symtab.static_block():
        kind = symbol.type
        declared_here = symbol.symtab.filename == owner.symtab.filename
        if kind is not None and kind.code == gdb.TYPE_CODE_STRUCT and declared_here:
            found = understood(f"struct {symbol.name}", kind)
            if found is not None:
                return found
    return None


def understood(type_name: str, kind: gdb.Type) -> Optional[Layout]:
    """What the members of a structure mean; None if it holds no name."""
    links = [one for one in kind.fields() if str(one.type) == "struct list_link"]
    owners = [one for one in links if "owner" in one.name]
    texts = [one for one in kind.fields() if is_text(one.type)]
    named = [one for one in texts if one.name in ("text", "name")]
    if len(owners or links) != 1 or not texts or len(named or texts[:1]) != 1:
        return None
    found = {"text": (named or texts)[0]}
    for one in kind.fields():
        if one.name in (*LENGTHS, "target_length", "target"):
            found[one.name] = one
        elif str(one.type) == "struct endpoint *":
            found["endpoint"] = one
    return Layout(type_name, (owners or links)[0].bitpos // 8, found)


def is_text(kind: gdb.Type) -> bool:
    """Whether a member holds characters, or points to them."""
    kind = kind.strip_typedefs()
    if kind.code not in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_PTR):
        return False
    return str(kind.target().unqualified()) in CHARACTERS


def names_of(head: gdb.Value, process: Process, problems: List[str]) -> List[Name]:
    """The names in the list of a process, if they can be understood."""
    known = layout()
    if known is None:
        return []
    what = f"The list of names of {process.title}"
    found = []
    for address in members(head, known.link, what, problems):
        try:
            name = read_name(pointed(address, known.type_name), known, process)
        except gdb.MemoryError:
            name = None
        if name is None:
            problems.append(f"{what} holds something else at 0x{address:08x}.")
        else:
            found.append(name)
    return found


def read_name(value: gdb.Value, known: Layout, process: Process) -> Optional[Name]:
    """A name from its structure; None if it makes no sense."""
    counted = next((name for name in LENGTHS if name in known.members), None)
    length = int(value[counted]) if counted is not None else None
    text = read_text(value, known.members["text"], 0, length)
    if not text:
        return None
    endpoint = int(value[known.members["endpoint"].name]) if "endpoint" in known.members else 0
    target = None
    if endpoint == 0 and "target" in known.members:
        target = read_text(value, known.members["target"], 0, None)
    elif endpoint == 0 and "target_length" in known.members:
        behind = int(value["target_length"])
        target = read_text(value, known.members["text"], length or 0, behind)
    # A name may be kept without the separator at its end.
    return Name(text if ":" in text else f"{text}:", process, endpoint, target)


def read_text(
    value: gdb.Value, field: gdb.Field, place: int, length: Optional[int]
) -> Optional[str]:
    """The text in a member, or to which it points; None if it is not printable."""
    member = value[field.name]
    is_pointer = field.type.strip_typedefs().code == gdb.TYPE_CODE_PTR
    address = int(member) if is_pointer else int(member.address)
    if length is not None and not 0 < length <= NAME_MAX:
        return None
    inferior = gdb.selected_inferior()
    if length is None:
        pointer = gdb.Value(address + place).cast(gdb.lookup_type("char").pointer())
        text = pointer.string(encoding="latin-1", length=-1)
    else:
        text = bytes(inferior.read_memory(address + place, length)).decode("latin-1")
    return text if text and text.isprintable() and text.isascii() else None
