#!/usr/bin/env python3
"""Check the rules of style that a program can check, and print a figure for each.

It reads the C sources of kernel and programs (src/ and solutions/) and of the grader's tests, and
every Python and shell file of the tree; it compiles nothing. One line is printed for each rule,
`ok` or `WRONG`, the rule and its figure, and below a wrong rule each place that breaks it. The
exit status is 1 if a rule is broken. With --table, it prints the measures of docs/style.md instead.
The rules are in scripts/rules/.

usage: style.py [--root FOLDER] [--table]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rules import c, table, text
from rules.source import Tree

RULES = (
    c.check_lab_sizes,
    c.check_function_lengths,
    c.check_nesting,
    c.check_file_lengths,
    c.check_opening_comments,
    c.check_assembly,
    c.check_includes,
    c.check_assertions,
    text.check_leftovers,
    text.check_python,
    text.check_shell,
)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Check the rules of style.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--table", action="store_true", help="print the table of docs/style.md")
    options = parser.parse_args()
    tree = Tree(options.root.resolve())
    if not tree.everything:
        print("style.py: no C files below src/ and solutions/", file=sys.stderr)
        return 2
    if options.table:
        print(table.markdown(tree), end="")
        return 0
    wrong = 0
    for rule in RULES:
        for verdict in rule(tree):
            wrong += bool(verdict.offences)
            print(f"{'WRONG' if verdict.offences else 'ok':6} {verdict.rule} - {verdict.figure}")
            for offence in verdict.offences:
                print(f"         {offence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
