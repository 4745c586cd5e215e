/**
 * @file
 * Moves the end of its heap, and uses what it gets.
 *
 * usage: heap limits|beyond|greedy
 *
 * `limits` finds out how far the heap can grow; `beyond` touches what lies behind its end; `greedy`
 * touches page after page until the kernel has no more. It owns no state but its heap.
 */
#include "check.h"

#include <cairn/error.h>
#include <cairn/syscall.h>

#define PAGE 4096u

static volatile uint32_t *word_at(uintptr_t address)
{
    return (volatile uint32_t *)address;
}

/** Let the heap grow by as much as there are free frames. @return the bytes; 0: it cannot. */
static uint32_t grow_by_memory(uint32_t most)
{
    struct memory_info info;
    CHECK(cairn_memory_info(&info) == 0);
    uint32_t bytes = info.frames_free * PAGE;
    bytes = bytes < most ? bytes : most;
    return cairn_grow((int32_t)bytes) < SYSCALL_ERROR_FIRST ? bytes : 0;
}

static void try_limits(void)
{
    uintptr_t start = cairn_grow(0);
    CHECK(start % PAGE == 0 && start > USER_PROGRAM_BASE);
    CHECK(cairn_grow(0) == start);
    CHECK(cairn_grow(10) == start);
    CHECK(cairn_grow(0) == start + 10);
    CHECK(cairn_grow((int32_t)PAGE) == start + 10);
    CHECK(*word_at(start) == 0 && *word_at(start + PAGE) == 0);
    *word_at(start) = 1;
    *word_at(start + PAGE) = 2;
    CHECK(cairn_grow(INT32_MAX) == (uintptr_t)-E_NO_MEMORY);
    CHECK(cairn_grow(0) == start + 10 + PAGE);
    while (cairn_grow(0) < USER_PROGRAM_LIMIT) {
        CHECK(grow_by_memory(USER_PROGRAM_LIMIT - cairn_grow(0)) > 0);
    }
    CHECK(cairn_grow(0) == USER_PROGRAM_LIMIT);
    CHECK(cairn_grow(1) == (uintptr_t)-E_NO_MEMORY);
    CHECK(*word_at(USER_PROGRAM_LIMIT - 4) == 0);
    *word_at(USER_PROGRAM_LIMIT - 4) = 3;
    CHECK(*word_at(start) == 1 && *word_at(start + PAGE) == 2);
    CHECK(*word_at(USER_PROGRAM_LIMIT - 4) == 3);
    CHECK(*word_at(0x80000000) == 0);
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    uintptr_t start = cairn_grow(0);
    switch (argv[1][0]) {
    case 'l':
        try_limits();
        return 0;
    case 'b':
        CHECK(cairn_grow((int32_t)PAGE) == start);
        *word_at(start) = 1;
        *word_at(start + PAGE) = 1;
        return 0;
    default:
        CHECK(grow_by_memory(UINT32_MAX) > 0 && grow_by_memory(UINT32_MAX) > 0);
        for (uintptr_t page = start; page < cairn_grow(0); page += PAGE) {
            *word_at(page) = page;
        }
        return 0;
    }
}
