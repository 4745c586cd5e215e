/**
 * @file
 * Registers as many names as a process can have.
 *
 * usage: review_names
 *
 * Names and aliases count together; one that goes makes room for another. The exit status is 0 if
 * exactly NAMES_MAX can be there. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>

/** Register name number @p number, every second time as an alias. */
static int enter(int32_t endpoint, uint32_t number)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "review:%u", (unsigned)number);
    return number % 2 == 0 ? cairn_name_register(name, endpoint) : cairn_name_alias(name, "a:");
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    int32_t endpoint = cairn_endpoint_create();
    CHECK(endpoint >= 0);
    for (uint32_t i = 0; i < NAMES_MAX; i++) {
        CHECK(enter(endpoint, i) == 0);
    }
    CHECK(enter(endpoint, NAMES_MAX) == -E_NO_SPACE);
    CHECK(enter(endpoint, NAMES_MAX + 1) == -E_NO_SPACE);
    CHECK(cairn_name_unregister("review:7") == 0);
    CHECK(enter(endpoint, 0) == -E_EXISTS && enter(endpoint, 7) == 0);
    CHECK(enter(endpoint, NAMES_MAX) == -E_NO_SPACE);
    return 0;
}
