"""The tests of handles, notifications and shared memory: exercises 1, 3 and 4 of lab 3.

Points add up to 28 with those of hidden/objects.py: 10, 8 and 10. What needs no endpoints runs
before the kernel has any, so that it can be earned while exercise 2 is still missing.
"""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

from .object_inspectors import inspect

#: MiB of the machine on which a test may use up all memory.
SMALL = 16


def _ex1() -> List[Test]:
    name = "lab3.ex1"
    return [
        Test(
            "handle_numbers",
            name,
            1,
            "each handle has a number, which names its object and nothing else",
            "Any number may come from a program: negative ones, too, and those of free entries.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "handle_errors",
            name,
            1.5,
            "types and rights, and the order of the errors",
            "First the type: -E_BAD_HANDLE. Then the rights, all that are needed: -E_ACCESS.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "handle_references",
            name,
            1,
            "references of objects, counted",
            "A handle takes over the caller's reference; object_release() when it is closed.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "handle_reuse",
            name,
            1,
            "entries that are used again and again",
            "A handle that is closed leaves a free entry; the table grows only if there is none.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "handle_limit",
            name,
            1,
            "HANDLES_MAX handles, and no more",
            "-E_NO_SPACE comes before anything changes; the reference stays the caller's.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "handle_no_memory",
            name,
            1,
            "handles when memory is short",
            "krealloc() can return NULL; the old entries are still there then.",
            parts=3,
            memory=SMALL,
            limit=4,
        ),
        Test(
            "handle_close_all",
            name,
            1,
            "all handles are closed: references and memory go",
            "A table of zeros is empty, and can be used again.",
            parts=3,
            memory=SMALL,
        ),
        Test(
            "handle_costs",
            name,
            1,
            "costs that do not grow with the number of handles",
            "Do not search for a free entry: chain them.",
            memory=SMALL,
        ),
        Test(
            "handle_programs",
            name,
            0.5,
            "handles of programs in ring 3",
            "A number means something in one process only.",
            parts=3,
            memory=SMALL,
            limit=4,
        ),
    ]


def _ex3() -> List[Test]:
    name = "lab3.ex3"
    return [
        Test(
            "notification_bits",
            name,
            1.5,
            "bits are set, and taken all at once",
            "Signalling adds bits; taking them leaves none.",
            parts=4,
            memory=SMALL,
        ),
        Test(
            "notification_wakes",
            name,
            1.5,
            "who has waited longest gets the bits",
            "scheduler_wake_first() hands them over as the result; only if nobody waits they stay.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "notification_limits",
            name,
            1,
            "time limits",
            "scheduler_block() has a time limit, and returns -E_TIMED_OUT by itself.",
            parts=4,
            memory=SMALL,
            limit=4,
            schedules=(4, 6),
        ),
        Test(
            "notification_killed",
            name,
            0.5,
            "a waiter that is killed",
            "Who ends leaves the queue of scheduler_block() by itself; keep no list of your own.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "notification_memory",
            name,
            1,
            "making notifications, also when memory is short",
            "Memory from kmalloc() holds what its last user left there; it can be NULL.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "notification_not_lost",
            name,
            1,
            "no wake-up is lost, whenever a tick comes",
            "Look at the bits, then wait, with nothing in between.",
            parts=2,
            memory=SMALL,
            limit=6,
            schedules=(4, 5, 6, 7),
        ),
        Test(
            "notification_programs",
            name,
            0.5,
            "notifications of programs in ring 3",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "notification_last_handle",
            name,
            0.5,
            "handles that go while somebody waits",
            "The last reference destroys the notification, and not earlier.",
            parts=3,
            memory=SMALL,
        ),
    ]


def _ex4() -> List[Test]:
    name = "lab3.ex4"
    return [
        Test(
            "shared_create",
            name,
            1,
            "sizes of shared memory",
            "1 to SHARED_MEMORY_MAX bytes, rounded up to pages; each frame has one reference.",
            parts=2,
        ),
        Test(
            "shared_zeroed",
            name,
            0.5,
            "new shared memory is full of zeros",
            "What was in a frame before is nobody's business.",
            parts=2,
            memory=SMALL,
        ),
        Test(
            "shared_no_memory",
            name,
            1,
            "shared memory when memory is short: all frames or none",
            "Give back the frames that you have, and the structure.",
            parts=3,
            memory=SMALL,
            limit=4,
        ),
        Test(
            "shared_maps",
            name,
            2,
            "mappings of several processes, seen from outside",
            "Each page needs PTE_USER, PTE_WRITE only if it may be written, and a reference to its "
            "frame.",
            parts=4,
            inspect=inspect,
            inspections=7,
        ),
        Test(
            "shared_unmap",
            name,
            1,
            "mappings are undone, seen from outside",
            "Pages, references to frames, region, mapping, reference to the object.",
            parts=4,
            memory=SMALL,
            inspect=inspect,
            inspections=6,
        ),
        Test(
            "shared_map_no_memory",
            name,
            1,
            "mappings that are refused: all pages or none",
            "Each step can be refused; then undo those before it.",
            parts=3,
            memory=SMALL,
            limit=4,
            inspect=inspect,
            inspections=1,
        ),
        Test(
            "shared_ends",
            name,
            0.5,
            "makers, handles and users go in any order",
            "The object has references of handles and mappings, a frame those of object and pages.",
            parts=3,
            memory=SMALL,
            inspect=inspect,
            inspections=3,
        ),
        Test(
            "shared_forget",
            name,
            0.5,
            "all mappings of a process are forgotten",
            "shared_memory_forget() leaves the pages to the space.",
            parts=2,
            memory=SMALL,
            inspect=inspect,
            inspections=4,
        ),
        Test(
            "shared_programs",
            name,
            0.75,
            "programs that share memory",
            parts=3,
            memory=SMALL,
            limit=4,
        ),
        Test(
            "shared_rights",
            name,
            0.5,
            "what programs may map, and how",
            memory=SMALL,
        ),
        Test(
            "shared_fork_exec",
            name,
            0.75,
            "mappings at fork and exec",
            "A guard region is copied without pages; exec calls shared_memory_forget().",
            parts=2,
            memory=SMALL,
        ),
    ]


TESTS: List[Test] = _ex1() + _ex3() + _ex4()
