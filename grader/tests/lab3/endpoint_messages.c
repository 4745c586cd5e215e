/**
 * @file
 * Lab 3, exercise 2: do messages arrive, whole and from whom they say?
 *
 * Two or three puppets meet in endpoints in every order that there is: the receiver first, the
 * sender first. What arrives is compared byte by byte, and with what the sender has forged. The
 * file owns no state.
 */
#include "endpoint_support.h"

#include "lib/string.h"

#define SERVER 0
#define CLIENT 1
#define OTHER  2

/** Not what any message holds. */
#define FORGED 0x5EED5EEDu

/** What lies behind the data of a message that is sent, and where one is received. */
#define SENT     0x5A
#define RECEIVED 0xC3

/** Three puppets and an endpoint of the first. */
static struct endpoint *begin(struct puppet puppets[3])
{
    puppet_create(&puppets[SERVER], "server");
    puppet_create(&puppets[CLIENT], "client");
    puppet_create(&puppets[OTHER], "other");
    return endpoint_make(&puppets[SERVER]);
}

static void end(struct endpoint *endpoint, const struct endpoint_census *before)
{
    endpoint_expect_idle(endpoint);
    endpoint_drop(endpoint);
    puppets_end();
    endpoint_census_expect(before);
}

KTEST(endpoint_send_waits, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];

    ktest_part("the receiver comes first");
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "receiving waits for a message");
    endpoint_expect_idle(endpoint);
    puppet_fill(client, 9, 1);
    puppet_do(client, ACT_SEND, endpoint);
    EXPECT_DONE(client, 0, "a message that somebody waits for has been received at once");
    EXPECT_DONE(server, 0, "the receiver has the message");
    EXPECT(puppet_has(server, 9, 1), "the message is the one that was sent");

    ktest_part("the sender comes first");
    puppet_fill(client, 7, 2);
    puppet_do(client, ACT_SEND, endpoint);
    EXPECT_WAITS(client, REASON_SEND, "sending waits until the message has been received");
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_DONE(server, 0, "receiving takes the message that waits");
    EXPECT(puppet_has(server, 7, 2), "the message is the one that was sent");
    EXPECT_DONE(client, 0, "the sender goes on when the message has been received");

    ktest_part("the receiver does something else");
    puppet_do(server, ACT_RECEIVE, server->process->ipc->own);
    puppet_do(client, ACT_SEND, endpoint);
    EXPECT_WAITS(client, REASON_SEND, "who waits in another endpoint does not get this message");
    EXPECT_WAITS(server, REASON_RECEIVE, "each endpoint has messages of its own");
    puppet_do(&puppets[OTHER], ACT_SEND, server->process->ipc->own);
    EXPECT_DONE(server, 0, "a message to the other endpoint arrives there");
    EXPECT_EQUAL(server->message.sender, puppets[OTHER].pid,
                 "the message that arrives is the one to the other endpoint");
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_DONE(client, 0, "the first message is received later");
    end(endpoint, &before);
}

KTEST(endpoint_owners, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];

    ktest_part("only the owner receives");
    puppet_do(client, ACT_SEND, endpoint);
    puppet_do(&puppets[OTHER], ACT_RECEIVE, endpoint);
    EXPECT_DONE(&puppets[OTHER], -E_ACCESS, "nobody else receives, not even what waits");
    puppet_do(&puppets[OTHER], ACT_REPLY_RECEIVE, endpoint);
    EXPECT_DONE(&puppets[OTHER], -E_ACCESS, "nobody else receives after a reply");
    EXPECT_WAITS(client, REASON_SEND, "the message still waits for the owner");
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_DONE(client, 0, "the owner receives it");

    ktest_part("without an owner");
    struct endpoint *bare = endpoint_make(NULL);
    EXPECT(bare->owner == NULL && bare->object.references == 1,
           "an endpoint may begin without an owner");
    puppet_do(client, ACT_SEND, bare);
    EXPECT_DONE(client, -E_IO, "sending fails if nobody receives there");
    puppet_do(client, ACT_CALL, bare);
    EXPECT_DONE(client, -E_IO, "a call fails if nobody receives there");
    puppet_do(server, ACT_RECEIVE, bare);
    EXPECT_DONE(server, -E_ACCESS, "nobody may receive from an endpoint without an owner");

    ktest_part("an owner comes and goes");
    endpoint_set_owner(bare, server->process);
    EXPECT(list_contains(&bare->owner_link), "the endpoint is among the owner's");
    puppet_do(client, ACT_SEND, bare);
    puppet_do(&puppets[OTHER], ACT_CALL, bare);
    EXPECT_WAITS(client, REASON_SEND, "with an owner, sending waits again");
    endpoint_abandon(bare);
    puppet_settle();
    EXPECT_DONE(client, -E_IO, "everybody who waits to send is woken");
    EXPECT_DONE(&puppets[OTHER], -E_IO, "everybody who waits to call is woken");
    EXPECT(bare->owner == NULL && !list_contains(&bare->owner_link),
           "an endpoint without an owner is in no owner's list");
    endpoint_abandon(bare);
    endpoint_set_owner(bare, client->process);
    puppet_do(client, ACT_RECEIVE, bare);
    puppet_do(server, ACT_SEND, bare);
    EXPECT_DONE(client, 0, "another owner receives");
    endpoint_drop(bare);
    end(endpoint, &before);
}

