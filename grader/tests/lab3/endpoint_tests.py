"""The tests of endpoints: exercise 2 of lab 3.

Points add up to 30 with those of hidden/endpoints.py. Most tests run in the kernel, where puppets
send and receive as they are told; those of USERS run programs in ring 3, each twice: without and
with the fast path, by the boot option of that name. Only the chaos needs the later exercises, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import List

from cairn_grader.catalogue import Test

from .endpoint_judges import direct

NAME = "lab3.ex2"
#: MiB of the machine on which hundreds of processes have room.
CROWDED = 64
#: Schedules of tests in which the clock decides who meets whom: the usual one, and one in which a
#: tick comes four times as often. The slower the clock, the more instructions a test takes.
SCHEDULES = (5, 7)


def _messages() -> "List[Test]":
    return [
        Test(
            "endpoint_send_waits",
            NAME,
            1,
            "sending waits until the message has been received, whoever comes first",
            "Does the owner wait, and in this endpoint? If not, wait in the queue.",
            parts=3,
        ),
        Test(
            "endpoint_owners",
            NAME,
            1,
            "who receives from an endpoint, and what happens when nobody does",
            "endpoint_abandon() wakes everybody who waits to send, with -E_IO.",
            parts=3,
        ),
        Test(
            "endpoint_call_waits",
            NAME,
            1,
            "a call waits for its reply, whoever comes first",
            "A call that is received changes its queue and its reason, and stays blocked.",
            parts=3,
        ),
        Test(
            "endpoint_content",
            NAME,
            1,
            "messages of every length, and nothing behind them",
            "ipc_copy_message() copies what counts.",
            parts=2,
            limit=8,
        ),
        Test(
            "endpoint_stamps",
            NAME,
            1,
            "the sender and the number of a call, which nobody can forge",
            "Stamp them after the copy, or before somebody can look.",
            parts=2,
        ),
        Test(
            "endpoint_accept",
            NAME,
            1,
            "receiving from one process only",
            "A sender that is not wanted now waits like any other; do not search the queues.",
            parts=3,
        ),
    ]


def _replies() -> "List[Test]":
    return [
        Test(
            "endpoint_reply_once",
            NAME,
            1,
            "each call is answered once, by the process that received it",
            "Compare the process, what it waits for, for whom, and the number.",
            parts=3,
        ),
        Test(
            "endpoint_reply_stale",
            NAME,
            1,
            "replies to calls that are over, or were never received",
            "A process may wait for something else by now.",
            parts=4,
        ),
        Test(
            "endpoint_deferred",
            NAME,
            1,
            "a hundred calls, answered in another order",
            "The callers of a server are a list, from which anyone can leave.",
            parts=2,
        ),
        Test(
            "endpoint_reply_receive_both",
            NAME,
            1.5,
            "reply and receive in one step, also when the caller is gone",
            "A call that nobody waits for any more is no error: receive.",
            parts=4,
        ),
    ]


def _limits() -> "List[Test]":
    return [
        Test(
            "endpoint_limits",
            NAME,
            1,
            "time limits at each place where one waits",
            "The limit of a call goes on when it is received: do not start it anew.",
            parts=4,
            schedules=SCHEDULES,
        ),
        Test(
            "endpoint_limits_in_time",
            NAME,
            1,
            "time limits that are not reached",
            "Who goes on has no limit any more: scheduler_remove() takes it away.",
            parts=4,
            limit=6,
            schedules=SCHEDULES,
        ),
    ]


def _order() -> "List[Test]":
    return [
        Test(
            "endpoint_fifo",
            NAME,
            0.5,
            "within a priority, who came first is received first",
            parts=4,
        ),
        Test(
            "endpoint_priorities",
            NAME,
            0.5,
            "a higher priority is received first",
            parts=3,
        ),
        Test(
            "endpoint_streak",
            NAME,
            0.25,
            "low priorities do not starve",
            "endpoint_next_senders() chooses: ask it once for each message that is received.",
            parts=4,
        ),
        Test(
            "endpoint_deadlock",
            NAME,
            1,
            "circles of 1, 2, 3 and 10 processes are refused",
            "For whom does the owner wait, and for whom that one? Ask before you block.",
            parts=4,
        ),
        Test(
            "endpoint_no_deadlock",
            NAME,
            0.5,
            "chains that are no circles",
            "What a struct ipc says is valid only while the process is blocked for that reason.",
            parts=3,
            limit=5,
        ),
    ]


def _deaths() -> "List[Test]":
    return [
        Test(
            "endpoint_server_dies",
            NAME,
            1.5,
            "a server is killed, exits and fails at every point",
            "ipc_end() abandons its endpoints and wakes its callers: are they where it looks?",
            parts=4,
        ),
        Test(
            "endpoint_client_dies",
            NAME,
            1,
            "a client dies at every point",
            "It leaves its queue by itself; nothing else may point to it.",
            parts=4,
        ),
        Test(
            "endpoint_cargo_lost",
            NAME,
            0.5,
            "handles in messages whose sender or receiver dies",
            "A message under way holds a reference to each object, until it is delivered.",
            parts=4,
        ),
    ]


def _handles() -> "List[Test]":
    return [
        Test(
            "endpoint_handles",
            NAME,
            1,
            "messages and replies with 1 to 4 handles",
            "endpoint_transfer() comes before the copy, since it changes the numbers.",
            parts=4,
        ),
        Test(
            "endpoint_handles_full",
            NAME,
            1,
            "receivers without room for all handles",
            "Take back what was given, and keep the references of the message.",
            parts=2,
            limit=4,
        ),
        Test(
            "endpoint_replies_full",
            NAME,
            0.5,
            "callers without room for the handles of a reply",
            "Nothing has happened then: the caller waits on, and no message is received.",
            parts=2,
            limit=4,
        ),
        Test(
            "endpoint_no_memory",
            NAME,
            0.5,
            "handles for which there is no memory",
            "handle_add() can fail for more than one reason; pass on which.",
            parts=2,
            memory=16,
            limit=4,
        ),
    ]


def _switches() -> "List[Test]":
    return [
        Test(
            "endpoint_direct",
            NAME,
            1,
            "the direct way from a caller to its server and back",
            "scheduler_wait(), then scheduler_run(): nobody else is asked.",
            parts=2,
        ),
        Test(
            "endpoint_figures",
            NAME,
            0.5,
            "the figures of an endpoint",
        ),
        Test(
            "endpoint_costs",
            NAME,
            1,
            "costs that do not grow with processes, endpoints or handles",
            "Who sends, who calls and who is answered is found without searching.",
            parts=3,
            memory=CROWDED,
            limit=6,
        ),
    ]


#: The tests that run programs, without the fast path.
USERS = [
    Test(
        "endpoint_user_messages",
        NAME,
        0.25,
        "programs: contents, stamps, replies, limits",
    ),
    Test(
        "endpoint_user_addresses",
        NAME,
        0.25,
        "programs: messages at bad addresses, cut off at every byte",
    ),
    Test(
        "endpoint_user_handles",
        NAME,
        0.25,
        "programs: handles in messages and their rights",
    ),
    Test(
        "endpoint_user_security",
        NAME,
        0.25,
        "programs: what one must not reach",
    ),
    Test(
        "endpoint_user_deaths",
        NAME,
        0.25,
        "programs: servers and clients that end in every way",
    ),
    Test(
        "endpoint_user_crowd",
        NAME,
        0.25,
        "programs: many clients and servers at once, preempted at any time",
        limit=4,
        schedules=SCHEDULES,
    ),
    Test(
        "endpoint_user_direct",
        NAME,
        0.25,
        "programs: the direct way, among others that keep the processor busy",
        options="trace=sched,ipc",
        limit=12,
        judge=direct,
        ktest=True,
    ),
    Test(
        "endpoint_user_chaos",
        NAME,
        0.5,
        "programs that do everything at random and are killed at random; needs exercises 3 to 5",
        "Something has kept a reference or a place in a queue of a process that is gone.",
        parts=3,
        limit=12,
        schedules=SCHEDULES,
    ),
]


def _fast(test: Test) -> Test:
    """The same test with the fast path."""
    return replace(
        test,
        name=test.name.replace("_user_", "_fast_"),
        title=test.title + " (fast path)",
        options=f"fastpath {test.options}".strip(),
    )


TESTS = (
    _messages()
    + _replies()
    + _limits()
    + _order()
    + _deaths()
    + _handles()
    + _switches()
    + USERS
    + [_fast(test) for test in USERS]
)
