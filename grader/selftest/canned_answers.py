#!/usr/bin/env python3
"""Writes anew what the attack `answers-canned` knows: the answers of the tests of exercise 1.

The reference, run with the seed that everybody has, says for each map how many frames are free.
After a change of these tests the attack knows nothing any more, and test_attacks.py says so.

usage: canned_answers.py
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Dict

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "grader"))

from cairn_grader.catalogue import load_lab  # noqa: E402
from cairn_grader.mutants import Alternative, load_reference  # noqa: E402
from cairn_grader.workshop import Workshop  # noqa: E402

ATTACK = ROOT / "grader" / "attacks" / "lab1" / "answers-canned" / "frame.c"
HASH = re.compile(r"^static uint32_t hash_of\(.*?^}\n", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(?<=^} answers\[\] = \{\n).*?(?=^\};$)", re.MULTILINE | re.DOTALL)
CONTRACT = "void frame_init(const struct memory_map *map)"
#: Appended to the reference, whose own function has another name.
TELLER = """
#include "kernel/console.h"

%s
void frame_init(const struct memory_map *map)
{
    take_memory(map);
    kprintf("answer 0x%%08x %%u\\n", hash_of(map), frame_stats().free);
}
"""
PER_LINE = 4


def main() -> None:
    """Run the tests and write the table."""
    text = ATTACK.read_text("ascii")
    function = HASH.search(text)
    assert function is not None
    own = load_reference(ROOT, 1)["frame.c"].replace(CONTRACT, f"static {CONTRACT}")
    own = own.replace("void frame_init(", "void take_memory(") + TELLER % function.group()
    lab = load_lab(ROOT, 1)
    tests = [test for test in lab.tests if test.exercise == "lab1.ex1"]
    answers: Dict[str, int] = {}
    with Workshop(ROOT, lab, 1) as workshop:
        for result in workshop.test(Alternative("teller", {"frame.c": own}), tests):
            run = result.outcomes[0].run
            assert run is not None and result.passed, result
            for key, free in re.findall(r"^answer (0x\w+) (\d+)\r?$", run.console, re.MULTILINE):
                answers[key] = int(free)
    cells = [f"{{{key}, {free}}}" for key, free in sorted(answers.items())]
    rows = [", ".join(cells[n : n + PER_LINE]) for n in range(0, len(cells), PER_LINE)]
    table = "".join(f"    {row},\n" for row in rows)
    ATTACK.write_text(TABLE.sub(lambda _: table, text), "ascii")
    subprocess.run(["clang-format", "-i", str(ATTACK)], check=True)
    print(f"{ATTACK.relative_to(ROOT)}: {len(answers)} answers")


if __name__ == "__main__":
    main()
