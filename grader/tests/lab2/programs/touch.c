/**
 * @file
 * Touches one address.
 *
 * usage: touch HOW ADDRESS
 *
 * HOW is r, w or x: read from there, write to it, or jump to it. The program exits normally if that
 * is possible; a jump is not expected to return. It owns no state.
 */
#include "check.h"

int main(int argc, char *argv[])
{
    CHECK(argc == 3);
    uintptr_t address = 0;
    for (const char *digit = argv[2] + 2; *digit != '\0'; digit++) {
        address = address * 16 + (uintptr_t)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
    }
    volatile uint32_t *word = (volatile uint32_t *)address;
    switch (argv[1][0]) {
    case 'r':
        (void)*word;
        return 0;
    case 'w':
        *word = 0xBAD0BAD0;
        return 0;
    default:
        ((void (*)(void))address)(); // NOLINT(clang-analyzer-core.CallAndMessage)
        return 0;
    }
}
