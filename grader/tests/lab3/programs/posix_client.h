/**
 * @file
 * What programs share that make system calls of the POSIX personality.
 *
 * posix() changes the personality for one call, so that the program can ask the server in between
 * what has arrived. Checks compare that with what message_build() makes of the same arguments. It
 * owns the handles by which the servers are asked. Sequence: posix_begin(), then for each call
 * posix_plan(), posix(), POSIX_EXPECT_REQUEST().
 */
#ifndef PROGRAMS_POSIX_CLIENT_H
#define PROGRAMS_POSIX_CLIENT_H

#include "delegate_protocol.h"

#include <cairn_ipc.h>

/** Handles of the servers' names, by the numbers of their endpoints; 0: not asked for yet. */
static int32_t posix_controls[WELL_KNOWN_LAST + 1];

/** Find a server. */
static inline void posix_begin(uint32_t id)
{
    char name[] = "control:0";
    name[8] = (char)('0' + id);
    posix_controls[id] = ns_wait(name, NULL, 500);
    if (posix_controls[id] < 0) {
        cairn_exit(255);
    }
}

/** Make a call. */
static inline int32_t posix(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    bool changed = cairn_personality(PERSONALITY_POSIX) == 0;
    int32_t result = posix_call(number, a, b, c, 0x12345678);
    changed = changed && posix_call(POSIX_PERSONALITY, PERSONALITY_NATIVE, 0, 0, 0) == 0;
    if (!changed) {
        cairn_exit(254);
    }
    return result;
}

/** Say how a server answers from now on. */
static inline void posix_plan(uint32_t id, int32_t status, uint32_t length, uint32_t handles)
{
    const struct delegate_plan request = {status, length, handles, 0};
    struct message message = {.type = ORDER_TYPE(ORDER_PLAN), .length = sizeof(request)};
    memcpy(message.data, &request, sizeof(request));
    if (ipc_call(posix_controls[id], &message) != 0) {
        cairn_exit(253);
    }
}

/** @return what a server has received last. */
static inline struct delegate_seen posix_seen(uint32_t id)
{
    struct delegate_seen seen;
    struct message message = {.type = ORDER_TYPE(ORDER_HEADER)};
    if (ipc_call(posix_controls[id], &message) != 0 || message.length != sizeof(seen)) {
        cairn_exit(252);
    }
    memcpy(&seen, message.data, sizeof(seen));
    return seen;
}

/** Whether a server has received a request last, from this process. */
static inline bool posix_received(uint32_t id, const struct message *expected)
{
    const struct delegate_seen seen = posix_seen(id);
    struct message message = {.type = ORDER_TYPE(ORDER_DATA)};
    if (ipc_call(posix_controls[id], &message) != 0) {
        cairn_exit(251);
    }
    return seen.type == expected->type && seen.length == expected->length &&
           seen.sender == cairn_getpid() && seen.request_id != 0 && seen.status == 0 &&
           seen.handle_count == 0 && message.length == expected->length &&
           memcmp(message.data, expected->data, expected->length) == 0;
}

/** The request that POSIX_EXPECT_REQUEST() has built. */
static struct message posix_expected;

/** Whether the request could be built, and is what a server has received. */
static inline bool posix_has_received(uint32_t id, int error)
{
    return error == 0 && posix_received(id, &posix_expected);
}

/** Check what a server has received: POSIX_EXPECT_REQUEST(1, type, arguments...). */
#define POSIX_EXPECT_REQUEST(id, type, ...)                                                        \
    CHECK(posix_has_received((id), message_build(&posix_expected, (type), __VA_ARGS__)))

/** An address as an argument. */
static inline uint32_t posix_address(const volatile void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

/** Whether a buffer begins with what a planned answer has, and then is as it was. */
static inline bool posix_is_answer(const uint8_t *bytes, uint32_t length, uint32_t size,
                                   uint8_t before)
{
    for (uint32_t i = 0; i < size; i++) {
        if (bytes[i] != (i < length ? (uint8_t)(i + 1) : before)) {
            return false;
        }
    }
    return true;
}

#endif
