/**
 * @file
 * The server of the measurements of messages: it answers at once, and does nothing else.
 *
 * usage: ipc_server JOB
 *
 * A request is answered as the job says: `echo` by the same message, so that there is nothing in
 * the loop but the call; `short` by 4 of its bytes; `files` by a status alone, at the well-known
 * endpoint for files; `handles` without the handle that came with it, which is closed later.
 * `notifications` has two of them from its first request, waits for the one and signals the other.
 * It serves the name `bench:` until it is killed. It owns no state.
 */
#include <cairn/error.h>
#include <ipc.h>
#include <stdlib.h>
#include <string.h>

/** Handles that can be open at once. */
#define HANDLES 64u
/** Bytes of a short answer. */
#define SHORT 4u

/** Answer a message and wait for the next; end the program if that fails. */
static inline void answer(int32_t endpoint, struct message *message)
{
    if (cairn_reply_receive(endpoint, message, WAIT_NO_LIMIT) != 0) {
        exit(EXIT_FAILURE);
    }
}

_Noreturn static void serve_echo(int32_t endpoint, struct message *message)
{
    for (;;) {
        answer(endpoint, message);
    }
}

/** Answer by the first bytes of the request. */
_Noreturn static void serve_length(int32_t endpoint, struct message *message, uint32_t length)
{
    for (;;) {
        message->length = length;
        answer(endpoint, message);
    }
}

/** Collect handles until a message comes without one; then close them, before it is answered. */
_Noreturn static void serve_handles(int32_t endpoint, struct message *message)
{
    int32_t handles[HANDLES];
    for (;;) {
        uint32_t count = 0;
        while (message->handle_count != 0) {
            handles[count++ % HANDLES] = message->handles[0];
            message->handle_count = 0;
            answer(endpoint, message);
        }
        while (count > 0) {
            (void)cairn_handle_close(handles[--count % HANDLES]);
        }
        answer(endpoint, message);
    }
}

/** Signal the second notification of a message whenever the first has been signalled. */
_Noreturn static void serve_notifications(struct message *message)
{
    message->handle_count = 0;
    (void)cairn_reply(message);
    while (cairn_notification_wait(message->handles[0], WAIT_NO_LIMIT) > 0) {
        (void)cairn_notification_signal(message->handles[1], 1);
    }
    exit(EXIT_FAILURE);
}

int main(int argc, char *argv[])
{
    struct message message;
    const char *job = argc > 1 ? argv[1] : "echo";
    bool files = strcmp(job, "files") == 0;
    int32_t endpoint = files ? cairn_bind(WELL_KNOWN_VFS) : ns_publish("bench:");
    if (endpoint < 0 || cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT) != 0) {
        return EXIT_FAILURE;
    }
    if (strcmp(job, "echo") == 0) {
        serve_echo(endpoint, &message);
    } else if (strcmp(job, "handles") == 0) {
        serve_handles(endpoint, &message);
    } else if (strcmp(job, "notifications") == 0) {
        serve_notifications(&message);
    }
    serve_length(endpoint, &message, files ? 0 : SHORT);
}
