/**
 * @file
 * Uses its stack: a page in the middle, all of it, or more.
 *
 * usage: stack middle|all|beyond
 *
 * The stack is touched by address, far below the stack pointer, and must be there as a piece of
 * memory that keeps what is written to it. It owns no state.
 */
#include "check.h"

#define PAGE 4096u

/** The word at an address. */
static volatile uint32_t *word_at(uintptr_t address)
{
    return (volatile uint32_t *)address;
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    if (argv[1][0] == 'm') {
        uintptr_t middle = USER_STACK_TOP - 500 * 1024 + 8;
        CHECK(*word_at(middle) == 0);
        *word_at(middle) = 7;
        CHECK(*word_at(middle) == 7);
        CHECK(cairn_note("inspect", 7) == 0);
        return 0;
    }
    for (uintptr_t page = USER_STACK_BOTTOM; page < USER_STACK_TOP - 8 * PAGE; page += PAGE) {
        CHECK(*word_at(page) == 0);
        *word_at(page) = page;
    }
    for (uintptr_t page = USER_STACK_BOTTOM; page < USER_STACK_TOP - 8 * PAGE; page += PAGE) {
        CHECK(*word_at(page) == page);
    }
    if (argv[1][0] == 'b') {
        *word_at(USER_STACK_BOTTOM - 4) = 1;
    }
    return 0;
}
