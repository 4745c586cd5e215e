/**
 * @file
 * Two programs that call each other without end, and one that wants the processor, too.
 *
 * usage: review_pair
 *
 * A server and its client hand the processor to each other for TIME ticks. A third process reads
 * the clock all the time, and finds out for how long it did not run. The exit status is 0 if that
 * was never for long. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <server.h>

/** Ticks for which they run. */
#define TIME 200u
/** Ticks for which somebody may have to wait who wants to run: some time slices. */
#define LONG 50u
/** A message that ends the server. */
#define STOP MESSAGE_TYPE(DIALECT_USER, 99)

static void call(void)
{
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1)};
    int32_t endpoint = ns_wait("review.pair:", NULL, TIME);
    CHECK(endpoint >= 0 && cairn_sleep(TIME / 4) == 0); /* the third has begun by now */
    for (uint32_t start = cairn_clock(); cairn_clock() - start < TIME;) {
        message.type = MESSAGE_TYPE(DIALECT_USER, 1);
        CHECK(cairn_call(endpoint, &message, WAIT_NO_LIMIT, 0) == 0);
    }
    message.type = STOP;
    CHECK(cairn_call(endpoint, &message, WAIT_NO_LIMIT, 0) == 0);
}

static void want_processor(void)
{
    uint32_t last = cairn_clock();
    for (uint32_t start = last; last - start < TIME + TIME / 4;) {
        uint32_t now = cairn_clock();
        CHECK(now - last < LONG);
        last = now;
    }
}

static int32_t fork_to(void (*work)(void))
{
    int32_t pid = cairn_fork();
    if (pid == 0) {
        work();
        cairn_exit(0);
    }
    CHECK(pid > 0);
    return pid;
}

int main(int argc, char *argv[])
{
    struct message message;
    (void)argc;
    (void)argv;
    int32_t endpoint = ns_publish("review.pair:");
    CHECK(endpoint >= 0);
    (void)fork_to(call);
    (void)fork_to(want_processor);
    CHECK(cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT) == 0);
    while (message.type != STOP) {
        CHECK(cairn_reply_receive(endpoint, &message, WAIT_NO_LIMIT) == 0);
    }
    CHECK(cairn_reply(&message) == 0);
    for (uint32_t i = 0; i < 2; i++) {
        int status = -1;
        CHECK(cairn_wait(WAIT_ANY, &status) > 0 && status == 0);
    }
    return 0;
}
