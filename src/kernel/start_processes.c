/**
 * @file
 * The end of the kernel's start from lab 2 on: processes, and the first program.
 *
 * See start.h. It owns no state. The boot code becomes the idle process; the first process runs
 * either the chosen tests, in ring 0, or the program `init=` (default: bin/init) with the arguments
 * that `run=` lists. When it ends, the system ends.
 */
#include "kernel/start.h"

#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/initrd.h"
#include "kernel/process/program.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/stack.h"
#include "kernel/process/syscall.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Bytes of the longest list of programs, the final 0 included. */
#define RUN_MAX 256u

/** Split the value of `run=` at its commas into the arguments behind argv[0]. */
static int add_listed(struct program_arguments *arguments, char *list)
{
    while (list != NULL) {
        char *comma = strchr(list, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        int error = program_add_argument(arguments, list);
        if (error < 0) {
            return error;
        }
        list = comma;
    }
    return 0;
}

/** Start the first program. */
static void start_init(const char *line)
{
    static struct program_arguments arguments;
    static char list[RUN_MAX];
    char path[PROGRAM_PATH_MAX];
    if (!cmdline_value(line, "init", path, sizeof(path))) {
        (void)strlcpy(path, "bin/init", sizeof(path));
    }
    int error = program_add_argument(&arguments, path);
    if (error == 0 && cmdline_value(line, "run", list, sizeof(list))) {
        error = add_listed(&arguments, list);
    }
    int pid = error < 0 ? error : program_spawn(path, &arguments);
    if (pid < 0) {
        panic("the first program, %s, cannot be started: %s (files in the initrd: %u)", path,
              error_text(pid), initrd_count());
    }
    assert(pid == PID_INIT);
}

/** The first process of a run with tests. */
static void run_tests(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    ktest_run(KTEST_PROCESSES);
}

static void start_tests(void)
{
    struct process *process;
    int error = process_create("tests", PROCESS_KERNEL, &process);
    assert(error == 0 && process->pid == PID_INIT);
    process_prepare(process, run_tests, NULL);
    process_adopt(process, process_idle());
    scheduler_start(process);
}

_Noreturn void start_system(const char *line)
{
    fpu_init();
    kernel_stacks_init(&boot_information()->memory);
    process_init_idle();
    process_table_init();
    scheduler_init();
    initrd_init(boot_information());
    syscall_init();
    clock_start();
    trace_event(TRACE_BOOT, "boot.milestone", "name=processes");
    if (ktest_active()) {
        start_tests();
    } else {
        kprintf("initrd:  %u files\n", initrd_count());
        start_init(line);
    }
    for (;;) {
        scheduler_yield();
        cpu_idle();
        (void)cpu_interrupts_disable();
    }
}

_Noreturn void start_init_ended(int32_t status)
{
    if (status != EXIT_STATUS(EXIT_NORMAL, 0)) {
        panic("the first process, pid %d, ended with status %#x", PID_INIT, (uint32_t)status);
    }
    if (cmdline_has(boot_information()->command_line, "poweroff")) {
        power_off(POWER_DONE);
    }
    kprintf("All programs have ended. Resting. In QEMU's terminal, Ctrl-A then X leaves.\n");
    trace_event(TRACE_BOOT, "boot.idle", NULL);
    for (;;) {
        cpu_halt();
    }
}
