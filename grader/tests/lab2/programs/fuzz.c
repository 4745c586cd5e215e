/**
 * @file
 * Makes random system calls with hostile arguments.
 *
 * usage: fuzz SEED CALLS
 *
 * Numbers, arguments, flags and the way into the kernel are random; many pointers lead to where
 * something ends or must not be touched. A child of a fork makes a few more calls and exits. The
 * program may be ended by what it does, at any time: whoever starts it starts it again. It owns the
 * random numbers and a few pages that the kernel may write to.
 */
#include "check.h"
#include "raw.h"

#include <cairn/syscall.h>
#include <stdlib.h>

#define PAGE 4096u

static uint32_t state;
static char *page;         /* the last page of the heap */
static char own[3 * PAGE]; /* anything may be written here */
static const char path[] = "test/fuzz";
static char *arguments[] = {"fuzz", "7", "20", NULL};

/** A xorshift generator (G. Marsaglia, Xorshift RNGs, 2003). */
static uint32_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static uint32_t below(uint32_t limit)
{
    return random_word() % limit;
}

/** An address at which something ends, or that is not the program's. */
static uint32_t hostile_address(void)
{
    static const uint32_t addresses[] = {
        0,
        0x1000,
        0x100000,
        0x3FFFFFFC,
        USER_STACK_GUARD,
        0x4000FFFC,
        USER_STACK_BOTTOM,
        USER_STACK_TOP - 8,
        0x40100000,
        0x40101000,
        0x80000000,
        0xBFFEFFFC,
        0xBFFFFFFC,
        0xC0000000,
        0xC0000100,
        0xF0000000,
        0xF0003FFC,
        0xFFFFFFFC,
        0xFFFFFFFF,
    };
    return addresses[below(sizeof(addresses) / sizeof(addresses[0]))] + below(16) - 8;
}

static uint32_t argument(void)
{
    switch (below(12)) {
    case 0:
        return below(5);
    case 1:
        return random_word();
    case 2:
        return random_word() >> below(32);
    case 3:
    case 4:
        return hostile_address();
    case 5:
        return (uint32_t)(uintptr_t)page + PAGE - below(80);
    case 6:
        return (uint32_t)(uintptr_t)&own[below(sizeof(own))];
    case 7:
        return (uint32_t)(uintptr_t)own;
    case 8:
        return 1u << below(32);
    case 9:
        return (uint32_t)-1 - below(3);
    case 10:
        return 60 + below(10);
    default:
        return 1020 + below(8);
    }
}

/** The number of a call; the costly ones are rare. */
static uint32_t number(void)
{
    uint32_t chosen = below(8) == 0 ? argument() : below(SYSCALL_LIMIT + 4);
    bool costly = chosen == SYS_EXIT || chosen == SYS_FORK || chosen == SYS_SLEEP;
    return costly && below(20) != 0 ? (uint32_t)SYS_GETPID : chosen;
}

/** Flags as they are, or hostile ones; a single step would end the program. */
static uint32_t flags(void)
{
    uint32_t chosen = 0x202;
    if (below(4) == 0) {
        chosen |= random_word() & 0x244ED5;
    }
    return below(2000) == 0 ? chosen | 0x100 : chosen;
}

/** A call that starts this program once more, with few calls. */
static void start_again(struct raw_registers *registers)
{
    registers->eax = below(4) == 0 ? SYS_EXEC : SYS_SPAWN;
    registers->ebx = (uint32_t)(uintptr_t)path;
    registers->ecx = (uint32_t)(uintptr_t)arguments;
}

int main(int argc, char *argv[])
{
    CHECK(argc == 3);
    state = number_of(argv[1]) * 2654435761u + 1;
    page = (char *)cairn_grow((int32_t)PAGE);
    CHECK((uintptr_t)page < SYSCALL_ERROR_FIRST);
    for (int left = (int)number_of(argv[2]); left > 0; left--) {
        struct raw_registers registers = {number(),   argument(),    argument(),    argument(),
                                          argument(), random_word(), random_word(), flags()};
        if (below(1000) == 0) {
            start_again(&registers);
        }
        bool forks = registers.eax == SYS_FORK;
        if (below(2) == 0) {
            raw_int80(&registers);
        } else {
            raw_sysenter(&registers);
        }
        if (forks && registers.eax == 0) {
            state ^= (uint32_t)cairn_getpid() * 40503;
            left = 20;
        }
    }
    return 0;
}
