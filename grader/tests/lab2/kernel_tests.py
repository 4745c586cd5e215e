"""The tests of processes within the kernel: exercises 1 to 4 of lab 2.

Points add up to 60 with those of hidden/catalogue.py: 15, 10, 20 and 15. The tests of exercise 1,
and most of exercise 2, run before the kernel starts its first process, so that they can be earned
while the later exercises are still missing. They set up the process table themselves, so no test
that needs processes may follow them in the same boot: the word in EARLY keeps them apart.
"""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

from . import kernel_judges
from .kernel_inspectors import inspect

#: MiB of the machine on which a test may use up all memory. Its table has 1,024 entries.
SMALL = 16
#: MiB of the machine on which 2,000 processes have room.
CROWDED = 64
#: Seconds of guest time for a long trace: Bochs' serial port is as slow as a real one.
TRACED = 12
#: Options of tests that run before there are processes. The kernel ignores the word.
EARLY = "early"


def _ex1() -> "List[Test]":
    name = "lab2.ex1"
    return [
        Test(
            "table_create_identity",
            name,
            1,
            "a process has the name and the mode that were asked for",
            "Copy the name, and cut it to fit: strlcpy() does both.",
            parts=2,
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "table_create_fields",
            name,
            2,
            "every field of a new process has its first value",
            "Memory from kmalloc() holds what its last user left there.",
            parts=2,
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "table_stacks",
            name,
            2,
            "each process has a kernel stack with a guard, seen from outside",
            "kernel_stack_map() in process_create(), kernel_stack_unmap() in process_release().",
            parts=2,
            memory=SMALL,
            options=EARLY,
            inspect=inspect,
            inspections=3,
        ),
        Test(
            "table_pids",
            name,
            2,
            "pids are unique, and rest before they are used again",
            "The first pid is PID_INIT. A pid that has just become free comes last.",
            parts=3,
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "table_find",
            name,
            1.5,
            "process_find() finds a process by its pid, and nothing by any other number",
            "Compare the pid of what you find with the one that is looked for.",
            parts=3,
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "table_next",
            name,
            1,
            "stepping through all processes",
            "process_next() moves *index past the entry that it shows.",
            parts=2,
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "table_full",
            name,
            1.5,
            "a table that is full, with its stacks seen from outside",
            "There are kernel_stack_slots() entries; each can be used again and again.",
            parts=3,
            memory=SMALL,
            options=EARLY,
            limit=4,
            inspect=inspect,
            inspections=2,
        ),
        Test(
            "table_no_memory",
            name,
            2,
            "memory that is used up",
            "Whatever process_create() has taken when something is refused must be given back.",
            parts=4,
            memory=SMALL,
            options=EARLY,
            limit=4,
        ),
        Test(
            "table_costs",
            name,
            1,
            "costs that do not grow with the number of processes",
            "Neither a pid nor a free entry may be searched for.",
            memory=SMALL,
            options=EARLY,
            limit=4,
        ),
    ]


def _ex2() -> "List[Test]":
    name = "lab2.ex2"
    return [
        Test(
            "switch_saves",
            name,
            2,
            "the registers of the process that goes are saved",
            "Push EBP, EBX, ESI and EDI, then store ESP where `save` points.",
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "switch_loads",
            name,
            2,
            "the registers of the process that comes are loaded",
            "Load ESP, then pop in the opposite order.",
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "switch_stacks",
            name,
            2,
            "computations on several stacks take turns",
            "Everything that a function has in registers or on its stack must still be there.",
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "prepare_frame",
            name,
            1,
            "process_prepare() puts a frame on the new stack",
            "As if the process had called context_switch() just before kernel_process_start().",
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "prepare_begins",
            name,
            1.5,
            "a kernel-mode process begins: argument, interrupts, alignment",
            "STI and the argument on the stack come before the call.",
            memory=SMALL,
            options=EARLY,
        ),
        Test(
            "process_returns",
            name,
            0.5,
            "a function that returns ends its process",
            "process_exit() with the status 0, and with interrupts off.",
        ),
        Test(
            "switch_outside",
            name,
            1,
            "the stacks of processes that do not run, seen from outside",
            "kernel_esp of a process that does not run points to a struct switch_frame.",
            inspect=inspect,
            inspections=3,
        ),
    ]


