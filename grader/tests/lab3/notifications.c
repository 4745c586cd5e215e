/**
 * @file
 * Lab 3, exercise 3: bits that are signalled, taken and waited for.
 *
 * The test signals; processes of its own wait, each once, and note what they got and in which
 * order. Nothing here needs handles or endpoints.
 */
#include "object_support.h"

#include "kernel/memory/heap.h"

#include <cairn/message.h>

#define WAITERS 4u

/** A process that waits once. */
struct waiter {
    struct notification *notification;
    uint32_t ticks;
    struct process *process;
    bool done;
    int32_t result;
    uint32_t turn; /**< Its place in the order in which they came back, from 1. */
    uint32_t tick; /**< When it came back. */
};

static struct waiter waiters[WAITERS];
static uint32_t turns;

static void wait_once(void *argument)
{
    struct waiter *self = argument;
    support_calm();
    self->result = notification_wait(self->notification, self->ticks);
    self->tick = clock_now();
    self->turn = ++turns;
    self->done = true;
}

/** @return a new notification; failure ends the run. */
static struct notification *make(void)
{
    struct notification *notification = NULL;
    REQUIRE_RESULT(notification_create(&notification), 0, "a notification can be made");
    REQUIRE(notification != NULL, "notification_create() tells where it is");
    return notification;
}

/** Let @p count processes wait, one after the other. */
static void begin_waiting(struct notification *notification, uint32_t count, uint32_t ticks)
{
    turns = 0;
    for (uint32_t i = 0; i < count; i++) {
        waiters[i] = (struct waiter){.notification = notification, .ticks = ticks};
        waiters[i].process = object_launch("waits", wait_once, &waiters[i]);
        object_let_run();
        EXPECT(waiters[i].process->state == PROCESS_BLOCKED && !waiters[i].done,
               "without a bit, notification_wait() waits");
        EXPECT_EQUAL(waiters[i].process->reason, REASON_NOTIFICATION,
                     "the process says that it waits for a notification");
    }
}

/** Check what a waiter came back with. */
static void expect_got(uint32_t place, uint32_t bits, uint32_t turn)
{
    EXPECT(waiters[place].done, "a waiter that gets bits comes back");
    EXPECT_EQUAL(waiters[place].result, bits, "a waiter gets all bits that were signalled");
    EXPECT_EQUAL(waiters[place].turn, turn, "who has waited longest comes back first");
}

/** Wait for the ends of @p count children. */
static void finish(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        REQUIRE(process_wait(WAIT_ANY, NULL) > 0, "every waiter comes to its end");
    }
}

/** Check that no bit is set. */
static void expect_no_bits(struct notification *notification)
{
    EXPECT_RESULT(notification_wait(notification, 1), -E_TIMED_OUT, "no bit is left");
}

/** Some bits, at random. */
static uint32_t random_bits(void)
{
    uint32_t bits = ktest_random() & NOTIFICATION_BITS;
    return bits & ktest_random();
}

KTEST(notification_bits, KTEST_PROCESSES)
{
    struct notification *notification = make();
    struct notification *other = make();

    ktest_part("bits stay until somebody takes them");
    expect_no_bits(notification);
    for (uint32_t bit = 0; bit < 31; bit++) {
        notification_signal(notification, 1u << bit);
        EXPECT_EQUAL(notification_wait(notification, WAIT_NO_LIMIT), 1u << bit,
                     "a bit that was set is taken");
        expect_no_bits(notification);
    }
    ktest_part("bits that are set twice are seen once");
    notification_signal(notification, 4);
    notification_signal(notification, 4);
    EXPECT_EQUAL(notification_wait(notification, 1), 4, "the bit is there once");
    expect_no_bits(notification);

    ktest_part("all bits are taken together");
    for (uint32_t round = 0; round < 50; round++) {
        uint32_t all = 0;
        for (uint32_t i = ktest_random_range(1, 5); i > 0; i--) {
            uint32_t bits = random_bits() | 1u << (i * 6);
            notification_signal(notification, bits);
            all |= bits;
        }
        EXPECT_EQUAL(notification_wait(notification, round % 2), all, "every bit is taken");
    }
    expect_no_bits(notification);
    ktest_part("each notification has bits of its own");
    notification_signal(notification, NOTIFICATION_BITS);
    expect_no_bits(other);
    notification_signal(other, 2);
    EXPECT_EQUAL(notification_wait(notification, 1), NOTIFICATION_BITS,
                 "the first notification has its own bits");
    EXPECT_EQUAL(notification_wait(other, 1), 2, "the second notification has its own bits");
    object_release(&notification->object);
    object_release(&other->object);
}

KTEST(notification_wakes, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct notification *notification = make();
    ktest_part("who has waited longest gets the bits");
    begin_waiting(notification, 4, WAIT_NO_LIMIT);
    for (uint32_t i = 0; i < 4; i++) {
        notification_signal(notification, 0x10u << i | 1);
        EXPECT(!waiters[i].done, "notification_signal() goes on at once");
        EXPECT(waiters[i].process->state == PROCESS_READY, "the waiter is ready");
        object_let_run();
        expect_got(i, 0x10u << i | 1, i + 1);
        EXPECT_EQUAL(turns, i + 1, "nobody else comes back");
    }
    expect_no_bits(notification);
    finish(4);

    ktest_part("signals in a row");
    begin_waiting(notification, 3, WAIT_NO_LIMIT);
    for (uint32_t i = 0; i < 5; i++) {
        notification_signal(notification, 1u << (3 * i));
    }
    object_let_run();
    for (uint32_t i = 0; i < 3; i++) {
        expect_got(i, 1u << (3 * i), i + 1);
    }
    EXPECT_EQUAL(notification_wait(notification, 1), 1u << 9 | 1u << 12,
                 "what nobody waited for stays");
    finish(3);
    object_release(&notification->object);
    object_census_expect(&before);
}

