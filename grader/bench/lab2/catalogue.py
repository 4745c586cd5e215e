"""The benchmarks of lab 2: few processes, and many to show that costs do not grow.

The names of the others end in the number of processes: `yield.pair.1000p`.
"""

from __future__ import annotations

from cairn_grader.bench import Measurement

RUNS = [
    Measurement(f"bench_{name}") for name in ("calls", "yield", "birth", "pages", "wait")
] + [
    Measurement(f"bench_{name}", 256, f".{number}p", f"processes={number}")
    for name in ("yield", "birth", "pages", "wait")
    for number in (10, 1000)
]
