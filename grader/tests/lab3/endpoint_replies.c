/**
 * @file
 * Lab 3, exercise 2: is each call answered once, by whom it was made to, in whatever order?
 *
 * Replies are forged, repeated, late, and given in another order than the calls came. After each
 * one that must be refused, the caller must still wait for the right one. The file owns the crowd
 * of callers.
 */
#include "endpoint_support.h"

#define CROWD 100u

static struct puppet crowd[CROWD];

/** Reply to a call that is named by hand; and keep the name of the last one. */
static int reply_to(struct puppet *server, int32_t sender, uint32_t id)
{
    server->message.sender = sender;
    server->message.request_id = id;
    puppet_do(server, ACT_REPLY, NULL);
    return server->result;
}

/** A call that the server has received. @return its number. */
static uint32_t call(struct puppet *client, struct puppet *server, struct endpoint *endpoint)
{
    puppet_do(server, ACT_RECEIVE, endpoint);
    puppet_do(client, ACT_CALL, endpoint);
    EXPECT_EQUAL(server->message.sender, client->pid, "the server has the call");
    return server->message.request_id;
}

KTEST(endpoint_reply_once, KTEST_IPC)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    const int32_t pid = client->pid;

    ktest_part("a second time");
    uint32_t first = call(client, server, scene.endpoint);
    EXPECT_RESULT(reply_to(server, pid, first), 0, "a call is answered");
    EXPECT_RESULT(reply_to(server, pid, first), -E_NOT_FOUND, "a call is answered only once");
    uint32_t second = call(client, server, scene.endpoint);
    EXPECT_RESULT(reply_to(server, pid, first), -E_NOT_FOUND,
                  "an old number does not answer a new call");
    EXPECT_WAITS(client, REASON_REPLY, "the new call still waits");

    ktest_part("by somebody else");
    EXPECT_RESULT(reply_to(&scene.other, pid, second), -E_NOT_FOUND,
                  "only the process that has received a call answers it");
    EXPECT_WAITS(client, REASON_REPLY, "the call still waits");

    ktest_part("to somebody else");
    const int32_t nobody[] = {scene.other.pid, server->pid, 0, -1, 0x7FFFFFFF, PID_INIT};
    for (uint32_t i = 0; i < COUNT_OF(nobody); i++) {
        EXPECT_RESULT(reply_to(server, nobody[i], second), -E_NOT_FOUND,
                      "a process that has not called is not answered");
    }
    EXPECT_RESULT(reply_to(server, pid, 0), -E_NOT_FOUND, "0 is the number of no call");
    EXPECT_RESULT(reply_to(server, pid, second + 1), -E_NOT_FOUND,
                  "a number that comes later than the call's is that of no call");
    EXPECT_WAITS(client, REASON_REPLY, "the call still waits");
    server->message.status = 55;
    EXPECT_RESULT(reply_to(server, pid, second), 0, "the right reply is accepted after all");
    EXPECT_DONE(client, 0, "the caller goes on");
    EXPECT_EQUAL(client->message.status, 55, "the caller has the right reply");
    endpoint_trio_end(&scene);
}

/** Whatever a client does, a reply to the call before is refused, and does not disturb it. */
static void expect_refused(struct endpoint_trio *scene, uint32_t id, const char *what)
{
    struct puppet *client = &scene->client;
    enum process_reason reason = client->process->reason;
    int result = reply_to(&scene->server, client->pid, id);
    ktest_check_true(KTEST_CHECK(what, false), result == -E_NOT_FOUND, "-E_NOT_FOUND",
                     result_name(result));
    EXPECT(client->process->reason == reason, "the process waits for what it waited for before");
}

KTEST(endpoint_reply_stale, KTEST_IPC)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    struct endpoint *others = endpoint_make(&scene.other);

    ktest_part("after the time-out");
    client->ticks = 3;
    uint32_t id = call(client, server, scene.endpoint);
    puppet_pass(6);
    EXPECT_DONE(client, -E_TIMED_OUT, "the call's time is over");
    expect_refused(&scene, id, "a call that timed out is not answered any more");
    client->ticks = 0;

    ktest_part("while the client does something else");
    puppet_do(client, ACT_SEND, others);
    EXPECT_WAITS(client, REASON_SEND, "a client whose call timed out sends to another process");
    expect_refused(&scene, id, "a process that sends is not answered");
    puppet_do(&scene.other, ACT_RECEIVE, others);
    puppet_do(client, ACT_RECEIVE, client->process->ipc->own);
    expect_refused(&scene, id, "a process that receives is not answered");
    puppet_do(&scene.other, ACT_SEND, client->process->ipc->own);
    EXPECT_DONE(client, 0, "the client receives what it waits for");
    uint32_t elsewhere = call(client, &scene.other, others);
    expect_refused(&scene, id, "a process that calls another server is not answered");
    expect_refused(
        &scene, elsewhere,
        "a process that calls another server is not answered by the number of that call, either");
    puppet_answer(&scene.other, 0);
    puppet_do(&scene.other, ACT_REPLY, NULL);
    EXPECT_DONE(client, 0, "the other server answers");

    ktest_part("before the call was received");
    puppet_do(client, ACT_CALL, scene.endpoint);
    expect_refused(&scene, client->process->ipc->request_id,
                   "a call that was not received is not answered");
    EXPECT_WAITS(client, REASON_SEND, "a call that was not received waits until it is");
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    id = server->message.request_id;

    ktest_part("after the end of the caller");
    puppet_kill(client);
    EXPECT_RESULT(reply_to(server, client->pid, id), -E_NOT_FOUND, "who is gone is not answered");
    const int32_t old = client->pid;
    puppet_create(client, "heir");
    EXPECT_RESULT(reply_to(server, old, id), -E_NOT_FOUND,
                  "a process that came after the caller is not answered under the old pid");
    EXPECT_RESULT(reply_to(server, client->pid, id), -E_NOT_FOUND,
                  "a process that came after the caller is not answered under its own pid");
    endpoint_drop(others);
    endpoint_trio_end(&scene);
}

