/**
 * @file
 * Servers and clients that end in every way, at every point of a conversation.
 *
 * usage: endpoint_dying
 *
 * Children wait for a server in every way; then it is killed, exits, or fails; each child must
 * learn -E_IO, and says so by its exit status. Then clients are killed, and the server goes on. It
 * owns no state.
 */
#include "endpoint_program.h"

#define CLIENTS 6u

/** How a server ends. */
enum death { KILLED, EXITS, FAILS, DEATHS };

static struct message message;
/** An address that cannot be written; volatile, so that the compiler believes it. */
static volatile uintptr_t nowhere = 16;

/** Exit status of a child that has learned the right error. */
#define RIGHT 42

/** Wait for the server: some send, some call, with and without limits and handles. */
static int be_client(int32_t server, uint32_t number)
{
    fill(&message, TYPE(number), number * 20, number);
    message.handle_count = number % 3 == 0;
    message.handles[0] = server;
    uint32_t ticks = number % 2 * 5000;
    int error = number == 0 ? cairn_endpoint_send(server, &message, ticks, 1)
                            : cairn_call(server, &message, ticks, number % PRIORITIES);
    return error == -E_IO ? RIGHT : -error;
}

/** Serve: receive some calls, leave others in the queue, and end. */
static int be_server(int32_t parent, uint32_t way)
{
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    fill(&message, TYPE(1), 0, 0);
    message.handle_count = 1;
    message.handles[0] = own;
    CHECK(cairn_endpoint_send(parent, &message, WAIT_NO_LIMIT, 0) == 0);
    enum death death = (enum death)(way % DEATHS);
    uint32_t received = way / DEATHS;
    (void)cairn_sleep(20); /* all clients wait by now */
    for (uint32_t i = 0; i < received; i++) {
        CHECK(cairn_endpoint_receive(own, &message, 1000) == 0);
    }
    if (death == KILLED) {
        CHECK(cairn_receive(parent, &message, WAIT_NO_LIMIT) == 0);
    }
    if (death == FAILS) {
        *(volatile int *)nowhere = 1; // NOLINT(performance-no-int-to-ptr)
    }
    return 0;
}

/** The server ends after it has received some messages. */
static void lose_server(enum death death, uint32_t received)
{
    int32_t clients[CLIENTS];
    int32_t own = cairn_endpoint_create();
    int32_t server = child(be_server, own, received * DEATHS + death);
    CHECK(own >= 0 && server > 0 && cairn_endpoint_receive(own, &message, 1000) == 0);
    int32_t served = message.handles[0];
    for (uint32_t i = 0; i < CLIENTS; i++) {
        clients[i] = child(be_client, served, i);
        CHECK(clients[i] > 0);
    }
    if (death == KILLED) {
        CHECK(cairn_sleep(40) == 0 && cairn_kill(server) == 0);
    }
    int status = status_of(server);
    CHECK(EXIT_KIND(status) == (death == KILLED  ? EXIT_KILLED
                                : death == EXITS ? EXIT_NORMAL
                                                 : EXIT_FAULT));
    CHECK(death != EXITS || status == 0);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        int ended = status_of(clients[i]);
        /* A message that is no call may have been received. */
        CHECK(ended == RIGHT || (i == 0 && received > 0 && ended == 0));
    }
    fill(&message, TYPE(1), 0, 0);
    CHECK(cairn_call(served, &message, 10, 0) == -E_IO);
    CHECK(cairn_handle_close(served) == 0 && cairn_handle_close(own) == 0);
}

/** Call, and be killed. */
static int be_victim(int32_t server, uint32_t number)
{
    fill(&message, TYPE(number), 0, 0);
    message.handle_count = 1;
    message.handles[0] = server;
    return -cairn_call(server, &message, number % 2 * 30, 1);
}

/** Call, and be answered. */
static int be_survivor(int32_t server, uint32_t number)
{
    fill(&message, TYPE(number), 0, 0);
    int error = cairn_call(server, &message, WAIT_NO_LIMIT, 0);
    return error < 0 ? -error : message.status;
}

/** Clients are killed in the queue, and after their call was received. */
static void lose_clients(void)
{
    int32_t own = cairn_endpoint_create();
    int32_t victims[4];
    for (uint32_t i = 0; i < 4; i++) {
        victims[i] = child(be_victim, own, i);
        CHECK(victims[i] > 0);
    }
    int32_t survivor = child(be_survivor, own, 9);
    CHECK(survivor > 0 && cairn_sleep(5) == 0);
    struct message calls[2];
    CHECK(cairn_endpoint_receive(own, &calls[0], 100) == 0 && calls[0].sender == victims[0]);
    CHECK(cairn_endpoint_receive(own, &calls[1], 100) == 0 && calls[1].sender == victims[1]);
    for (uint32_t i = 0; i < 4; i++) {
        CHECK(cairn_kill(victims[i]) == 0);
        CHECK(status_of(victims[i]) == EXIT_STATUS(EXIT_KILLED, 0));
    }
    CHECK(cairn_handle_close(calls[0].handles[0]) == 0);
    calls[0].handle_count = 0;
    CHECK(cairn_reply(&calls[0]) == -E_NOT_FOUND);
    calls[1].handle_count = 0;
    CHECK(cairn_reply_receive(own, &calls[1], 1000) == 0);
    CHECK(calls[1].sender == survivor && calls[1].type == TYPE(9));
    calls[1].status = RIGHT;
    CHECK(cairn_reply_receive(own, &calls[1], 40) == -E_TIMED_OUT);
    CHECK(status_of(survivor) == RIGHT);
    CHECK(cairn_handle_close(own) == 0);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    for (enum death death = KILLED; death < DEATHS; death++) {
        for (uint32_t received = 0; received <= CLIENTS; received += 3) {
            lose_server(death, received);
        }
    }
    lose_clients();
    return 0;
}
