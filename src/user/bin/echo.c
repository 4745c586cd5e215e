/**
 * @file
 * An echo server: answers with what it was sent.
 *
 * usage: echo [NAME]
 *
 * It serves NAME, or "echo:", until it is told to close. A write returns its data; a query the
 * question; a close ends the server. The smallest program that shows what a server is made of. It
 * owns the server.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Answer with the bytes of an argument. */
static bool send_back(struct message *message, const struct argument *argument)
{
    uint8_t copy[MESSAGE_DATA_MAX];
    memcpy(copy, argument->bytes.bytes, argument->value); /* the answer lies where they are */
    (void)message_answer(message, (int32_t)argument->value, copy, argument->value);
    return true;
}

static bool handle_write(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    return send_back(message, &arguments[1]);
}

static bool handle_query(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    return send_back(message, &arguments[0]);
}

int main(int argc, char *argv[])
{
    static const struct server_operation operations[] = {
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), handle_write},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), handle_query},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), server_close},
    };
    const struct arguments arguments = {argc, argv, "echo [NAME]"};
    const char *name = argument_text(&arguments, 1, "echo:");
    arguments_end(&arguments, 1);
    struct server server = {
        .endpoint = ns_publish(name),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
    };
    if (server.endpoint < 0) {
        printf("echo: cannot serve %s: %s\n", name, strerror((int)server.endpoint));
        return EXIT_FAILURE;
    }
    int error = server_run(&server);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
