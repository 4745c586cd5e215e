"""The tests of lab 3, in the order of its exercises.

Points add up to 100 with those of hidden/catalogue.py: 10, 30, 8, 10, 17, 13 and 12 for exercises
1 to 7. Handles, notifications and shared memory are in object_tests.py, endpoints in
endpoint_tests.py; names, kernel-mode programs and delegation in service_tests.py; what a
review of security has asked for is in review_tests.py.
"""

from __future__ import annotations

from cairn_grader.catalogue import Exercise

from . import endpoint_tests, object_tests, review_tests, service_tests

TITLE = "IPC and namespaces"

# What the files of this lab may refer to, besides those of labs 1 and 2 and what those may use.
MAY_USE = [
    "src/kernel/ipc/endpoint_memory.c",
    "src/kernel/ipc/endpoint_order.c",
    "src/kernel/ipc/ipc.c",
    "src/kernel/ipc/name_path.c",
    "src/kernel/ipc/object.c",
    "src/kernel/ipc/services.c",
    "src/kernel/ipc/well_known.c",
    "program_entry",
]

# What the functions of each file must do.
CONTRACTS = {
    "handle.c": "kernel/ipc/handle.h",
    "endpoint.c": "kernel/ipc/endpoint.h",
    "notification.c": "kernel/ipc/notification.h",
    "shared.c": "kernel/ipc/shared.h",
    "name.c": "kernel/ipc/name.h",
    "kernel_program.c": "kernel/ipc/kernel_program.h",
    "delegate.c": "kernel/ipc/delegate.h",
}

EXERCISES = [
    Exercise("lab3.ex1", "Handles", "handle.c"),
    Exercise("lab3.ex2", "Endpoints", "endpoint.c"),
    Exercise("lab3.ex3", "Notifications", "notification.c"),
    Exercise("lab3.ex4", "Shared memory", "shared.c"),
    Exercise("lab3.ex5", "Names", "name.c"),
    Exercise("lab3.ex6", "Kernel-mode programs", "kernel_program.c"),
    Exercise("lab3.ex7", "Delegation", "delegate.c"),
]

TESTS = object_tests.TESTS + endpoint_tests.TESTS + service_tests.TESTS + review_tests.TESTS
