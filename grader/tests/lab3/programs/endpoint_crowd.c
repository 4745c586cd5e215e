/**
 * @file
 * Many clients and some servers at once, all of them preempted at any time.
 *
 * usage: endpoint_crowd
 *
 * Each client calls and sends at random, to any server, with and without handles, limits and
 * priorities; servers answer at once, later, or in another order. Every answer must be the one to
 * its call, and no message may be lost. It owns no state.
 */
#include "endpoint_program.h"

#define SERVERS  3u
#define CLIENTS  8u
#define MESSAGES 150u
/** Calls that a server keeps to answer them later. */
#define KEPT 5u

/** The endpoints of the servers, by handles of whoever has been given them. */
static int32_t servers[SERVERS];
static struct message message;

static uint32_t seed; /* of this process's random numbers */

static uint32_t random_below(uint32_t limit)
{
    return random_number(&seed) % limit;
}

/** The answer to a call: its data, turned over, and a sum. */
static void answer(struct message *call)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < call->length; i++) {
        sum += call->data[i];
        call->data[i] = 255 - call->data[i];
    }
    call->status = (int32_t)sum;
}

/** Calls that a server has not answered yet. */
static struct message kept[KEPT];
static uint32_t kept_count;

/** Close the handles of a message, and answer or keep it. @return whether it is to be answered. */
static bool consider(void)
{
    for (uint32_t i = 0; i < message.handle_count; i++) {
        CHECK(cairn_handle_close(message.handles[i]) == 0);
    }
    message.handle_count = 0;
    answer(&message);
    if (message.request_id == 0) {
        return false;
    }
    if (random_below(3) == 0 && kept_count < KEPT) {
        kept[kept_count++] = message;
        return false;
    }
    return true;
}

/** Answer one of the calls that were kept. */
static void answer_kept(void)
{
    if (kept_count > 0) {
        uint32_t chosen = random_below(kept_count);
        CHECK(cairn_reply(&kept[chosen]) == 0);
        kept[chosen] = kept[--kept_count];
    }
}

/** Serve until a message of type 99; its sender knows that no other message comes. */
static int be_server(int32_t parent, uint32_t number)
{
    uint32_t received = 0;
    int32_t own = cairn_endpoint_create();
    fill(&message, TYPE(number), 0, 0);
    message.handle_count = 1;
    message.handles[0] = own;
    CHECK(own >= 0 && cairn_endpoint_send(parent, &message, WAIT_NO_LIMIT, 0) == 0);
    seed = number + 1;
    int error = cairn_endpoint_receive(own, &message, WAIT_NO_LIMIT);
    while (message.type != TYPE(99)) {
        CHECK(error == 0 || error == -E_TIMED_OUT);
        received += error == 0;
        bool reply = error == 0 && consider();
        if (error != 0 || random_below(3) == 0) {
            answer_kept();
        }
        error = reply ? cairn_reply_receive(own, &message, 2)
                      : cairn_endpoint_receive(own, &message, 2);
    }
    message.status = (int32_t)received;
    return cairn_reply(&message) == 0 && kept_count == 0 ? 0 : CHECK_LINE;
}

/** Take the handles of all servers. */
static void take_servers(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        servers[i] = take();
        CHECK(servers[i] >= 0);
    }
}

/** Call or send once. */
static void speak(int32_t own)
{
    uint32_t length = random_below(MESSAGE_DATA_MAX + 1);
    uint32_t key = random_number(&seed);
    int32_t server = servers[random_below(SERVERS)];
    fill(&message, TYPE(1), length, key);
    message.handle_count = random_below(4) == 0 ? random_below(MESSAGE_HANDLES_MAX + 1) : 0;
    for (uint32_t i = 0; i < message.handle_count; i++) {
        message.handles[i] = own;
    }
    if (random_below(4) == 0) {
        CHECK(cairn_endpoint_send(server, &message, 10000, random_below(PRIORITIES)) == 0);
        return;
    }
    CHECK(cairn_call(server, &message, random_below(2) * 10000, random_below(PRIORITIES)) == 0);
    uint32_t sum = 0;
    CHECK(message.length == length && message.handle_count == 0);
    for (uint32_t i = 0; i < length; i++) {
        CHECK(message.data[i] + byte_of(key, i) == 255);
        sum += byte_of(key, i);
    }
    CHECK(message.status == (int32_t)sum);
}

static int be_client(int32_t first, uint32_t number)
{
    servers[0] = first;
    take_servers();
    seed = 1000 + number;
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    for (uint32_t i = 0; i < MESSAGES; i++) {
        speak(own);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    int32_t pids[SERVERS + CLIENTS];
    (void)argc;
    (void)argv;
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    for (uint32_t i = 0; i < SERVERS; i++) {
        pids[i] = child(be_server, own, i);
        CHECK(pids[i] > 0 && cairn_endpoint_receive(own, &message, 1000) == 0);
        servers[i] = message.handles[0];
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        int32_t pid = child(be_client, own, i);
        CHECK(pid > 0);
        for (uint32_t k = 0; k < SERVERS; k++) {
            CHECK(give(pid, servers[k]) == 0);
        }
        pids[SERVERS + i] = pid;
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        CHECK(status_of(pids[SERVERS + i]) == 0);
    }
    uint32_t received = 0;
    for (uint32_t i = 0; i < SERVERS; i++) {
        fill(&message, TYPE(99), 0, 0);
        CHECK(cairn_call(servers[i], &message, 10000, 0) == 0);
        received += (uint32_t)message.status;
        CHECK(status_of(pids[i]) == 0);
    }
    CHECK(received == CLIENTS * MESSAGES);
    return 0;
}
