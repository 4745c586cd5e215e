"""The tests of names, kernel-mode programs and delegation: exercises 5 to 7 of lab 3."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

#: Memory of most machines, in MiB.
SMALL = 16


def _names() -> List[Test]:
    name = "lab3.ex5"
    return [
        Test(
            "names_register",
            name,
            1.5,
            "names that are registered, found and withdrawn",
            "A name stands for all names within it, but only the name itself can be withdrawn.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_longest",
            name,
            2,
            "servers at different depths of one tree",
            "Try the longest prefix of name_parse() first; each ends at a boundary of components.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_forms",
            name,
            1,
            "the forms in which a name can be written",
            "The last prefix of name_parse() is the name without separators at its end.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "names_malformed",
            name,
            1,
            "names that are none, and the longest ones",
            "name_parse() refuses what is malformed; an alias has two texts that can be.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_alias",
            name,
            2,
            "aliases, and aliases of aliases",
            "Replace the alias's name by its target, keep what follows, and look again.",
            parts=4,
            memory=SMALL,
        ),
        Test(
            "names_alias_limits",
            name,
            1.5,
            "chains, circles, and names that become too long",
            "Count the aliases that one look-up follows.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_owners",
            name,
            1,
            "whose a name is",
            "The owner is who has registered a name, whoever owns the endpoint.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_list",
            name,
            1,
            "stepping through the names",
            "The prefix is any text, not only whole components.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "names_list_many",
            name,
            1,
            "stepping through many names, while names come and go",
            "The cursor must mean the same when names were removed, added, or moved in a table.",
            parts=3,
            memory=SMALL,
            limit=4,
        ),
        Test(
            "names_withdrawn",
            name,
            1,
            "the names of a process that ends",
            "name_withdraw() goes through the owner's list, which shrinks meanwhile.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "names_programs",
            name,
            0.5,
            "programs that register names, and end",
            parts=4,
            memory=SMALL,
        ),
        Test(
            "names_calls",
            name,
            0.5,
            "the system calls of names",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "names_references",
            name,
            1,
            "references to endpoints",
            "A name keeps its endpoint alive until it goes.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "names_out_of_memory",
            name,
            0.5,
            "names when memory is short",
            "Allocate before anything is changed; a table that cannot grow goes on.",
            parts=2,
            memory=SMALL,
            limit=4,
        ),
        Test(
            "names_costs",
            name,
            0.5,
            "ten thousand names",
            "A look-up must not walk through all names.",
            parts=3,
            limit=6,
        ),
    ]


TESTS: List[Test] = _names()
