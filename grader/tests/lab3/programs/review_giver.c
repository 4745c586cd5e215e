/**
 * @file
 * Serves handles, and asks for them without room.
 *
 * usage: review_giver server|client
 *
 * The server answers each request with a handle to one notification. The client fills its own table
 * of handles, asks, makes room for one, and asks again; then it ends the server. The exit status is
 * 0 if the server has served on. The table of handles of each process is its state.
 */
#include <cairn/error.h>
#include <server.h>
#include <stdlib.h>
#include <string.h>

/** The name of the server. */
#define NAME "review.giver:"
/** Ticks to wait for it. */
#define PATIENCE 500u

/** The handle that is given. */
static int32_t gift;

static bool handle_open(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    (void)arguments;
    (void)message_answer(message, 0, NULL, 0);
    message->handles[0] = gift;
    message->handle_count = 1;
    return true;
}

static bool handle_close(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)arguments;
    server->stop = true;
    (void)message_answer(message, 0, NULL, 0);
    return true;
}

static int serve(void)
{
    static const struct server_operation operations[] = {
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), handle_open},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), handle_close},
    };
    struct server server = {
        .endpoint = ns_publish(NAME),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
    };
    gift = cairn_notification_create();
    return gift < 0 || server.endpoint < 0 || server_run(&server) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** Ask for a handle. @return the status; @p count receives how many handles have come. */
static int32_t ask(int32_t endpoint, uint32_t *count)
{
    struct message message;
    int error = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "it");
    int32_t status = error < 0 ? error : ipc_call(endpoint, &message);
    *count = message.handle_count;
    return status;
}

static int act_as_client(void)
{
    const int32_t endpoint = ns_wait(NAME, NULL, PATIENCE);
    int32_t last = HANDLE_NONE;
    for (int32_t handle; (handle = cairn_notification_create()) >= 0;) {
        last = handle;
    }
    uint32_t count;
    if (endpoint < 0 || ask(endpoint, &count) != -E_NO_SPACE || count != 0) {
        return 1;
    }
    (void)cairn_handle_close(last);
    if (ask(endpoint, &count) != 0 || count != 1) {
        return 2;
    }
    struct message message;
    int error = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0u);
    return error < 0 || ipc_call(endpoint, &message) != 0 ? 3 : 0;
}

int main(int argc, char *argv[])
{
    return argc == 2 && strcmp(argv[1], "server") == 0 ? serve() : act_as_client();
}
