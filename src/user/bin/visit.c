/**
 * @file
 * A client of a service that is replaced while it is in use.
 *
 * usage: visit [TICKS]      (default: 50)
 *
 * For TICKS ticks it asks "version:" for its version (see replace.c), again and again, and says
 * goodbye. When a server goes, it finds the next one under the same name; that is all that it
 * notices. Its exit status is 0 if every question was answered, and no version was older than the
 * one before. It owns the service's name and what it has seen.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for a server. */
#define PATIENCE 10000u

/** Ask a question. @return the version of whoever has answered, or an error. */
static int32_t ask(struct service *service, const char *question)
{
    struct message message;
    int32_t result =
        message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), question, 0u);
    return result < 0 ? result : service_call(service, &message, PATIENCE);
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "visit [TICKS]"};
    const uint32_t ticks = argument_number(&arguments, 1, 50);
    arguments_end(&arguments, 1);
    struct service service = SERVICE("version:");
    const int32_t first = ask(&service, "version");
    const uint32_t start = cairn_clock();
    int32_t last = first;
    uint32_t answers = first > 0;
    while (last > 0 && cairn_clock() - start < ticks) {
        int32_t version = ask(&service, "version");
        last = version < 0 || version >= last ? version : -E_INVALID;
        answers++;
        (void)cairn_sleep(1);
    }
    last = last < 0 ? last : ask(&service, "goodbye");
    if (last < 0) {
        printf("visit: after %u answers: %s\n", (unsigned)answers, strerror((int)last));
        return EXIT_FAILURE;
    }
    printf("visit: %u answers, from version %d to version %d; asked again: %u\n",
           (unsigned)answers + 1, (int)first, (int)last, (unsigned)service.retries);
    return EXIT_SUCCESS;
}
