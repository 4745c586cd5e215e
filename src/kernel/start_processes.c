/**
 * @file
 * The end of the kernel's start from lab 2 on: processes, and the first program.
 *
 * See start.h. It owns what a later stage adds. The boot code becomes the idle process; the first
 * process runs either the chosen tests, in ring 0, or the first program (process/init.h). From then
 * on the boot code only waits for interrupts, whenever nobody else can run.
 */
#include "kernel/start.h"

#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/init.h"
#include "kernel/process/initrd.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/stack.h"
#include "kernel/process/switch.h"
#include "kernel/process/syscall.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"

/** What a later stage adds; NULL: nothing. */
static void (*add_more)(const char *line);

/** The first process of a run with tests: later stages come after the tests that need none. */
static void run_tests(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    ktest_run(KTEST_PROCESSES);
    if (add_more != NULL) {
        add_more(boot_information()->command_line);
    }
}

/** For check_switch(): where the boot code and the other stack wait, and that the latter ran. */
static struct {
    uintptr_t boot_esp;
    uintptr_t other_esp;
    bool visited;
} trial;

static void visit(void)
{
    trial.visited = true;
    context_switch(&trial.other_esp, trial.boot_esp);
}

/** Change to another stack and back (exercise 2), before it is needed in earnest. */
static void check_switch(void)
{
    static uint32_t stack[1024];
    struct switch_frame *frame = (struct switch_frame *)(stack + COUNT_OF(stack) - 4) - 1;
    *frame = (struct switch_frame){.eip = (uint32_t)(uintptr_t)visit};
    context_switch(&trial.boot_esp, (uintptr_t)frame);
    assert(trial.visited);
    kprintf("switch:  the kernel can change stacks and come back\n");
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

_Noreturn void start_processes(const char *line, void (*more)(const char *line))
{
    fpu_init();
    kernel_stacks_init(&boot_information()->memory);
    process_init_idle();
    process_table_init();
    process_explain_timeouts();
    if (!ktest_active()) {
        kprintf("table:   there can be %u processes\n", kernel_stack_slots());
        check_switch();
    }
    scheduler_init();
    initrd_init(boot_information());
    syscall_init();
    add_more = more;
    if (more != NULL && !ktest_active()) {
        more(line);
    }
    clock_start();
    trace_event(TRACE_BOOT, "boot.milestone", "name=processes");
    if (ktest_active()) {
        start_tests();
    } else {
        kprintf("initrd:  %u files\n", initrd_count());
        init_start(line);
    }
    for (;;) {
        scheduler_yield();
        cpu_idle();
        (void)cpu_interrupts_disable();
    }
}
