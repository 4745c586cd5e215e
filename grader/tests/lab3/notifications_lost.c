/**
 * @file
 * Lab 3, exercise 3: no wake-up is lost, whenever a tick comes.
 *
 * Producers signal a bit each, at times that depend on the schedule; whoever takes bits looks what
 * has happened since. If a bit got lost, somebody would wait for ever, or miss the last signal. The
 * file owns the counters by which that is found.
 */
#include "object_support.h"

#include <cairn/message.h>

#define PRODUCERS 4u
#define SIGNALS   150u
#define ROUNDS    300u
/** The bit that says that a producer has come to its end. */
#define ENDED 0x40000000u

static struct notification *there;
static struct notification *back;
static uint32_t sent[PRODUCERS];
static uint32_t seen[PRODUCERS];

/** Work for a moment, with interrupts on, so that others may run. */
static void work(uint32_t steps)
{
    cpu_interrupts_enable();
    for (volatile uint32_t i = 0; i < steps; i++) {
    }
    support_calm();
}

/** Answer each signal, ROUNDS times. */
static void answer(void *argument)
{
    (void)argument;
    support_calm();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        int32_t bits = notification_wait(there, WAIT_NO_LIMIT);
        EXPECT_EQUAL(bits, 1 + i, "each signal arrives, once");
        work(i * 37 % 500);
        notification_signal(back, 2 + i);
    }
}

/** Signal again and again; each signal means that there is one thing more. */
static void produce(void *argument)
{
    uint32_t self = (uint32_t)(uintptr_t)argument;
    support_calm();
    for (uint32_t i = 0; i < SIGNALS; i++) {
        sent[self]++;
        notification_signal(there, 1u << self);
        work((i * 131 + self * 77) % 3000);
    }
    notification_signal(back, ENDED >> self);
}

/** Take bits until all producers have come to their ends, and everything was seen. */
static void consume(void)
{
    uint32_t total = 0;
    while (total < PRODUCERS * SIGNALS) {
        int32_t bits = notification_wait(there, WAIT_NO_LIMIT);
        REQUIRE(bits > 0 && bits < 1 << PRODUCERS, "only bits that were set are taken");
        for (uint32_t i = 0; i < PRODUCERS; i++) {
            if ((bits & 1 << i) != 0) {
                total += sent[i] - seen[i];
                seen[i] = sent[i];
            }
        }
        work(total % 700);
    }
}

KTEST(notification_not_lost, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    REQUIRE_RESULT(notification_create(&there), 0, "a notification can be made");
    REQUIRE_RESULT(notification_create(&back), 0, "a notification can be made");

    ktest_part("two processes signal each other in turn");
    struct process *partner = object_launch("answers", answer, NULL);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        notification_signal(there, 1 + i);
        work(i * 53 % 500);
        int32_t bits = notification_wait(back, WAIT_NO_LIMIT);
        EXPECT_EQUAL(bits, 2 + i, "each signal arrives, once");
    }
    REQUIRE_EQUAL(process_wait(partner->pid, NULL), partner->pid, "the partner ends");

    ktest_part("several processes signal one");
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        sent[i] = seen[i] = 0;
        (void)object_launch("produces", produce, (void *)(uintptr_t)i);
    }
    consume();
    uint32_t ended = 0;
    while (ended != (ENDED | ENDED >> 1 | ENDED >> 2 | ENDED >> 3)) {
        ended |= (uint32_t)notification_wait(back, WAIT_NO_LIMIT);
    }
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        EXPECT_EQUAL(seen[i], SIGNALS, "everything is seen");
        REQUIRE(process_wait(WAIT_ANY, NULL) > 0, "every producer comes to its end");
    }
    object_release(&there->object);
    object_release(&back->object);
    object_census_expect(&before);
}
