/**
 * @file
 * Alternative for lab 2, exercise 3: a timer wheel that turns once a second.
 *
 * The file owns the queue of ready processes and the timer wheel. Every process is in the ready
 * queue, or runs, or waits; scheduler_yield(), scheduler_block() and scheduler_tick() take the
 * processor from the current process, and scheduler_run() gives it to the next. The contract is in
 * kernel/process/scheduler.h.
 */
#include "kernel/process/scheduler.h"

#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"

#include <cairn/error.h>

/** Lists of the timer wheel; a power of two, so that the wheel goes round when the time wraps. */
#define WHEEL_SIZE 1024u

/** Those that are ready, the next one first. Nobody in it runs, and the idle process never is. */
static struct list ready;

/**
 * Those that wait for a time, each in the list of its wake_tick modulo WHEEL_SIZE. A tick looks at
 * one list only. Who waits for longer than one turn of the wheel is seen there, and left, once each
 * turn.
 */
static struct list wheel[WHEEL_SIZE];

static struct list *wheel_list(uint32_t tick)
{
    return &wheel[tick % WHEEL_SIZE];
}

static void check_interrupts_off(void)
{
    assert(!cpu_interrupts_enabled());
}

void scheduler_init(void)
{
    list_init(&ready);
    for (uint32_t i = 0; i < WHEEL_SIZE; i++) {
        list_init(&wheel[i]);
    }
}

/** Make a process ready, behind all others; the idle process is ready without any queue. */
static void make_ready(struct process *process, enum process_reason reason)
{
    process_set_state(process, PROCESS_READY, reason);
    if (process != process_idle()) {
        list_append(&ready, &process->queue_link);
    }
}

void scheduler_start(struct process *process)
{
    assert(process->state == PROCESS_NEW);
    make_ready(process, REASON_START);
}

void scheduler_run(struct process *next)
{
    struct process *previous = process_current();
    check_interrupts_off();
    assert(next != previous);
    assert(!list_contains(&next->queue_link) && !list_contains(&next->timer_link));
    process_set_state(next, PROCESS_RUNNING, REASON_RUN);
    (void)process_set_current(next);
    segments_set_kernel_stack(next->stack_top);
    space_switch(next->space);
    fpu_switch(&previous->fpu, &next->fpu);
    context_switch(&previous->kernel_esp, next->kernel_esp);
    /* Here somebody has switched back to `previous`, perhaps much later. */
}

/** Run the first of the ready queue with a new time slice, or the idle process if it is empty. */
static void run_next(void)
{
    struct process *next = process_idle();
    if (!list_is_empty(&ready)) {
        next = LIST_ENTRY(list_first(&ready), struct process, queue_link);
        list_remove(&next->queue_link);
    }
    next->slice_used = 0;
    scheduler_run(next);
}

/** Let the others run, if there are any, before the current process goes on. */
static void give_way(enum process_reason reason)
{
    if (!list_is_empty(&ready)) {
        make_ready(process_current(), reason);
        run_next();
    }
}

void scheduler_yield(void)
{
    check_interrupts_off();
    give_way(REASON_YIELD);
}

void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    struct process *process = process_current();
    check_interrupts_off();
    assert(process != process_idle() && ticks <= INT32_MAX);
    process_set_state(process, reason == REASON_SLEEP ? PROCESS_SLEEPING : PROCESS_BLOCKED, reason);
    if (queue != NULL) {
        list_append(queue, &process->queue_link);
    }
    if (ticks != WAIT_FOREVER) {
        process->wake_tick = clock_now() + ticks;
        list_append(wheel_list(process->wake_tick), &process->timer_link);
    }
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    struct process *process = process_current();
    scheduler_wait(queue, reason, ticks);
    run_next();
    return process->wake_result;
}

/** End the waiting of a process that waits: out of all lists, and ready. */
static void end_waiting(struct process *process, enum process_reason reason, int32_t result)
{
    scheduler_remove(process);
    process->wake_result = result;
    make_ready(process, reason);
}

void scheduler_wake(struct process *process, int32_t result)
{
    if (process->state == PROCESS_BLOCKED || process->state == PROCESS_SLEEPING) {
        end_waiting(process, REASON_WAKE, result);
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
    check_interrupts_off();
    run_next();
    panic("a process that has ended was given the processor");
}

/** Wake those whose time is now. */
static void wake_in_time(uint32_t now)
{
    struct list *list = wheel_list(now);
    struct list_link *link = list_first(list);
    while (link != NULL) {
        struct process *process = LIST_ENTRY(link, struct process, timer_link);
        link = list_next(list, link); /* before this one leaves the list */
        if (process->wake_tick == now) {
            end_waiting(process, REASON_TIMEOUT, -E_TIMED_OUT);
        }
    }
}

void scheduler_tick(void)
{
    struct process *process = process_current();
    check_interrupts_off();
    wake_in_time(clock_now());
    process->ticks++;
    process->slice_used++;
    if (process == process_idle() || process->slice_used >= TIME_SLICE) {
        give_way(REASON_PREEMPT);
    }
}
