"""The timeline of a run: who had the processor when, and why each switch happened.

`reading` turns the trace's events into the run of `model`; `wording` says in English what happened;
`perfetto` and `page` draw it; `machine` makes a trace by running a kernel in QEMU. The command is
scripts/trace.py.
"""
