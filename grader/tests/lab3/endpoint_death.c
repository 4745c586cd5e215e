/**
 * @file
 * Lab 3, exercise 2: death at every point of a conversation.
 *
 * Servers and clients are killed, exit and fail while others wait for them in every way. Everybody
 * who waits must come back with -E_IO, nobody else may notice, and a census must show that nothing
 * is left over: no queue entry, no right to reply, no object under way. The file owns no state.
 */
#include "endpoint_support.h"

/** How a process ends. */
enum death { DEATH_KILL, DEATH_EXIT, DEATH_FAULT, DEATHS };

/** A server, four clients, and an endpoint of the server's. */
struct scene {
    struct endpoint_census before;
    struct puppet server;
    struct puppet clients[4];
    struct endpoint *endpoint;
};

static void begin(struct scene *scene)
{
    scene->before = endpoint_census();
    puppet_create(&scene->server, "server");
    puppets_create(scene->clients, 4, "client");
    scene->endpoint = endpoint_make(&scene->server);
}

static void end(struct scene *scene)
{
    endpoint_expect_idle(scene->endpoint);
    endpoint_drop(scene->endpoint);
    puppets_end();
    endpoint_census_expect(&scene->before);
}

/** End a process; one that is busy can only be killed. */
static void die(struct puppet *puppet, enum death death)
{
    if (puppet->busy || death == DEATH_KILL) {
        puppet_kill(puppet);
    } else {
        puppet_tell(puppet, death == DEATH_EXIT ? ACT_EXIT : ACT_FAULT, NULL);
        puppet_finish(puppet);
    }
}

/** Some clients come back with -E_IO; the endpoint has no owner any more. */
static void expect_widows(const struct scene *scene, uint32_t count, const char *what)
{
    for (uint32_t i = 0; i < count; i++) {
        puppet_check_done(KTEST_CHECK(what, false), &scene->clients[i], -E_IO);
    }
    EXPECT(scene->endpoint->owner == NULL, "an endpoint of a process that is gone has no owner");
}

/** The server dies while it waits for a message. */
static void server_idle(struct scene *scene, enum death death)
{
    if (death == DEATH_KILL) {
        puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
    }
    die(&scene->server, death);
    puppet_do(&scene->clients[0], ACT_SEND, scene->endpoint);
    puppet_do(&scene->clients[1], ACT_CALL, scene->endpoint);
    expect_widows(scene, 2, "nobody can send to a process that is gone");
}

/** The server dies while messages and calls wait in its queues. */
static void server_queued(struct scene *scene, enum death death)
{
    for (uint32_t i = 0; i < 4; i++) {
        scene->clients[i].priority = i / 2 * (PRIORITIES - 1);
        scene->clients[i].ticks = i % 3 * 1000;
        puppet_do(&scene->clients[i], i % 2 == 0 ? ACT_SEND : ACT_CALL, scene->endpoint);
    }
    die(&scene->server, death);
    expect_widows(scene, 4, "whoever waits to send to a process that is gone is woken");
}

/** The server dies while calls wait for its answers. */
static void server_in_debt(struct scene *scene, enum death death)
{
    for (uint32_t i = 0; i < 4; i++) {
        if (i % 2 == 0) {
            puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
        }
        scene->clients[i].ticks = i % 3 * 1000;
        puppet_do(&scene->clients[i], ACT_CALL, scene->endpoint);
        if (i % 2 != 0) {
            puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
        }
        EXPECT_WAITS(&scene->clients[i], REASON_REPLY, "the call is received");
    }
    die(&scene->server, death);
    expect_widows(scene, 4, "whoever waits for the reply of a process that is gone is woken");
}

