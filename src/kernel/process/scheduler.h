/**
 * @file
 * The scheduler: which process runs, and how one waits.
 *
 * Processes that are ready stand in one queue; the first runs for TIME_SLICE ticks at most and goes
 * to the end. A process that waits is in a queue of whoever will wake it, or in none, and perhaps
 * has a time limit; while all wait, the idle process halts the processor. Sequence:
 * scheduler_init() once; scheduler_start() for each process; then scheduler_yield(),
 * scheduler_block() and scheduler_wake() from everywhere, scheduler_tick() from the clock. The
 * implementation is the student's (lab 2, exercise 3: labs/lab2-processes/scheduler.c).
 *
 * All functions are called with interrupts off (asserted by those that switch). No cost grows with
 * the number of processes, but that of a tick, which may look at a small share of those who wait
 * for a time. A caller looks at what it waits for, finds that it has not happened, and calls
 * scheduler_block() without anything happening in between: no wake-up is lost.
 */
#ifndef KERNEL_PROCESS_SCHEDULER_H
#define KERNEL_PROCESS_SCHEDULER_H

#include "kernel/process/process.h"

/** Clock ticks that a process may run while others are ready: 5 ms. */
#define TIME_SLICE 5u
/** No time limit. */
#define WAIT_FOREVER 0u

/** Make the queues empty (exercise lab2.ex3). */
void scheduler_init(void);

/**
 * Let a new process run (exercise lab2.ex3): it is ready, behind all others that are.
 * @param process in state PROCESS_NEW, prepared.
 */
void scheduler_start(struct process *process);

/**
 * Let the others run (exercise lab2.ex3): the current process goes to the end of the ready queue.
 * Returns at once if nobody else is ready. The idle process goes into no queue, but becomes
 * PROCESS_READY all the same.
 */
void scheduler_yield(void);

/**
 * Give the processor to a process (exercise lab2.ex3): from now on it runs, on its stack, in its
 * space, with its floating-point registers. Everything that switches comes here. The call returns
 * when the process that made it is given the processor again.
 * @param next is ready or blocked, but in no queue and without a time limit (scheduler_remove()),
 * and knows its wake_result. It is not the current process, whose state the caller has changed
 * already, from PROCESS_RUNNING to another. slice_used stays as it is: whoever takes a process out
 * of the ready queue sets it to 0, so two processes that give the processor to each other cannot
 * keep it from all others.
 */
void scheduler_run(struct process *next);

/**
 * Begin to wait, and go on for now (exercise lab2.ex3): scheduler_block() but for giving the
 * processor away, which the caller must do next. The arguments are those of scheduler_block().
 * @param queue where it waits.
 * @param reason for what it waits.
 * @param ticks the time limit.
 */
void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks);

/**
 * Wait (exercise lab2.ex3). The current process gives the processor away until scheduler_wake().
 * @param queue where it waits, at the end; NULL: in no queue.
 * @param reason REASON_SLEEP makes it PROCESS_SLEEPING, every other one PROCESS_BLOCKED.
 * @param ticks of the clock, after which it is woken with -E_TIMED_OUT; WAIT_FOREVER: no limit. At
 *              most 2^31 - 1.
 * @return what scheduler_wake() was given, or -E_TIMED_OUT.
 */
int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks);

/**
 * Wake a process (exercise lab2.ex3): it leaves its queue and is ready, behind all others. The
 * current process goes on.
 * @param process any process. One that does not wait is left alone.
 * @param result what scheduler_block() returns to it.
 */
void scheduler_wake(struct process *process, int32_t result);

/**
 * Wake the process that has waited longest in a queue (exercise lab2.ex3).
 * @param queue as given to scheduler_block().
 * @param result as in scheduler_wake().
 * @return the process; NULL if nobody waits.
 */
struct process *scheduler_wake_first(struct list *queue, int32_t result);

/**
 * Take a process out of every queue, because it ends (exercise lab2.ex3). Its state stays.
 * @param process any process.
 */
void scheduler_remove(struct process *process);

/** Go on with the next process (exercise lab2.ex3). The current one is a zombie. */
_Noreturn void scheduler_leave(void);

/**
 * A tick of the clock (exercise lab2.ex3): called by the clock's interrupt after clock_now() has
 * moved on. Wakes who waited for this time, counts the tick for the current process, and lets the
 * next one run if the time slice is over; if nobody is ready then, at the first tick at which
 * somebody is. The idle process gives way (REASON_PREEMPT) at once when somebody is ready.
 */
void scheduler_tick(void);

#endif
