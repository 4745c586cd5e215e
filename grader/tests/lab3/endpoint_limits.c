/**
 * @file
 * Lab 3, exercise 2: time limits, at each place where one waits.
 *
 * A process that has waited long enough comes back with -E_TIMED_OUT and is in no queue any more:
 * neither an endpoint's nor among a server's callers. A limit that was not reached must not be
 * heard of later. The file owns no state.
 */
#include "endpoint_support.h"

/** The limit of most calls here, in ticks. */
#define LIMIT 20u
/** A process may come back so many ticks late. */
#define LATE 2u

/** A puppet must come back with -E_TIMED_OUT, LIMIT ticks after @p start and not before. */
static void expect_limit(const struct puppet *puppet, uint32_t start)
{
    puppet_pass(LIMIT - LATE);
    EXPECT(puppet->busy, "whoever waits with a limit waits until the time is over");
    puppet_pass(2 * LATE);
    EXPECT_DONE(puppet, -E_TIMED_OUT,
                "whoever waits with a limit comes back when the time is over");
    EXPECT_BETWEEN(puppet->ticked - start, LIMIT, LIMIT + LATE, "after as many ticks as were said");
}

/** The server receives what another client sends, and nothing else. */
static void expect_clean(struct endpoint_trio *scene)
{
    struct puppet *server = &scene->server;
    endpoint_expect_idle(scene->endpoint);
    EXPECT(list_is_empty(&server->process->ipc->callers), "nobody is left among the callers");
    puppet_do(server, ACT_RECEIVE, scene->endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "nothing is left to be received");
    puppet_do(&scene->other, ACT_CALL, scene->endpoint);
    EXPECT_EQUAL(server->message.sender, scene->other.pid, "the next call is received");
    puppet_answer(server, 0);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(&scene->other, 0, "the next call is answered");
}

KTEST(endpoint_limits, KTEST_IPC)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *client = &scene.client;
    struct puppet *server = &scene.server;
    client->ticks = LIMIT;
    uint32_t start = clock_now();

    ktest_part("a message that is not received");
    puppet_do(client, ACT_SEND, scene.endpoint);
    expect_limit(client, start);
    expect_clean(&scene);

    ktest_part("a call that is not received");
    start = clock_now();
    puppet_do(client, ACT_CALL, scene.endpoint);
    expect_limit(client, start);
    expect_clean(&scene);

    ktest_part("a call that is received and not answered");
    start = clock_now();
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_do(client, ACT_CALL, scene.endpoint);
    expect_limit(client, start);
    expect_clean(&scene);
    start = clock_now();
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_pass(LIMIT / 2);
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    EXPECT_WAITS(client, REASON_REPLY, "the call is received in the middle of its time");
    puppet_pass(LIMIT / 2 + LATE);
    EXPECT_DONE(client, -E_TIMED_OUT, "the limit is that of the whole call");
    EXPECT_BETWEEN(client->ticked - start, LIMIT, LIMIT + LATE, "counted from its beginning");
    expect_clean(&scene);

    ktest_part("a receiver without a message");
    server->ticks = LIMIT;
    start = clock_now();
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    expect_limit(server, start);
    server->message.sender = 0;
    start = clock_now();
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    expect_limit(server, start);
    server->ticks = 0;
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    client->ticks = 0;
    puppet_do(client, ACT_CALL, scene.endpoint);
    server->ticks = LIMIT;
    start = clock_now();
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(client, 0, "the client's call is answered");
    expect_limit(server, start);
    puppet_do(client, ACT_SEND, scene.endpoint);
    EXPECT_WAITS(client, REASON_SEND, "a receiver that has given up gets nothing");
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    EXPECT_DONE(client, 0, "until it receives again");
    server->ticks = 0;
    expect_clean(&scene);
    endpoint_trio_end(&scene);
}

/** Who is answered in time has no limit any more, when he waits for something else. */
static void answered_in_time(void)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *client = &scene.client;
    struct puppet *server = &scene.server;
    client->ticks = LIMIT;
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_answer(server, 0);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(client, 0, "the call is answered in time");
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    server->ticks = 2 * LIMIT;
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(client, 0, "the second call is answered in time, too");
    client->ticks = WAIT_NO_LIMIT;
    puppet_do(client, ACT_RECEIVE, client->process->ipc->own);
    puppet_pass(LIMIT + LATE);
    EXPECT_WAITS(client, REASON_RECEIVE, "the limit of a call ends with the call");
    puppet_do(&scene.other, ACT_SEND, scene.endpoint);
    EXPECT_DONE(server, 0, "the server receives in time");
    server->ticks = WAIT_NO_LIMIT;
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_pass(2 * LIMIT);
    EXPECT_WAITS(server, REASON_RECEIVE, "the limit of receiving ends with the message");
    endpoint_trio_end(&scene);
}

