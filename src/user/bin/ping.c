/**
 * @file
 * Calls an echo server again and again, and looks at every answer.
 *
 * usage: ping [COUNT [NAME]]
 *
 * Sends COUNT (default 10) queries of growing length to the server of NAME (default "echo:"),
 * compares the answers, and ends the server. Prints a line in the end. It owns no state.
 */
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the server to appear. */
#define PATIENCE 1000u
/** Longest question. */
#define QUESTION_MAX 200u

/** Ask one question. @return whether the answer is right. */
static bool ask(int32_t endpoint, uint32_t length)
{
    struct message message;
    char question[QUESTION_MAX + 1];
    memset(question, 'a' + (int)(length % 26), length);
    question[length] = '\0';
    int32_t result =
        message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), question, length);
    result = result < 0 ? result : ipc_call(endpoint, &message);
    return result == (int32_t)length && memcmp(message.data, question, length) == 0;
}

int main(int argc, char *argv[])
{
    uint32_t count = argc > 1 ? (uint32_t)atoi(argv[1]) : 10;
    const char *name = argc > 2 ? argv[2] : "echo:";
    int32_t endpoint = ns_wait(name, NULL, PATIENCE);
    if (endpoint < 0) {
        printf("ping: nobody serves %s: %s\n", name, strerror((int)endpoint));
        return EXIT_FAILURE;
    }
    uint32_t right = 0;
    for (uint32_t i = 0; i < count; i++) {
        right += ask(endpoint, i % QUESTION_MAX);
    }
    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0);
    result = result < 0 ? result : ipc_call(endpoint, &message);
    printf("ping: %u of %u answers of %s are right\n", (unsigned)right, (unsigned)count, name);
    return right == count && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
