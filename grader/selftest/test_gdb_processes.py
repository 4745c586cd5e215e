"""Tests of GDB's commands about processes, and of its backtrace across the rings.

A program makes a family of which every member rests in another state, and has stages at which it
is stopped; an in-kernel test does the same in ring 0. What the commands show is compared with what
these have done, with GDB's own backtrace, and with QEMU's view of physical memory.
"""

from __future__ import annotations

import re
import unittest
from typing import List, Sequence

from kit import need
from test_gdb import GdbTest, number_after

ORDER = 30
LIMIT = 1200

PROGRAM = """\
#include <cairn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

volatile unsigned marker = 0x11111111;

/* Stopped here by the tests. */
#define STAGE(number) \\
    static __attribute__((noinline)) void stage_##number(void) \\
    { \\
        __asm__ volatile("# stage " #number : : : "memory"); \\
    }
STAGE(1)
STAGE(2)
STAGE(3)
STAGE(4)

static __attribute__((noinline)) void rest(unsigned value)
{
    marker = value;
    (void)cairn_sleep(1000000);
}

/** Wait until a process is in a state, and let the others run. */
static void await(int32_t pid, unsigned state)
{
    struct process_info info;
    while (cairn_process_info(pid, &info) == pid && info.state != state) {
        (void)cairn_yield();
    }
}

static __attribute__((noinline)) int32_t leaf(void)
{
    return cairn_getpid();
}

static int32_t child(int kind)
{
    int32_t pid = fork();
    if (pid != 0) {
        return pid;
    }
    if (kind == 0) {
        rest(0x22222222);
    } else if (kind == 1) {
        exit(7);
    } else if (kind == 2) {
        *(volatile int *)marker = 0;
    } else if (kind == 4) {
        cairn_use_int80();
        if (child(0) > 0) {
            (void)wait(NULL);
        }
    }
    rest(0x33333333);
    exit(0);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    int32_t sleeper = child(0);
    int32_t ended = child(1);
    int32_t crashed = child(2);
    int32_t killed = child(3);
    await(sleeper, PROCESS_SLEEPING);
    await(ended, PROCESS_ZOMBIE);
    await(crashed, PROCESS_ZOMBIE);
    await(killed, PROCESS_SLEEPING);
    (void)cairn_kill(killed);
    int32_t waiting = child(4);
    await(waiting, PROCESS_BLOCKED);
    await(waiting + 1, PROCESS_SLEEPING);
    stage_1();
    (void)leaf();
    cairn_use_int80();
    stage_2();
    (void)leaf();
    char *arguments[] = {"hello", NULL};
    stage_3();
    int32_t hello = cairn_spawn("bin/hello", arguments);
    stage_4();
    for (;;) {
        rest(hello > 0);
    }
}
"""

KERNEL_TESTS = """\
#include "kernel/ktest.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/cpu.h"

static struct list gdb_queue;

static void wait_in_queue(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    (void)scheduler_block(&gdb_queue, REASON_EVENT, 0);
}

static void wait_with_limit(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    (void)scheduler_block(&gdb_queue, REASON_EVENT, 1000000);
}

static struct process *start(const char *name, void (*function)(void *))
{
    struct process *process = NULL;
    REQUIRE(process_create(name, PROCESS_KERNEL, &process) == 0, "a process can be created");
    process_prepare(process, function, NULL);
    process_adopt(process, process_current());
    scheduler_start(process);
    return process;
}

KTEST(gdb_processes, KTEST_PROCESSES)
{
    list_init(&gdb_queue);
    struct process *first = start("waiter", wait_in_queue);
    struct process *second = start("patient", wait_with_limit);
    scheduler_yield();
    struct process *third = start("third", wait_in_queue);
    struct process *fourth = start("fourth", wait_in_queue);
    ktest_inspect("processes", (uintptr_t)first, (uintptr_t)second, (uintptr_t)third,
                  (uintptr_t)fourth);
}
"""

# What main() has made when it comes to stage_1(): pid, name, state, parent, why.
FAMILY = (
    ("0", "idle", "ready", "0", "it runs when nobody else is ready"),
    ("1", "gdb", "running", "0", ""),
    ("2", "gdb", "sleeping", "1", "until tick N, in N"),
    ("3", "gdb", "zombie", "1", "ended with 7"),
    ("4", "gdb", "zombie", "1", "was ended by exception 14, page fault"),
    ("5", "gdb", "zombie", "1", "was killed"),
    ("6", "gdb", "blocked", "1", "waits for the end of any child"),
    ("7", "gdb", "sleeping", "6", "until tick N, in N"),
)


