/**
 * @file
 * Lab 2, exercise 3: waiting for a time, and for somebody who wakes.
 *
 * Time stands still while the tests keep interrupts off, so it is known at which tick each process
 * must come back. Waiters note who came back when and with which result.
 */
#include "support.h"

#define WAITERS 80u

/** A process that waits. */
struct waiter {
    struct process *process;
    struct list *queue;
    enum process_reason reason;
    uint32_t ticks; /**< Time limit; WAIT_FOREVER: none. */
    uint32_t begun; /**< When it began to wait. */
    uint32_t back;  /**< When it came back. */
    int32_t result;
    uint32_t place; /**< How many came back before it. */
    bool done;
};

static struct waiter waiters[WAITERS];
static uint32_t came_back;

/** Wait once, and note what became of it. */
static void wait_once(void *argument)
{
    struct waiter *self = argument;
    calm();
    self->begun = clock_now();
    self->result = scheduler_block(self->queue, self->reason, self->ticks);
    self->back = clock_now();
    self->place = came_back++;
    self->done = true;
}

/** Start a waiter; it waits as soon as the test yields. */
static struct waiter *add_waiter(uint32_t index, struct list *queue, uint32_t ticks)
{
    struct waiter *waiter = &waiters[index];
    *waiter = (struct waiter){.queue = queue, .ticks = ticks, .reason = REASON_EVENT};
    waiter->process = launch("waits", wait_once, waiter);
    return waiter;
}

/** Start @p count waiters in one queue, without a limit. */
static void add_waiters(struct list *queue, uint32_t count)
{
    list_init(queue);
    came_back = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)add_waiter(i, queue, WAIT_FOREVER);
    }
    scheduler_yield();
}

KTEST(sleep_exact, KTEST_PROCESSES)
{
    static const uint32_t times[] = {255, 256, 257, 511, 512, 513};
    ktest_part("short pauses");
    for (uint32_t ticks = 1; ticks <= 30; ticks++) {
        uint32_t start = clock_now();
        sleep_ticks(ticks);
        EXPECT_BETWEEN(clock_now() - start, ticks, ticks + 1, "a pause is as long as it must be");
    }
    ktest_part("long pauses");
    for (uint32_t i = 0; i < COUNT_OF(times); i++) {
        uint32_t start = clock_now();
        sleep_ticks(times[i]);
        EXPECT_BETWEEN(clock_now() - start, times[i], times[i] + 1,
                       "a pause is as long as it must be");
    }
}

/** Check that each of the first @p count waiters came back in time. */
static void expect_in_time(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct waiter *waiter = &waiters[i];
        EXPECT_EQUAL(waiter->done, true, "everybody wakes up");
        EXPECT_BETWEEN(waiter->back - waiter->begun, waiter->ticks, waiter->ticks + 1,
                       "everybody wakes up in time");
        EXPECT_RESULT(waiter->result, -E_TIMED_OUT, "the time of everybody is over");
    }
}

/** Check that those who had to come back earlier did so. */
static void expect_sorted(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < count; k++) {
            bool sooner = (int32_t)(waiters[i].begun + waiters[i].ticks -
                                    (waiters[k].begun + waiters[k].ticks)) < 0;
            REQUIRE(!sooner || waiters[i].place < waiters[k].place,
                    "whose time is over earlier wakes up earlier");
        }
    }
}

/** Wait for times that any wheel with fewer than 16,384 slots finds in the same slot. */
static void expect_turns_of_wheel(void)
{
    static const uint32_t turns[] = {0, 1024, 4096, 16384};
    const uint32_t count = 8 * COUNT_OF(turns);
    came_back = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t ticks = 5 + 2 * (i / COUNT_OF(turns)) + turns[i % COUNT_OF(turns)];
        (void)add_waiter(i, NULL, ticks);
        waiters[i].reason = REASON_SLEEP;
    }
    sleep_ticks(16384 + 40);
    expect_in_time(count);
    expect_sorted(count);
    EXPECT_EQUAL(finish_all(), count, "each wakes up once and comes to its end");
}