/** Shuffle numbers from 0 to CROWD - 1. */
static void shuffle(uint32_t *order)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        uint32_t place = ktest_random_range(0, i);
        order[i] = order[place];
        order[place] = i;
    }
}

KTEST(endpoint_deferred, KTEST_IPC)
{
    struct endpoint_trio scene;
    uint32_t ids[CROWD];
    uint32_t order[CROWD] = {0};
    endpoint_trio_begin(&scene);
    struct puppet *server = &scene.server;
    puppets_create(crowd, CROWD, "caller");
    ktest_part("many calls are received");
    for (uint32_t i = 0; i < CROWD; i++) {
        puppet_fill(&crowd[i], i, i);
        puppet_do(&crowd[i], ACT_CALL, scene.endpoint);
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        EXPECT_EQUAL(server->message.sender, crowd[i].pid, "calls are received in order");
        EXPECT(puppet_has(server, i, i), "each brings its own data");
        ids[i] = server->message.request_id;
    }
    ktest_part("and answered in another order");
    shuffle(order);
    for (uint32_t i = 0; i < CROWD; i++) {
        struct puppet *caller = &crowd[order[i]];
        EXPECT_WAITS(caller, REASON_REPLY, "a caller waits until it is answered");
        puppet_fill(server, 256 - order[i], order[i]);
        EXPECT_RESULT(reply_to(server, caller->pid, ids[order[i]]), 0, "each call is answered");
        EXPECT_DONE(caller, 0, "the caller that was named goes on");
        EXPECT(puppet_has(caller, 256 - order[i], order[i]), "each caller has its own answer");
        EXPECT_EQUAL(caller->message.request_id, ids[order[i]], "the answer names its call");
    }
    endpoint_trio_end(&scene);
}

KTEST(endpoint_reply_receive_both, KTEST_IPC)
{
    struct endpoint_trio scene;
    endpoint_trio_begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    struct puppet *other = &scene.other;

    ktest_part("while nobody waits");
    server->from = client->pid;
    (void)call(client, server, scene.endpoint);
    server->from = WAIT_ANY;
    puppet_answer(server, 11);
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(client, 0, "the caller is answered");
    EXPECT_EQUAL(client->message.status, 11, "the caller has the server's reply");
    EXPECT_EQUAL(client->message.sender, server->pid, "the reply is from the server");
    EXPECT_WAITS(server, REASON_RECEIVE, "the server waits after the reply");
    puppet_fill(other, 5, 5);
    puppet_do(other, ACT_CALL, scene.endpoint);
    EXPECT_DONE(server, 0, "the next call wakes it");
    EXPECT(puppet_has(server, 5, 5), "with that call");

    ktest_part("while somebody waits");
    puppet_fill(client, 6, 6);
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_answer(server, 22);
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(other, 0, "the caller is answered");
    EXPECT_EQUAL(other->message.status, 22, "the caller has the server's reply");
    EXPECT_DONE(server, 0, "the server has the next call at once");
    EXPECT_EQUAL(server->message.sender, client->pid, "the server has the call that waited");
    EXPECT(puppet_has(server, 6, 6), "with its data");

    ktest_part("when the caller is gone");
    puppet_kill(client);
    server->ticks = 5;
    puppet_answer(server, 33);
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "a call that nobody waits for any more is no error");
    puppet_pass(8);
    EXPECT_DONE(server, -E_TIMED_OUT, "the time limit is that of the receiving");
    server->ticks = 0;
    puppet_do(other, ACT_SEND, scene.endpoint);
    server->message.sender = 0x7FFFFFFF;
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(server, 0, "a call that never was is no error either");
    EXPECT_EQUAL(server->message.sender, other->pid, "the message that waits is received");
    puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "a message that is no call is not answered");
    puppet_do(other, ACT_SEND, scene.endpoint);
    EXPECT_DONE(server, 0, "receiving goes on as ever");

    ktest_part("in another endpoint than before");
    puppet_create(client, "client");
    struct endpoint *second = endpoint_make(server);
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    puppet_do(server, ACT_REPLY_RECEIVE, second);
    EXPECT_DONE(client, 0, "a call to one endpoint is answered");
    puppet_do(client, ACT_SEND, scene.endpoint);
    EXPECT_WAITS(client, REASON_SEND, "the server receives from the other one");
    puppet_do(other, ACT_SEND, second);
    EXPECT_DONE(server, 0, "the server receives from the endpoint that it named");
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    endpoint_drop(second);
    endpoint_trio_end(&scene);
}
