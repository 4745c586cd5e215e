/**
 * @file
 * Alternative for lab 2, exercise 3: the scheduler.
 *
 * The file owns the queue of ready processes and the timer wheel: an array of lists, each for the
 * processes whose wake-up time has the same remainder. Every process is in the ready queue, or
 * runs, or waits; scheduler_yield(), scheduler_block() and scheduler_tick() take the processor from
 * the current process, and scheduler_run() gives it to the next. The contract is in
 * kernel/process/scheduler.h.
 */
#include "kernel/process/scheduler.h"

#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"

#include <cairn/error.h>

/** Lists of the wheel; a power of two. */
#define WHEEL_SIZE 256u

static struct list ready;
static struct list wheel[WHEEL_SIZE];

void scheduler_init(void)
{
    list_init(&ready);
    for (uint32_t i = 0; i < WHEEL_SIZE; i++) {
        list_init(&wheel[i]);
    }
}

/** Into the ready queue, for a reason; the idle process goes into none. */
static void make_ready(struct process *process, enum process_reason reason)
{
    process_set_state(process, PROCESS_READY, reason);
    if (process != process_idle()) {
        list_append(&ready, &process->queue_link);
    }
}

/** Take the next process out of the ready queue. */
static struct process *take_next(void)
{
    struct list_link *link = list_first(&ready);
    if (link == NULL) {
        return process_idle();
    }
    list_remove(link);
    struct process *next = LIST_ENTRY(link, struct process, queue_link);
    next->slice_used = 0;
    return next;
}

void scheduler_start(struct process *process)
{
    make_ready(process, REASON_START);
}

void scheduler_run(struct process *next)
{
    assert(!cpu_interrupts_enabled());
    assert(next != process_current() && process_current()->state != PROCESS_RUNNING);
    assert(!list_contains(&next->queue_link));
    process_set_state(next, PROCESS_RUNNING, REASON_RUN);
    struct process *previous = process_set_current(next);
    segments_set_kernel_stack(next->stack_top);
    space_switch(next->space);
    fpu_switch(&previous->fpu, &next->fpu);
    context_switch(&previous->kernel_esp, next->kernel_esp);
}

/** Give the processor to the first that is ready, if there is one. */
static void give_away(enum process_reason reason)
{
    if (!list_is_empty(&ready)) {
        make_ready(process_current(), reason);
        scheduler_run(take_next());
    }
}

void scheduler_yield(void)
{
    assert(!cpu_interrupts_enabled());
    give_away(REASON_YIELD);
}

void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    assert(!cpu_interrupts_enabled());
    struct process *process = process_current();
    assert(process != process_idle() && ticks <= INT32_MAX);
    process_set_state(process, reason == REASON_SLEEP ? PROCESS_SLEEPING : PROCESS_BLOCKED, reason);
    if (queue != NULL) {
        list_append(queue, &process->queue_link);
    }
    if (ticks != WAIT_FOREVER) {
        process->wake_tick = clock_now() + ticks;
        list_append(&wheel[process->wake_tick % WHEEL_SIZE], &process->timer_link);
    }
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    struct process *process = process_current();
    scheduler_wait(queue, reason, ticks);
    scheduler_run(take_next());
    return process->wake_result;
}

/** End the waiting of a process that waits. */
static void end_wait(struct process *process, enum process_reason reason, int32_t result)
{
    scheduler_remove(process);
    process->wake_result = result;
    make_ready(process, reason);
}

void scheduler_wake(struct process *process, int32_t result)
{
    if (process->state == PROCESS_BLOCKED || process->state == PROCESS_SLEEPING) {
        end_wait(process, REASON_WAKE, result);
    }
}

struct process *scheduler_wake_first(struct list *queue, int32_t result)
{
    struct list_link *link = list_first(queue);
    if (link == NULL) {
        return NULL;
    }
    struct process *process = LIST_ENTRY(link, struct process, queue_link);
    scheduler_wake(process, result);
    return process;
}

void scheduler_remove(struct process *process)
{
    if (list_contains(&process->queue_link)) {
        list_remove(&process->queue_link);
    }
    if (list_contains(&process->timer_link)) {
        list_remove(&process->timer_link);
    }
}

_Noreturn void scheduler_leave(void)
{
    assert(process_current()->state == PROCESS_ZOMBIE);
    scheduler_run(take_next());
    panic("process %d runs, and has ended", process_current()->pid);
}

/** Wake those whose time has come: they are all in one list of the wheel. */
static void wake_sleepers(void)
{
    uint32_t now = clock_now();
    struct list *list = &wheel[now % WHEEL_SIZE];
    struct list_link *next;
    for (struct list_link *link = list_first(list); link != NULL; link = next) {
        next = list_next(list, link);
        struct process *process = LIST_ENTRY(link, struct process, timer_link);
        if (process->wake_tick == now) {
            end_wait(process, REASON_TIMEOUT, -E_TIMED_OUT);
        }
    }
}

void scheduler_tick(void)
{
    assert(!cpu_interrupts_enabled());
    struct process *process = process_current();
    wake_sleepers();
    process->ticks++;
    process->slice_used++;
    if (process == process_idle() || process->slice_used >= TIME_SLICE) {
        give_away(REASON_PREEMPT);
    }
}