KTEST(sleep_many, KTEST_PROCESSES)
{
    const uint32_t count = WAITERS;
    ktest_part("times 1, 4 and 16 seconds apart"); /* first: the clock is about to wrap */
    expect_turns_of_wheel();

    ktest_part("many times, some of them equal");
    came_back = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)add_waiter(i, NULL, ktest_random_range(1, 40));
        waiters[i].reason = REASON_SLEEP;
    }
    sleep_ticks(60);
    expect_in_time(count);
    expect_sorted(count);
    EXPECT_EQUAL(finish_all(), count, "each wakes up once and comes to its end");

    ktest_part("times that are far apart");
    came_back = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)add_waiter(i, NULL, 10 + i % 5 * 128 + i % 3);
        waiters[i].reason = REASON_SLEEP;
    }
    sleep_ticks(560);
    expect_in_time(count);
    expect_sorted(count);
    EXPECT_EQUAL(finish_all(), count, "each wakes up once and comes to its end");
}

/** Two processes that give the processor to each other, while a third one is ready. */
static struct {
    struct process *members[2];
    uint32_t turns; /**< That both have had. */
    bool third_ran;
    bool over;
} pair;

/** Give the processor to the partner after each tick, until the third one has run. */
static void play_ball(void *number)
{
    uintptr_t self = (uintptr_t)number;
    calm();
    if (self == 1) {
        (void)scheduler_block(NULL, REASON_EVENT, WAIT_FOREVER);
    }
    struct process *partner = pair.members[1 - self];
    while (!pair.third_ran && pair.turns < 4 * TIME_SLICE) {
        pair.turns++;
        burn_ticks(1);
        partner->wake_result = 0;
        scheduler_wait(NULL, REASON_EVENT, WAIT_FOREVER);
        scheduler_run(partner);
    }
    if (!pair.over) {
        pair.over = true;
        scheduler_wake(partner, 0);
    }
}

/** Note that it runs. */
static void be_third(void *argument)
{
    (void)argument;
    calm();
    pair.third_ran = true;
}

/** Let two processes give the processor to each other for longer than two time slices. */
static void expect_slices_kept(void)
{
    pair.turns = 0;
    pair.third_ran = pair.over = false;
    pair.members[1] = launch("partner", play_ball, (void *)1);
    scheduler_yield();
    pair.members[0] = launch("partner", play_ball, (void *)0);
    (void)launch("third", be_third, NULL);
    EXPECT_EQUAL(finish_all(), 3, "each comes to its end");
    EXPECT_BETWEEN(pair.turns, 1, 2 * TIME_SLICE + 1,
                   "two that give the processor to each other use up their time slices");
}

KTEST(run_directly, KTEST_PROCESSES)
{
    struct list queue;
    ktest_part("to one of many that wait");
    add_waiters(&queue, 4);
    scheduler_wake(waiters[0].process, 0);
    scheduler_wake(waiters[1].process, 0);
    struct process *chosen = waiters[3].process;
    scheduler_remove(chosen);
    chosen->wake_result = 0;
    uint32_t start = clock_now();
    scheduler_wait(NULL, REASON_SLEEP, 5);
    EXPECT_EQUAL(process_current()->state, PROCESS_SLEEPING, "to wait changes the state");
    EXPECT_EQUAL(came_back, 0, "scheduler_wait() runs nobody else yet");
    scheduler_run(chosen);
    EXPECT_BETWEEN(clock_now() - start, 5, 6, "the wait ends in time");
    EXPECT_EQUAL(waiters[3].place, 0,
                 "whoever is given the processor runs before all that are ready");
    EXPECT(waiters[0].place == 1 && waiters[1].place == 2, "the others follow in their order");
    EXPECT(!waiters[2].done, "whoever waits, waits on");
    scheduler_wake(waiters[2].process, 0);
    scheduler_yield();
    EXPECT_EQUAL(finish_all(), 4, "each comes to its end");

    ktest_part("to each other, while a third is ready");
    expect_slices_kept();
}

