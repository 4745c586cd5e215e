"""The command that lists the names, and says what cannot be seen."""

from __future__ import annotations

from typing import List, Sequence

import gdb

from cairn_gdb import ipc
from cairn_gdb.command import Command, optional, table
from cairn_gdb.names import Name, layout, names_of
from cairn_gdb.process import Family, running


class Names(Command):
    """List the names of the namespace: who has registered them, and what they lead to.

    Usage: names [PREFIX]

    With PREFIX only names that begin with it are listed. An alias is shown with an arrow and its
    target. Names are found by the list in the struct ipc of each process, whose elements are
    understood if name.c declares a structure with a link for it and the text of the name.
    Example: names fs:"""

    name = "names"
    arguments = 1

    def run(self, arguments: Sequence[str]) -> None:
        """Print a line for each."""
        ipc.require()
        running()
        known = layout()
        if known is None:
            raise gdb.GdbError(
                "The names cannot be shown: name.c declares no structure with a struct list_link"
                " for the list of its owner's names and with the text of a name."
            )
        prefix = (optional(arguments, 0) or "").lower()
        family = Family()
        objects = ipc.objects_of(family)
        names: List[Name] = []
        for process in family:
            held = ipc.ipc_of(process)
            if held is not None:
                names += names_of(held["names"], process, [])
        # A name may be kept without the separator at its end.
        shown = [
            name
            for name in names
            if any(f"{name.text}{end}".lower().startswith(prefix) for end in ":/")
        ]
        if shown:
            rows: List[Sequence[str]] = [("name", "owner", "leads to")]
            rows += [row(name, family) for name in sorted(shown, key=lambda name: name.text)]
            print("\n".join(table(rows)))
        else:
            print(f"No name begins with {prefix}." if names else "No process has a name.")
        for problem in family.problems + objects.problems:
            print(problem)


def row(name: Name, family: Family) -> Sequence[str]:
    """A line about a name."""
    if name.endpoint == 0:
        target = name.target if name.target is not None else "an alias whose target cannot be seen"
        return (name.text, family.named(name.owner.pid), f"-> {target}")
    thing = ipc.objects_of(family).things.get(name.endpoint)
    if thing is None or thing.kind != "endpoint":
        return (name.text, family.named(name.owner.pid), f"0x{name.endpoint:08x}: NO ENDPOINT")
    receiver = ipc.process_named(int(thing.value["owner"]), family)
    text = f"endpoint 0x{name.endpoint:08x} of {receiver}"
    return (name.text, family.named(name.owner.pid), text)
