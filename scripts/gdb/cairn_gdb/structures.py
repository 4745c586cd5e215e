"""Structures of the kernel at addresses, and lists (lib/list.h) that are believed only if sound."""

from __future__ import annotations

from typing import List

import gdb


def pointed(address: int, type_name: str) -> gdb.Value:
    """The structure at an address, read at once; gdb.MemoryError if it is not there."""
    pointer = gdb.lookup_type(type_name).pointer()
    value = gdb.Value(address).cast(pointer).dereference()
    value.fetch_lazy()
    return value


def offset(type_name: str, member: str) -> int:
    """Where a member of a structure lies."""
    fields = gdb.lookup_type(type_name).fields()
    return next(field.bitpos // 8 for field in fields if field.name == member)


def members(head: gdb.Value, place: int, what: str, problems: List[str]) -> List[int]:
    """
    The addresses of the structures in a list, whose links lie at an offset in them.

    Of a damaged list these are the ones before the damage, of which problems learns.
    """
    start = int(head["head"].address)
    kind = gdb.lookup_type("struct list_link").pointer()
    found: List[int] = []
    try:
        link = int(head["head"]["next"])
        while link != start:
            if link == 0 or link - place in found:
                wrong = "a link is NULL" if link == 0 else "it leads back into itself"
                problems.append(f"{what} is damaged: {wrong}.")
                break
            following = int(gdb.Value(link).cast(kind)["next"])
            found.append(link - place)
            link = following
    except gdb.MemoryError as error:
        problems.append(f"{what} is damaged: {reason(error)}.")
    return found


def reason(error: gdb.MemoryError) -> str:
    """What a failed access says, as a part of a sentence."""
    return f"{error}".rstrip(".").replace("Cannot access memory", "cannot access memory")
