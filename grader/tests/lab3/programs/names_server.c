/**
 * @file
 * Registers names, and ends in a certain way.
 *
 * usage: names_server exit|fault|wait
 *
 * The test looks for the names while the program sleeps, and afterwards. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn_ipc.h>
#include <ipc.h>

/** Ticks for which the names can be seen. */
#define LIFE 20u

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    int32_t endpoint = ns_publish("program:");
    CHECK(endpoint >= 0);
    CHECK(cairn_name_register("program:/second", endpoint) == 0);
    CHECK(cairn_name_alias("programs:", "program:") == 0);
    switch (argv[1][0]) {
    case 'e':
        (void)cairn_sleep(LIFE);
        return 0;
    case 'f':
        (void)cairn_sleep(LIFE);
        *(volatile uint32_t *)(uintptr_t)USER_STACK_GUARD = 0;
        return 1;
    default:
        (void)cairn_sleep(100 * LIFE);
        return 1;
    }
}
