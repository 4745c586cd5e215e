"""The benchmarks of lab 1: an ordinary machine, and others to show that costs do not grow.

The names of the others end in the size of memory and the share of it that is in use:
`frame.alloc_free.1024m.99` is measured with 1 GiB of which 99 % are used.
"""

from __future__ import annotations

from cairn_grader.bench import Measurement

RUNS = [Measurement("bench_memory")] + [
    Measurement("bench_memory", memory, f".{memory}m.{percent}", f"fill={percent}")
    for memory in (16, 256, 1024)
    for percent in (1, 99)
]
