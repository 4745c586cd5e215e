"""The hidden tests of lab 1: random use of each exercise, compared with a model."""

from __future__ import annotations

from cairn_grader.catalogue import Test

TESTS = [
    Test(
        "frame_init_random_maps",
        "lab1.ex1",
        1,
        "random memory maps",
        memory=16,
        boot="bios",
        limit=4,
    ),
    Test(
        "frame_random_use",
        "lab1.ex2",
        1,
        "random use of the frame allocator",
        memory=16,
        boot="bios",
        limit=4,
    ),
    Test(
        "paging_random_use",
        "lab1.ex3",
        1.5,
        "random use of page tables",
        memory=16,
    ),
    Test(
        "space_random_use",
        "lab1.ex4",
        0.5,
        "random use of address spaces",
        memory=16,
    ),
    Test(
        "fault_random",
        "lab1.ex5",
        1,
        "random regions and faults",
        memory=16,
    ),
    Test(
        "heap_random_shortage",
        "lab1.ex6",
        1,
        "random use of the heap while memory is short",
        memory=16,
        limit=4,
    ),
]
