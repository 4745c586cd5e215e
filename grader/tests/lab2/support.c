/**
 * @file
 * What the tests of lab 2 share; the contracts are in support.h.
 *
 * Everything here uses the student's functions in their simplest way; the tests do the rest. It
 * owns no state.
 */
#include "support.h"

#include "kernel/memory/heap.h"
#include "lib/format.h"

/** A cost may grow by this share of itself, in percent, ... */
#define GROWTH_PERCENT 50u
/** ... and by this many units of the time-stamp counter besides: a few instructions. */
#define GROWTH_MORE 640u

struct census census(void)
{
    struct heap_stats heap = heap_stats();
    return (struct census){
        .frames = frames_free() + heap.mapped / PAGE_SIZE,
        .heap_blocks = heap.used_blocks,
        .heap_bytes = heap.used,
        .processes = process_count(),
    };
}

void census_expect_memory(const struct census *before)
{
    struct heap_stats heap = heap_stats();
    EXPECT_EQUAL(frames_free() + heap.mapped / PAGE_SIZE, before->frames,
                 "as many frames are free as before");
    EXPECT_EQUAL(heap.used_blocks, before->heap_blocks,
                 "as many blocks of the heap are in use as before");
    EXPECT_EQUAL(heap.used, before->heap_bytes, "as many bytes of the heap are in use as before");
}

void census_expect(const struct census *before)
{
    EXPECT_EQUAL(process_count(), before->processes, "there are as many processes as before");
    census_expect_memory(before);
}

struct process *create(const char *name)
{
    struct process *process = NULL;
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &process), 0, "a process can be created");
    REQUIRE(process != NULL, "process_create() tells where the process is");
    return process;
}

struct process *enlist(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = create(name);
    process_prepare(process, function, argument);
    process_adopt(process, process_current());
    return process;
}

struct process *launch(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = enlist(name, function, argument);
    scheduler_start(process);
    return process;
}

int32_t finish(int32_t pid)
{
    int32_t status = -1;
    REQUIRE_EQUAL(process_wait(pid, &status), pid, "process_wait() returns the pid of the child");
    return status;
}

uint32_t finish_all(void)
{
    uint32_t count = 0;
    while (process_wait(WAIT_ANY, NULL) > 0) {
        count++;
    }
    return count;
}

void dispose(struct process *process)
{
    int32_t pid = process->pid;
    REQUIRE_RESULT(process_kill(pid), 0, "a process can be killed");
    (void)finish(pid);
}

void yield_times(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        scheduler_yield();
    }
}

void sleep_ticks(uint32_t ticks)
{
    EXPECT_RESULT(scheduler_block(NULL, REASON_SLEEP, ticks), -E_TIMED_OUT,
                  "scheduler_block() returns -E_TIMED_OUT when the time is over");
}

void burn_until(uint32_t tick)
{
    cpu_interrupts_enable();
    while ((int32_t)(clock_now() - tick) < 0) {
    }
    calm();
}

void burn_ticks(uint32_t ticks)
{
    burn_until(clock_now() + ticks);
}

uint32_t tick_begin(void)
{
    burn_ticks(1);
    return clock_now();
}

uint32_t median(uint32_t *samples)
{
    return ktest_median(samples, SAMPLES);
}

struct memory_costs memory_costs(void)
{
    struct memory_costs costs;
    uint64_t start = cpu_timestamp();
    void *block = kmalloc(sizeof(struct process));
    physaddr_t frames[] = {frame_alloc(), frame_alloc()};
    costs.allocate = time_since(start);
    start = cpu_timestamp();
    kfree(block);
    frame_release(frames[0]);
    frame_release(frames[1]);
    costs.release = time_since(start);
    return costs;
}

uint32_t cost_without(uint32_t cost, uint32_t part)
{
    return cost > part ? cost - part : 0;
}

bool check_cost(const struct ktest_check *check, uint32_t small, uint32_t large)
{
    char expected[48];
    char actual[32];
    uint32_t most = small + small * GROWTH_PERCENT / 100 + GROWTH_MORE;
    format_string(expected, sizeof(expected), "at most %u units of time", most);
    format_string(actual, sizeof(actual), "%u units", large);
    return ktest_check_true(check, large <= most, expected, actual);
}
