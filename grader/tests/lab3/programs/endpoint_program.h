/**
 * @file
 * What the programs that test endpoints from ring 3 share.
 *
 * Checks are those of lab 2. A parent gives its children handles by messages to their own
 * endpoints, and learns from their exit statuses what they found. It owns no state.
 */
#ifndef PROGRAMS_ENDPOINT_PROGRAM_H
#define PROGRAMS_ENDPOINT_PROGRAM_H

#include "../../lab2/programs/check.h"

#include <cairn_ipc.h>

/**
 * A pseudo-random number.
 * @param state of the generator, not 0; moved on.
 * @return a number from 0 to 2^31 - 1.
 */
static inline uint32_t random_number(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state >> 1;
}

/** Types of messages of these programs' own. */
#define TYPE(operation) MESSAGE_TYPE(DIALECT_USER, operation)

/** The byte at a place of a message that is determined by a key. */
static inline uint8_t byte_of(uint32_t key, uint32_t place)
{
    return (uint8_t)((key * 2654435761u + place * 40503u) >> 8 ^ place);
}

/** Make a message. */
static inline void fill(struct message *message, uint32_t type, uint32_t length, uint32_t key)
{
    message->type = type;
    message->length = length;
    message->status = 0;
    message->handle_count = 0;
    for (uint32_t i = 0; i < length; i++) {
        message->data[i] = byte_of(key, i);
    }
}

/** @return whether a message has these bytes. */
static inline bool has(const struct message *message, uint32_t length, uint32_t key)
{
    bool same = message->length == length;
    for (uint32_t i = 0; i < length && same; i++) {
        same = message->data[i] == byte_of(key, i);
    }
    return same;
}

/** Give a handle to a process, by its own endpoint. @return the result of the sending. */
static inline int give(int32_t pid, int32_t handle)
{
    struct message gift;
    fill(&gift, TYPE(0xFEED), 0, 0);
    gift.handle_count = 1;
    gift.handles[0] = handle;
    return cairn_send(pid, &gift, WAIT_NO_LIMIT, 0);
}

/** Take a handle that the parent gives. @return it; HANDLE_NONE if none came. */
static inline int32_t take(void)
{
    struct message gift;
    int error = cairn_receive(cairn_getppid(), &gift, WAIT_NO_LIMIT);
    return error == 0 && gift.handle_count == 1 ? gift.handles[0] : HANDLE_NONE;
}

/**
 * Start a child, which is given a handle and then ends with what a function returns.
 * @param act called with the child's own handle and @p argument.
 * @param endpoint a handle with RIGHT_TRANSFER.
 * @param argument passed on.
 * @return the child's pid, or an error.
 */
static inline int32_t child(int (*act)(int32_t endpoint, uint32_t argument), int32_t endpoint,
                            uint32_t argument)
{
    int32_t pid = cairn_fork();
    if (pid == 0) {
        cairn_exit(act(take(), argument));
    }
    int error = pid < 0 ? 0 : give(pid, endpoint);
    return error < 0 ? error : pid;
}

/** Wait for a child. @return its exit status. */
static inline int status_of(int32_t pid)
{
    int status = -1;
    return cairn_wait(pid, &status) == pid ? status : -1;
}

#endif
