/**
 * @file
 * Uses handles from ring 3.
 *
 * usage: handles own | handles guess | handles full | handles fork | handles stay
 *
 * `own` makes handles and closes them, `guess` tries numbers that it was not given, `full` takes as
 * many handles as there are, `fork` lets a child try the parent's, `stay` does nothing for a long
 * time. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn_ipc.h>

/** Handles that a process can have (kernel/ipc/handle.h). */
#define HANDLES 1024

/** Whether a number names nothing, whatever it is asked for. */
static bool names_nothing(int32_t number)
{
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1)};
    struct endpoint_info info;
    return cairn_handle_close(number) == -E_BAD_HANDLE &&
           cairn_handle_duplicate(number, RIGHT_SEND) == -E_BAD_HANDLE &&
           cairn_notification_signal(number, 1) == -E_BAD_HANDLE &&
           cairn_notification_wait(number, 1) == -E_BAD_HANDLE &&
           (int32_t)cairn_memory_map(number, RIGHT_READ) == -E_BAD_HANDLE &&
           cairn_endpoint_info(number, &info) == -E_BAD_HANDLE &&
           cairn_endpoint_receive(number, &message, 1) == -E_BAD_HANDLE &&
           cairn_endpoint_send(number, &message, 1, 0) == -E_BAD_HANDLE;
}

static int guess(void)
{
    for (int32_t number = -20; number < HANDLES + 20; number++) {
        CHECK(names_nothing(number));
    }
    for (uint32_t bit = 10; bit < 32; bit++) {
        CHECK(names_nothing((int32_t)(1u << bit)) && names_nothing((int32_t) ~(1u << bit)));
    }
    return 0;
}

static int use_own(void)
{
    struct endpoint_info info;
    int32_t all = cairn_endpoint_create();
    CHECK(all >= 0 && cairn_endpoint_info(all, &info) == 0 && info.owner == cairn_getpid());
    int32_t some = cairn_handle_duplicate(all, RIGHT_SEND | RIGHT_TRANSFER);
    CHECK(some >= 0 && some != all);
    CHECK(cairn_handle_duplicate(some, RIGHT_SEND | RIGHT_READ) == -E_ACCESS);
    int32_t less = cairn_handle_duplicate(some, RIGHT_SEND);
    CHECK(less >= 0 && less != all && less != some);
    CHECK(cairn_handle_duplicate(less, RIGHT_SEND) == -E_ACCESS);
    CHECK(cairn_handle_duplicate(less, 0) == -E_ACCESS);
    struct message message;
    CHECK(cairn_endpoint_receive(some, &message, 1) == -E_ACCESS);
    CHECK(cairn_notification_signal(some, 1) == -E_BAD_HANDLE);
    CHECK((int32_t)cairn_memory_map(some, RIGHT_READ) == -E_BAD_HANDLE);
    CHECK(cairn_handle_close(some) == 0 && names_nothing(some));
    CHECK(cairn_endpoint_info(less, &info) == 0);
    CHECK(cairn_handle_close(less) == 0 && names_nothing(less));
    CHECK(cairn_endpoint_info(all, &info) == 0);
    CHECK(cairn_handle_close(all) == 0 && names_nothing(all));
    return 0;
}

static int take_all(void)
{
    struct endpoint_info info;
    int32_t first = cairn_endpoint_create();
    CHECK(first >= 0);
    int32_t last = first;
    for (int i = 1; i < HANDLES; i++) {
        last = cairn_handle_duplicate(first, RIGHT_SEND);
        CHECK(last >= 0 && last != first);
    }
    for (int i = 0; i < 3; i++) {
        CHECK(cairn_handle_duplicate(first, RIGHT_SEND) == -E_NO_SPACE);
        CHECK(cairn_endpoint_create() == -E_NO_SPACE);
    }
    CHECK(cairn_handle_close(last) == 0);
    CHECK(cairn_endpoint_create() >= 0);
    CHECK(cairn_endpoint_create() == -E_NO_SPACE);
    CHECK(cairn_endpoint_info(first, &info) == 0);
    return 0;
}

static int try_after_fork(void)
{
    struct endpoint_info info;
    int32_t handle = cairn_endpoint_create();
    CHECK(handle >= 0);
    int32_t child = cairn_fork();
    if (child == 0) {
        CHECK(names_nothing(handle));
        return guess();
    }
    int status = -1;
    CHECK(child > 0 && cairn_wait(child, &status) == child && status == 0);
    CHECK(cairn_endpoint_info(handle, &info) == 0);
    return 0;
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    switch (argv[1][1]) {
    case 'w':
        return use_own();
    case 'u':
        return argv[1][0] == 'g' ? guess() : take_all();
    case 't':
        return cairn_sleep(100000);
    default:
        return try_after_fork();
    }
}
