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

/* BEGIN SOLUTION lab2.ex3 */
/*
 * Who waits for a time hangs in slot `time % WHEEL_SLOTS` of a wheel that turns by one slot each
 * tick. To enter and to leave take constant time; at a tick only one slot is looked at, in which
 * some may still have to wait for further turns.
 *
 * Source: G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 6.
 */
#define WHEEL_SLOTS 256u

static struct list ready; /**< By queue_link; the first runs next. */
static struct list wheel[WHEEL_SLOTS];

/** The process that a link of the ready queue, or of a queue of waiters, belongs to. */
static struct process *queued(struct list_link *link)
{
    return LIST_ENTRY(link, struct process, queue_link);
}

/** Let a process run as soon as those before it have. The idle process needs no queue. */
static void make_ready(struct process *process, enum process_reason reason)
{
    process_set_state(process, PROCESS_READY, reason);
    if (process != process_idle()) {
        list_append(&ready, &process->queue_link);
    }
}

/** Give the processor to the first that is ready, or to the idle process. */
static void run_next(void)
{
    struct process *next = process_idle();
    if (!list_is_empty(&ready)) {
        next = queued(list_first(&ready));
        list_remove(&next->queue_link);
    }
    next->slice_used = 0;
    scheduler_run(next);
}

/** Let the others run, if there are any. */
static void give_way(enum process_reason reason)
{
    if (!list_is_empty(&ready)) {
        make_ready(process_current(), reason);
        run_next();
    }
}

/** Wake a process that waits; all others are left alone. */
static void wake(struct process *process, int32_t result, enum process_reason reason)
{
    if (process->state == PROCESS_BLOCKED || process->state == PROCESS_SLEEPING) {
        scheduler_remove(process);
        process->wake_result = result;
        make_ready(process, reason);
    }
}

/** Wake everybody whose time is now. */
static void wake_expired(uint32_t now)
{
    struct list *slot = &wheel[now % WHEEL_SLOTS];
    struct list_link *next;
    for (struct list_link *link = list_first(slot); link != NULL; link = next) {
        next = list_next(slot, link);
        struct process *process = LIST_ENTRY(link, struct process, timer_link);
        if (process->wake_tick == now) {
            wake(process, -E_TIMED_OUT, REASON_TIMEOUT);
        }
    }
}
/* SKELETON
END SOLUTION */

