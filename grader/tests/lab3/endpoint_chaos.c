/**
 * @file
 * Lab 3, exercise 2: does everything come back, whoever dies when?
 *
 * Programs that use everything at random (programs/ipc_chaos.c) are killed at random, and others
 * take their places. Now and then everybody who waits is asked for whom: it must be somebody who
 * lives. Then all are stopped, and objects, frames, heap, names and processes must be as many as
 * before. The file owns no state.
 */
#include "../common/outcomes.h"
#include "endpoint_support.h"

#include "kernel/ipc/name.h"
#include "lib/format.h"

/** Programs that run at once, those that they have started included. */
#define CROWD 16u
/** Processes that are killed in a round. */
#define KILLS 60u

/** Whether a process is in the table and lives. */
static bool lives(const struct process *process)
{
    uint32_t index = 0;
    for (const struct process *found; (found = process_next(&index)) != NULL;) {
        if (found == process) {
            return found->state != PROCESS_ZOMBIE;
        }
    }
    return false;
}

/** Whether an endpoint is one of those from which a process receives. */
static bool receives(const struct process *process, const struct endpoint *endpoint)
{
    const struct list *endpoints = &process->ipc->endpoints;
    for (struct list_link *link = list_first(endpoints); link != NULL;
         link = list_next(endpoints, link)) {
        if (LIST_ENTRY(link, struct endpoint, owner_link) == endpoint) {
            return true;
        }
    }
    return false;
}

/** Whether anybody receives from an endpoint. */
static bool is_served(const struct endpoint *endpoint)
{
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->ipc != NULL && receives(process, endpoint)) {
            return true;
        }
    }
    return false;
}

/** Whoever waits must wait for somebody who lives. */
static void expect_hope(void)
{
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->state != PROCESS_BLOCKED) {
            continue;
        }
        if (process->reason == REASON_REPLY) {
            REQUIRE(lives(process->ipc->server), "whoever waits for a reply waits for the living");
        }
        if (process->reason == REASON_SEND || process->reason == REASON_RECEIVE) {
            REQUIRE(is_served(process->ipc->endpoint), "whoever waits in an endpoint is not alone");
        }
    }
}

/** Learn how those have ended who have. */
static void bury(void)
{
    char actual[80];
    while (!list_is_empty(&process_current()->zombies)) {
        int32_t status = -1;
        REQUIRE(process_wait(WAIT_ANY, &status) > 0, "a zombie can be waited for");
        describe_status(actual, sizeof(actual), status);
        ktest_check_true(KTEST_CHECK("programs/ipc_chaos.c finds only what may happen", true),
                         status == 0 || EXIT_KIND(status) == EXIT_KILLED,
                         "exit with code 0, or killed", actual);
    }
}

/** Start programs until there are enough. */
static void fill_up(void)
{
    while (process_count() < CROWD + 1) {
        char seed[16];
        format_string(seed, sizeof(seed), "%u", ktest_random_range(1, 1000000));
        (void)endpoint_spawn("ipc_chaos", seed, NULL);
    }
}

/** Kill one of them. */
static void kill_one(void)
{
    uint32_t chosen = ktest_random_range(0, process_count() - 1);
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (chosen-- == 0 && process->pid != PID_INIT && process->state != PROCESS_ZOMBIE) {
            REQUIRE_RESULT(process_kill(process->pid), 0, "a program can be killed");
            return;
        }
    }
}

/** A round: chaos, and then nothing is left. */
static void round(void)
{
    struct endpoint_census before = endpoint_census();
    uint32_t names = name_count();
    for (uint32_t i = 0; i < KILLS; i++) {
        fill_up();
        (void)scheduler_block(NULL, REASON_SLEEP, ktest_random_range(1, 12));
        kill_one();
        bury();
        expect_hope();
    }
    puppets_end();
    EXPECT_EQUAL(name_count(), names, "there are as many names as before");
    endpoint_census_expect(&before);
}

/** Three rounds. */
static void chaos(void)
{
    static const char *const names[] = {"one round", "another round", "one more round"};
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        ktest_part(names[i]);
        round();
    }
}

KTEST(endpoint_user_chaos, KTEST_NAMES)
{
    chaos();
}

KTEST(endpoint_fast_chaos, KTEST_NAMES)
{
    chaos();
}
