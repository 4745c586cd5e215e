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
#: What all tests are worth, the hidden ones included.
POINTS = 100

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

# The functions to look at when a test fails that does not name them; the first pattern counts.
ABOUT = {
    "handle_close_all": "handle_close_all",
    "handle_errors": "handle_find handle_get",
    "handle_numbers": "handle_add handle_get",
    "handle_references": "handle_add handle_close",
    "handle_*": "handle_add handle_close",
    "endpoint_send_waits": "endpoint_send endpoint_receive",
    "endpoint_owners": "endpoint_set_owner endpoint_abandon",
    "endpoint_call_waits": "endpoint_call endpoint_receive endpoint_reply",
    "endpoint_content": "endpoint_transfer",
    "endpoint_stamps": "endpoint_transfer",
    "endpoint_accept": "endpoint_receive",
    "endpoint_reply_receive_both": "endpoint_reply_receive",
    "endpoint_repl*": "endpoint_reply",
    "endpoint_deferred": "endpoint_reply",
    "endpoint_limits*": "endpoint_send endpoint_call endpoint_receive",
    "endpoint_fifo": "endpoint_send endpoint_receive",
    "endpoint_priorities": "endpoint_send endpoint_receive",
    "endpoint_streak": "endpoint_receive",
    "endpoint_*deadlock": "endpoint_send endpoint_call",
    "endpoint_server_dies": "endpoint_abandon",
    "endpoint_client_dies": "endpoint_receive endpoint_reply",
    "endpoint_cargo_lost": "endpoint_transfer",
    "endpoint_handles*": "endpoint_transfer",
    "endpoint_no_memory": "endpoint_transfer",
    "endpoint_direct": "endpoint_call endpoint_reply_receive",
    "endpoint_figures": "endpoint_transfer endpoint_reply",
    "notification_bits": "notification_signal notification_wait",
    "notification_memory": "notification_create",
    "notification_limits": "notification_wait",
    "notification_*": "notification_signal notification_wait",
    "shared_create": "shared_memory_create",
    "shared_zeroed": "shared_memory_create",
    "shared_no_memory": "shared_memory_create",
    "shared_forget": "shared_memory_forget",
    "shared_ends": "shared_memory_destroy shared_memory_unmap",
    "shared_unmap*": "shared_memory_unmap",
    "shared_*": "shared_memory_map",
    "names_register": "name_register name_unregister name_lookup",
    "names_longest": "name_lookup",
    "names_forms": "name_lookup name_register",
    "names_malformed": "name_register name_alias",
    "names_alias": "name_alias name_lookup",
    "names_alias_limits": "name_lookup",
    "names_owners": "name_register name_unregister",
    "names_list*": "name_next",
    "names_withdrawn": "name_withdraw",
    "names_programs": "name_register name_withdraw",
    "names_references": "name_register name_unregister name_withdraw",
    "names_costs": "name_lookup",
    "names_*": "name_register",
    "review_list_clean": "name_next",
    "review_names_limit": "name_register",
    "kernel_program_begins": "kernel_program_prepare kernel_program_spawn",
    "kernel_program_ring": "kernel_program_prepare",
    "kernel_program_calls": "service_system_call",
    "kernel_program_read": "service_read_space",
    "kernel_program_write": "service_write_space",
    "kernel_program_bad_addresses": "service_read_space service_write_space",
    "kernel_program_sleep": "service_sleep service_wake",
    "kernel_program_privilege": "kernel_program_spawn",
    "conformance*": "service_system_call",
    "kernel_program_*": "kernel_program_prepare",
    "delegate_bind": "endpoint_set_owner endpoint_abandon",
    "delegate_*": "delegate",
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
