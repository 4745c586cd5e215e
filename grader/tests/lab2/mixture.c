/**
 * @file
 * Lab 2, exercises 3 and 4: a mixture of everything, for a judge who reads the trace.
 *
 * Processes yield, sleep, wait in queues, wake each other, keep the processor busy, have children
 * and end, in a random order. The test itself only checks that all of them come to their end; the
 * grader then follows every change of state and every switch from outside.
 */
#include "support.h"

#define QUEUES 3u

static struct list queues[QUEUES];

static struct list *random_queue(void)
{
    return &queues[ktest_random_range(0, QUEUES - 1)];
}

/** End at once, or after a while. */
static void live_shortly(void *argument)
{
    (void)argument;
    calm();
    if (ktest_random() % 2 == 0) {
        (void)scheduler_block(NULL, REASON_SLEEP, ktest_random_range(1, 3));
    }
    process_exit(EXIT_STATUS(EXIT_NORMAL, ktest_random()));
}

/** Have a child, and perhaps kill it, wait for it, or leave it to others. */
static void have_child(void)
{
    int32_t pid = launch("child", live_shortly, NULL)->pid;
    uint32_t choice = ktest_random() % 3;
    if (choice == 0) {
        EXPECT_RESULT(process_kill(pid), 0, "a child can be killed");
    }
    if (choice != 2) {
        (void)finish(pid);
    }
}

/** One action. */
static void act(void)
{
    switch (ktest_random() % 7) {
    case 0:
        scheduler_yield();
        break;
    case 1:
        sleep_ticks(ktest_random_range(1, 5));
        break;
    case 2:
    case 3:
        (void)scheduler_block(random_queue(), REASON_EVENT, ktest_random_range(3, 12));
        break;
    case 4:
        (void)scheduler_wake_first(random_queue(), 0);
        break;
    case 5:
        burn_ticks(ktest_random_range(1, TIME_SLICE + 2));
        break;
    default:
        have_child();
    }
}

static void act_often(void *argument)
{
    (void)argument;
    calm();
    for (uint32_t i = 0; i < 12; i++) {
        act();
    }
}

/** Run the mixture. */
static void mix(uint32_t actors)
{
    struct census before = census();
    for (uint32_t i = 0; i < QUEUES; i++) {
        list_init(&queues[i]);
    }
    for (uint32_t i = 0; i < actors; i++) {
        (void)launch("acts", act_often, NULL);
    }
    (void)finish_all();
    for (uint32_t i = 0; i < QUEUES; i++) {
        EXPECT(list_is_empty(&queues[i]), "nobody is left in a queue");
    }
    census_expect(&before);
}

KTEST(sched_trace, KTEST_PROCESSES)
{
    mix(7);
}

KTEST(life_trace, KTEST_PROCESSES)
{
    mix(9);
}