/** The server dies in the middle of everything: it waits for others itself. */
static void server_between(struct scene *scene, enum death death)
{
    struct puppet other;
    puppet_create(&other, "other");
    puppet_do(&scene->clients[0], ACT_CALL, scene->endpoint);
    puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
    puppet_do(&scene->clients[1], ACT_CALL, scene->endpoint);
    puppet_do(&other, ACT_RECEIVE, other.process->ipc->own);
    puppet_do(&scene->server, ACT_CALL, other.process->ipc->own);
    EXPECT_WAITS(&scene->server, REASON_REPLY, "the server calls another one");
    die(&scene->server, death);
    expect_widows(scene, 2, "callers that were received and callers in the queue are woken");
    EXPECT(list_is_empty(&other.process->ipc->callers), "nobody waits for the other one any more");
    puppet_do(&other, ACT_REPLY, NULL);
    EXPECT_DONE(&other, -E_NOT_FOUND, "who is gone is not answered");
}

/** A scene in which the server dies in every way. */
static void server_dies(void (*act)(struct scene *, enum death))
{
    for (enum death death = DEATH_KILL; death < DEATHS; death++) {
        struct scene scene;
        begin(&scene);
        act(&scene, death);
        end(&scene);
    }
}

KTEST(endpoint_server_dies, KTEST_IPC)
{
    ktest_part("while it waits for a message");
    server_dies(server_idle);
    ktest_part("while messages wait for it");
    server_dies(server_queued);
    ktest_part("while calls wait for its answers");
    server_dies(server_in_debt);
    ktest_part("while it waits for another one");
    server_dies(server_between);
}

/** The rest of the clients are served as if nothing had happened. */
static void expect_service(struct scene *scene, uint32_t first)
{
    for (uint32_t i = first; i < 4; i++) {
        struct puppet *client = &scene->clients[i];
        const bool waited = scene->server.busy;
        if (!client->busy) {
            client->ticks = 0;
            puppet_do(client, ACT_CALL, scene->endpoint);
        }
        if (!waited) {
            puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
        }
        EXPECT_DONE(&scene->server, 0, "the server goes on");
        EXPECT_EQUAL(scene->server.message.sender, client->pid,
                     "the server goes on with those who live");
        puppet_do(&scene->server, ACT_REPLY, NULL);
        EXPECT_DONE(client, 0, "the clients that live are answered");
    }
    EXPECT(list_is_empty(&scene->server.process->ipc->callers), "no caller is left over");
}

KTEST(endpoint_client_dies, KTEST_IPC)
{
    struct scene scene;
    ktest_part("while its message is not received");
    for (uint32_t i = 0; i < 2; i++) {
        begin(&scene);
        scene.clients[0].ticks = i * 10;
        puppet_do(&scene.clients[0], i == 0 ? ACT_SEND : ACT_CALL, scene.endpoint);
        for (uint32_t k = 1; k < 4; k++) {
            puppet_do(&scene.clients[k], ACT_CALL, scene.endpoint);
        }
        puppet_kill(&scene.clients[0]);
        expect_service(&scene, 1);
        puppet_pass(15);
        end(&scene);
    }

    ktest_part("while its call is not answered");
    for (uint32_t i = 0; i < 2; i++) {
        begin(&scene);
        struct puppet *server = &scene.server;
        scene.clients[0].ticks = i * 10;
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        puppet_do(&scene.clients[0], ACT_CALL, scene.endpoint);
        puppet_kill(&scene.clients[0]);
        EXPECT(list_is_empty(&server->process->ipc->callers),
               "a client that was killed is no caller any more");
        puppet_do(server, ACT_REPLY, NULL);
        EXPECT_DONE(server, -E_NOT_FOUND, "nobody is left to be answered");
        puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
        EXPECT_WAITS(server, REASON_RECEIVE,
                     "reply_receive does not fail because nobody is left to be answered");
        expect_service(&scene, 1);
        puppet_pass(15);
        end(&scene);
    }

    ktest_part("before it goes on with its reply");
    begin(&scene);
    puppet_do(&scene.server, ACT_RECEIVE, scene.endpoint);
    puppet_do(&scene.clients[0], ACT_CALL, scene.endpoint);
    puppet_tell(&scene.server, ACT_REPLY, NULL);
    while (scene.clients[0].process->state == PROCESS_BLOCKED) {
        scheduler_yield();
    }
    REQUIRE_RESULT(process_kill(scene.clients[0].pid), 0,
                   "a client can be killed just after the reply");
    puppet_finish(&scene.clients[0]);
    EXPECT_DONE(&scene.server, 0, "the reply was given");
    expect_service(&scene, 1);
    end(&scene);

    ktest_part("while the server waits for its message");
    begin(&scene);
    scene.server.from = scene.clients[0].pid;
    scene.server.ticks = 12;
    puppet_do(&scene.server, ACT_RECEIVE, scene.endpoint);
    puppet_kill(&scene.clients[0]);
    puppet_pass(15);
    EXPECT_DONE(&scene.server, -E_TIMED_OUT, "who is gone sends nothing");
    scene.server.from = WAIT_ANY;
    scene.server.ticks = 0;
    expect_service(&scene, 1);
    end(&scene);
}