KTEST(wake_order, KTEST_PROCESSES)
{
    struct list queue;
    ktest_part("the first one waits longest");
    add_waiters(&queue, 6);
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT(scheduler_wake_first(&queue, 0) == waiters[i].process,
               "scheduler_wake_first() wakes who has waited longest");
        EXPECT_EQUAL(waiters[i].process->state, PROCESS_READY, "whoever is woken is ready");
    }
    EXPECT(scheduler_wake_first(&queue, 0) == NULL, "nobody waits in an empty queue");
    EXPECT(list_is_empty(&queue), "whoever is woken leaves the queue");
    EXPECT_EQUAL(came_back, 0, "the process that wakes others goes on");
    scheduler_yield();
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT_EQUAL(waiters[i].place, i, "processes run in the order in which they were woken");
    }
    EXPECT_EQUAL(finish_all(), 6, "each comes to its end");

    ktest_part("one in the middle is woken");
    add_waiters(&queue, 6);
    scheduler_wake(waiters[3].process, 0);
    scheduler_wake(waiters[0].process, 0);
    scheduler_yield();
    EXPECT(waiters[3].done && waiters[0].done, "scheduler_wake() takes a process out of its queue");
    EXPECT_EQUAL(waiters[3].place, 0, "processes run in the order in which they were woken");
    static const uint32_t rest[] = {1, 2, 4, 5};
    for (uint32_t i = 0; i < COUNT_OF(rest); i++) {
        EXPECT(scheduler_wake_first(&queue, 0) == waiters[rest[i]].process,
               "the others keep their order");
    }
    EXPECT_EQUAL(finish_all(), 6, "each comes to its end");
}

KTEST(wake_results, KTEST_PROCESSES)
{
    static const int32_t results[] = {0, 1, -E_TIMED_OUT, INT32_MAX, INT32_MIN, -1};
    struct list queue;
    ktest_part("the result arrives");
    add_waiters(&queue, COUNT_OF(results));
    for (uint32_t i = 0; i < COUNT_OF(results); i++) {
        (void)scheduler_wake_first(&queue, results[i]);
        scheduler_wake(waiters[i].process, 77);
    }
    EXPECT_EQUAL(finish_all(), COUNT_OF(results), "each comes to its end");
    for (uint32_t i = 0; i < COUNT_OF(results); i++) {
        EXPECT_EQUAL(waiters[i].result, results[i],
                     "scheduler_block() returns what the first scheduler_wake() was given");
    }
    ktest_part("states of those who wait");
    static const enum process_reason reasons[] = {
        REASON_SLEEP,   REASON_CHILD, REASON_EVENT,        REASON_SEND,
        REASON_RECEIVE, REASON_REPLY, REASON_NOTIFICATION,
    };
    for (uint32_t i = 0; i < COUNT_OF(reasons); i++) {
        struct waiter *waiter = add_waiter(i, NULL, WAIT_FOREVER);
        waiter->reason = reasons[i];
        scheduler_yield();
        if (reasons[i] == REASON_SLEEP) {
            EXPECT(waiter->process->state == PROCESS_SLEEPING,
                   "who waits for a time is PROCESS_SLEEPING");
        } else {
            EXPECT(waiter->process->state == PROCESS_BLOCKED,
                   "who waits for anything else is PROCESS_BLOCKED");
        }
        EXPECT_EQUAL(waiter->process->reason, reasons[i], "the reason is the one that was given");
        scheduler_wake(waiter->process, 0);
        EXPECT_EQUAL(waiter->process->reason, REASON_WAKE, "the reason is that it was woken");
        (void)finish(waiter->process->pid);
    }
}

