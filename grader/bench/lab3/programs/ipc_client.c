/**
 * @file
 * Measures messages to another process and back: calls, notifications, delegated calls.
 *
 * usage: ipc_client JOB FIGURE
 *
 * A round trip is one call of the library by this program and one by the server (ipc_server.c),
 * with a change of the address space each way; both look at its result, as every program must. The
 * message lies ready. What a job sets anew for each call is said at its function, and is part of
 * the figure: the answer overwrites the header. The first sample warms up and does not count. The
 * file owns the message and the handles that are used.
 */
#include "../../lab2/programs/measure.h"

#include <cairn/posix.h>
#include <ipc.h>
#include <string.h>

/** Round trips in a sample. */
#define CALLS 500u
/** Calls with a handle in a sample: so many find room in any table of handles. */
#define HANDLE_CALLS 16u
/** Lengths of messages in bytes. */
#define SHORT 4u
#define LONG  200u
/** A file for close(). */
#define DESCRIPTOR 3u

static int32_t endpoint;
static struct message message;
static int32_t there; /**< The server waits for this notification... */
static int32_t back;  /**< ...and signals this one. */

/** Nothing is set anew: the echo has the same length, and no handles. */
static void call_echo(void)
{
    require(cairn_call(endpoint, &message, WAIT_NO_LIMIT, IPC_PRIORITY) == 0);
}

/** The same with a time limit, as ipc_call() does it. */
static void call_limited(void)
{
    require(cairn_call(endpoint, &message, CALL_LIMIT, IPC_PRIORITY) == 0);
}

/** The length is set anew, since the answer may be short. */
static void call_long(void)
{
    message.length = LONG;
    call_echo();
}

/** The number of handles and the handle are set anew, since the answer has none. */
static void call_with_handle(void)
{
    message.handle_count = 1;
    message.handles[0] = endpoint;
    call_echo();
}

static void signal_and_wait(void)
{
    (void)cairn_notification_signal(there, 1);
    require(cairn_notification_wait(back, WAIT_NO_LIMIT) > 0);
}

static void close_file(void)
{
    require(posix_call(POSIX_CLOSE, DESCRIPTOR, 0, 0, 0) == 0);
}

/** Measure calls that pass a handle. The server closes what it has got between two samples. */
static void measure_handles(const char *figure)
{
    uint32_t samples[BATCHES];
    for (uint32_t i = 0; i <= BATCHES; i++) {
        uint64_t start = now();
        for (uint32_t call = 0; call < HANDLE_CALLS; call++) {
            call_with_handle();
        }
        samples[i == 0 ? 0 : i - 1] = since(start, HANDLE_CALLS);
        call_echo();
        require(message.handle_count == 0);
    }
    report(figure, samples, BATCHES);
}

/** Give the server two notifications, and measure a signal there and one back. */
static void measure_notifications(const char *figure)
{
    there = cairn_notification_create();
    back = cairn_notification_create();
    require(there >= 0 && back >= 0);
    message.handles[0] = there;
    message.handles[1] = back;
    message.handle_count = 2;
    require(cairn_call(endpoint, &message, WAIT_NO_LIMIT, IPC_PRIORITY) == 0);
    measure(figure, CALLS, signal_and_wait);
}

/** Measure a system call that a server answers. */
static void measure_delegation(const char *figure)
{
    require(cairn_personality(PERSONALITY_POSIX) == 0);
    uint32_t samples[BATCHES];
    for (uint32_t i = 0; i <= BATCHES; i++) {
        uint64_t start = now();
        for (uint32_t call = 0; call < CALLS; call++) {
            close_file();
        }
        samples[i == 0 ? 0 : i - 1] = since(start, CALLS);
    }
    /* Only native calls can report. */
    require(posix_call(POSIX_PERSONALITY, PERSONALITY_NATIVE, 0, 0, 0) == 0);
    report(figure, samples, BATCHES);
}

/** Measure calls that pass nothing but data. */
static void measure_calls(const char *job, const char *figure)
{
    if (strcmp(job, "short") == 0) {
        measure(figure, CALLS, call_echo);
    } else if (strcmp(job, "limit") == 0) {
        measure(figure, CALLS, call_limited);
    } else {
        require(strcmp(job, "long") == 0);
        measure(figure, CALLS, call_long);
    }
    call_echo();
    require(message.status == 0 && message.length >= SHORT);
}

int main(int argc, char *argv[])
{
    require(argc == 3);
    const char *job = argv[1];
    const char *figure = argv[2];
    if (strcmp(job, "delegate") == 0) {
        (void)cairn_yield(); /* the server binds its endpoint */
        measure_delegation(figure);
        return EXIT_SUCCESS;
    }
    endpoint = ns_wait("bench:", NULL, CALL_LIMIT);
    require(endpoint >= 0);
    message.type = MESSAGE_TYPE(DIALECT_USER, 1);
    message.length = SHORT;
    if (strcmp(job, "handle") == 0) {
        measure_handles(figure);
    } else if (strcmp(job, "notify") == 0) {
        measure_notifications(figure);
    } else {
        measure_calls(job, figure);
    }
    return EXIT_SUCCESS;
}
