/**
 * @file
 * A conversation among programs that keep the processor busy; the trace shows who ran when.
 *
 * usage: endpoint_direct
 *
 * A server and a client talk with each other, by calls and reply_receive, while others compute all
 * the time. Only the trace can say whether the processor went straight from one side to the other;
 * the program itself looks at the answers. It owns no state.
 */
#include "endpoint_program.h"

#define BUSY  3u
#define CALLS 40u

static struct message message;

/** Compute until killed. */
static int be_busy(int32_t endpoint, uint32_t argument)
{
    volatile uint32_t number = argument * 2 + 1;
    while (number != 0) { /* an odd number stays odd */
        number = number * 5 + 2;
    }
    return endpoint;
}

/** Call again and again. */
static int be_client(int32_t server, uint32_t argument)
{
    (void)argument;
    for (uint32_t i = 0; i < CALLS; i++) {
        fill(&message, TYPE(1), i, i);
        CHECK(cairn_call(server, &message, i % 2 * 1000, i % PRIORITIES) == 0);
        CHECK(has(&message, i, i) && message.status == (int32_t)i);
    }
    fill(&message, TYPE(99), 0, 0);
    CHECK(cairn_endpoint_send(server, &message, 0, 0) == 0);
    return 0;
}

int main(int argc, char *argv[])
{
    int32_t busy[BUSY];
    (void)argc;
    (void)argv;
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    for (uint32_t i = 0; i < BUSY; i++) {
        busy[i] = child(be_busy, own, i);
        CHECK(busy[i] > 0);
    }
    int32_t client = child(be_client, own, 0);
    CHECK(client > 0);
    int error = cairn_endpoint_receive(own, &message, WAIT_NO_LIMIT);
    for (int32_t i = 0; error == 0 && message.type != TYPE(99); i++) {
        message.status = i;
        error = cairn_reply_receive(own, &message, WAIT_NO_LIMIT);
    }
    CHECK(error == 0 && status_of(client) == 0);
    for (uint32_t i = 0; i < BUSY; i++) {
        CHECK(cairn_kill(busy[i]) == 0 && status_of(busy[i]) == EXIT_STATUS(EXIT_KILLED, 0));
    }
    return 0;
}