KTEST(wake_others_left_alone, KTEST_PROCESSES)
{
    struct list queue;
    ktest_part("a process that is ready");
    add_waiters(&queue, 0);
    struct waiter *waiter = add_waiter(0, &queue, WAIT_FOREVER);
    scheduler_wake(waiter->process, 5);
    scheduler_wake(waiter->process, 6);
    EXPECT_EQUAL(waiter->process->state, PROCESS_READY,
                 "a process that is ready stays so when it is woken again");
    yield_times(2);
    EXPECT_EQUAL(waiter->process->state, PROCESS_BLOCKED,
                 "a wake-up of a ready process is not kept for its next wait");
    scheduler_wake(waiter->process, 8);
    EXPECT_EQUAL(finish(waiter->process->pid), 0, "a process that was woken runs and ends");
    EXPECT_EQUAL(waiter->result, 8,
                 "scheduler_block() gives the result of the wake-up that ended the wait");

    ktest_part("processes that run, idle, or are new");
    scheduler_wake(process_current(), 1);
    EXPECT_EQUAL(process_current()->state, PROCESS_RUNNING, "the current process runs on");
    scheduler_wake(process_idle(), 1);
    EXPECT(!list_contains(&process_idle()->queue_link), "the idle process enters no queue");
    struct process *new = create("new");
    scheduler_wake(new, 1);
    EXPECT_EQUAL(new->state, PROCESS_NEW, "a new process stays new");
    yield_times(2);
    process_release(new);

    ktest_part("a process that has ended");
    waiter = add_waiter(0, NULL, 1);
    sleep_ticks(3);
    EXPECT_EQUAL(waiter->process->state, PROCESS_ZOMBIE, "the process has ended");
    scheduler_wake(waiter->process, 1);
    EXPECT_EQUAL(waiter->process->state, PROCESS_ZOMBIE, "a zombie stays one");
    EXPECT_EQUAL(finish_all(), 1, "a zombie that somebody woke can be waited for");
}

KTEST(timeout_leaves_queue, KTEST_PROCESSES)
{
    struct list queue;
    ktest_part("nobody wakes it");
    add_waiters(&queue, 0);
    struct waiter *waiter = add_waiter(0, &queue, 8);
    sleep_ticks(12);
    EXPECT(waiter->done, "the time limit ends the wait");
    EXPECT_RESULT(waiter->result, -E_TIMED_OUT, "scheduler_block() says that the time was over");
    EXPECT_BETWEEN(waiter->back - waiter->begun, 8, 9, "the limit is kept");
    EXPECT(list_is_empty(&queue), "a process whose time is over leaves the queue");
    EXPECT(scheduler_wake_first(&queue, 0) == NULL, "nobody waits in the queue any more");
    EXPECT_EQUAL(finish_all(), 1, "the process comes to its end");

    ktest_part("others wait in the same queue");
    came_back = 0;
    for (uint32_t i = 0; i < 6; i++) {
        (void)add_waiter(i, &queue, i % 2 == 0 ? WAIT_FOREVER : 20 - i * 3);
    }
    sleep_ticks(30);
    EXPECT_EQUAL(came_back, 3, "those with a limit come back");
    EXPECT(waiters[5].place == 0 && waiters[3].place == 1 && waiters[1].place == 2,
           "those with a limit come back in the order of their limits");
    for (uint32_t i = 0; i < 6; i += 2) {
        EXPECT(scheduler_wake_first(&queue, 0) == waiters[i].process,
               "the others keep their order");
    }
    EXPECT_EQUAL(finish_all(), 6, "each comes to its end");
}

/** Wait twice: the first time until somebody wakes. */
static void wait_twice(void *argument)
{
    struct waiter *self = argument;
    calm();
    EXPECT_EQUAL(scheduler_block(self->queue, REASON_EVENT, 20), 3, "the process is woken in time");
    wait_once(self);
}

