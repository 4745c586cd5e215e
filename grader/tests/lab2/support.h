/**
 * @file
 * What the tests of lab 2 share: processes to work with, and a census of what must not get lost.
 *
 * A test runs in the first process, with interrupts off. It starts others by launch() and waits for
 * them by finish(); a function that runs in a process of its own begins with calm(), because the
 * kernel's functions are called with interrupts off. census() counts frames, heap and processes
 * before, and census_expect() compares afterwards. The file owns no state.
 */
#ifndef LAB2_SUPPORT_H
#define LAB2_SUPPORT_H

#include "../common/checks.h"
#include "../common/hoard.h"
#include "../common/outcomes.h"

#include "kernel/process/clock.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/cpu.h"

/* Counting. */

/** How much there is of everything that a process takes. */
struct census {
    uint32_t frames;      /**< Free frames and pages of the heap together: the heap may grow. */
    uint32_t heap_blocks; /**< Blocks in use. */
    uint32_t heap_bytes;  /**< Bytes in use. */
    uint32_t processes;
};

/** @return what there is now. */
struct census census(void);
/** Check that nothing was lost and nothing is left over. */
void census_expect(const struct census *before);
/** Check the memory of a census only: for tests that run before there is a process table. */
void census_expect_memory(const struct census *before);

/* Processes. The function of a process begins with calm(). */

/** Turn interrupts off, so that kernel functions may be called. */
static inline void calm(void)
{
    (void)cpu_interrupts_disable();
}

/** @return a new process in kernel mode; failure ends the run. */
struct process *create(const char *name);
/** @return a new child of the current process that will run a function; it is not started. */
struct process *enlist(const char *name, void (*function)(void *), void *argument);
/** As enlist(), and start it. */
struct process *launch(const char *name, void (*function)(void *), void *argument);
/** Wait for the end of a child; failure ends the run. @return its exit status. */
int32_t finish(int32_t pid);
/** Wait for all children of the current process. @return how many there were. */
uint32_t finish_all(void);
/** Kill a process and wait for it; failure ends the run. */
void dispose(struct process *process);
/** Yield @p count times. */
void yield_times(uint32_t count);

/** A process must have ended with a certain exit status. */
#define EXPECT_ENDED(actual, status, what)                                                         \
    check_exit_status(KTEST_CHECK(what, false), (actual), (status))

/* Time. */

/** Sleep for a number of ticks, at least 1. */
void sleep_ticks(uint32_t ticks);
/** Keep the processor busy, with interrupts on, until @p ticks have passed. */
void burn_ticks(uint32_t ticks);
/** Keep the processor busy until the clock shows @p tick. Others may run in the meantime. */
void burn_until(uint32_t tick);
/** Wait, busy, for the beginning of a tick. @return it. */
uint32_t tick_begin(void);

/* Costs, in units of the time-stamp counter. */

/** @return the time since an earlier time stamp. */
static inline uint32_t time_since(uint64_t start)
{
    return (uint32_t)(cpu_timestamp() - start);
}

/** Measurements that a median is made of. */
#define SAMPLES 9u
/** @return the middle of SAMPLES measurements, which are sorted by the call. */
uint32_t median(uint32_t *samples);

/** What the memory of a process costs: its structure and the frames of its stack. */
struct memory_costs {
    uint32_t allocate;
    uint32_t release;
};
/** @return what it costs now. */
struct memory_costs memory_costs(void);
/** @return a cost without a part of it. */
uint32_t cost_without(uint32_t cost, uint32_t part);

/** Check that a cost has not grown; use EXPECT_SAME_COST(). @return whether that holds. */
bool check_cost(const struct ktest_check *check, uint32_t small, uint32_t large);
/** A cost with many processes must be that with few, or hardly more. */
#define EXPECT_SAME_COST(small, large, what) check_cost(KTEST_CHECK(what, false), (small), (large))

#endif
