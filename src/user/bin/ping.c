/**
 * @file
 * Calls an echo server again and again, looks at every answer, and measures how long they take.
 *
 * usage: ping [COUNT [NAME]]      (default: 10 echo:)
 *
 * Sends COUNT queries of growing length to the server of NAME, compares the answers, and ends the
 * server. In the end it says how many answers were right, and how many cycles of the processor's
 * time-stamp counter the fastest and the slowest round trip took: in an emulator that counts
 * instructions these are guest time. If a call failed, it says why. It owns no state.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the server to appear. */
#define PATIENCE 10000u
/** Longest question. */
#define QUESTION_MAX 200u

/** What has been measured. */
struct result {
    uint32_t right;   /**< Answers that were right. */
    uint32_t fastest; /**< Cycles of a round trip; of the slowest one that can be counted, too. */
    uint32_t slowest;
    int32_t error; /**< Of the first call that failed; 0: none did. */
};

/** @return the low half of the processor's time-stamp counter (Intel SDM 2B, RDTSC). */
static uint32_t cycles(void)
{
    return (uint32_t)__builtin_ia32_rdtsc();
}

/** Ask one question. */
static void ask(int32_t endpoint, uint32_t length, struct result *result)
{
    struct message message;
    char question[QUESTION_MAX + 1];
    memset(question, 'a' + (int)(length % 26), length);
    question[length] = '\0';
    int32_t status =
        message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), question, length);
    const uint32_t start = cycles();
    status = status < 0 ? status : ipc_call(endpoint, &message);
    const uint32_t took = cycles() - start;
    if (status == (int32_t)length && memcmp(message.data, question, length) == 0) {
        result->right++;
        result->fastest = took < result->fastest ? took : result->fastest;
        result->slowest = took > result->slowest ? took : result->slowest;
    }
    if (status < 0 && result->error == 0) {
        result->error = status;
    }
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "ping [COUNT [NAME]]"};
    uint32_t count = argument_number(&arguments, 1, 10);
    const char *name = argument_text(&arguments, 2, "echo:");
    arguments_end(&arguments, 2);
    int32_t endpoint = ns_wait(name, NULL, PATIENCE);
    if (endpoint < 0) {
        printf("ping: nobody serves %s: %s\n", name, strerror((int)endpoint));
        return EXIT_FAILURE;
    }
    struct result result = {.fastest = UINT32_MAX};
    for (uint32_t i = 0; i < count; i++) {
        ask(endpoint, i % QUESTION_MAX, &result);
    }
    struct message message;
    int32_t status = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0);
    status = status < 0 ? status : ipc_call(endpoint, &message);
    printf("ping: %u of %u answers of %s are right; round trips took %u to %u cycles\n",
           (unsigned)result.right, (unsigned)count, name,
           (unsigned)(result.right > 0 ? result.fastest : 0), (unsigned)result.slowest);
    if (result.error < 0) {
        printf("ping: the first call that failed: %s\n", strerror((int)result.error));
    }
    return result.right == count && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