/** An object, which is the test's; a message to be sent carries it. */
static struct object *cargo(struct puppet *puppet)
{
    struct object *object = &endpoint_make(NULL)->object;
    for (uint32_t i = 0; i < MESSAGE_HANDLES_MAX; i++) {
        puppet_carry(puppet, object, RIGHT_SEND | RIGHT_TRANSFER);
    }
    return object;
}

KTEST(endpoint_cargo_lost, KTEST_IPC)
{
    struct scene scene;
    ktest_part("the server dies");
    for (uint32_t i = 0; i < 2; i++) {
        begin(&scene);
        struct object *object = cargo(&scene.clients[0]);
        puppet_do(&scene.clients[0], i == 0 ? ACT_SEND : ACT_CALL, scene.endpoint);
        EXPECT_EQUAL(object->references, 1 + MESSAGE_HANDLES_MAX, "the message holds the objects");
        puppet_kill(&scene.server);
        EXPECT_DONE(&scene.clients[0], -E_IO, "the sender is woken");
        EXPECT_EQUAL(object->references, 1, "an undelivered message holds nothing any more");
        object_release(object);
        end(&scene);
    }
    ktest_part("the client dies");
    for (uint32_t i = 0; i < 2; i++) {
        begin(&scene);
        struct object *object = cargo(&scene.clients[0]);
        puppet_do(&scene.clients[0], i == 0 ? ACT_SEND : ACT_CALL, scene.endpoint);
        puppet_kill(&scene.clients[0]);
        EXPECT_EQUAL(object->references, 1, "a message of somebody who is gone holds nothing");
        object_release(object);
        end(&scene);
    }
    ktest_part("the time is over");
    begin(&scene);
    struct object *object = cargo(&scene.clients[0]);
    scene.clients[0].ticks = 5;
    puppet_do(&scene.clients[0], ACT_CALL, scene.endpoint);
    puppet_pass(8);
    EXPECT_DONE(&scene.clients[0], -E_TIMED_OUT, "nobody has received it");
    EXPECT_EQUAL(object->references, 1, "a message that timed out holds nothing");
    object_release(object);
    end(&scene);

    ktest_part("after the delivery");
    begin(&scene);
    object = cargo(&scene.clients[0]);
    puppet_do(&scene.server, ACT_RECEIVE, scene.endpoint);
    puppet_do(&scene.clients[0], ACT_CALL, scene.endpoint);
    EXPECT_EQUAL(object->references, 1 + MESSAGE_HANDLES_MAX, "the server has the objects");
    puppet_kill(&scene.clients[0]);
    EXPECT_EQUAL(object->references, 1 + MESSAGE_HANDLES_MAX,
                 "the server keeps the objects, whatever becomes of the sender");
    puppet_kill(&scene.server);
    EXPECT_EQUAL(object->references, 1, "the objects go with the server");
    object_release(object);
    end(&scene);
}