def _ex3() -> "List[Test]":
    name = "lab2.ex3"
    return [
        Test(
            "sched_round_robin",
            name,
            1.5,
            "ready processes run in turn",
            "Whoever becomes ready goes to the end of the queue; the first of it runs next.",
            parts=3,
        ),
        Test(
            "sched_fair",
            name,
            1.5,
            "busy processes that never yield share the processor",
            "scheduler_tick() counts, and takes the processor away.",
            parts=2,
            schedules=(4, 5, 7),
        ),
        Test(
            "sched_time_slice",
            name,
            1.5,
            "a turn is TIME_SLICE ticks long",
            "slice_used starts from 0 whenever a process comes out of the ready queue.",
            parts=3,
            schedules=(4, 5, 7),
        ),
        Test(
            "sched_idle",
            name,
            1,
            "the idle process runs when nobody else can, and only then",
            "It is in no queue; the first ready process replaces it at the next tick.",
            parts=2,
            schedules=(4, 6),
        ),
        Test(
            "sched_processor_state",
            name,
            1.5,
            "stack and memory of the process that runs, seen from outside",
            "segments_set_kernel_stack() and space_switch() belong to every switch.",
            parts=2,
            inspect=inspect,
            inspections=14,
        ),
        Test(
            "sched_floating_point",
            name,
            1,
            "floating-point registers belong to a program",
            "fpu_switch() stores the registers of the one that goes, and loads the other's.",
            parts=2,
        ),
        Test(
            "sleep_exact",
            name,
            1,
            "a pause is as long as it must be",
            "wake_tick is clock_now() and the number of ticks.",
            parts=2,
            limit=6,
            schedules=(4, 6),
        ),
        Test(
            "sleep_many",
            name,
            1.5,
            "many processes sleep at the same time",
            "All whose time has come are woken at the same tick, and nobody else.",
            parts=3,
            limit=24,
        ),
        Test(
            "run_directly",
            name,
            0.5,
            "the processor is given to a certain process",
            "scheduler_run() asks no queue, begins no slice; scheduler_wait() does not switch.",
            parts=2,
        ),
        Test(
            "wake_order",
            name,
            0.5,
            "whoever has waited longest is woken first",
            "list_append() adds at the end, list_first() is where the longest waits.",
            parts=2,
        ),
        Test(
            "wake_results",
            name,
            0.5,
            "scheduler_block() returns what scheduler_wake() was given",
            "wake_result keeps it until the process runs.",
            parts=2,
        ),
        Test(
            "wake_others_left_alone",
            name,
            1,
            "a process that does not wait cannot be woken",
            "Look at the state first.",
            parts=3,
        ),
        Test(
            "timeout_leaves_queue",
            name,
            1,
            "a time limit ends the wait in a queue",
            "Whoever is woken leaves both: the queue and what you keep for times.",
            parts=2,
        ),
        Test(
            "timeout_and_wake",
            name,
            1,
            "whichever comes first counts: the wake-up or the time limit",
            "Whoever is woken leaves both: the queue and what you keep for times.",
            parts=3,
        ),
        Test(
            "remove_from_queues",
            name,
            1,
            "scheduler_remove() takes a process out of every queue",
            "It may be in two lists, in one or in none.",
            parts=3,
        ),
        Test(
            "wake_not_lost",
            name,
            1.5,
            "no wake-up is lost, whenever a tick comes",
            "From the look at the condition to the switch, interrupts stay off.",
            parts=2,
            schedules=(4, 5, 6, 7),
        ),
        Test(
            "sched_trace",
            name,
            1,
            "every switch and every change of state, read from the trace",
            "States change in process_set_state() only, and a switch is announced by "
            "process_set_current().",
            options="trace=sched",
            limit=TRACED,
            judge=kernel_judges.scheduling,
            ktest=True,
            schedules=(5, 7),
        ),
        Test(
            "sched_costs",
            name,
            0.5,
            "costs that do not grow with the number of processes",
            "Neither a switch nor a tick may look at all processes.",
            memory=CROWDED,
            limit=4,
        ),
    ]


def _ex4() -> "List[Test]":
    name = "lab2.ex4"
    return [
        Test(
            "life_statuses",
            name,
            1.5,
            "a parent learns how its children ended",
            "The exit status stays in the zombie until process_wait() reads it.",
            parts=3,
        ),
        Test(
            "life_wait",
            name,
            1.5,
            "waiting before and after the end, for one child among others",
            "Look for a zombie, wait, and look again.",
            parts=3,
        ),
        Test(
            "life_wait_refused",
            name,
            1.5,
            "only a process's own children can be waited for",
            "Compare the parent of what process_find() finds with the caller.",
            parts=3,
        ),
        Test(
            "life_orphans",
            name,
            1.5,
            "children whose parent ends become children of PID_INIT",
            "Both lists, the living ones and the zombies.",
            parts=3,
        ),
        Test(
            "life_generations",
            name,
            0.5,
            "grandchildren stay with their parents",
            "Only the children of the process that ends move, and PID_INIT gets them.",
            parts=2,
        ),
        Test(
            "life_kill",
            name,
            2,
            "a process is killed, whatever it is doing",
            "scheduler_remove() takes it out of its queue; then it is like process_exit().",
            parts=4,
        ),
        Test(
            "life_kill_told",
            name,
            1,
            "the parent of a process that is killed",
            "Wake the parent if it waits for this child or for any.",
            parts=2,
        ),
        Test(
            "life_kill_refused",
            name,
            1,
            "processes that cannot be killed",
            "-E_INVALID up to PID_INIT; -E_NO_PROCESS for what is not there or a zombie.",
            parts=3,
        ),
        Test(
            "life_space_gone",
            name,
            1,
            "the address space of a process that ends, seen from outside",
            "Become a zombie, switch to the kernel's space, then destroy the process's.",
            parts=3,
            inspect=inspect,
            inspections=2,
        ),
        Test(
            "life_stacks_gone",
            name,
            0.5,
            "the kernel stacks of zombies, seen from outside",
            "process_wait() calls process_release().",
            parts=2,
            inspect=inspect,
            inspections=3,
        ),
        Test(
            "life_many",
            name,
            0.5,
            "hundreds of processes live and end at random",
            "Count frames, blocks and processes: what is lost, and at which kind of end?",
            limit=4,
            schedules=(5, 6, 7),
        ),
        Test(
            "life_long_line",
            name,
            0.5,
            "a long line of parents and children",
            parts=2,
        ),
        Test(
            "life_trace",
            name,
            0.5,
            "every end, read from the trace",
            "process_set_zombie() is called once for each process.",
            options="trace=sched",
            limit=TRACED,
            judge=kernel_judges.lives,
            ktest=True,
        ),
        Test(
            "life_costs",
            name,
            0.5,
            "costs that do not grow with the number of processes",
            "A child that is known by its pid need not be searched for.",
            memory=CROWDED,
            limit=4,
        ),
    ]


TESTS: List[Test] = _ex1() + _ex2() + _ex3() + _ex4()
