/**
 * @file
 * Lab 3, exercise 2: in which order are messages received?
 *
 * A crowd of senders waits with priorities; the receiver takes one message after the other. Within
 * a priority they come as they were sent, a higher priority comes first, and whoever is low must
 * not starve however many come with a higher one. The file owns the crowd.
 */
#include "endpoint_support.h"

#define CROWD 40u

static struct puppet crowd[CROWD];

/** A receiver, and an endpoint of its own. */
struct scene {
    struct endpoint_census before;
    struct puppet server;
    struct endpoint *endpoint;
};

static void begin(struct scene *scene)
{
    scene->before = endpoint_census();
    puppet_create(&scene->server, "server");
    scene->endpoint = endpoint_make(&scene->server);
    puppets_create(crowd, CROWD, "sender");
}

static void end(struct scene *scene)
{
    endpoint_drop(scene->endpoint);
    puppets_end();
    endpoint_census_expect(&scene->before);
}

/** A sender of the crowd waits with a priority. */
static void queue_up(struct scene *scene, uint32_t number, uint32_t priority, enum act act)
{
    crowd[number].priority = priority;
    puppet_do(&crowd[number], act, scene->endpoint);
    EXPECT_WAITS(&crowd[number], REASON_SEND, "a sender waits until it is received");
}

/** Receive one message. @return the number of its sender in the crowd. */
static uint32_t receive(struct scene *scene)
{
    puppet_do(&scene->server, ACT_RECEIVE, scene->endpoint);
    REQUIRE_RESULT(scene->server.result, 0, "a message that waits is received");
    for (uint32_t i = 0; i < CROWD; i++) {
        if (crowd[i].pid == scene->server.message.sender) {
            return i;
        }
    }
    REQUIRE(false, "a message comes from one of those who sent");
    return CROWD;
}

KTEST(endpoint_fifo, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        static const char *const names[] = {"priority 0", "priority 1", "priority 2", "priority 3"};
        ktest_part(names[priority]);
        for (uint32_t i = 0; i < CROWD; i++) {
            queue_up(&scene, (i * 7) % CROWD, priority, i % 3 == 0 ? ACT_CALL : ACT_SEND);
        }
        for (uint32_t i = 0; i < CROWD; i++) {
            uint32_t number = receive(&scene);
            EXPECT_EQUAL(number, (i * 7) % CROWD, "within a priority, who came first is first");
            if (i % 3 == 0) {
                puppet_do(&scene.server, ACT_REPLY, NULL);
            }
        }
        endpoint_expect_idle(scene.endpoint);
    }
    end(&scene);
}

KTEST(endpoint_priorities, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    ktest_part("the highest first");
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        queue_up(&scene, i, (i + 2) % PRIORITIES, ACT_SEND);
    }
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        EXPECT_EQUAL(crowd[receive(&scene)].priority, PRIORITIES - 1 - i,
                     "a message of a higher priority is received first");
    }
    ktest_part("one that comes later");
    queue_up(&scene, 0, 1, ACT_SEND);
    queue_up(&scene, 1, 1, ACT_SEND);
    EXPECT_EQUAL(receive(&scene), 0, "the older one of the same priority");
    queue_up(&scene, 2, 2, ACT_CALL);
    EXPECT_EQUAL(receive(&scene), 2, "a later one of a higher priority overtakes");
    queue_up(&scene, 3, 0, ACT_SEND);
    EXPECT_EQUAL(receive(&scene), 1, "a later one of a lower priority does not");
    EXPECT_EQUAL(receive(&scene), 3, "the message of the lower priority comes in the end");
    ktest_part("by reply_receive");
    queue_up(&scene, 4, 0, ACT_CALL);
    queue_up(&scene, 5, 3, ACT_CALL);
    scene.server.message.sender = crowd[2].pid;
    scene.server.message.request_id = crowd[2].process->ipc->request_id;
    puppet_do(&scene.server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_DONE(&crowd[2], 0, "the call is answered");
    EXPECT_EQUAL(scene.server.message.sender, crowd[5].pid, "the highest priority comes next");
    puppet_do(&scene.server, ACT_REPLY_RECEIVE, scene.endpoint);
    EXPECT_EQUAL(scene.server.message.sender, crowd[4].pid,
                 "the lower priority comes after the highest");
    end(&scene);
}

/** Let somebody wait at each priority, most of them at the highest, for many messages. */
static void crowd_all_priorities(struct scene *scene)
{
    uint32_t received[PRIORITIES] = {0};
    for (uint32_t i = 0; i < 2 * PRIORITIES * (PRIORITY_STREAK + 1); i++) {
        for (uint32_t n = 0; n < CROWD; n++) {
            if (!crowd[n].busy) {
                queue_up(scene, n, n < PRIORITIES ? n : PRIORITIES - 1, ACT_SEND);
            }
        }
        received[crowd[receive(scene)].priority]++;
    }
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        EXPECT(received[priority] > 0, "each priority has its turn");
    }
}

/** Keep the endpoint full of messages of a priority; the first @p spared are others. */
static void flood(struct scene *scene, uint32_t spared, uint32_t priority)
{
    for (uint32_t i = spared; i < CROWD; i++) {
        if (!crowd[i].busy) {
            queue_up(scene, i, priority, ACT_SEND);
        }
    }
}

KTEST(endpoint_streak, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    ktest_part("after a streak, one of a lower priority");
    for (uint32_t low = 0; low < 3; low++) {
        queue_up(&scene, low, 0, ACT_SEND);
    }
    for (uint32_t low = 0; low < 3; low++) {
        for (uint32_t i = 0; i < PRIORITY_STREAK; i++) {
            flood(&scene, 3, 3);
            EXPECT_EQUAL(crowd[receive(&scene)].priority, 3, "the higher priority comes first");
        }
        flood(&scene, 3, 3);
        EXPECT_EQUAL(receive(&scene), low,
                     "after PRIORITY_STREAK messages, one of a lower priority");
    }
    for (uint32_t i = 0; i < 3 * PRIORITY_STREAK; i++) {
        flood(&scene, 1, 3);
        EXPECT_EQUAL(crowd[receive(&scene)].priority, 3, "alone, the higher one goes on");
    }

    ktest_part("the streak begins anew");
    for (uint32_t round = 0; round < 3; round++) {
        uint32_t streak = 0;
        queue_up(&scene, 0, 1, ACT_CALL);
        for (flood(&scene, 1, 3); receive(&scene) != 0; flood(&scene, 1, 3)) {
            streak++;
            REQUIRE(streak <= PRIORITY_STREAK, "a streak is never longer than PRIORITY_STREAK");
        }
        puppet_do(&scene.server, ACT_REPLY, NULL);
    }
    while (!list_is_empty(&scene.endpoint->senders[3])) {
        (void)receive(&scene);
    }

    ktest_part("nobody starves");
    uint32_t received[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        queue_up(&scene, i, i, ACT_SEND);
    }
    for (uint32_t i = 0; i < 4 * 3 * (PRIORITY_STREAK + 1); i++) {
        flood(&scene, 3, 3);
        uint32_t number = receive(&scene);
        if (number < 3) {
            received[number]++;
        }
    }
    EXPECT(received[0] > 0, "a message of priority 0 is received in the end");
    EXPECT(received[0] + received[1] + received[2] >= 3,
           "messages of all priorities are received in the end");

    ktest_part("nor does a priority in between");
    crowd_all_priorities(&scene);
    end(&scene);
}