void scheduler_init(void)
{
    /* BEGIN SOLUTION lab2.ex3 */
    list_init(&ready);
    for (uint32_t i = 0; i < WHEEL_SLOTS; i++) {
        list_init(&wheel[i]);
    }
    /* SKELETON
    // Exercise lab2.ex3 (20 points together with the functions below): start your queues.
    // lib/list.h has a list from which an element can leave at any place.
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_start(struct process *process)
{
    /* BEGIN SOLUTION lab2.ex3 */
    assert(process->state == PROCESS_NEW && process->kernel_esp != 0);
    make_ready(process, REASON_START);
    /* SKELETON
    // Exercise lab2.ex3: the process is ready from now on, behind all others. Every change of
    // state goes through process_set_state().
    (void)process;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_run(struct process *next)
{
    /* BEGIN SOLUTION lab2.ex3 */
    assert(!list_contains(&next->queue_link) && process_current()->state != PROCESS_RUNNING);
    process_set_state(next, PROCESS_RUNNING, REASON_RUN);
    struct process *previous = process_set_current(next);
    segments_set_kernel_stack(next->stack_top);
    space_switch(next->space);
    fpu_switch(&previous->fpu, &next->fpu);
    context_switch(&previous->kernel_esp, next->kernel_esp);
    /* SKELETON
    // Exercise lab2.ex3: process_set_state() and process_set_current(); the kernel stack for
    // its next entry from ring 3, segments_set_kernel_stack(); its memory, space_switch(); the
    // floating-point registers, fpu_switch(); context_switch() comes last. Leave slice_used
    // alone: whoever takes a process out of the ready queue sets it to 0.
    (void)next;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_yield(void)
{
    /* BEGIN SOLUTION lab2.ex3 */
    give_way(REASON_YIELD);
    /* SKELETON
    // Exercise lab2.ex3: to the end of the queue, and scheduler_run() with the first; or with
    // the idle process, which becomes ready like every other but goes into no queue itself.
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    /* BEGIN SOLUTION lab2.ex3 */
    struct process *current = process_current();
    assert(current != process_idle() && ticks <= INT32_MAX);
    assert(reason >= REASON_SLEEP && reason <= REASON_EVENT);
    process_set_state(current, reason == REASON_SLEEP ? PROCESS_SLEEPING : PROCESS_BLOCKED, reason);
    if (queue != NULL) {
        list_append(queue, &current->queue_link);
    }
    if (ticks != WAIT_FOREVER) {
        current->wake_tick = clock_now() + ticks;
        list_append(&wheel[current->wake_tick % WHEEL_SLOTS], &current->timer_link);
    }
    /* SKELETON
    // Exercise lab2.ex3: change the state; enter the queue and, with a limit, whatever you keep
    // for times.
    (void)queue;
    (void)reason;
    (void)ticks;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    /* BEGIN SOLUTION lab2.ex3 */
    struct process *current = process_current();
    scheduler_wait(queue, reason, ticks);
    run_next();
    return current->wake_result;
    /* SKELETON
    // Exercise lab2.ex3: begin to wait, and go on with the next process. When scheduler_run()
    // returns, somebody has woken this one.
    (void)queue;
    (void)reason;
    (void)ticks;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_wake(struct process *process, int32_t result)
{
    /* BEGIN SOLUTION lab2.ex3 */
    wake(process, result, REASON_WAKE);
    /* SKELETON
    // Exercise lab2.ex3: out of its queue and of its time limit, into the ready queue. A
    // process that does not wait stays as it is.
    (void)process;
    (void)result;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

struct process *scheduler_wake_first(struct list *queue, int32_t result)
{
    /* BEGIN SOLUTION lab2.ex3 */
    struct list_link *first = list_first(queue);
    if (first == NULL) {
        return NULL;
    }
    struct process *process = queued(first);
    scheduler_wake(process, result);
    return process;
    /* SKELETON
    // Exercise lab2.ex3: wake who has waited longest. Elements are added at the end of a list.
    (void)queue;
    (void)result;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_remove(struct process *process)
{
    /* BEGIN SOLUTION lab2.ex3 */
    if (list_contains(&process->queue_link)) {
        list_remove(&process->queue_link);
    }
    if (list_contains(&process->timer_link)) {
        list_remove(&process->timer_link);
    }
    /* SKELETON
    // Exercise lab2.ex3: out of whatever list it is in; it may be in two, in one or in none.
    (void)process;
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

_Noreturn void scheduler_leave(void)
{
    /* BEGIN SOLUTION lab2.ex3 */
    assert(process_current()->state == PROCESS_ZOMBIE);
    run_next();
    panic("a process went on after its end");
    /* SKELETON
    // Exercise lab2.ex3: on with the next process; nobody ever comes back here.
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}

void scheduler_tick(void)
{
    /* BEGIN SOLUTION lab2.ex3 */
    struct process *current = process_current();
    wake_expired(clock_now());
    current->ticks++;
    current->slice_used++;
    if (current == process_idle() || current->slice_used >= TIME_SLICE) {
        give_way(REASON_PREEMPT);
    }
    /* SKELETON
    // Exercise lab2.ex3: wake who has waited long enough; count the tick; if somebody else is
    // ready, take the processor away after TIME_SLICE ticks, or at once from the idle process.
    // You may switch here, inside the interrupt: the interrupted registers are on this
    // process's kernel stack, and stay there.
    exercise_missing("lab2.ex3", __func__);
    END SOLUTION */
}
