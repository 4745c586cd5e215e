/**
 * @file
 * A service that is replaced by a newer version while clients use it.
 *
 * usage: replace [VERSION [NUMBER]]      (default: 1)
 *
 * Version 1 serves "version:" until NUMBER clients (default 1) have said goodbye. Any other version
 * waits NUMBER ticks (default 10), and then takes the service over: it tells the server of the time
 * to close, which withdraws the name, says in its answer how many clients are still to say goodbye,
 * and ends. Requests that wait then fail with -E_IO without having been received, so clients can
 * make them again (service_call(), see visit.c). It owns the number of clients.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The service. */
#define NAME "version:"
/** Ticks to wait for the version before. */
#define PATIENCE 2000u
/** Bytes of the longest question, the final 0 included. */
#define QUESTION_MAX 16u

/** What the handlers share. */
struct state {
    uint32_t version;
    uint32_t clients; /**< Still to say goodbye. */
};

/** Answer with the version; "goodbye" is the last question of a client. */
static bool handle_query(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    struct state *state = server->context;
    char question[QUESTION_MAX];
    int32_t result = argument_string(&arguments[0], question, sizeof(question));
    if (result == 0 && strcmp(question, "goodbye") == 0) {
        state->clients--;
        server->stop = state->clients == 0;
    } else if (result == 0 && strcmp(question, "version") != 0) {
        result = -E_INVALID;
    }
    (void)message_answer(message, result < 0 ? result : (int32_t)state->version, NULL, 0);
    return true;
}

/** Give the service to a newer version. */
static bool handle_close(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    const struct state *state = server->context;
    const uint32_t successor = arguments[0].value;
    if (successor <= state->version) {
        (void)message_answer(message, -E_INVALID, NULL, 0);
        return true;
    }
    (void)cairn_name_unregister(NAME);
    printf("replace: version %u gives way to version %u\n", (unsigned)state->version,
           (unsigned)successor);
    server->stop = true;
    (void)message_answer(message, (int32_t)state->clients, NULL, 0);
    return true;
}

/** Take the service over. @return the number of clients; an error. */
static int32_t take_over(uint32_t version)
{
    struct message message;
    int32_t old = ns_wait(NAME, NULL, PATIENCE);
    int32_t result =
        old < 0 ? old
                : message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), version);
    result = result < 0 ? result : ipc_call(old, &message);
    (void)cairn_handle_close(old);
    return result;
}

/** Serve until the last client has gone, or a newer version has come. @return 0, or an error. */
static int serve(struct state *state)
{
    static const struct server_operation operations[] = {
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), handle_query},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), handle_close},
    };
    struct server server = {
        .endpoint = ns_publish(NAME),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
        .context = state,
    };
    return server.endpoint < 0 ? (int)server.endpoint : server_run(&server);
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "replace [VERSION [NUMBER]]"};
    struct state state = {.version = argument_number(&arguments, 1, 1)};
    const uint32_t number = argument_number(&arguments, 2, state.version == 1 ? 1 : 10);
    arguments_end(&arguments, 2);
    int32_t clients = (int32_t)number;
    if (state.version != 1) {
        (void)cairn_sleep(number);
        clients = take_over(state.version);
    }
    if (clients == -E_NOT_FOUND || clients == -E_IO) {
        printf("replace: version %u comes too late\n", (unsigned)state.version);
        return EXIT_SUCCESS;
    }
    state.clients = (uint32_t)clients;
    int error = clients > 0 ? serve(&state) : (int)clients;
    if (error < 0) {
        printf("replace: version %u cannot serve: %s\n", (unsigned)state.version, strerror(error));
    }
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
