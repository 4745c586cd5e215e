"""Tests of GDB's commands about communication, and of what it shows of programs in ring 0.

A system of processes, each of which waits in another way, is stopped when all of them wait. What
the commands show is compared with what these have done; pointers and lists are then damaged on
purpose, and the commands must say so. Most tests look at the outputs of one run of GDB.
"""

from __future__ import annotations

import re
import unittest
from typing import Dict, List, Sequence

from kit import need, run
from test_gdb import ROOT, GdbTest, number_after

ORDER = 30
LIMIT = 1200

# The first process starts one process for each role, pid 2 and so on, and waits until it waits.
PROGRAM = """\
#include <cairn/kernel_services.h>
#include <ipc.h>
#include <stdlib.h>
#include <string.h>

/* Stopped here by the tests. */
#define STAGE(name) \\
    static __attribute__((noinline)) void name(void) \\
    { \\
        __asm__ volatile("# " #name : : : "memory"); \\
    }
STAGE(everybody_waits)
STAGE(in_ring_0)

enum { LONG = 1000000, PARTNER = 1 };

/** Rest for ever: who waits for this process waits on. */
static void rest(void)
{
    for (;;) {
        (void)cairn_sleep(LONG);
    }
}

static void check(int32_t result)
{
    if (result < 0) {
        exit(100 - result);
    }
}

/** Takes one call that it never answers; owns names, memory and the well-known endpoint vfs. */
static void server(void)
{
    int32_t endpoint = ns_publish("Echo:");
    check(endpoint);
    check(cairn_name_register("fs:root:", endpoint));
    check(cairn_name_alias("home:", "fs:root:/home"));
    int32_t vfs;
    while ((vfs = cairn_bind(WELL_KNOWN_VFS)) == -E_ACCESS) {
        (void)cairn_yield();
    }
    check(vfs);
    struct message message;
    check(cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT));
    rest();
}

/** Make a call that is never answered. */
static void caller(void)
{
    struct message message;
    int32_t endpoint = ns_wait("echo:", NULL, LONG);
    check(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), 7u, "hello", 5u));
    check(cairn_call(endpoint, &message, WAIT_NO_LIMIT, 1));
}

/** Send a message of its own dialect, with a handle, at the highest priority. */
static void sender(void)
{
    int32_t memory = cairn_memory_create(5000);
    check(memory);
    int32_t second = cairn_handle_duplicate(memory, RIGHT_READ | RIGHT_TRANSFER);
    check(second);
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER + 2, 9), .length = 20};
    memcpy(message.data, "\\x01\\x02\\x03\\x04 twenty bytes...", 20);
    message.handle_count = 1;
    message.handles[0] = second;
    check(cairn_endpoint_send(ns_wait("echo:", NULL, LONG), &message, WAIT_NO_LIMIT, 3));
}

/** Wait in the queue of the server, with a time limit. */
static void queued(void)
{
    struct message message;
    int32_t endpoint = ns_publish("chain:");
    check(endpoint);
    check(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), "are you there?",
                        100u));
    check(cairn_call(ns_wait("fs:root:/etc", NULL, LONG), &message, LONG, 0));
}

/** Wait for one who waits. */
static void chained(void)
{
    struct message message;
    check(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 12u));
    check(cairn_call(ns_wait("chain:", NULL, LONG), &message, WAIT_NO_LIMIT, 2));
}

/** Map the memory that the first process has sent, and wait for another message of that one. */
static void partner(void)
{
    struct message message;
    check(cairn_receive(WAIT_ANY, &message, WAIT_NO_LIMIT));
    check(cairn_memory_map(message.handles[0], RIGHT_READ) == 0 ? -1 : 0);
    check(cairn_receive(PARTNER, &message, LONG));
}

/** Wait for a notification; another one has bits that nobody takes. */
static void notified(void)
{
    int32_t first = cairn_notification_create();
    int32_t second = cairn_notification_create();
    check(second);
    check(cairn_notification_signal(first, 0x11));
    check(cairn_notification_wait(second, WAIT_NO_LIMIT));
}

/** Let the kernel call the owner of vfs. */
static void posix(void)
{
    check(cairn_personality(PERSONALITY_POSIX));
    (void)posix_call(POSIX_OPEN, (uint32_t) "/etc/motd", 0, 0644, 0);
}

/** In ring 0: have an interrupt, and serve. */
static void driver(void)
{
    const struct kernel_services *services = cairn_kernel_services();
    int32_t endpoint = ns_publish("driver:");
    check(endpoint);
    int32_t notification = cairn_notification_create();
    check(services->interrupt_register(5, notification, 4));
    in_ring_0();
    struct message message;
    check(cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT));
}

static const struct {
    const char *name;
    void (*run)(void);
    unsigned state; /* in which it stays */
} roles[] = {
    {"server", server, PROCESS_SLEEPING},    {"caller", caller, PROCESS_BLOCKED},
    {"sender", sender, PROCESS_BLOCKED},     {"queued", queued, PROCESS_BLOCKED},
    {"chained", chained, PROCESS_BLOCKED},   {"partner", partner, PROCESS_BLOCKED},
    {"notified", notified, PROCESS_BLOCKED}, {"posix", posix, PROCESS_BLOCKED},
    {"driver", driver, PROCESS_BLOCKED},
};
enum { ROLES = sizeof(roles) / sizeof(roles[0]), SERVER = 0, PARTNER_ROLE = 5, DRIVER = 8 };

/** Let the others run until one is in a state, and all that it did before is over. */
static void await(int32_t pid, unsigned state)
{
    struct process_info info;
    for (int quiet = 0; quiet < 50; quiet++) {
        if (cairn_process_info(pid, &info) == pid && info.state != state) {
            quiet = 0;
        }
        (void)cairn_yield();
    }
}

/** Start a role. @return its pid. */
static int32_t start(int role)
{
    char path[] = "test/gdb";
    char *arguments[] = {(char *)(uintptr_t)roles[role].name, NULL};
    int32_t pid =
        role == DRIVER ? cairn_spawn_kernel(path, arguments) : cairn_spawn(path, arguments);
    check(pid);
    return pid;
}

static void supervise(void)
{
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1), .handle_count = 1};
    message.handles[0] = cairn_memory_create(8192);
    check(message.handles[0]);
    check(cairn_memory_map(message.handles[0], RIGHT_READ | RIGHT_WRITE) == 0 ? -1 : 0);
    for (int role = 0; role < ROLES; role++) {
        int32_t pid = start(role);
        if (role == SERVER) {
            check(cairn_grant(pid, WELL_KNOWN_VFS));
            await(pid, PROCESS_BLOCKED);
        } else if (role == PARTNER_ROLE) {
            check(cairn_send(pid, &message, WAIT_NO_LIMIT, 0));
        }
        if (role != SERVER) {
            await(pid, roles[role].state);
        }
    }
    everybody_waits();
    rest();
}

int main(int argc, char *argv[])
{
    for (int role = 0; argc > 0 && role < ROLES; role++) {
        if (strcmp(argv[0], roles[role].name) == 0) {
            roles[role].run();
            return 0;
        }
    }
    supervise();
    return 0;
}
"""