/** Wake a process of wait_twice() early; it then waits with another limit. */
static void expect_limit_forgotten(struct list *queue, uint32_t ticks, uint32_t wanted)
{
    struct waiter *waiter = &waiters[0];
    *waiter = (struct waiter){.queue = queue, .ticks = ticks, .reason = REASON_EVENT};
    struct process *process = launch("twice", wait_twice, waiter);
    sleep_ticks(4);
    EXPECT(scheduler_wake_first(queue, 3) == process, "the process waits in its queue");
    sleep_ticks(wanted + 4);
    EXPECT_EQUAL(waiter->done, ticks != WAIT_FOREVER, "the old limit does not end the new wait");
    scheduler_wake(process, 4);
    (void)finish(process->pid);
    EXPECT_EQUAL(waiter->result, ticks == WAIT_FOREVER ? 4 : -E_TIMED_OUT,
                 "the new wait ends with a result of its own");
    EXPECT_BETWEEN(waiter->back - waiter->begun, wanted, wanted + 5, "the new limit counts");
}

KTEST(timeout_and_wake, KTEST_PROCESSES)
{
    struct list queue;
    add_waiters(&queue, 0);
    ktest_part("woken in time, then it waits without a limit");
    expect_limit_forgotten(&queue, WAIT_FOREVER, 300);
    ktest_part("woken in time, then it waits with a longer limit");
    expect_limit_forgotten(&queue, 40, 40);
    expect_limit_forgotten(&queue, 256 + 16, 256 + 16);

    ktest_part("woken after its time was over");
    struct waiter *waiter = add_waiter(0, &queue, 3);
    scheduler_yield();
    burn_until(clock_now() + 4);
    EXPECT_EQUAL(waiter->process->state, PROCESS_READY, "a process whose time is over is ready");
    scheduler_wake(waiter->process, 9);
    EXPECT(scheduler_wake_first(&queue, 9) == NULL, "nobody waits in the queue");
    (void)finish(waiter->process->pid);
    EXPECT_RESULT(waiter->result, -E_TIMED_OUT, "the later wake-up changes nothing");
}

KTEST(remove_from_queues, KTEST_PROCESSES)
{
    struct list queue;
    ktest_part("a process that is ready");
    add_waiters(&queue, 0);
    for (uint32_t i = 0; i < 3; i++) {
        (void)add_waiter(i, NULL, 5);
    }
    scheduler_remove(waiters[1].process);
    EXPECT_EQUAL(waiters[1].process->state, PROCESS_READY,
                 "scheduler_remove() leaves the state of a sleeper");
    sleep_ticks(10);
    EXPECT(waiters[0].done && waiters[2].done && !waiters[1].done,
           "the removed process alone does not run");
    dispose(waiters[1].process);
    (void)finish_all();

    ktest_part("a process that waits in a queue, with a limit");
    for (uint32_t i = 0; i < 3; i++) {
        (void)add_waiter(i, &queue, 10);
    }
    scheduler_yield();
    scheduler_remove(waiters[0].process);
    EXPECT_EQUAL(waiters[0].process->state, PROCESS_BLOCKED,
                 "scheduler_remove() leaves the state of a waiter");
    EXPECT(scheduler_wake_first(&queue, 0) == waiters[1].process, "the next one is first now");
    sleep_ticks(20);
    EXPECT(!waiters[0].done && waiters[2].done, "scheduler_remove() ends the time limit, too");
    dispose(waiters[0].process);

    ktest_part("a process that is in no queue");
    scheduler_remove(process_current());
    scheduler_remove(waiters[1].process);
    EXPECT_EQUAL(process_current()->state, PROCESS_RUNNING,
                 "scheduler_remove() of a process in no queue does nothing");
    EXPECT_EQUAL(finish_all(), 2, "the others come to their ends");
}
