/**
 * @file
 * Registers a name, and is not there.
 *
 * usage: review_gone server|client
 *
 * The server closes its endpoint but keeps the name and lives on; the client makes a service_call()
 * all the same, with a time limit. The exit status of the client is 0 if it was told in time that
 * nobody serves the name. It owns no state.
 */
#include <cairn/error.h>
#include <ipc.h>
#include <stdlib.h>
#include <string.h>

/** The name of the server. */
#define NAME "review.gone:"
/** Ticks that the client waits for the name. */
#define PATIENCE 50u
/** Ticks that the server lives. */
#define LIFE 1000u

static int pretend(void)
{
    int32_t endpoint = ns_publish(NAME);
    if (endpoint < 0) {
        return EXIT_FAILURE;
    }
    (void)cairn_handle_close(endpoint);
    (void)cairn_sleep(LIFE);
    return EXIT_SUCCESS;
}

/** Wait until the name is there. @return whether it came. */
static bool name_is_there(void)
{
    struct name_info info;
    for (uint32_t i = 0; i < PATIENCE; i++) {
        if (cairn_name_list(0, NAME, &info) > 0) {
            return true;
        }
        (void)cairn_sleep(1);
    }
    return false;
}

static int act_as_client(void)
{
    struct service service = SERVICE(NAME);
    struct message message;
    if (!name_is_there()) {
        return 1;
    }
    int error = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0u);
    const uint32_t start = cairn_clock();
    if (error < 0 || service_call(&service, &message, PATIENCE) != -E_NOT_FOUND) {
        return 2;
    }
    return cairn_clock() - start > 2 * PATIENCE ? 3 : 0;
}

int main(int argc, char *argv[])
{
    return argc == 2 && strcmp(argv[1], "server") == 0 ? pretend() : act_as_client();
}