KTEST(notification_limits, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct notification *notification = make();

    ktest_part("a time limit ends the wait");
    uint32_t start = clock_now();
    EXPECT_RESULT(notification_wait(notification, 20), -E_TIMED_OUT,
                  "-E_TIMED_OUT when the time is over");
    EXPECT_BETWEEN(clock_now() - start, 20, 21, "the wait is as long as its limit");
    notification_signal(notification, 8);
    EXPECT_EQUAL(notification_wait(notification, 20), 8, "a late bit waits for the next one");
    EXPECT_BETWEEN(clock_now() - start, 20, 22, "with a bit there, nobody waits");

    ktest_part("who has gone away gets nothing");
    begin_waiting(notification, 2, 5);
    support_sleep(10);
    EXPECT(waiters[0].done && waiters[0].result == -E_TIMED_OUT, "the time of the first is over");
    EXPECT(waiters[1].done && waiters[1].result == -E_TIMED_OUT, "the time of the second is over");
    notification_signal(notification, 3);
    EXPECT_EQUAL(notification_wait(notification, 1), 3, "the bits are for who comes next");
    finish(2);

    ktest_part("bits in time");
    begin_waiting(notification, 1, 30);
    support_sleep(10);
    notification_signal(notification, 5);
    start = clock_now();
    support_sleep(40);
    expect_got(0, 5, 1);
    EXPECT_BETWEEN(waiters[0].tick - start, 0, 1, "bits end the wait before its limit");
    finish(1);

    ktest_part("without a limit, the wait has no end");
    begin_waiting(notification, 1, WAIT_NO_LIMIT);
    support_sleep(300);
    EXPECT(!waiters[0].done, "WAIT_NO_LIMIT is no limit");
    notification_signal(notification, 7);
    object_let_run();
    expect_got(0, 7, 1);
    finish(1);
    object_release(&notification->object);
    object_census_expect(&before);
}

KTEST(notification_killed, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct notification *notification = make();
    ktest_part("a waiter that is killed leaves the queue");
    begin_waiting(notification, 4, WAIT_NO_LIMIT);
    object_dispose(waiters[0].process);
    object_dispose(waiters[2].process);
    notification_signal(notification, 1);
    notification_signal(notification, 2);
    notification_signal(notification, 4);
    object_let_run();
    expect_got(1, 1, 1);
    expect_got(3, 2, 2);
    EXPECT_EQUAL(notification_wait(notification, 1), 4, "what nobody waited for stays");
    finish(2);
    ktest_part("with a time limit, too");
    begin_waiting(notification, 2, 6);
    object_dispose(waiters[1].process);
    support_sleep(10);
    EXPECT(waiters[0].done && waiters[0].result == -E_TIMED_OUT, "the other's time is over");
    notification_signal(notification, 9);
    EXPECT_EQUAL(notification_wait(notification, 1), 9, "the bits are for who comes next");
    finish(1);
    object_release(&notification->object);
    object_census_expect(&before);
}

/** Fill memory that the next allocations will get. */
static void make_heap_dirty(void)
{
    struct notification *blocks[8];
    for (uint32_t i = 0; i < COUNT_OF(blocks); i++) {
        blocks[i] = kmalloc(sizeof(*blocks[i]));
        REQUIRE(blocks[i] != NULL, "there is memory");
        *blocks[i] = (struct notification){.object = {.references = 77}, .bits = 0x55555555};
    }
    for (uint32_t i = 0; i < COUNT_OF(blocks); i++) {
        kfree(blocks[i]);
    }
}

KTEST(notification_memory, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct notification *notifications[20];
    ktest_part("a new notification");
    make_heap_dirty();
    for (uint32_t i = 0; i < COUNT_OF(notifications); i++) {
        notifications[i] = make();
        EXPECT_EQUAL(object_count(), before.objects + i + 1,
                     "a new notification is one more object");
        EXPECT_EQUAL(notifications[i]->object.references, 1,
                     "a new notification has one reference");
        EXPECT_EQUAL(notifications[i]->object.type, OBJECT_NOTIFICATION,
                     "a new notification is of the type OBJECT_NOTIFICATION");
        EXPECT_EQUAL(notifications[i]->bits, 0, "no bit is set");
        EXPECT(list_is_empty(&notifications[i]->waiting), "nobody waits");
    }
    for (uint32_t i = 0; i < COUNT_OF(notifications); i++) {
        object_release(&notifications[i]->object);
    }
    object_census_expect(&before);
    ktest_part("memory is used up");
    support_take_memory();
    struct notification *notification = NULL;
    EXPECT_RESULT(notification_create(&notification), -E_NO_MEMORY,
                  "-E_NO_MEMORY if memory is short");
    EXPECT_EQUAL(object_count(), before.objects, "there is no object after an error");
    support_return_memory();
    object_census_expect(&before);
}
