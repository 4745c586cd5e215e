/**
 * @file
 * Alternative for lab 2, exercise 3: the ready ones in an array, the sleepers in a binary heap.
 *
 * Both structures hold pointers to processes, and for the number of each kernel stack the place of
 * its process; so a process can leave at any time. Who leaves the array before its turn leaves a
 * hole there, which is skipped. To enter the heap and to leave it takes as many steps as the number
 * of sleepers has binary digits. The file owns both structures. Sequence: scheduler_init(), then
 * scheduler_start() for each process, and all others.
 *
 * Source: D. E. Knuth, The Art of Computer Programming, volume 3, section 5.2.3 (heaps).
 */
#include "kernel/process/scheduler.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/switch.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/segments.h"

#include <cairn/error.h>

/** Kernel stacks that there can be at most. */
#define STACKS ((KERNEL_STACKS_END - KERNEL_STACKS_START) / KERNEL_STACK_STRIDE)
/** Room in the ring of ready processes: a power of two, so that counters may wrap. */
#define RING 16384u
_Static_assert(RING > STACKS && (RING & (RING - 1)) == 0, "a counter modulo RING is a place");

/** The processes that are ready. */
static struct {
    uint32_t first; /**< Counts those that have left at the front. */
    uint32_t end;   /**< Counts those that have entered. */
    uint32_t size;  /**< Those that are there; the rest are holes. */
    struct process *place[RING];
} ready;

/** The processes that wait for a time: nobody waits for an earlier one than who is above. */
static struct {
    uint32_t size;
    struct process *place[STACKS];
} sleepers;

/** Where the process of each kernel stack is in both, plus 1; 0: nowhere. */
static struct {
    uint32_t ready;
    uint32_t sleeper;
} places[STACKS];

static uint32_t stack_number(const struct process *process)
{
    assert(process->stack_top > KERNEL_STACKS_START && process->stack_top <= KERNEL_STACKS_END);
    return (process->stack_top - KERNEL_STACKS_START) / KERNEL_STACK_STRIDE - 1;
}

/* ------------------------------------------------------------------ the ring */

static void ring_put(struct process *process)
{
    ready.place[ready.end % RING] = process;
    places[stack_number(process)].ready = ready.end % RING + 1;
    ready.end++;
}

/** Close all holes. There are many, so this is rare. */
static void ring_close_holes(void)
{
    uint32_t end = ready.end;
    ready.end = ready.first;
    for (uint32_t i = ready.first; i != end; i++) {
        if (ready.place[i % RING] != NULL) {
            ring_put(ready.place[i % RING]);
        }
    }
}

static void ring_append(struct process *process)
{
    if (ready.end - ready.first == RING) {
        ring_close_holes();
    }
    ring_put(process);
    ready.size++;
}

/** Make a hole. */
static void ring_remove(struct process *process)
{
    uint32_t *place = &places[stack_number(process)].ready;
    if (*place != 0) {
        ready.place[*place - 1] = NULL;
        *place = 0;
        ready.size--;
    }
}