KTEST(endpoint_call_waits, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];

    ktest_part("the server comes first");
    puppet_do(server, ACT_RECEIVE, endpoint);
    puppet_fill(client, 20, 3);
    puppet_do(client, ACT_CALL, endpoint);
    EXPECT_DONE(server, 0, "the server has the call");
    EXPECT(puppet_has(server, 20, 3), "the server has the call that was made");
    EXPECT_WAITS(client, REASON_REPLY, "a call that was received waits for the reply");

    ktest_part("the reply");
    puppet_answer(server, 77);
    puppet_fill(server, 31, 4);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(server, 0, "replying does not wait");
    EXPECT_DONE(client, 0, "the caller goes on");
    EXPECT(puppet_has(client, 31, 4), "the caller has the data of the reply");
    EXPECT_EQUAL(client->message.status, 77, "the caller has the status of the reply");

    ktest_part("the client comes first");
    puppet_empty(client, 5);
    puppet_fill(client, 256, 5);
    puppet_do(client, ACT_CALL, endpoint);
    EXPECT_WAITS(client, REASON_SEND, "a call waits until it is received");
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_DONE(server, 0, "receiving takes the call that waits");
    EXPECT(puppet_has(server, 256, 5), "the server has the call that was made");
    EXPECT_WAITS(client, REASON_REPLY, "a call that was received waits for the reply");
    puppet_answer(server, -E_RANGE);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(client, 0, "the call itself succeeds, whatever the status");
    EXPECT_EQUAL(client->message.status, -E_RANGE, "the caller has the status of the reply");
    EXPECT_EQUAL(client->message.length, 0, "the caller has the length of the reply");
    end(endpoint, &before);
}

/** The last bytes of a message buffer are what they were. */
static bool untouched(const struct message *message, uint32_t length, uint8_t filled)
{
    bool same = true;
    for (uint32_t i = length; i < MESSAGE_DATA_MAX && same; i++) {
        same = message->data[i] == filled;
    }
    return same;
}

/** What a message brings is right, and nothing more was written. */
static void expect_message(const struct puppet *puppet, uint32_t length, uint32_t key,
                           const char *what)
{
    ktest_check_true(KTEST_CHECK(what, true), puppet_has(puppet, length, key),
                     "the bytes that were sent", "others");
    REQUIRE(untouched(&puppet->message, length, RECEIVED), "no byte behind the length is written");
}

/** Send, call and reply with a length. @param first whether the receiver waits already. */
static void exchange(struct endpoint *endpoint, struct puppet *puppets, uint32_t length, bool first)
{
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];
    for (uint32_t calls = 0; calls < 2; calls++) {
        memset(server->message.data, RECEIVED, MESSAGE_DATA_MAX);
        memset(client->message.data, SENT, MESSAGE_DATA_MAX);
        client->message.type = MESSAGE_TYPE(DIALECT_USER, length + 1);
        client->message.status = (int32_t)(length * 3);
        puppet_fill(client, length, length + calls);
        if (first) {
            puppet_do(server, ACT_RECEIVE, endpoint);
        }
        puppet_do(client, calls != 0 ? ACT_CALL : ACT_SEND, endpoint);
        if (!first) {
            puppet_do(server, ACT_RECEIVE, endpoint);
        }
        expect_message(server, length, length + calls, "a message of any length arrives whole");
        REQUIRE_EQUAL(server->message.type, MESSAGE_TYPE(DIALECT_USER, length + 1),
                      "the type arrives");
        REQUIRE_EQUAL(server->message.status, length * 3, "the status arrives");
        REQUIRE_EQUAL(server->message.handle_count, 0, "no handle arrives that was not sent");
    }
    const uint32_t answer = MESSAGE_DATA_MAX - length;
    memset(server->message.data, RECEIVED, MESSAGE_DATA_MAX);
    puppet_fill(server, answer, length + 7);
    puppet_do(server, ACT_REPLY, NULL);
    REQUIRE(puppet_has(client, answer, length + 7), "a reply of any length arrives whole");
    /* The caller's message is still there: its data, and what lay behind them. */
    REQUIRE(untouched(&client->message, answer > length ? answer : length, SENT),
            "no byte behind the length of a reply is written");
}