@need("gdb", "qemu-system-i386")
class GdbProcesses(GdbTest):
    """All tests use one kernel of lab 2."""

    LAB = 2
    TESTS = {"gdb.c": KERNEL_TESTS, "programs/gdb.c": PROGRAM}

    def in_program(self, *commands: str, stage: int = 1) -> List[str]:
        """Run commands in the program, stopped at a stage; no breakpoint is left."""
        # A machine that goes on from a breakpoint sometimes reports it again at once.
        stops = [f"userbreak test/gdb stage_{stage}", "continue", "delete"]
        return self.gdb(*stops, *commands, APPEND="init=test/gdb")[len(stops) :]

    def assert_order(self, names: Sequence[str], text: str) -> None:
        """The names appear one after the other, and nothing is unknown."""
        place = 0
        for name in names:
            found = re.compile(rf"\b{name}\b").search(text, place)
            self.assertIsNotNone(found, f"{name} is not there, or not in its place:\n{text}")
            assert found is not None
            place = found.end()
        self.assertNotIn("??", text)
        self.assertNotIn("corrupt", text)

    # ---- before there are processes, and errors ----

    def test_before_processes_exist(self) -> None:
        self.gdb("processes")
        self.assert_error("No process exists yet: process_init_idle() has not run. Let the kernel")
        for command in ("process 1", "scheduler", "memory 1 0", "program", "inside 1 bt"):
            with self.subTest(command=command):
                self.gdb(command)
                self.assert_error("No process exists yet")
        _, _, boot = self.gdb("break kernel_stacks_init", "continue", "stackwalk")
        self.assert_order(("kernel_stacks_init", "start_system", "kernel_main"), boot)

    def test_communication_comes_with_lab_3(self) -> None:
        for command in ("endpoints", "names", "message", "handles", "notifications", "shared"):
            with self.subTest(command=command):
                self.in_program(command)
                self.assert_error("This kernel has no communication between processes: it comes")
        (shown,) = self.in_program("waits")
        self.assertIn("6 gdb: waits for the end of any child\n", shown)

    def test_errors_are_sentences(self) -> None:
        for command, sentence in (
            ("process 99", "No process has pid 99; to list all of them: processes."),
            ("process kernel_space", "kernel_space is neither a pid nor a struct process."),
            ("process (struct process*)0", "This pointer to a process is NULL."),
            ("memory 1", "memory needs a pid and an address; for instance: memory 1 0x40100000."),
            ("memory 1 0 5000", "memory shows 1 to 4096 bytes, not 5000."),
            ("program nonsense", "There is no program nonsense; the programs are: bin/count, "),
            ("program 0", "process 0 (idle) runs in the kernel and has no program; for instance"),
            ("userbreak hello", "userbreak needs a program and a function; for instance: "),
            (
                "userbreak hello nonsense",
                "bin/hello has no function nonsense; perhaps the compiler",
            ),
            ("inside 1", "inside needs a pid and a command; for instance: inside 3 backtrace."),
            ("inside 1 continue", "inside takes commands that only look: backtrace, bt, "),
            ("inside 1 print nonsense", 'No symbol "nonsense" in current context.'),
            ("pagewalk 0 99", "No process has pid 99"),
            ("regions 99", "No process has pid 99"),
        ):
            with self.subTest(command=command):
                self.in_program(command.replace("(struct process*)0", "'(struct process*)0'"))
                self.assert_error(sentence)
                self.assertEqual(len(self.errors.strip().splitlines()), 1, self.errors)

    # ---- the list ----

    def test_list(self) -> None:
        (shown,) = self.in_program("processes")
        lines = [
            re.sub(r"(until tick|, in) \d+", r"\1 N", line)
            for line in shown.splitlines()
            if re.match(r"[ *] +\d", line)
        ]
        pattern = re.compile(r"([ *]) +(\d+)  (\S+) +([03])  +(\S+) +(\d+) +\d+ +(\d+|-) *(.*)")
        found = []
        for line in lines:
            match = pattern.fullmatch(line)
            assert match is not None, line
            star, pid, name, ring, state, parent, stack, why = match.groups()
            found.append((pid, name, state, parent, why))
            self.assertEqual(star == "*", pid == "1", line)
            self.assertEqual(ring, "0" if pid == "0" else "3", line)
            self.assertTrue(stack == "0" if pid == "1" else 80 < int(stack) < 2000, line)
        self.assertEqual(found, list(FAMILY))
        self.assertIn("The processor is in ring 3, in process 1 (gdb).\n", shown)

    def test_list_in_the_kernel(self) -> None:
        _, _, call, _, _, _, interrupt = self.in_program(
            "break sys_getpid", "continue", "processes", "delete", "break clock_interrupt",
            "continue", "processes",
        )  # fmt: skip
        self.assertIn("in the kernel, for process 1 (gdb): system call getpid.\n", call)
        self.assertRegex(call, r"(?m)^\* +1  gdb +3 +running +0 +\d+ +[1-9]\d+$")
        self.assertRegex(interrupt, r"in the kernel, for process \d \(\w+\): the timer's interrupt")

    def test_list_between_two_processes(self) -> None:
        *_, shown = self.gdb("break process_init_idle", "continue", "finish", "processes")
        self.assertRegex(shown, r"(?m)^\* +0  idle +0 +running +0 +0 +\d+$")
        self.assertIn("for process 0 (idle): no trap is being handled.\n", shown)

    def test_scheduler(self) -> None:
        (shown,) = self.in_program("scheduler")
        self.assertRegex(shown, r"clock     tick \d+\nrunning   1 gdb, \d of 5 ticks of its time")
        self.assertIn("ready     0 idle: it runs when nobody else is ready\n", shown)
        self.assertRegex(shown, r"sleeping  2 gdb: until tick \d+, in \d+\n +7 gdb: until tick \d")
        self.assertIn("blocked   6 gdb: waits for the end of any child\n", shown)
        first, second = [int(number) for number in re.findall(r"until tick (\d+)", shown)]
        self.assertLessEqual(first, second)

    def test_processes_of_the_kernel(self) -> None:
        shown, scheduler, details, stack, pointer = self.in_test(
            "gdb_processes", "processes", "scheduler", "process 2", "inside 2 backtrace",
            "process (struct\\ process*)ktest_inspection.arguments[0]",
        )  # fmt: skip
        queue = r"waits for an event in the queue at 0x\w{8} \(gdb_queue\)"
        self.assertRegex(shown, rf"(?m)^ +2  waiter +0 +blocked +1 .* {queue}$")
        limit = r"until tick \d+, in \d+ at most"
        self.assertRegex(shown, rf"(?m)^ +3  patient +0 +blocked +1 .* {queue}, {limit}$")
        self.assertRegex(
            scheduler,
            r"ready     4 third: it was just created\n +5 fourth: it was just created\n +0 idle: ",
        )
        self.assertIn("program   none: it runs in the kernel\n", details)
        self.assertIn("It has no registers in ring 3: it runs in the kernel.\n", details)
        order = ("scheduler_block", "wait_in_queue", "kernel_process_start")
        self.assert_order(order, details)
        self.assert_order(order, stack)
        self.assertEqual(details, pointer)

    def test_damaged_lists(self) -> None:
        links = "((struct list_link *)process_running->children.head.next)"
        for command, sentence in (
            (
                f"set var {links}->next = 0",
                "The list of children of process 1 (gdb) is damaged: a link is NULL (was list_init",
            ),
            (
                f"set var {links}->next = {links}",
                "The list of children of process 1 (gdb) leads to a process that is listed already",
            ),
            (
                f"set var {links}->next = 0xEEEEEEE0",
                "The list of children of process 1 (gdb) is damaged: Cannot access memory at",
            ),
            (
                "set var process_idle_state.children.head.next ="
                " &process_idle_state.children.head",
                "process 1 (gdb) runs, but is in nobody's list of children.",
            ),
        ):
            with self.subTest(sentence=sentence):
                _, shown, details = self.in_program(command, "processes", "process")
                self.assertIn(sentence, shown)
                self.assertIn(sentence, details)
                self.assertRegex(shown, r"(?m)^\* +1  gdb ")

    # ---- one process ----

    def test_details_of_a_process_that_waits(self) -> None:
        (shown,) = self.in_program("process 6")
        self.assertIn("process   6 gdb, ring 3, blocked, waits for the end of any child\n", shown)
        self.assertIn("parent    1 gdb\nchildren  7 gdb\nzombies   none\n", shown)
        self.assertRegex(shown, r"program   test/gdb, empty heap at 0x4010\d000, symbols loaded\n")
        order = ("context_switch", "scheduler_block", "process_wait", "sys_wait")
        self.assert_order((*order[1:], "system call wait, from ring 3", "syscall_int80"), shown)
        self.assert_order(("syscall_int80", "cairn_wait", "child", "main", "_start"), shown)
        self.assertRegex(shown, r"trap frame at 0x\w+: vector 128, a system call, in ring 3\n")
        self.assertRegex(shown, r"eip     0x\w+  syscall_int80\+2")
        esp = number_after(r"  esp  ", shown)
        self.assertEqual(esp, number_after("user_esp  ", shown))
        self.assertRegex(shown, r"0x40010000-0x400fffff +960 KiB  demand zero  writable, user")

    def test_details_of_the_current_process(self) -> None:
        in_ring_3, _, _, in_kernel = self.in_program(
            "process", "break sys_getpid", "continue", "process"
        )
        self.assertIn("zombies   3 gdb (ended with 7), 4 gdb (was ended by exc", in_ring_3)
        self.assertIn("children  2 gdb, 6 gdb\n", in_ring_3)
        self.assertIn("It is in ring 3: its registers are those of the processor", in_ring_3)
        self.assert_order(("It runs", "stage_1", "main", "program_start", "_start"), in_ring_3)
        self.assertRegex(in_ring_3, r"stack     0xf000\w{4}-0xf000\w{4}, 0 of 8192 bytes")
        self.assertIn("Its registers in ring 3:\ntrap frame at 0x", in_kernel)
        self.assert_order(("sys_getpid", "system call getpid", "leaf", "main"), in_kernel)

    def test_details_of_a_zombie_and_of_idle(self) -> None:
        zombie, idle = self.in_program("process 5", "process 0")
        self.assertIn("process   5 gdb, ring 3, zombie, was killed\n", zombie)
        self.assertIn("It has ended and never goes on.\n", zombie)
        self.assertNotIn("demand zero", zombie)
        self.assertIn("parent    0 idle\nchildren  1 gdb\n", idle)
        self.assertRegex(idle, r"stack     0x001\w{5}-0x001\w{5}, \d+ of \d+ bytes")
        self.assert_order(("scheduler_run", "start_system", "kernel_main", "kernel_entry"), idle)

    def test_a_process_that_has_not_run_yet(self) -> None:
        walk, backtrace, details = self.in_program(
            "stackwalk 8", "inside 8 backtrace", "process 8", stage=4
        )
        self.assertIn("it was just created", details)
        for text in (walk, backtrace):
            self.assertRegex(text, r"\b_start\b")
            self.assertNotIn("main", text)
        self.assertRegex(details, r"process   8 hello, .*\n(?s:.*)program   bin/hello")
        self.assertRegex(details, r"eip     0x\w+  _start, src/user/x86/start.S")

    # ---- memory ----

    def test_memory_of_processes(self) -> None:
        one, two, guard, later, outside = self.in_program(
            "memory 1 &marker 4", "memory 2 &marker 4", "memory 2 0x40000000 4",
            "memory 2 0x40010000 4", "memory 2 0x90000000 4",
        )  # fmt: skip
        self.assertRegex(one, r"^0x4010\w{4}  11111111 +\.\.\.\.\n$")
        self.assertRegex(two, r'^0x4010\w{4}  22222222 +""""\n$')
        self.assertIn("not mapped: a guard, touching it is an error", guard)
        self.assertIn("not mapped yet: a page of zeros appears when it is first touched", later)
        self.assertIn("not mapped, and in no region: touching it is an error", outside)

    def test_memory_across_pages(self) -> None:
        (shown,) = self.in_program("memory 1 0x400ffff0 32")
        first, second = shown.splitlines()
        self.assertRegex(first, r"^0x400ffff0  ")
        self.assertRegex(second, r"^0x40100000  ")
        (shown,) = self.in_program("memory 1 0xFFFFFFF0 32")
        self.assertEqual(len(shown.splitlines()), 1)

    def test_page_tables_by_pid(self) -> None:
        one, two, shared, other, pagemap, space, regions = self.in_program(
            "pagewalk &marker 1", "pagewalk &marker 2", "pagewalk main 1", "pagewalk main 2",
            "pagemap 2", "space 2", "regions 2",
        )  # fmt: skip
        physical = [number_after("physical ", text) for text in (one, two, shared, other)]
        self.assertNotEqual(physical[0], physical[1], "the pages were copied when written to")
        self.assertEqual(physical[2], physical[3], "the code is shared")
        self.assertRegex(pagemap, r"0x40100000-.* read only, user")
        self.assertRegex(space, r"^space at 0x\w+, directory 0x\w+\nuser half: 5 regions, ")
        self.assertIn("demand zero  writable, user", regions)

    def test_page_tables_agree_with_qemu(self) -> None:
        words = self.in_program(
            *(
                "python import re; place = re.search(r'physical (0x\\w+)', gdb.execute('pagewalk"
                f" &marker {pid}', to_string=True)).group(1);"
                " print(gdb.execute(f'monitor xp/1wx {place}', to_string=True))"
                for pid in (1, 2)
            )
        )
        self.assertRegex(words[0], "0x11111111")
        self.assertRegex(words[1], "0x22222222")

    # ---- symbols of programs ----

    def test_symbols_follow_the_program(self) -> None:
        *_, in_init, symbols, in_hello = self.gdb(
            "userbreak hello main", "program init", "break forget", "continue",
            "info symbol $eip", "backtrace", APPEND="run=hello",
        )  # fmt: skip
        self.assertIn("In process 2 (hello): the symbols are now those of bin/hello.\n", in_init)
        self.assertRegex(in_init, r"Breakpoint 2 \(forget\) rests, as this program has no such pl")
        self.assertRegex(in_init, r"#0  main \(argc=1, .*src/user/bin/hello.c")
        self.assertIn("main in section .text of ", symbols)
        self.assert_order(("main", "hello.c"), in_hello)

    def test_breakpoint_by_name(self) -> None:
        loaded, *_, set_there, stopped, backtrace = self.gdb(
            "program count", "userbreak count main", "continue", "delete", "break cairn_sleep",
            "continue", "backtrace", APPEND="run=count",
        )  # fmt: skip
        self.assertIn("The symbols of bin/count are loaded, from ", loaded)
        self.assertRegex(set_there, r"^Breakpoint 2 at 0x4010\w{4}: file src/user/x86/syscall.S,")
        self.assertRegex(stopped, r"Breakpoint 2, cairn_sleep \(\) at src/user/x86/syscall.S:\d+\n")
        self.assert_order(("cairn_sleep", "main", "count.c"), backtrace)

    def test_breakpoint_in_one_program(self) -> None:
        *_, where, pid, addresses = self.gdb(
            "userbreak count main", "continue", "backtrace", "print process_running->pid",
            "info breakpoints", APPEND="run=hello,primes,count",
        )  # fmt: skip
        self.assertRegex(where, r"^#0  main \(argc=1, argv=0x\w+\) at src/user/bin/count.c:\d+\n$")
        self.assertEqual(pid, "$1 = 4\n")
        self.assertIn("0x40100000 in main at ", addresses, "the address is that of every main()")

    # ---- backtraces ----

    def test_backtrace_of_system_calls(self) -> None:
        for stage, entry in ((1, "syscall_sysenter"), (2, "syscall_int80")):
            with self.subTest(entry=entry):
                _, _, backtrace, walk = self.in_program(
                    "break sys_getpid", "continue", "backtrace", "stackwalk", stage=stage
                )
                kernel = ("sys_getpid", "syscall_dispatch")
                self.assert_order(
                    (*kernel, "signal handler called", entry, "leaf", "main"), backtrace
                )
                self.assert_order((*kernel, "system call getpid", entry, "leaf", "main"), walk)
                self.assert_order(("main", "program_start", "_start"), walk)

    def test_backtrace_of_an_exception(self) -> None:
        *_, backtrace, trap = self.gdb(
            "break fork_resolve", "continue", "backtrace", "trapframe", APPEND="run=family:1"
        )
        self.assert_order(("fork_resolve", "trap_dispatch", "signal handler", "main"), backtrace)
        self.assertIn("forbids this access, write, by ring 3\n", trap)
        *_, backtrace = self.gdb(
            "break report_program_fault", "continue", "backtrace", APPEND="run=crash:null"
        )
        order = ("report_program_fault", "trap_dispatch", "signal handler", "read_null", "main")
        self.assert_order(order, backtrace)

    def test_backtrace_of_an_interrupt(self) -> None:
        *_, backtrace, walk, shown = self.gdb(
            "userbreak spin main", "continue", "delete", "break scheduler_tick", "continue",
            "backtrace", "stackwalk", "processes", APPEND="run=spin",
        )  # fmt: skip
        for text in (backtrace, walk):
            self.assert_order(("scheduler_tick", "clock_interrupt", "trap_dispatch"), text)
            self.assertRegex(text, r"\bmain\b")
        self.assertIn("    the timer's interrupt, from ring 3; frame at 0x", walk)
        self.assertIn("for process 2 (spin): the timer's interrupt.\n", shown)

    @need("clang")
    def test_a_kernel_built_by_clang(self) -> None:
        build = self.folder / "build"
        options = ("LAB=2", "REF=all", "CC=clang", f"BUILD={build}")
        self.must_succeed("make", "-j2", "kernel", *options)
        *_, backtrace, walk, _, _, _, shown, init = self.gdb(
            "userbreak count main", "continue", "delete", "break sys_sleep", "continue",
            "backtrace", "stackwalk", "delete", "break cpu_idle", "continue", "processes",
            "stackwalk 1",
            folder=build / "lab2-ref-clang", APPEND="run=count",
        )  # fmt: skip
        # LLVM's assembler does not mark the trap's frame as one, so backtrace ends behind it.
        self.assert_order(("sys_sleep", "syscall_dispatch"), backtrace.partition("Backtrace")[0])
        self.assert_order(("sys_sleep", "system call sleep", "syscall_sysenter", "main"), walk)
        self.assertRegex(shown, r"(?m)^ +1  init .*waits for the end of any child$")
        self.assert_order(("scheduler_block", "process_wait", "system call wait", "main"), init)

    def test_backtrace_at_each_instruction(self) -> None:
        """From the program through the entry into the kernel, and from its exit back."""
        for stage, entry, steps in ((1, "*sysenter_entry", 30), (2, "*(trap_stubs+0x80*16)", 22)):
            with self.subTest(entry=entry):
                commands = [f"tbreak {entry}", "continue"] + ["backtrace", "stepi"] * steps
                self.check_each(self.in_program(*commands, stage=stage)[2::2], steps)
        for stage, routine, steps in ((1, "sysenter", 18), (2, "int80", 10)):
            with self.subTest(routine=routine):
                commands = ["tbreak sys_getpid", "continue", "tbreak *trap_return", "continue"]
                commands += ["backtrace", "stepi"] * steps
                self.check_each(self.in_program(*commands, stage=stage)[4::2], steps)

    def check_each(self, backtraces: Sequence[str], count: int) -> None:
        """Each is complete: the program's frames are there, whatever is inside them."""
        self.assertEqual(len(backtraces), count)
        for number, backtrace in enumerate(backtraces):
            with self.subTest(number=number):
                self.assert_order(("leaf", "main"), backtrace)
        self.assertIn("signal handler called", backtraces[0])

    def test_backtrace_in_a_context_switch(self) -> None:
        backtraces = self.in_program(
            "tbreak *context_switch", "continue", *(["backtrace", "stepi"] * 8), stage=4
        )[2::2]
        for backtrace in backtraces:
            self.assertRegex(backtrace, r"^#0  context_switch \(\)")
            # The other process's memory is in use already, so what lies beyond is not looked at.
            kernel, _, _ = backtrace.partition("<signal handler called>")
            self.assert_order(("context_switch", "scheduler_run", "scheduler_block"), kernel)

    # ---- inside ----

    def test_inside_another_process(self) -> None:
        before, marker, stack, walk, after, here = self.in_program(
            "info registers", "inside 2 print/x marker", "inside 2 backtrace", "inside 2 stackwalk",
            "info registers", "print/x marker",
        )  # fmt: skip
        self.assertEqual(marker, "$1 = 0x22222222\n")
        self.assert_order(("scheduler_block", "sys_sleep", "syscall_sysenter", "rest"), stack)
        self.assert_order(("scheduler_block", "sys_sleep", "system call sleep", "rest"), walk)
        self.assertEqual(before, after)
        self.assertEqual(here, "$2 = 0x11111111\n")

    def test_inside_keeps_the_chosen_frame(self) -> None:
        up, _, after = self.in_program("up", "inside 2 backtrace", "frame")
        self.assertRegex(up, r"^#1 .* main ")
        self.assertEqual(up.splitlines()[0], after.splitlines()[0])


if __name__ == "__main__":
    unittest.main()
