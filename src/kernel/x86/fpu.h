/**
 * @file
 * The floating-point unit: its registers, saved and restored for each program.
 *
 * The kernel itself computes with integers only, so the registers always belong to a program; the
 * context switch saves those of the program that leaves and restores those of the one that comes,
 * at once rather than at first use, so that no program's numbers ever lie in the registers while
 * another one runs. It owns the unit and the state that a new program starts with. Sequence:
 * fpu_init() once; fpu_reset() for each new program; fpu_switch() at each switch.
 *
 * Source: Intel SDM volume 3A, section 13.1 and 13.4; volume 1, section 10.5 (FXSAVE area).
 */
#ifndef KERNEL_X86_FPU_H
#define KERNEL_X86_FPU_H

#include "kernel/types.h"

/** The registers as FXSAVE stores them, or FNSAVE (108 bytes) on a processor without it. */
struct fpu_state {
    _Alignas(16) uint8_t bytes[512];
};
_Static_assert(sizeof(struct fpu_state) == 512, "SDM 1, table 10-2");

/** Turn the unit on, SSE too where there is FXSAVE; numeric errors raise exceptions 16 and 19. */
void fpu_init(void);

/** @param state becomes that of a new program: as after FNINIT, SSE exceptions masked. */
void fpu_reset(struct fpu_state *state);

/** Whether the processor has FXSAVE; written by fpu_init() only. */
extern bool fpu_has_fxsave;

/** Store the registers. @param state receives them. */
static inline void fpu_save(struct fpu_state *state)
{
    if (fpu_has_fxsave) {
        __asm__ volatile("fxsave %0" : "=m"(*state));
    } else {
        __asm__ volatile("fnsave %0; frstor %0" : "+m"(*state)); /* FNSAVE alone empties the unit */
    }
}

/** Load the registers. @param state stored by fpu_save() or made by fpu_reset(). */
static inline void fpu_restore(const struct fpu_state *state)
{
    if (fpu_has_fxsave) {
        __asm__ volatile("fxrstor %0" : : "m"(*state));
    } else {
        /* FRSTOR waits: an exception that is pending would be raised in the kernel. */
        __asm__ volatile("fninit; frstor %0" : : "m"(*state));
    }
}

/**
 * Store the registers of the program that leaves and load those of the one that comes.
 * @param save receives the registers.
 * @param load as for fpu_restore().
 */
static inline void fpu_switch(struct fpu_state *save, const struct fpu_state *load)
{
    if (fpu_has_fxsave) {
        __asm__ volatile("fxsave %0; fxrstor %1" : "=m"(*save) : "m"(*load));
    } else {
        __asm__ volatile("fnsave %0; frstor %1" : "=m"(*save) : "m"(*load));
    }
}

#endif