KTEST(endpoint_content, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    ktest_part("the receiver comes first");
    for (uint32_t length = 0; length <= MESSAGE_DATA_MAX; length++) {
        exchange(endpoint, puppets, length, true);
    }
    ktest_part("the sender comes first");
    for (uint32_t length = 0; length <= MESSAGE_DATA_MAX; length++) {
        exchange(endpoint, puppets, length, false);
    }
    end(endpoint, &before);
}

/** Forge everything that the kernel stamps. */
static void forge(struct puppet *puppet)
{
    puppet->message.sender = (int32_t)FORGED;
    puppet->message.request_id = FORGED;
}

KTEST(endpoint_stamps, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];
    for (uint32_t first = 0; first < 2; first++) {
        ktest_part(first != 0 ? "the receiver comes first" : "the sender comes first");
        uint32_t last = 0;
        for (uint32_t i = 0; i < 20; i++) {
            struct puppet *sender = i % 3 == 0 ? &puppets[OTHER] : client;
            bool calls = i % 2 == 0;
            forge(sender);
            if (first != 0) {
                puppet_do(server, ACT_RECEIVE, endpoint);
            }
            puppet_do(sender, calls ? ACT_CALL : ACT_SEND, endpoint);
            if (first == 0) {
                puppet_do(server, ACT_RECEIVE, endpoint);
            }
            EXPECT_EQUAL(server->message.sender, sender->pid, "the sender is who sent it");
            uint32_t id = server->message.request_id;
            EXPECT(calls ? id != 0 && id != FORGED : id == 0,
                   "a call has a number that is not 0, a message that is no call has 0");
            EXPECT(!calls || id != last, "each call has a number of its own");
            if (calls) {
                last = id;
                puppet_answer(server, 0);
                puppet_do(server, ACT_REPLY, NULL);
                EXPECT_EQUAL(sender->message.sender, server->pid, "a reply says who replied");
                EXPECT_EQUAL(sender->message.request_id, id, "a reply repeats the number");
            }
        }
    }
    end(endpoint, &before);
}

KTEST(endpoint_accept, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet puppets[3];
    struct endpoint *endpoint = begin(puppets);
    struct puppet *server = &puppets[SERVER];
    struct puppet *client = &puppets[CLIENT];
    struct puppet *other = &puppets[OTHER];

    ktest_part("from those who wait");
    puppet_do(other, ACT_SEND, endpoint);
    client->priority = PRIORITIES - 1;
    puppet_do(client, ACT_CALL, endpoint);
    server->from = other->pid;
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_DONE(server, 0, "the message of the one who was asked for is taken");
    EXPECT_EQUAL(server->message.sender, other->pid, "others wait, whatever their priority");
    EXPECT_WAITS(client, REASON_SEND, "the other one still waits");
    server->from = client->pid;
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_EQUAL(server->message.sender, client->pid,
                 "a message is received when its sender is asked for");
    EXPECT_WAITS(client, REASON_REPLY, "a call stays a call");
    puppet_answer(server, 1);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(client, 0, "a call that was asked for is answered");

    ktest_part("before they come");
    server->from = other->pid;
    puppet_do(server, ACT_RECEIVE, endpoint);
    puppet_do(client, ACT_SEND, endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "a message of somebody else does not wake it");
    EXPECT_WAITS(client, REASON_SEND, "somebody else waits");
    puppet_do(other, ACT_SEND, endpoint);
    EXPECT_DONE(server, 0, "a message of the one who was asked for wakes the server");
    EXPECT_EQUAL(server->message.sender, other->pid,
                 "the server has the message of the one who was asked for");
    server->from = WAIT_ANY;
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_EQUAL(server->message.sender, client->pid, "the other one is still in the queue");

    ktest_part("from those who never come");
    struct endpoint *second = endpoint_make(server);
    puppet_do(client, ACT_SEND, second);
    server->from = client->pid;
    server->ticks = 4;
    puppet_do(server, ACT_RECEIVE, endpoint);
    EXPECT_WAITS(server, REASON_RECEIVE, "who sends to another endpoint does not send here");
    puppet_pass(8);
    EXPECT_DONE(server, -E_TIMED_OUT, "nobody has sent");
    static const int32_t nobody[] = {0, 0x7FFFFFFF, -2, PID_INIT};
    for (uint32_t i = 0; i < COUNT_OF(nobody); i++) {
        server->from = nobody[i];
        puppet_do(server, ACT_RECEIVE, endpoint);
        puppet_pass(8);
        EXPECT_DONE(server, -E_TIMED_OUT, "a pid that sends nothing is waited for in vain");
    }
    server->ticks = 0;
    server->from = WAIT_ANY;
    puppet_do(server, ACT_RECEIVE, second);
    EXPECT_DONE(client, 0, "the message to the other endpoint is still there");
    endpoint_drop(second);
    end(endpoint, &before);
}
