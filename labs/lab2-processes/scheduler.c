/**
 * @file
 * Lab 2, exercise 3: the scheduler.
 *
 * The file owns the queue of ready processes and the timer wheel. Every process is in the ready
 * queue, or runs, or waits; scheduler_yield(), scheduler_block() and scheduler_tick() take the
 * processor from the current process, and scheduler_run() gives it to the next. The contract is in
 * kernel/process/scheduler.h.
 */
#include "kernel/process/scheduler.h"

#include "kernel/exercise.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"

#include <cairn/error.h>

void scheduler_init(void)
{
    // Exercise lab2.ex3 (20 points together with the functions below): start your queues.
    // lib/list.h has a list from which an element can leave at any place.
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_start(struct process *process)
{
    // Exercise lab2.ex3: the process is ready from now on, behind all others. Every change of
    // state goes through process_set_state().
    (void)process;
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_run(struct process *next)
{
    // Exercise lab2.ex3: process_set_state() and process_set_current(); the kernel stack for
    // its next entry from ring 3, segments_set_kernel_stack(); its memory, space_switch(); the
    // floating-point registers, fpu_switch(); context_switch() comes last. Leave slice_used
    // alone: whoever takes a process out of the ready queue sets it to 0.
    (void)next;
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_yield(void)
{
    // Exercise lab2.ex3: to the end of the queue, and scheduler_run() with the first; or with
    // the idle process, which becomes ready like every other but goes into no queue itself.
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    // Exercise lab2.ex3: change the state; enter the queue and, with a limit, whatever you keep
    // for times.
    (void)queue;
    (void)reason;
    (void)ticks;
    exercise_missing("lab2.ex3", __func__);
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    // Exercise lab2.ex3: begin to wait, and go on with the next process. When scheduler_run()
    // returns, somebody has woken this one.
    (void)queue;
    (void)reason;
    (void)ticks;
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_wake(struct process *process, int32_t result)
{
    // Exercise lab2.ex3: out of its queue and of its time limit, into the ready queue. A
    // process that does not wait stays as it is.
    (void)process;
    (void)result;
    exercise_missing("lab2.ex3", __func__);
}

struct process *scheduler_wake_first(struct list *queue, int32_t result)
{
    // Exercise lab2.ex3: wake who has waited longest. Elements are added at the end of a list.
    (void)queue;
    (void)result;
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_remove(struct process *process)
{
    // Exercise lab2.ex3: out of whatever list it is in; it may be in two, in one or in none.
    (void)process;
    exercise_missing("lab2.ex3", __func__);
}

_Noreturn void scheduler_leave(void)
{
    // Exercise lab2.ex3: on with the next process; nobody ever comes back here.
    exercise_missing("lab2.ex3", __func__);
}

void scheduler_tick(void)
{
    // Exercise lab2.ex3: wake who has waited long enough; count the tick; if somebody else is
    // ready, take the processor away after TIME_SLICE ticks, or at once from the idle process.
    // You may switch here, inside the interrupt: the interrupted registers are on this
    // process's kernel stack, and stay there.
    exercise_missing("lab2.ex3", __func__);
}
