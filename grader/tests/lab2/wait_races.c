/**
 * @file
 * Lab 2, exercise 3: is a wake-up lost that comes between a look and the wait?
 *
 * A tick of the clock is made due just there. Then producers and consumers share a buffer, with
 * interrupts at random times. The file owns the buffer and the condition that somebody waits for.
 */
#include "support.h"

/* A buffer between producers and consumers, as every textbook has it. */
#define BUFFER 3u
#define ITEMS  150u

static struct {
    uint32_t count;
    uint32_t items[BUFFER];
    struct list not_empty;
    struct list not_full;
    uint32_t taken;
    uint32_t sum;
} buffer;

/** Let interrupts come for a random while. */
static void let_interrupts_come(void)
{
    uint32_t loops = ktest_random_range(0, 3000);
    cpu_interrupts_enable();
    for (volatile uint32_t i = 0; i < loops; i++) {
    }
    calm();
}

static void produce(void *argument)
{
    (void)argument;
    calm();
    for (uint32_t i = 1; i <= ITEMS; i++) {
        while (buffer.count == BUFFER) {
            EXPECT_EQUAL(scheduler_block(&buffer.not_full, REASON_EVENT, WAIT_FOREVER), 1,
                         "a producer is woken by a consumer");
        }
        buffer.items[buffer.count++] = i;
        (void)scheduler_wake_first(&buffer.not_empty, 2);
        let_interrupts_come();
    }
}

static void consume(void *argument)
{
    (void)argument;
    calm();
    for (uint32_t i = 1; i <= ITEMS; i++) {
        while (buffer.count == 0) {
            EXPECT_EQUAL(scheduler_block(&buffer.not_empty, REASON_EVENT, WAIT_FOREVER), 2,
                         "a consumer is woken by a producer");
        }
        buffer.sum += buffer.items[--buffer.count];
        buffer.taken++;
        (void)scheduler_wake_first(&buffer.not_full, 1);
        let_interrupts_come();
    }
}

/** Keep interrupts off for so long that a tick of the clock is due. */
static void hold_back_tick(void)
{
    for (volatile uint32_t i = 0; i < 60000; i++) {
    }
}

/** A condition that somebody waits for. */
static struct {
    bool holds;
    struct list queue;
    int result;
} condition;

static void fulfil(void *argument)
{
    (void)argument;
    calm();
    condition.holds = true;
    (void)scheduler_wake_first(&condition.queue, 1);
}

/** Look and wait, with a tick due at once that would end the time slice. */
static void look_and_wait(void *argument)
{
    (void)argument;
    calm();
    sleep_ticks(1);
    int32_t other = launch("fulfils", fulfil, NULL)->pid;
    burn_ticks(TIME_SLICE - 1);
    EXPECT(!condition.holds, "the condition does not hold yet");
    hold_back_tick();
    condition.result = scheduler_block(&condition.queue, REASON_EVENT, 100);
    (void)finish(other);
}

KTEST(wake_not_lost, KTEST_PROCESSES)
{
    ktest_part("a tick comes between the look and the wait");
    for (uint32_t i = 0; i < 4; i++) {
        condition.holds = false;
        list_init(&condition.queue);
        (void)finish(launch("looks", look_and_wait, NULL)->pid);
        EXPECT_EQUAL(condition.result, 1, "no wake-up is lost");
    }
    ktest_part("producers and consumers");
    buffer.count = buffer.taken = buffer.sum = 0;
    list_init(&buffer.not_empty);
    list_init(&buffer.not_full);
    for (uint32_t i = 0; i < 3; i++) {
        (void)launch("produces", produce, NULL);
        (void)launch("consumes", consume, NULL);
    }
    EXPECT_EQUAL(finish_all(), 6, "every producer and consumer comes to its end");
    EXPECT_EQUAL(buffer.taken, 3 * ITEMS, "every item is consumed");
    EXPECT_EQUAL(buffer.sum, 3 * ITEMS * (ITEMS + 1) / 2, "every item is consumed once");
}
