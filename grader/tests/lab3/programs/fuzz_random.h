/**
 * @file
 * Random numbers and hostile addresses for the fuzzer, and its way into the kernel.
 *
 * Every call is made with random numbers in the registers that it does not use. The file owns the
 * random numbers. Sequence: random_start(), then make_call() again and again.
 */
#ifndef PROGRAMS_FUZZ_RANDOM_H
#define PROGRAMS_FUZZ_RANDOM_H

#include "../../lab2/programs/check.h"
#include "../../lab2/programs/raw.h"

#include <cairn/syscall.h>

#define PAGE 4096u

static uint32_t random_state;

/** Begin with a seed. */
static inline void random_start(uint32_t seed)
{
    random_state = seed * 2654435761u + 1;
}

/** A xorshift generator (G. Marsaglia, Xorshift RNGs, 2003). */
static inline uint32_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static inline uint32_t below(uint32_t limit)
{
    return random_word() % limit;
}

/** An address at which something ends, or that is not the program's. */
static inline uint32_t hostile_address(void)
{
    static const uint32_t addresses[] = {
        0,          0x1000,     0x100000,   0x3FFFFFFC, USER_STACK_GUARD, USER_STACK_BOTTOM,
        0x400FFFF8, 0x40100000, 0x80000000, 0x80001000, 0xA0000000,       0xBFFEFFFC,
        0xBFFFFFFC, 0xC0000000, 0xC0000100, 0xF0003FFC, 0xFFFFFFFC,       0xFFFFFFFF,
    };
    return addresses[below(sizeof(addresses) / sizeof(addresses[0]))] + below(16) - 8;
}

/** Make a call by one of the two ways. @return EAX. */
static inline uint32_t make_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
                                 bool sysenter)
{
    struct raw_registers registers = {number, a, b, c, d, random_word(), random_word(), 0x202};
    if (sysenter) {
        raw_sysenter(&registers);
    } else {
        raw_int80(&registers);
    }
    return registers.eax;
}

#endif
