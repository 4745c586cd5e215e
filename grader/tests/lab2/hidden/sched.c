/**
 * @file
 * Lab 2, exercise 3, a hidden test: random waiting and waking, compared with a model.
 *
 * Some processes wait again and again, in random queues and with random limits. The test wakes them
 * at random, by the queue or by name, and knows from its own lists who must be first in each queue
 * and with which result everybody must come back, and when.
 */
#include "../support.h"

#define PLAYERS 14u
#define QUEUES  3u

/** What a player is doing, as the model has it. */
struct player {
    struct process *process;
    uint32_t queue; /**< Where it waits; QUEUES: in none. */
    uint32_t turn;  /**< Counts waits of all players, so that the order in a queue is known. */
    uint32_t limit; /**< The tick at which its time is over, if there is a limit. */
    bool limited;
    bool waits;     /**< It waits, and nobody has woken it. */
    int32_t result; /**< With which it was woken. */
};

static struct list queues[QUEUES];
static struct player players[PLAYERS];
static uint32_t turns;
static bool game_over;

/** Wait once, at random, and compare what happens with the model. */
static void wait_at_random(struct player *self)
{
    uint32_t ticks = ktest_random() % 3 == 0 ? WAIT_FOREVER : ktest_random_range(1, 20);
    self->queue = ktest_random_range(0, QUEUES);
    self->turn = turns++;
    self->limited = ticks != WAIT_FOREVER;
    self->limit = clock_now() + ticks;
    self->waits = true;
    struct list *queue = self->queue < QUEUES ? &queues[self->queue] : NULL;
    int result = scheduler_block(queue, REASON_EVENT, ticks);
    if (self->waits) {
        EXPECT(self->limited, "without a limit, somebody must wake");
        EXPECT_RESULT(result, -E_TIMED_OUT, "if nobody has woken it, its time is over");
        EXPECT_BETWEEN(clock_now() - self->limit, 0, 1,
                       "a time limit that ends a wait is over just now");
    } else {
        EXPECT_EQUAL(result, self->result,
                     "whoever is woken comes back with the result of the wake-up");
    }
    self->waits = false;
}

static void play(void *argument)
{
    calm();
    while (!game_over) {
        wait_at_random(argument);
    }
}

/** Whether a player waits, and its time is not over. */
static bool still_waits(const struct player *player)
{
    return player->waits && player->process->state == PROCESS_BLOCKED;
}

/** Who waits longest in a queue; NULL if nobody does. */
static struct player *first_of(uint32_t queue)
{
    struct player *first = NULL;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        struct player *player = &players[i];
        if (still_waits(player) && player->queue == queue &&
            (first == NULL || player->turn < first->turn)) {
            first = player;
        }
    }
    return first;
}

/** Wake somebody at random. */
static void wake_at_random(void)
{
    bool by_name = ktest_random() % 3 == 0;
    uint32_t queue = ktest_random_range(0, QUEUES - 1);
    int32_t result = (int32_t)ktest_random_range(0, 1000);
    struct player *player =
        by_name ? &players[ktest_random_range(0, PLAYERS - 1)] : first_of(queue);
    if (player != NULL && still_waits(player)) {
        player->waits = false;
        player->result = result;
    }
    if (by_name) {
        scheduler_wake(player->process, result);
    } else {
        EXPECT(scheduler_wake_first(&queues[queue], result) ==
                   (player == NULL ? NULL : player->process),
               "whoever has waited longest in the queue is woken");
    }
}

KTEST(sched_random_use, KTEST_PROCESSES)
{
    struct census before = census();
    game_over = false;
    for (uint32_t i = 0; i < QUEUES; i++) {
        list_init(&queues[i]);
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        players[i] = (struct player){0};
        players[i].process = launch("plays", play, &players[i]);
    }
    for (uint32_t i = 0; i < 400; i++) {
        sleep_ticks(ktest_random_range(1, 2));
        for (uint32_t k = ktest_random_range(0, 4); k > 0; k--) {
            wake_at_random();
        }
    }
    game_over = true;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        if (still_waits(&players[i])) {
            players[i].waits = false;
            players[i].result = 1;
        }
        scheduler_wake(players[i].process, 1);
    }
    EXPECT_EQUAL(finish_all(), PLAYERS, "every player comes to its end");
    census_expect(&before);
}
