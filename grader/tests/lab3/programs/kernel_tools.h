/**
 * @file
 * What programs that test ring 0 share.
 *
 * C has no words for the interrupt flag: the instructions that read and change it are machine code,
 * kept as data, which programs may execute. For the time-stamp counter the compiler has a function.
 * It owns no state.
 */
#ifndef PROGRAMS_KERNEL_TOOLS_H
#define PROGRAMS_KERNEL_TOOLS_H

#include "../../lab2/programs/check.h"

#include <cairn/kernel_services.h>

/** The interrupt flag in EFLAGS. */
#define FLAG_INTERRUPTS 0x200u

/** @return whether interrupts are on. */
static inline bool interrupts_are_on(void)
{
    static const uint8_t code[] = {0x9C, 0x58, 0xC3}; /* pushf; pop eax; ret */
    return (((uint32_t(*)(void))(uintptr_t)code)() & FLAG_INTERRUPTS) != 0;
}

/** Turn interrupts off. */
static inline void interrupts_off(void)
{
    static const uint8_t code[] = {0xFA, 0xC3}; /* cli; ret */
    ((void (*)(void))(uintptr_t)code)();
}

/** Turn interrupts on. */
static inline void interrupts_on(void)
{
    static const uint8_t code[] = {0xFB, 0xC3}; /* sti; ret */
    ((void (*)(void))(uintptr_t)code)();
}

/** @return the time-stamp counter, which counts instructions in the emulated machine. */
static inline uint64_t time_stamp(void)
{
    return __builtin_ia32_rdtsc();
}

#endif
