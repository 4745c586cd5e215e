/**
 * @file
 * Lab 2, exercises 3 and 4: do the costs grow with the number of processes?
 *
 * Operations are measured among a crowd of 20 processes and among one of 1,000: those that wait,
 * each with a time limit of its own, and those that are ready. What the heap and the frames cost is
 * taken off, because that is another lab's business.
 */
#include "support.h"

#define FEW   20u
#define MANY  1000u
#define CROWD (MANY + FEW)

static struct process *crowd[CROWD];
static struct list waiting;
static bool crowd_ends;

/** Wait for a long time; then yield until the crowd ends. */
static void stand_in_crowd(void *argument)
{
    calm();
    (void)scheduler_block(&waiting, REASON_EVENT, 60000 + (uint32_t)(uintptr_t)argument);
    while (!crowd_ends) {
        scheduler_yield();
    }
}

/** Let the crowd become @p to processes, of which @p from are there; all of them wait. */
static void crowd_grow(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        crowd[i] = launch("crowd", stand_in_crowd, (void *)(uintptr_t)(i * 7));
    }
    scheduler_yield();
}

static void crowd_begin(void)
{
    list_init(&waiting);
    crowd_ends = false;
}

/** Wake the whole crowd. */
static void crowd_wake(void)
{
    while (scheduler_wake_first(&waiting, 0) != NULL) {
    }
}

static void crowd_end(void)
{
    crowd_ends = true;
    crowd_wake();
    (void)finish_all();
}

static struct list partner_queue;

/** Wait with a time limit, again and again. */
static void be_partner(void *argument)
{
    (void)argument;
    calm();
    while (scheduler_block(&partner_queue, REASON_EVENT, 5000) == 0) {
    }
}

/** The time that the processor is away at a tick of the clock. */
static uint32_t tick_cost(void)
{
    uint32_t longest = 0;
    uint32_t end = clock_now() + 2;
    cpu_interrupts_enable();
    for (uint64_t last = cpu_timestamp(); (int32_t)(clock_now() - end) < 0;) {
        uint64_t now = cpu_timestamp();
        longest = (uint32_t)(now - last) > longest ? (uint32_t)(now - last) : longest;
        last = now;
    }
    calm();
    return longest;
}

/** What operations of the scheduler cost. */
struct costs {
    uint32_t yield; /**< To another process. */
    uint32_t turn;  /**< To wake a process, which runs and waits again. */
    uint32_t tick;
};

/** Measure while the crowd waits. */
static struct costs measure_waiting(void)
{
    uint32_t turns[SAMPLES];
    uint32_t ticks[SAMPLES];
    list_init(&partner_queue);
    struct process *partner = launch("partner", be_partner, NULL);
    scheduler_yield();
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint64_t start = cpu_timestamp();
        (void)scheduler_wake_first(&partner_queue, 0);
        scheduler_yield();
        turns[i] = time_since(start);
        ticks[i] = tick_cost();
    }
    dispose(partner);
    return (struct costs){.turn = median(turns), .tick = median(ticks)};
}

/** Measure while all @p count processes of the crowd are ready. */
static uint32_t measure_ready(uint32_t count)
{
    crowd_wake();
    scheduler_yield();
    uint64_t start = cpu_timestamp();
    yield_times(3);
    return time_since(start) / (3 * (count + 1));
}

KTEST(sched_costs, KTEST_PROCESSES)
{
    struct costs costs[2];
    static const uint32_t sizes[] = {FEW, MANY};
    for (uint32_t i = 0; i < COUNT_OF(sizes); i++) {
        crowd_begin();
        crowd_grow(0, sizes[i]);
        costs[i] = measure_waiting();
        costs[i].yield = measure_ready(sizes[i]);
        crowd_end();
    }
    EXPECT_SAME_COST(costs[0].yield, costs[1].yield,
                     "scheduler_yield() costs as much with 1,000 processes as with 20");
    EXPECT_SAME_COST(costs[0].turn, costs[1].turn,
                     "to wait and to wake cost as much with 1,000 processes as with 20");
    EXPECT_SAME_COST(costs[0].tick, costs[1].tick,
                     "a tick costs as much with 1,000 processes as with 20");
}

/** What the end of a process costs. */
struct end_costs {
    uint32_t kill;
    uint32_t wait;     /**< For a certain child, without what the memory costs. */
    uint32_t wait_any; /**< The same for any child. */
};

/** Kill members of the crowd. @return what that costs. */
static uint32_t measure_kill(uint32_t count)
{
    uint32_t kills[SAMPLES];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        int32_t pid = crowd[(i + 1) * count / (SAMPLES + 1)]->pid;
        uint64_t start = cpu_timestamp();
        EXPECT_RESULT(process_kill(pid), 0, "a child can be killed");
        kills[i] = time_since(start);
        (void)finish(pid);
    }
    return median(kills);
}

/** Wait for a child, or for any. @return what that costs, without what the memory costs. */
static uint32_t measure_wait(int32_t pid)
{
    uint32_t release = memory_costs().release;
    uint64_t start = cpu_timestamp();
    EXPECT(process_wait(pid, NULL) > 0, "a zombie can be waited for");
    return cost_without(time_since(start), release);
}

/** Measure with @p count children that live, which are the crowd, and as many zombies. */
static struct end_costs measure_end(uint32_t count)
{
    static int32_t zombies[MANY];
    uint32_t kill = measure_kill(count);
    uint32_t waits[SAMPLES];
    uint32_t anys[SAMPLES];
    for (uint32_t i = 0; i < count; i++) {
        zombies[i] = launch("zombie", stand_in_crowd, NULL)->pid;
        EXPECT_RESULT(process_kill(zombies[i]), 0, "a child can be killed");
    }
    for (uint32_t i = 0; i < SAMPLES; i++) {
        waits[i] = measure_wait(zombies[(i + 1) * count / (SAMPLES + 2)]);
    }
    for (uint32_t i = 0; i < SAMPLES; i++) {
        anys[i] = measure_wait(WAIT_ANY);
    }
    return (struct end_costs){kill, median(waits), median(anys)};
}

KTEST(life_costs, KTEST_PROCESSES)
{
    struct end_costs costs[2];
    static const uint32_t sizes[] = {FEW, MANY};
    for (uint32_t i = 0; i < COUNT_OF(sizes); i++) {
        crowd_begin();
        crowd_grow(0, sizes[i]);
        costs[i] = measure_end(sizes[i]);
        crowd_end();
    }
    EXPECT_SAME_COST(costs[0].kill, costs[1].kill,
                     "process_kill() costs as much with 1,000 children as with 20");
    EXPECT_SAME_COST(costs[0].wait, costs[1].wait,
                     "to wait for a certain child costs as much with 1,000 children as with 20");
    EXPECT_SAME_COST(costs[0].wait_any, costs[1].wait_any,
                     "to wait for any child costs as much with 1,000 children as with 20");
}
