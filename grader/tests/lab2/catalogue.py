"""The tests of lab 2, in the order of its exercises.

Points add up to 100 with those of hidden/catalogue.py: 15, 10, 20, 15, 20, 12 and 8 for exercises
1 to 7. The tests of exercises 1 to 4, which live in the kernel alone, are listed in
kernel_tests.py, those of programs in programs_tests.py.
"""

from __future__ import annotations

from cairn_grader.catalogue import Exercise

from . import kernel_tests, programs_tests

TITLE = "Processes"
#: What all tests are worth, the hidden ones included.
POINTS = 100

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

# The functions to look at when a test fails that does not name them; the first pattern counts.
ABOUT = {
    "table_find": "process_find",
    "table_next": "process_next",
    "table_stacks": "process_create process_release",
    "table_pids": "process_create process_release",
    "table_*": "process_create",
    "switch_*": "context_switch",
    "prepare_frame": "process_prepare",
    "prepare_begins": "kernel_process_start",
    "process_returns": "kernel_process_start",
    "sched_round_robin": "scheduler_yield",
    "sched_fair": "scheduler_tick",
    "sched_time_slice": "scheduler_tick",
    "sched_idle": "scheduler_tick",
    "sched_costs": "scheduler_tick",
    "sched_*": "scheduler_run",
    "sleep_*": "scheduler_block scheduler_tick",
    "run_directly": "scheduler_run scheduler_wait",
    "wake_order": "scheduler_wake_first scheduler_wake",
    "wake_results": "scheduler_block scheduler_wake",
    "wake_not_lost": "scheduler_block scheduler_wake",
    "wake_*": "scheduler_wake",
    "timeout_*": "scheduler_tick scheduler_wake",
    "remove_*": "scheduler_remove",
    "life_wait*": "process_wait",
    "life_kill*": "process_kill",
    "life_orphans": "process_exit process_adopt",
    "life_generations": "process_exit process_adopt",
    "life_stacks_gone": "process_wait",
    "life_*": "process_exit process_wait",
    "user_first_entry": "user_set_frame user_prepare",
    "user_set_frame_alone": "user_set_frame",
    "user_kernel_stack": "user_frame user_prepare",
    "user_arguments": "copy_string_from_user",
    "user_hostile_flags": "syscall_dispatch",
    "user_dispatch": "syscall_dispatch",
    "user_call_*": "syscall_dispatch",
    "user_copy_strings": "copy_string_from_user",
    "user_copy_read_only": "copy_to_user",
    "user_copy_*": "copy_from_user copy_to_user",
    "user_recover": "user_copy_recover",
    "fork_space_shares": "space_fork",
    "fork_guard_pages": "space_fork",
    "fork_copies_on_write": "fork_resolve",
    "fork_refuses": "fork_resolve",
    "fork_kernel_writes": "fork_resolve",
    "fork_invalidates": "space_fork fork_resolve",
    "fork_memory": "space_fork fork_resolve",
    "fork_*": "process_fork",
    "exec_*": "process_exec",
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
