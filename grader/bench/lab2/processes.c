/**
 * @file
 * The operations of lab 2 that are measured.
 *
 * What programs pay is measured by programs, in programs/: each is started here, and writes its
 * figures into the trace. Waiting and waking, for which lab 2 has no system call, and the clock are
 * measured here. The boot option `processes=N` says how many processes there are meanwhile. The
 * file owns the queues in which the measured ones wait.
 */
#include "processes.h"

#include "kernel/cmdline.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/program.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pit.h"

enum {
    BATCHES = 11,   /**< Samples of an operation. */
    CALLS = 1000,   /**< Calls of which a sample is made. */
    LONG = 1000000, /**< A time in ticks that is longer than any measurement. */
    MEASURED = 3,   /**< Processes that are there anyway: this one, and a pair. */
};

static struct list test_queue;    /**< Here the test waits for its partner... */
static struct list partner_queue; /**< ...which waits here. */

/** Start a kernel-mode process. */
static void run_function(void (*function)(void *), void *argument)
{
    struct process *process;
    int error = process_create("bench", PROCESS_KERNEL, &process);
    REQUIRE_EQUAL(error, 0, "a process can be created");
    process_prepare(process, function, argument);
    process_adopt(process, process_current());
    scheduler_start(process);
}

/** Wait until the measurement is over. @param argument a number of ticks. */
static void sleep_long(void *argument)
{
    (void)cpu_interrupts_disable();
    for (;;) {
        (void)scheduler_block(NULL, REASON_SLEEP, LONG + (uint32_t)(uintptr_t)argument);
    }
}

void start_sleepers(void)
{
    uint32_t processes = MEASURED;
    (void)cmdline_number(boot_information()->command_line, "processes", &processes);
    for (uint32_t i = MEASURED; i < processes; i++) {
        run_function(sleep_long, (void *)(uintptr_t)i);
    }
    scheduler_yield();
}

void finish_program(int32_t pid)
{
    int32_t status = 0;
    REQUIRE(pid > 0, "the program can be started");
    int ended = process_wait(pid, &status);
    REQUIRE_EQUAL(ended, pid, "the program ends");
    REQUIRE_EQUAL(status, 0, "the program works");
}

/** Run a program that measures, until it ends. */
static void run_program(const char *path)
{
    struct program_arguments arguments = {0};
    start_sleepers();
    int error = program_add_argument(&arguments, path);
    assert(error == 0);
    finish_program(program_spawn(path, &arguments));
}

/** Wake the test whenever it has woken this process. */
static void answer(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    for (;;) {
        (void)scheduler_wake_first(&test_queue, 0);
        (void)scheduler_block(&partner_queue, REASON_EVENT, LONG);
    }
}

/** Wake the partner and wait for its answer. */
static void block_wake(void)
{
    (void)scheduler_wake_first(&partner_queue, 0);
    (void)scheduler_block(&test_queue, REASON_EVENT, LONG);
}

static void clock_tick(void)
{
    clock_interrupt(PIT_IRQ);
}

/** Measure an operation and report the median. */
static void measure(const char *name, void (*operation)(void))
{
    uint32_t samples[BATCHES];
    for (uint32_t i = 0; i < BATCHES; i++) {
        uint64_t start = cpu_timestamp();
        for (uint32_t call = 0; call < CALLS; call++) {
            operation();
        }
        samples[i] = ((uint32_t)(cpu_timestamp() - start) + CALLS / 2) / CALLS;
    }
    ktest_report_bench(name, samples, BATCHES);
}

KTEST(bench_calls, KTEST_PROCESSES)
{
    uint32_t boot = (uint32_t)(cpu_timestamp() - boot_information()->entry_time);
    ktest_report_bench("boot.entry_to_process", &boot, 1);
    run_program("test/null_call");
}

KTEST(bench_yield, KTEST_PROCESSES)
{
    run_program("test/yield");
}

KTEST(bench_birth, KTEST_PROCESSES)
{
    run_program("test/birth");
}

KTEST(bench_pages, KTEST_PROCESSES)
{
    run_program("test/pages");
}

KTEST(bench_wait, KTEST_PROCESSES)
{
    list_init(&test_queue);
    list_init(&partner_queue);
    start_sleepers();
    run_function(answer, NULL);
    scheduler_yield();
    measure("block.wake", block_wake);
    measure("clock.tick", clock_tick);
}