/** Take out the first. @return it; NULL if there is none. */
static struct process *ring_take(void)
{
    while (ready.first != ready.end) {
        struct process *process = ready.place[ready.first % RING];
        ready.first++;
        if (process != NULL) {
            places[stack_number(process)].ready = 0;
            ready.size--;
            return process;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ the heap */

/** Whether a process's time comes before another's. Times wrap. */
static bool is_earlier(const struct process *process, const struct process *other)
{
    return (int32_t)(process->wake_tick - other->wake_tick) < 0;
}

static void heap_put(struct process *process, uint32_t index)
{
    sleepers.place[index] = process;
    places[stack_number(process)].sleeper = index + 1;
}

/** Put a process at a free place, or above it where those must go down who are later. */
static void heap_rise(struct process *process, uint32_t index)
{
    while (index > 0 && is_earlier(process, sleepers.place[(index - 1) / 2])) {
        heap_put(sleepers.place[(index - 1) / 2], index);
        index = (index - 1) / 2;
    }
    heap_put(process, index);
}

/** The place of the earlier of two sleepers below a place; sleepers.size if there is none. */
static uint32_t earlier_below(uint32_t index)
{
    uint32_t left = 2 * index + 1;
    uint32_t right = left + 1;
    if (left >= sleepers.size) {
        return sleepers.size;
    }
    bool use_right =
        right < sleepers.size && is_earlier(sleepers.place[right], sleepers.place[left]);
    return use_right ? right : left;
}

/** Put a process at a free place, or below it where those must go up who are earlier. */
static void heap_sink(struct process *process, uint32_t index)
{
    for (uint32_t below = earlier_below(index);
         below < sleepers.size && is_earlier(sleepers.place[below], process);
         below = earlier_below(index)) {
        heap_put(sleepers.place[below], index);
        index = below;
    }
    heap_rise(process, index);
}

static void heap_add(struct process *process)
{
    heap_rise(process, sleepers.size++);
}

static void heap_remove(struct process *process)
{
    uint32_t *place = &places[stack_number(process)].sleeper;
    if (*place == 0) {
        return;
    }
    uint32_t index = *place - 1;
    *place = 0;
    struct process *last = sleepers.place[--sleepers.size];
    if (last != process) {
        heap_sink(last, index);
    }
}

/* ------------------------------------------------------------------ switching */

/** Make a process ready. The idle process waits outside the ring. */
static void become_ready(struct process *process, enum process_reason reason)
{
    process_set_state(process, PROCESS_READY, reason);
    if (process != process_idle()) {
        ring_append(process);
    }
}

/** Leave the processor to whoever is next; comes back when it is this process's turn again. */
static void hand_over(void)
{
    assert(!cpu_interrupts_enabled());
    struct process *next = ring_take();
    next = next == NULL ? process_idle() : next;
    next->slice_used = 0;
    scheduler_run(next);
}

/** Go to the end, unless nobody else is ready. */
static void let_others(enum process_reason reason)
{
    assert(!cpu_interrupts_enabled());
    if (ready.size > 0) {
        become_ready(process_current(), reason);
        hand_over();
    }
}

static bool is_waiting(const struct process *process)
{
    return process->state == PROCESS_BLOCKED || process->state == PROCESS_SLEEPING;
}

/** End the waiting of a process. */
static void resume(struct process *process, int32_t result, enum process_reason reason)
{
    scheduler_remove(process);
    process->wake_result = result;
    become_ready(process, reason);
}

void scheduler_init(void)
{
    ready.first = ready.end;
    ready.size = 0;
    sleepers.size = 0;
    for (uint32_t i = 0; i < STACKS; i++) {
        places[i].ready = 0;
        places[i].sleeper = 0;
    }
}

void scheduler_start(struct process *process)
{
    assert(process->state == PROCESS_NEW);
    become_ready(process, REASON_START);
}

void scheduler_run(struct process *next)
{
    process_set_state(next, PROCESS_RUNNING, REASON_RUN);
    struct process *last = process_set_current(next);
    fpu_save(&last->fpu);
    segments_set_kernel_stack(next->stack_top);
    space_switch(next->space);
    fpu_restore(&next->fpu);
    context_switch(&last->kernel_esp, next->kernel_esp);
}

void scheduler_yield(void)
{
    let_others(REASON_YIELD);
}

void scheduler_wait(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    struct process *process = process_current();
    assert(process != process_idle());
    enum process_state state = PROCESS_BLOCKED;
    if (reason == REASON_SLEEP) {
        state = PROCESS_SLEEPING;
    }
    process_set_state(process, state, reason);
    if (ticks != WAIT_FOREVER) {
        process->wake_tick = clock_now() + ticks;
        heap_add(process);
    }
    if (queue != NULL) {
        list_append(queue, &process->queue_link);
    }
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    struct process *process = process_current();
    scheduler_wait(queue, reason, ticks);
    hand_over();
    return process->wake_result;
}

void scheduler_wake(struct process *process, int32_t result)
{
    if (is_waiting(process)) {
        resume(process, result, REASON_WAKE);
    }
}

struct process *scheduler_wake_first(struct list *queue, int32_t result)
{
    if (list_is_empty(queue)) {
        return NULL;
    }
    struct process *process = LIST_ENTRY(list_first(queue), struct process, queue_link);
    resume(process, result, REASON_WAKE);
    return process;
}

void scheduler_remove(struct process *process)
{
    ring_remove(process);
    heap_remove(process);
    if (list_contains(&process->queue_link)) {
        list_remove(&process->queue_link);
    }
}

_Noreturn void scheduler_leave(void)
{
    hand_over();
    panic("process %d runs after its end", process_current()->pid);
}

void scheduler_tick(void)
{
    uint32_t now = clock_now();
    while (sleepers.size > 0 && (int32_t)(sleepers.place[0]->wake_tick - now) <= 0) {
        resume(sleepers.place[0], -E_TIMED_OUT, REASON_TIMEOUT);
    }
    struct process *process = process_current();
    process->ticks++;
    process->slice_used++;
    if (process == process_idle() || process->slice_used >= TIME_SLICE) {
        let_others(REASON_PREEMPT);
    }
}
