/**
 * @file
 * Tries to bind well-known endpoints.
 *
 * usage: delegate_bind refused|one|again
 *
 * A process needs the privilege for each endpoint, which the test has given or not; and an endpoint
 * has one owner. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <cairn_ipc.h>

static void expect_none_else(uint32_t bound)
{
    for (uint32_t id = 1; id <= WELL_KNOWN_LAST; id++) {
        CHECK(id == bound || cairn_bind(id) == -E_ACCESS);
    }
    CHECK(cairn_bind(0) == -E_NOT_FOUND && cairn_bind(WELL_KNOWN_LAST + 1) == -E_NOT_FOUND);
    CHECK(cairn_bind(32) == -E_NOT_FOUND && cairn_bind(0xFFFFFFFF) == -E_NOT_FOUND);
}

int main(int argc, char *argv[])
{
    struct message message;
    struct endpoint_info info;
    CHECK(argc == 2);
    if (argv[1][0] == 'r') {
        expect_none_else(0);
        CHECK(cairn_grant(cairn_getpid(), WELL_KNOWN_VFS) == -E_ACCESS);
        expect_none_else(0);
        return 0;
    }
    int32_t endpoint = cairn_bind(WELL_KNOWN_NETWORK);
    if (argv[1][0] == 'a') {
        CHECK(endpoint == -E_EXISTS);
        return 0;
    }
    CHECK(endpoint >= 0);
    CHECK(cairn_bind(WELL_KNOWN_NETWORK) == -E_EXISTS);
    expect_none_else(WELL_KNOWN_NETWORK);
    CHECK(cairn_endpoint_receive(endpoint, &message, 2) == -E_TIMED_OUT);
    CHECK(cairn_endpoint_info(endpoint, &info) == 0 && info.owner == cairn_getpid());
    CHECK(cairn_handle_close(endpoint) == 0); /* that gives it up, and it is free again */
    endpoint = cairn_bind(WELL_KNOWN_NETWORK);
    CHECK(endpoint >= 0);
    (void)cairn_sleep(30);
    return 0;
}