/** The same, when one wait comes straight after the other. */
static void straight_to_the_next(void)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *client = &scene.client;
    struct puppet *server = &scene.server;
    server->ticks = LIMIT;
    server->then = scene.endpoint;
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    client->ticks = LIMIT;
    client->then = client->process->ipc->own;
    puppet_do(client, ACT_CALL, scene.endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "the server has the call, and waits for the next one");
    puppet_do(&scene.other, ACT_CALL, scene.endpoint);
    EXPECT_DONE(server, 0, "the server is woken by the next call");
    server->message.sender = client->pid;
    server->message.request_id = client->process->ipc->request_id;
    server->ticks = WAIT_NO_LIMIT;
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_WAITS(client, REASON_RECEIVE, "the client has its reply, and waits for something else");
    puppet_pass(2 * LIMIT);
    EXPECT_WAITS(client, REASON_RECEIVE, "the limit of the call is heard of no more");
    EXPECT_WAITS(server, REASON_RECEIVE, "the limit of the first receiving is heard of no more");
    endpoint_trio_end(&scene);

    endpoint_trio_begin(&scene);
    server->ticks = LIMIT;
    server->then = scene.endpoint;
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_pass(2 * LIMIT);
    EXPECT_WAITS(server, REASON_RECEIVE, "after its time is over, the server receives again");
    puppet_do(client, ACT_CALL, scene.endpoint);
    EXPECT_DONE(server, 0, "the server has the next call, whatever came of the time before");
    endpoint_trio_end(&scene);
}

/** No limit, and the longest one. */
static void no_limit(void)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *client = &scene.client;
    struct puppet *server = &scene.server;
    puppet_do(client, ACT_CALL, scene.endpoint);
    scene.other.ticks = INT32_MAX;
    puppet_do(&scene.other, ACT_CALL, scene.endpoint);
    puppet_pass(1500);
    EXPECT_WAITS(client, REASON_SEND, "without a limit, one waits for ever");
    EXPECT_WAITS(&scene.other, REASON_SEND, "with the longest limit, one waits for very long");
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_pass(1500);
    EXPECT_WAITS(client, REASON_REPLY, "without a limit, one waits for the reply for ever");
    puppet_answer(server, 0);
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(client, 0, "a call without a limit is answered");
    puppet_answer(server, 0);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(&scene.other, 0, "a call with the longest limit is answered");
    endpoint_trio_end(&scene);
}

/** Many limits in one queue. */
static void many_limits(void)
{
    struct endpoint_trio scene;
    struct puppet crowd[12];
    endpoint_trio_begin(&scene);
    puppets_create(crowd, COUNT_OF(crowd), "caller");
    uint32_t start = clock_now();
    for (uint32_t i = 0; i < COUNT_OF(crowd); i++) {
        crowd[i].ticks = 10 + i * 7 % 5 * 10;
        crowd[i].priority = i % PRIORITIES;
        puppet_do(&crowd[i], i % 2 == 0 ? ACT_CALL : ACT_SEND, scene.endpoint);
    }
    puppet_do(&scene.server, ACT_RECEIVE, scene.endpoint);
    puppet_pass(60);
    for (uint32_t i = 0; i < COUNT_OF(crowd); i++) {
        if (crowd[i].pid != scene.server.message.sender) {
            EXPECT_DONE(&crowd[i], -E_TIMED_OUT, "everybody's time ends");
            EXPECT_BETWEEN(crowd[i].ticked - start, crowd[i].ticks, crowd[i].ticks + LATE,
                           "each at its own time");
        }
    }
    endpoint_trio_end(&scene);
}

KTEST(endpoint_limits_in_time, KTEST_IPC)
{
    ktest_part("who is answered in time has no limit any more");
    answered_in_time();
    ktest_part("from one wait straight to the next");
    straight_to_the_next();
    ktest_part("no limit, and the longest one");
    no_limit();
    ktest_part("many limits in one queue");
    many_limits();
}
