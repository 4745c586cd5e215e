/**
 * @file
 * Uses notifications from ring 3.
 *
 * usage: signal errors | signal answer ROUNDS | signal wait
 *
 * `errors` makes notifications of its own, and tries what is not allowed. The others use those for
 * which they were given handles: one for signalling, one for waiting. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn_ipc.h>

/** Handles that are looked at to find those that were given. */
#define HANDLES 64
/** More ticks than a limit can have: an error for who may wait, found after the rights. */
#define TOO_LONG 0x80000000u

/** The handle that can be used for signalling. */
static int32_t find_sender(void)
{
    for (int32_t handle = 0; handle < HANDLES; handle++) {
        if (cairn_notification_signal(handle, 0) == -E_INVALID) {
            return handle;
        }
    }
    return HANDLE_NONE;
}

/** The handle that can be used for waiting. */
static int32_t find_receiver(void)
{
    for (int32_t handle = 0; handle < HANDLES; handle++) {
        if (cairn_notification_wait(handle, TOO_LONG) == -E_INVALID) {
            return handle;
        }
    }
    return HANDLE_NONE;
}

/** Bits and limits, of a handle with all rights. */
static void try_values(int32_t all)
{
    CHECK(cairn_notification_signal(all, 0) == -E_INVALID);
    CHECK(cairn_notification_signal(all, 0x80000000u) == -E_INVALID);
    CHECK(cairn_notification_signal(all, 0xFFFFFFFFu) == -E_INVALID);
    CHECK(cairn_notification_wait(all, TOO_LONG) == -E_INVALID);
    CHECK(cairn_notification_wait(all, 1) == -E_TIMED_OUT);
    CHECK(cairn_notification_signal(all, 0x40000001u) == 0);
    CHECK(cairn_notification_signal(all, 6) == 0);
    CHECK(cairn_notification_wait(all, WAIT_NO_LIMIT) == 0x40000007);
    uint32_t start = cairn_clock();
    CHECK(cairn_notification_wait(all, 10) == -E_TIMED_OUT);
    CHECK(cairn_clock() - start >= 10 && cairn_clock() - start < 14);
}

/** Handles with less than all rights. */
static void try_rights(int32_t all)
{
    int32_t send = cairn_handle_duplicate(all, RIGHT_SEND);
    int32_t receive = cairn_handle_duplicate(all, RIGHT_RECEIVE);
    CHECK(send >= 0 && receive >= 0 && send != receive);
    CHECK(cairn_notification_wait(send, 1) == -E_ACCESS);
    CHECK(cairn_notification_signal(receive, 1) == -E_ACCESS);
    CHECK(cairn_notification_signal(receive, 0) == -E_ACCESS);
    CHECK(cairn_notification_signal(send, 9) == 0);
    CHECK(cairn_notification_wait(receive, WAIT_NO_LIMIT) == 9);
    CHECK(cairn_handle_duplicate(send, RIGHT_SEND) == -E_ACCESS);
    CHECK(cairn_handle_close(all) == 0);
    CHECK(cairn_notification_signal(all, 1) == -E_BAD_HANDLE);
    CHECK(cairn_notification_wait(all, 1) == -E_BAD_HANDLE);
    CHECK(cairn_notification_signal(send, 5) == 0);
    CHECK(cairn_handle_close(send) == 0);
    CHECK(cairn_notification_wait(receive, 1) == 5);
}

static int try_errors(void)
{
    int32_t endpoint = cairn_endpoint_create();
    CHECK(endpoint >= 0);
    CHECK(cairn_notification_signal(endpoint, 1) == -E_BAD_HANDLE);
    CHECK(cairn_notification_wait(endpoint, 1) == -E_BAD_HANDLE);
    CHECK(cairn_notification_signal(HANDLE_NONE, 1) == -E_BAD_HANDLE);
    CHECK(cairn_notification_wait(HANDLE_NONE, 1) == -E_BAD_HANDLE);
    int32_t all = cairn_notification_create();
    CHECK(all >= 0);
    try_values(all);
    try_rights(all);
    return 0;
}

/** Answer signals: the bits that come, and one more. */
static int answer(uint32_t rounds)
{
    int32_t send = find_sender();
    int32_t receive = find_receiver();
    CHECK(send >= 0 && receive >= 0);
    for (uint32_t i = 0; i < rounds; i++) {
        int32_t bits = cairn_notification_wait(receive, 1000);
        CHECK(bits > 0);
        CHECK(cairn_notification_signal(send, (uint32_t)bits + 1) == 0);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    switch (argv[1][0]) {
    case 'e':
        return try_errors();
    case 'a':
        CHECK(argc == 3);
        return answer(number_of(argv[2]));
    default:
        CHECK(cairn_notification_wait(find_receiver(), WAIT_NO_LIMIT) < 0);
        return 0;
    }
}
