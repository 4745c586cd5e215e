"""The benchmarks of lab 3: few of everything, and many to show that costs do not grow.

The names of the others end in a number and in what there are so many of: `ipc.call.short.1000e`
is measured while the server and the client own 1,000 endpoints each, `.1000h` while both have
1,000 handles, and `.1000p` while there are 1,000 processes. The fast path of calls is on, as in
every boot without tests, but for the figure `ipc.call.slow`; the tests check the option.
"""

from __future__ import annotations

from cairn_grader.bench import Measurement

#: Turns the fast path on in a boot with tests.
FAST = "fastpath"

RUNS = [
    Measurement("bench_ipc", options=FAST),
    Measurement("bench_ipc_kernel_mode", options=FAST),
    Measurement("bench_ipc_slow"),
    Measurement("bench_names", options=f"{FAST} names=10"),
    Measurement("bench_names", options=f"{FAST} names=10000"),
    Measurement("bench_names_path", options=f"{FAST} names=10"),
] + [
    Measurement("bench_ipc", 256, f".{number}{what[0]}", f"{FAST} {what}={number}")
    for what in ("processes", "endpoints", "handles")
    for number in (10, 1000)
]
