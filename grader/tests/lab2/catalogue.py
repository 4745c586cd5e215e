"""The tests of lab 2, in the order of its exercises.

Points add up to 100 with those of hidden/catalogue.py: 15, 10, 20, 15, 20, 12 and 8 for exercises
1 to 7. The tests of exercises 1 to 4, which live in the kernel alone, are listed in
kernel_tests.py, those of programs in programs_tests.py.
"""

from __future__ import annotations

from cairn_grader.catalogue import Exercise

from . import kernel_tests, programs_tests

TITLE = "Processes"

# What the files of this lab may refer to, besides those of lab 1 and what those may use.
MAY_USE = [
    "src/kernel/process/clock.c",
    "src/kernel/process/elf.c",
    "src/kernel/process/entry.c",
    "src/kernel/process/initrd.c",
    "src/kernel/process/program.c",
    "src/kernel/process/stack.c",
    "src/kernel/process/state.c",
    "src/kernel/x86/fpu.c",
    "src/kernel/x86/user_copy.S",
    "segments_kernel_task",
    "syscall_tables",
    "trap_return",
]

# What the functions of each file must do.
CONTRACTS = {
    "process.c": "kernel/process/process.h",
    "switch.S": "kernel/process/switch.h",
    "scheduler.c": "kernel/process/scheduler.h",
    "life.c": "kernel/process/process.h",
    "user.c": "kernel/process/user.h",
    "syscall.c": "kernel/process/syscall.h",
    "fork.c": "kernel/process/fork.h",
    "exec.c": "kernel/process/exec.h",
}

EXERCISES = [
    Exercise("lab2.ex1", "The process table", "process.c"),
    Exercise("lab2.ex2", "The context switch", "switch.S"),
    Exercise("lab2.ex3", "The scheduler", "scheduler.c"),
    Exercise("lab2.ex4", "The end of a process", "life.c"),
    Exercise("lab2.ex5", "Ring 3 and system calls", "user.c"),
    Exercise("lab2.ex6", "Fork", "fork.c"),
    Exercise("lab2.ex7", "Exec", "exec.c"),
]

TESTS = kernel_tests.TESTS + programs_tests.TESTS
