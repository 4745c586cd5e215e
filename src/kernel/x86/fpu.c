/**
 * @file
 * The floating-point unit; see fpu.h.
 *
 * It owns the state of a program that has not computed yet, taken from the unit itself after
 * FNINIT. Whether there is FXSAVE is asked once, by CPUID; the control register then tells the
 * processor that the kernel saves the SSE registers too. fpu_init() comes before the first program.
 */
#include "kernel/x86/fpu.h"

#include "kernel/x86/cpu.h"

/** Bits of control registers (SDM 3A, 2.5). */
#define CR0_MONITOR        (1u << 1)
#define CR0_EMULATE        (1u << 2)
#define CR0_TASK_SWITCHED  (1u << 3)
#define CR0_NUMERIC_ERROR  (1u << 5)
#define CR4_FXSAVE         (1u << 9)
#define CR4_SSE_EXCEPTIONS (1u << 10)

/** SSE control: every exception masked, round to nearest (SDM 1, 10.2.3). */
#define MXCSR_DEFAULT 0x1F80u

bool fpu_has_fxsave;
static struct fpu_state fresh; /* of a new program */

void fpu_init(void)
{
    fpu_has_fxsave = (cpu_features() & CPU_FEATURE_FXSAVE) != 0;
    uint32_t cr0;
    __asm__ volatile("movl %%cr0, %0" : "=r"(cr0));
    cr0 &= ~(CR0_EMULATE | CR0_TASK_SWITCHED);
    cr0 |= CR0_MONITOR | CR0_NUMERIC_ERROR;
    __asm__ volatile("movl %0, %%cr0; fninit" : : "r"(cr0) : "memory");
    if (fpu_has_fxsave) {
        uint32_t mxcsr = MXCSR_DEFAULT;
        uint32_t cr4;
        __asm__ volatile("movl %%cr4, %0" : "=r"(cr4));
        __asm__ volatile("movl %0, %%cr4; ldmxcsr %1"
                         :
                         : "r"(cr4 | CR4_FXSAVE | CR4_SSE_EXCEPTIONS), "m"(mxcsr)
                         : "memory");
    }
    fpu_save(&fresh);
    fpu_restore(&fresh);
}

void fpu_reset(struct fpu_state *state)
{
    *state = fresh;
}
