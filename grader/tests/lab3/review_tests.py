"""Tests of lab 3 that a review of its security has asked for."""

from __future__ import annotations

from typing import List

from cairn_grader.catalogue import Test

#: Memory of the machines, in MiB.
SMALL = 16


def _leaks() -> List[Test]:
    return [
        Test(
            "review_list_clean",
            "lab3.ex5",
            0.25,
            "a name that is listed shows nothing of the kernel's memory",
            "Structures that are copied to a program whole are cleared first.",
            memory=SMALL,
        ),
        Test(
            "review_names_limit",
            "lab3.ex5",
            0.25,
            "the names of one process are limited",
            "name_register() and name_unregister() say whether a name has come or gone.",
            memory=32,
            limit=12,
        ),
    ]


def _servers() -> List[Test]:
    return [
        Test(
            "review_server_goes_on",
            "lab3.ex2",
            0.25,
            "a server answers with a handle, and the client has no room for it",
            "endpoint_reply_receive() tells the server, and the caller waits on.",
            memory=SMALL,
        ),
        Test(
            "review_client_goes_on",
            "lab3.ex2",
            0.25,
            "a server closes its endpoint, keeps its name and lives on",
            "endpoint_abandon() leaves the endpoint without an owner.",
            memory=SMALL,
        ),
        Test(
            "review_pair_gives_way",
            "lab3.ex2",
            0.125,
            "two programs call each other all the time, and a third wants to run",
            "A time slice begins where the scheduler takes a process out of its queue, in lab 2.",
            memory=SMALL,
        ),
        Test(
            "review_pair_fast",
            "lab3.ex2",
            0.125,
            "the same with the fast path of calls",
            "A time slice begins where the scheduler takes a process out of its queue, in lab 2.",
            memory=SMALL,
            options="fastpath",
        ),
    ]


TESTS = _leaks() + _servers()