COMMANDS = (
    "processes", "waits", "endpoints", "names", "names fs:root:", "names FS:", "names nothing:",
    "notifications", "shared", "handles", "handles 2", "handles 3", "handles 4", "handles 10",
    "handles 0", "message", "message 3", "message 4", "message 5", "message 6", "message 7",
    "message 9", "message 8", "scheduler", "process 5", "process 10", "inside 10 backtrace",
)  # fmt: skip
# For GDB: $p5 is the struct process of pid 5.
POINTERS = (
    "python from cairn_gdb.process import Family; [gdb.set_convenience_variable(f'p{one.pid}',"
    " one.value.address) for one in Family()]"
)
# For GDB without a machine: how it understands the file with name_register(), and a name in it.
LAYOUT = """\
import sys
sys.path.insert(0, "scripts/gdb")
from cairn_gdb.names import layout, read_name
found = layout()
print("layout", found and (found.type_name, found.link))
name = found and read_name(gdb.parse_and_eval("kept"), found, None)
print("name", name and (name.text, name.endpoint, name.target))
"""
NAME_C = """\
struct list_link { struct list_link *next, *previous; };
struct endpoint;
struct other { int number; } other;
struct kept { %s } kept = { %s };
int name_register(void) { return 0; }
"""


@need("gdb", "qemu-system-i386")
class GdbIpc(GdbTest):
    """All tests use one kernel of lab 3."""

    LAB = 3
    TESTS = {"programs/gdb.c": PROGRAM}
    outputs: Dict[str, str] = {}

    def waiting(self, *commands: str, options: str = "") -> List[str]:
        """Run commands when everybody waits."""
        stops = ["userbreak test/gdb everybody_waits", "continue", "delete"]
        append = f"init=test/gdb {options}".strip()
        return self.gdb(*stops, *commands, APPEND=append)[len(stops) :]

    def shown(self, command: str) -> str:
        """What a command prints when everybody waits; all of them have run once."""
        if not self.outputs:
            type(self).outputs = dict(zip(COMMANDS, self.waiting(*COMMANDS)))
        return self.outputs[command]

    def assert_lines(self, text: str, *patterns: str) -> None:
        """Each pattern is a whole line, in this order."""
        lines = text.splitlines()
        for pattern in patterns:
            while lines and not re.fullmatch(pattern, lines[0]):
                lines.pop(0)
            self.assertTrue(lines, f"not there, or not in its place: {pattern}\n{text}")

    def assert_order(self, names: Sequence[str], text: str) -> None:
        """The names appear one after the other, and nothing is unknown."""
        self.assertRegex(text, r"(?s)" + r"\b.*\b".join(re.escape(name) for name in names))
        self.assertNotIn("??", text)
        self.assertNotIn("corrupt", text)

    # ---- who waits ----

    def test_processes_say_what_they_wait_for(self) -> None:
        self.assert_lines(
            self.shown("processes"),
            r"\* +1  gdb +3 +running .*",
            r" +2  gdb +3 +sleeping +1 .*  until tick \d+, in \d+",
            r" +3  gdb +3 +blocked +1 .*  waits for the reply of 2 gdb to generic write",
            r" +4  .*  waits to send to 2 gdb: dialect 0x102 operation 9, at echo:, fs:root",
            r" +5  .*  waits to call 2 gdb: generic query, at echo:, fs:root, until tick \d+,"
            r" in \d+ at most",
            r" +6  .*  waits to call 5 gdb: generic close, at chain:",
            r" +7  .*  waits for a message from 1 gdb at endpoint of pid 7, until tick \d+, in .*",
            r" +8  .*  waits for a notification, 0xc\w{7}",
            r" +9  .*  waits to call 2 gdb: vfs open, at well-known vfs, until tick \d+, in \d+ .*",
            r" +10  gdb +0 +blocked .*  waits for a message at driver:",
        )

    def test_scheduler_and_details_say_it_too(self) -> None:
        self.assertIn(
            "6 gdb: waits to call 5 gdb: generic close, at chain:", self.shown("scheduler")
        )
        self.assertIn("blocked, waits to call 2 gdb: generic query, at", self.shown("process 5"))

    def test_trees_of_waiting(self) -> None:
        self.assert_lines(
            self.shown("waits"),
            r"1 gdb: running",
            r"    7 gdb: waits for a message from 1 gdb .* at most",
            r"2 gdb: sleeping, until tick \d+, in \d+",
            r"    3 gdb: waits for the reply of 2 gdb to generic write, without a time limit",
            r"    4 gdb: waits to send to 2 gdb: .*, without a time limit",
            r"    5 gdb: waits to call 2 gdb: .*, until tick \d+, in \d+ at most",
            r"        6 gdb: waits to call 5 gdb: .*, without a time limit",
            r"    9 gdb: waits to call 2 gdb: vfs open, .* at most",
            r"8 gdb: waits for a notification, 0x\w{8}, without a time limit",
            r"10 gdb: waits for a message at driver:, without a time limit",
        )
        self.assertEqual(len(self.shown("waits").splitlines()), 10)

    def test_circle_of_callers(self) -> None:
        *_, waits, endpoints = self.waiting(
            POINTERS, "set var $p5->ipc->endpoint = $p6->ipc->own", "waits", "endpoints"
        )
        self.assert_lines(
            waits,
            r"    9 gdb: .*",
            r"10 gdb: .*",
            r"CIRCLE: 5 gdb waits for 6 gdb waits for 5 gdb",
            r"    5 gdb: waits to call 6 gdb: generic query, at endpoint of pid 6, .*",
            r"    6 gdb: waits to call 5 gdb: .*",
        )
        self.assert_lines(
            endpoints,
            r"    priority 0: 5 gdb: blocked, waits to call 6 gdb: .*, BUT NOT HERE",
            r"0x\w{8} endpoint of pid 6",
            r"    process 5 \(gdb\) says that it waits here, but IS IN NO QUEUE",
        )

    def test_a_process_that_waits_for_itself(self) -> None:
        *_, waits = self.waiting(POINTERS, "set var $p3->ipc->server = $p3", "waits")
        self.assert_lines(waits, "CIRCLE: 3 gdb waits for 3 gdb", r"    3 gdb: waits for the .*")

    # ---- endpoints ----

    def test_figures_of_endpoints(self) -> None:
        shown = self.shown("endpoints")
        row = r"0x\w{8}  +%s +%s +%s +%s +%s +%s +%s  %s"
        self.assert_lines(
            shown,
            row % ("2 gdb", 1, 0, 0, 0, 0, 2, "well-known vfs"),
            row % ("nobody", 0, 0, 0, 0, 0, 1, "well-known network"),
            row % ("nobody", 0, 0, 0, 0, 0, 1, "well-known loader"),
            row % ("nobody", 0, 0, 0, 0, 0, 1, "well-known block"),
            row % ("2 gdb", 2, 1, 1, 0, 0, 6, "echo:, fs:root"),
            row % ("5 gdb", 1, 0, 0, 0, 0, 3, "chain:"),
            row % ("7 gdb", 0, 1, 0, 0, 0, 1, "endpoint of pid 7"),
            row % ("10 gdb", 0, 0, 0, 0, 0, 2, "driver:"),
        )
        self.assertEqual(len(re.findall(r"(?m)^0x\w{8}  +\d+ gdb", shown)), 14)

    def test_queues_of_endpoints(self) -> None:
        self.assert_lines(
            self.shown("endpoints"),
            r"0x\w{8} well-known vfs",
            r"    priority 1: 9 gdb calls vfs open, until tick \d+, in \d+ at most",
            r"0x\w{8} echo:, fs:root",
            r"    priority 3: 4 gdb sends dialect 0x102 operation 9",
            r"    priority 0: 5 gdb calls generic query, until tick \d+, in \d+ at most",
            r"0x\w{8} chain:",
            r"    priority 2: 6 gdb calls generic close",
            r"0x\w{8} endpoint of pid 7",
            r"    receiver: 7 gdb waits for a message from 1 gdb .*",
            r"0x\w{8} driver:",
            r"    receiver: 10 gdb waits for a message at driver:",
        )
        self.assertNotIn("IS NO", self.shown("endpoints"))

    def test_figures_after_answers(self) -> None:
        *_, shown = self.gdb(
            "userbreak ping printf", "continue", "endpoints", APPEND="run=echo,ping:20"
        )
        self.assertRegex(shown, r"(?m)^0x\w{8} .* 0 +21 +21 +2[01] +0 +\d")

    # ---- names ----

    def test_names(self) -> None:
        endpoint = r"endpoint 0xc\w{7} of"
        self.assert_lines(
            self.shown("names"),
            r"name +owner +leads to",
            rf"chain: +5 gdb +{endpoint} 5 gdb",
            rf"driver: +10 gdb +{endpoint} 10 gdb",
            rf"echo: +2 gdb +{endpoint} 2 gdb",
            rf"fs:root +2 gdb +{endpoint} 2 gdb",
            r"home: +2 gdb +-> fs:root:/home",
        )
        self.assertEqual(len(self.shown("names").splitlines()), 6)

    def test_names_with_a_prefix(self) -> None:
        for prefix in ("fs:root:", "FS:"):
            lines = self.shown(f"names {prefix}").splitlines()
            self.assertEqual([line.split()[0] for line in lines], ["name", "fs:root"])
        self.assertEqual(self.shown("names nothing:"), "No name begins with nothing:.\n")

    @need("gcc")
    def test_names_of_other_structures(self) -> None:
        """A structure is understood by its members; without a text, names cannot be shown."""
        for members, values, layout, name in (
            (
                "struct list_link tree, owner_link; char *text; struct endpoint *to;",
                '.text = "fs:one", .to = (struct endpoint *)16',
                "('struct kept', 8)",
                "('fs:one', 16, None)",
            ),
            (
                "char name[32]; char target[32]; struct list_link link;",
                '.name = "home", .target = "fs:two:/home"',
                "('struct kept', 64)",
                "('home:', 0, 'fs:two:/home')",
            ),
            (
                "struct list_link link; unsigned length, target_length; char text[20];",
                '.length = 3, .target_length = 4, .text = "a:bc:defg"',
                "('struct kept', 0)",
                "('a:b', 0, 'c:de')",
            ),
            (
                "struct list_link link; unsigned length; char text[20];",
                '.length = 3, .text = "a\\nb"',
                "('struct kept', 0)",
                "None",
            ),
            ("struct list_link owner_link; struct endpoint *endpoint;", "0", "None", "None"),
            ("struct list_link here, there; char text[4];", "0", "None", "None"),
        ):
            with self.subTest(members=members):
                source = self.folder / "name.c"
                source.write_text(NAME_C % (members, values), encoding="ascii")
                linked = self.folder / "name.elf"
                options = ("-m32", "-g", "-static", "-nostdlib", "-Wl,-e,name_register", "-w")
                self.must_succeed("gcc", *options, "-o", linked, source)
                script = self.folder / "layout.py"
                script.write_text(LAYOUT, encoding="ascii")
                done = run("gdb", "-nx", "-q", "-batch", "-x", script, linked, cwd=ROOT)
                self.assertEqual(done.stdout, f"layout {layout}\nname {name}\n", done.stderr)

    def test_names_that_cannot_be_shown(self) -> None:
        self.waiting("python import cairn_gdb.namespace as n; n.layout = lambda: None", "names")
        self.assert_error("The names cannot be shown: name.c declares no structure with a struct")

    # ---- messages ----

    def test_message_that_waits_to_be_sent(self) -> None:
        self.assert_lines(
            self.shown("message 5"),
            r"The message of process 5 \(gdb\), which waits to call 2 gdb: .* at most:",
            r"type +0x00000004  generic query, a call",
            r"length +22 bytes",
            r"sender +5 gdb, written when it is delivered",
            r"request +[1-9]\d*",
            r"status +0",
            r"handles +none",
            r"arguments:",
            r'    question +"are you there\?"',
            r"    room +100 \(0x64\) bytes",
            r"data:",
            r"0xc\w{7}  0000000e 20657261 20756f79 72656874  \.\.\.\.are you ther",
            r"0xc\w{7}  00643f65 0000 +e\?d\.\.\.",
        )

    def test_message_with_a_handle(self) -> None:
        self.assert_lines(
            self.shown("message 4"),
            r"type +0x01020009  dialect 0x102 operation 9, a message",
            r"length +20 bytes",
            r"request +0  no answer is wanted",
            r"handles +1",
            r"carried +memory 0xc\w{7} --r-t",
            r"data:",
            r"0x\w{8}  04030201 65777420 .*  \.\.\.\. twenty byte",
        )
        self.assertNotIn("arguments", self.shown("message 4"))

    def test_message_of_a_delegated_call(self) -> None:
        self.assert_lines(
            self.shown("message 9"),
            r"type +0x00010064  vfs open, a call",
            r'    path +"/etc/motd"',
            r"    flags +0",
            r"    mode +420 \(0x1a4\)",
        )

    def test_message_that_was_received(self) -> None:
        """By the fast path it is in the struct ipc of the server alone."""
        slow = self.waiting("message 3", options="slowpath")[0]
        fast = self.shown("message 3")
        lines = (
            r"type +0x00000001  generic write, a call",
            r"sender +(3 gdb|not written yet)",
            r"    position +7",
            r'    data +5 bytes, "hello"',
        )
        self.assert_lines(fast, r"The message .*, in the struct ipc of 2 gdb, who has .*:", *lines)
        self.assert_lines(slow, r"The message .*, which waits for the reply of 2 gdb to .*", *lines)

    def test_message_that_is_gone(self) -> None:
        *_, message, processes = self.waiting(
            POINTERS, "set var $p2->ipc->message.request_id = 99", "message 3", "processes"
        )
        self.assertIn("Its request is in the kernel no more: it went straight to the ser", message)
        self.assertRegex(processes, r"(?m) 3  .*  waits for the reply of 2 gdb to a call$")

    def test_message_of_others(self) -> None:
        self.assertIn("What process 1 (gdb) last sent or received; it is ", self.shown("message"))
        self.assertIn("dialect 0x100 operation 1, a message", self.shown("message"))
        self.assertRegex(self.shown("message 7"), r"sender +1 gdb\n")
        self.assertRegex(self.shown("message 7"), r"handles +0\n")
        self.assertIn("process 8 (gdb) has neither sent nor received a", self.shown("message 8"))

    def test_message_of_the_current_process(self) -> None:
        _, _, before, *_, after = self.gdb(
            "break endpoint_call", "continue", "message", "delete",
            "break endpoint_reply_receive", "continue", "message",
            APPEND="slowpath run=echo,ping:1",
        )  # fmt: skip
        self.assertRegex(before, r"What process 3 \(ping\) last .*; it is running:\n")
        self.assertRegex(before, r'question +""\n')
        self.assertRegex(after, r"type +0x80000004  generic query, a reply\n")
        self.assertRegex(after, r"sender +3 ping\n")

    def test_malformed_messages(self) -> None:
        change = "set var $p5->ipc->message"
        _, *shown = self.waiting(
            POINTERS,
            f"{change}.length = 17", "message 5",
            f"{change}.length = 25", "message 5",
            f"{change}.length = 9999", "message 5",
            f"{change}.handle_count = 7", "message 5",
            f"{change}.type = 0x40001", "message 5",
            f"{change}.type = 0x80010064", f"{change}.status = -2", "message 5",
            f"{change}.data[0] = 255", f"{change}.type = 4", "message 5",
        )  # fmt: skip
        texts = [text for text in shown if text]
        self.assertRegex(texts[0], r'question +MALFORMED: 14 bytes, but 13 follow|question +"')
        self.assertRegex(texts[1], r"MALFORMED +3 bytes are left over")
        self.assertRegex(texts[2], r"length +9999 bytes, MORE THAN 256")
        self.assertRegex(texts[3], r"handles +7, MORE THAN 4")
        self.assertRegex(texts[4], r"type +0x00040001  block operation 1, a call")
        self.assertRegex(texts[5], r"status +-2  -E_NOT_FOUND: no such object")
        self.assertRegex(texts[6], r"question +MALFORMED: 255 bytes, but 252 follow")

    # ---- handles and objects ----

    def test_handles(self) -> None:
        self.assert_lines(
            self.shown("handles 4"),
            r"handle +kind +rights +references +object",
            r" +0  memory +SRrwt +3  0xc\w{7} 8 KiB",
            r" +1  memory +--r-t +3  0xc\w{7} 8 KiB",
            r" +2  endpoint +S---t +6  0xc\w{7} echo:, fs:root of 2 gdb",
            r"rights: S send, R receive, r read, w write, t transfer",
        )
        self.assertRegex(self.shown("handles 2"), r"SRrwt +2  0x\w{8} well-known vfs of 2 gdb")
        self.assertRegex(self.shown("handles"), r" 0  memory +SRrwt +4  0xc\w{7} 8 KiB\n")
        self.assertRegex(self.shown("handles 10"), r" 1  notification +SRrwt +2  0xc\w{7} bits 0x0")

    def test_processes_without_handles(self) -> None:
        never = "process 0 (idle) has no handles: it has never communicated.\n"
        self.assertEqual(self.shown("handles 0"), never)

    def test_notifications(self) -> None:
        self.assert_lines(
            self.shown("notifications"),
            r"notification +bits +references +handles +waiting",
            r"0xc\w{7} +0x11 +1 +8:0 +nobody",
            r"0xc\w{7} +0x0 +1 +8:1 +8 gdb",
            r"0xc\w{7} +0x0 +2 +10:1 +IRQ 5 sets 0x4 for 10 gdb",
        )

    def test_shared_memory(self) -> None:
        shown = self.shown("shared")
        self.assert_lines(
            shown,
            r"0xc\w{7}  8 KiB, 4 references, handles 1:0, 7:0",
            r"    frames 0x\w{5}000-0x\w{8}.*",
            r"    mapped by 1 gdb at 0x80000000, writable",
            r"    mapped by 7 gdb at 0x80000000, read only",
            r"0xc\w{7}  8 KiB, 3 references, handles 4:0, 4:1",
            r"    nobody has mapped it",
        )
        frames = re.findall(r"(?m)^    frames (.*)$", shown)
        for ranges in frames:
            bounds = re.findall(r"0x(\w{8})-0x(\w{8})", ranges)
            size = sum(int(last, 16) + 1 - int(first, 16) for first, last in bounds)
            self.assertEqual(size, 8192)

    def test_shared_memory_is_what_the_page_tables_say(self) -> None:
        shared, one, two, _, _, damaged = self.waiting(
            "shared", "pagewalk 0x80000000 1", "pagewalk 0x80001000 7", POINTERS,
            "set var ((struct shared_memory *)$p1->ipc->handles.entries[0].object)->frames[1] ="
            " 0x1234000",
            "shared",
        )  # fmt: skip
        first = number_after(r"frames ", shared)
        self.assertEqual(number_after("physical ", one), first)
        self.assertIn("read only, user", two)
        self.assertRegex(damaged, r"mapped by 7 gdb at .*, BUT AT 0x80001000 IS FRAME 0x\w{8}\n")
        self.assertEqual(
            number_after("physical ", two), number_after("AT 0x80001000 IS FRAME ", damaged)
        )

    # ---- damage ----

    def damaged(self, *cases: Sequence[str]) -> None:
        """Each case: what is changed, to what, a command, and what it must print."""
        commands = [POINTERS]
        for place, value, command, _ in cases:
            commands += [f"set $old = {place}", f"set var {place} = {value}", command]
            commands += [f"set var {place} = $old"]
        shown = self.waiting(*commands, "endpoints")
        self.assertEqual(self.errors, "")
        for number, (place, value, command, pattern) in enumerate(cases):
            with self.subTest(place=place, value=value, command=command):
                self.assertRegex(shown[3 + 4 * number], pattern)
        self.assertNotIn("damaged", shown[-1], "all is as before")

    def test_damaged_pointers(self) -> None:
        entry = "$p2->ipc->handles.entries[0]"
        self.damaged(
            (f"{entry}.object", "0x1234", "handles 2", r" 0  DAMAGED +SRrwt .*0x00001234 has 0 re"),
            (f"{entry}.object", "0xEEEEEEE0", "handles 2", r" 0  DAMAGED .*cannot access memory"),
            (f"{entry}.object", "0xEEEEEEE0", "endpoints", r"Handle 0 of process 2 .* is dama"),
            (f"{entry}.rights", "0xFF", "handles 2", r" 0  endpoint +SRrwt\+0xe0 "),
            ("$p2->ipc->own", "0", "endpoints", r"The own endpoint of .* damaged: the pointer is"),
            ("$p2->ipc->own", "$p8->ipc->handles.entries[0].object", "endpoints",
             r"The own endpoint of .*: 0x\w{8} is no endpoint, but a notification\."),
            ("$p2->ipc->own->object.references", "0", "endpoints", r"endpoint at 0x\w+ has 0 refe"),
            ("$p2->ipc->own->object.type", "77", "endpoints", r"is no object: its type is 0x4d\."),
            ("$p6->ipc->endpoint", "0x10", "processes", r"6 gdb|0x00000010, WHICH IS NO ENDPOINT"),
            ("$p6->ipc->endpoint", "0x10", "waits", r"call nobody: .* 0x00000010, WHICH IS NO "),
            ("$p3->ipc->server", "0x10", "waits", r"(?m)^3 gdb: waits for .* 0x00000010, WHICH"),
            ("$p3->ipc->server", "0xEEEEEEE0", "message 3", r"0xeeeeeee0, WHICH IS NO PROCESS"),
            ("$p5->ipc", "0xEEEEEEE0", "processes", r"(?m)^ +5 .* waits for send, until tick \d+"),
            ("$p5->ipc", "0xEEEEEEE0", "endpoints", r"The struct ipc of process 5 .* cannot"),
            ("$p5->ipc", "0xEEEEEEE0", "handles 5", r"The struct ipc of process 5 .* cannot"),
        )  # fmt: skip

    def test_damaged_lists(self) -> None:
        queue = "$p6->ipc->endpoint->senders[2].head"
        self.damaged(
            (f"{queue}.next", "0", "endpoints", r"queue of priority 2 of the .*: a link is NULL\."),
            ("$p6->queue_link.next", "&$p6->queue_link", "endpoints", r"leads back into itself\."),
            (f"{queue}.next", "0xEEEEEEE0", "endpoints", r"damaged: cannot access memory at"),
            (f"{queue}.next", "&$p8->queue_link", "endpoints", r"8 gdb: blocked, .*, BUT NOT HERE"),
            ("$p2->ipc->endpoints.head.next", "0", "endpoints", r"The list of endpoints of .* 2"),
            ("$p2->ipc->names.head.next", "0", "names", r"The list of names of .*: a link is NULL"),
            ("$p2->ipc->names.head.next", "&$p1->queue_link", "names", r"The list of names of "),
            ("$p7->ipc->mappings.head.next", "0", "shared", r"The list of mappings of process 7 "),
            ("$p8->queue_link.next", "0", "processes", r"(?m) 8  .*  waits for a notification$"),
            ("$p2->ipc->handles.size", "99999", "handles 2", r"it claims 99999 entries\."),
            ("$p2->ipc->handles.used", "1", "handles 2", r"claims 1 handles in use, but .* 2"),
            ("$p2->ipc->handles.entries", "(struct handle *)0xEEEEEEE0", "handles 2", r"cannot"),
            ("$p2->children.head.next", "0", "endpoints", r"list of children of process 2 \(gdb\)"),
        )  # fmt: skip

    # ---- other stops ----

    def test_before_there_is_anything(self) -> None:
        commands = ("endpoints", "waits", "names", "handles", "message", "notifications", "shared")
        for command in commands:
            with self.subTest(command=command):
                self.gdb(command)
                self.assert_error("No process exists yet")
        *_, endpoints, names, handles, waits = self.gdb(
            "break ipc_init", "continue", "endpoints", "names", "handles", "waits"
        )
        self.assertEqual(endpoints, "There is no endpoint yet.\n")
        self.assertEqual(names, "No process has a name.\n")
        self.assertIn(" has no handles: it has never communicated.\n", handles)
        self.assertIn("Nobody is blocked.\n", waits)

    def test_errors_are_sentences(self) -> None:
        for command, sentence in (
            ("message 99", "No process has pid 99; to list all of them: processes."),
            ("handles 99", "No process has pid 99; to list all of them: processes."),
            ("message 0", "process 0 (idle) has no message: it has never communicated."),
            ("handles kernel_space", "kernel_space is neither a pid nor a struct process."),
            ("waits 1", "Too many arguments (none for waits): help waits."),
            ("names a b", "Too many arguments (at most 1 for names): help names."),
        ):
            with self.subTest(command=command):
                self.waiting(command)
                self.assert_error(sentence)
                self.assertEqual(len(self.errors.strip().splitlines()), 1, self.errors)

    # ---- programs in ring 0 ----

    def test_details_of_a_program_in_ring_0(self) -> None:
        shown = self.shown("process 10")
        self.assertIn("process   10 gdb, ring 0, blocked, waits for a message at driver:\n", shown)
        self.assertRegex(shown, r"program   test/gdb, empty heap at 0x4010\d000, symbols loaded\n")
        self.assertIn("It has no registers in ring 3: its program runs in ring 0.\n", shown)
        self.assertRegex(shown, r"0x40010000-0x400fffff +960 KiB  demand zero  writable, user")
        walk = (
            "scheduler_block",
            "sys_endpoint_receive",
            "system call endpoint_receive, from ring 0",
        )
        self.assert_order((*walk, "syscall_service", "cairn_endpoint_receive", "driver"), shown)
        self.assert_order(("driver", "main", "program_start", "_start"), shown)
        service = ("service_system_call", "syscall_service", "cairn_endpoint_receive", "main")
        self.assert_order(service, self.shown("inside 10 backtrace"))

    def test_breakpoint_in_ring_0(self) -> None:
        *_, ring, where, backtrace, walk, step = self.gdb(
            "userbreak test/gdb in_ring_0", "continue", "print $cs & 3", "processes", "backtrace",
            "stackwalk", "stepi", APPEND="init=test/gdb",
        )  # fmt: skip
        self.assertEqual(ring, "$1 = 0\n")
        self.assertIn("The processor is in ring 0, in process 10 (gdb).\n", where)
        self.assert_order(("in_ring_0", "driver", "main"), backtrace)
        self.assert_order(("in_ring_0", "driver", "main", "program_start", "_start"), walk)
        self.assertNotIn("??", step)

    def test_system_call_by_the_table_of_services(self) -> None:
        *_, shown, backtrace, walk = self.gdb(
            "userbreak count main", "continue", "delete", "break sys_sleep", "continue",
            "processes", "backtrace", "stackwalk", APPEND="run=@count",
        )  # fmt: skip
        self.assertIn("for process 2 (count): system call sleep, by the table of services", shown)
        kernel = ("sys_sleep", "syscall_dispatch", "service_system_call")
        self.assert_order((*kernel, "syscall_service", "cairn_sleep", "main"), backtrace)
        words = "    system call sleep, from ring 0 by the table of services\n"
        self.assert_order((*kernel, words.strip(), "syscall_service", "cairn_sleep", "main"), walk)

    def test_interrupt_in_ring_0(self) -> None:
        *_, backtrace, walk, shown = self.gdb(
            "userbreak spin main", "continue", "delete", "break scheduler_tick", "continue",
            "backtrace", "stackwalk", "processes", APPEND="run=@spin",
        )  # fmt: skip
        for text in (backtrace, walk):
            self.assert_order(("scheduler_tick", "clock_interrupt", "trap_dispatch", "main"), text)
        self.assertIn("    the timer's interrupt, from ring 0; frame at 0x", walk)
        self.assertIn("for process 2 (spin): the timer's interrupt.\n", shown)

    def test_symbols_follow_into_ring_0(self) -> None:
        *_, stop, symbols = self.gdb(
            "userbreak hello main", "program init", "continue", "info symbol $eip",
            APPEND="run=@hello",
        )  # fmt: skip
        self.assertIn("In process 2 (hello): the symbols are now those of bin/hello.\n", stop)
        self.assertRegex(stop, r"#0  main \(argc=1, .*src/user/bin/hello.c")
        self.assertIn("main in section .text of ", symbols)

    def test_one_program_in_both_rings(self) -> None:
        # A machine that goes on from a breakpoint sometimes reports it again at once.
        *_, first, _, _, second = self.gdb(
            "userbreak hello main", "continue", "print process_running->mode", "stepi", "continue",
            "print process_running->mode", APPEND="run=@hello,hello",
        )  # fmt: skip
        self.assertEqual((first, second), ("$1 = PROCESS_KERNEL\n", "$2 = PROCESS_USER\n"))

    def test_a_program_in_ring_0_that_has_not_run_yet(self) -> None:
        *_, walk, backtrace = self.gdb(
            "break kernel_program_spawn", "continue", "delete", "finish", "stackwalk 2",
            "inside 2 backtrace", APPEND="run=@hello",
        )  # fmt: skip
        for text in (walk, backtrace):
            self.assertRegex(text, r"\bprogram_entry\b")
            self.assertNotIn("main", text)

    @need("clang")
    def test_a_kernel_built_by_clang(self) -> None:
        """Its optimizer leaves other variables to look at."""
        build = self.folder / "build"
        options = ("LAB=3", "REF=all", "CC=clang", f"BUILD={build}")
        self.must_succeed("make", "-j2", "kernel", *options)
        *_, shown, walk, endpoints, names, waits = self.gdb(
            "break sys_endpoint_receive", "continue", "delete", "break sys_call", "continue",
            "processes", "stackwalk", "endpoints", "names", "waits",
            folder=build / "lab3-ref-clang", APPEND="slowpath run=echo,@ping:3",
        )  # fmt: skip
        self.assertIn("for process 3 (ping): system call call, by the table of services", shown)
        self.assert_order(("sys_call", "by the table of services", "cairn_call", "main"), walk)
        self.assertIn("  well-known network\n", endpoints)
        self.assertRegex(names, r"echo: +2 echo +endpoint 0x\w{8} of 2 echo\n")
        self.assertIn("2 echo: waits for a message at echo:, without a time limit\n", waits)


if __name__ == "__main__":
    unittest.main()
