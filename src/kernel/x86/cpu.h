/**
 * @file
 * The processor: its start, time, idleness, interrupts, and saved contexts.
 *
 * cpu_init() gives the processor its tables (segments, interrupts) and the interrupt controller a
 * defined state; it comes first of all. The other functions wrap single instructions, so that
 * portable code needs no assembly. It owns the descriptor tables.
 */
#ifndef KERNEL_X86_CPU_H
#define KERNEL_X86_CPU_H

#include "kernel/types.h"

/** Set up segments, exceptions and the interrupt controller. Interrupts stay off. */
void cpu_init(void);

/** @return the time-stamp counter (RDTSC; SDM 3B, 17.17). */
uint64_t cpu_timestamp(void);

/** Turn interrupts on and wait for one; returns after it was handled, with interrupts on. */
void cpu_idle(void);

/** Stop for good, with interrupts off. */
_Noreturn void cpu_halt(void);

/** The interrupt flag in EFLAGS (SDM 1, 3.4.3.3). */
#define EFLAGS_INTERRUPTS (1u << 9)

/** Turn interrupts on. */
static inline void cpu_interrupts_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

/** Turn interrupts off. @return whether they were on. */
static inline bool cpu_interrupts_disable(void)
{
    uint32_t eflags;
    __asm__ volatile("pushfl; popl %0; cli" : "=r"(eflags) : : "memory");
    return (eflags & EFLAGS_INTERRUPTS) != 0;
}

/** Turn interrupts on again if they were on. @param enabled from cpu_interrupts_disable(). */
static inline void cpu_interrupts_restore(bool enabled)
{
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/** @return whether interrupts are on. */
static inline bool cpu_interrupts_enabled(void)
{
    uint32_t eflags;
    __asm__ volatile("pushfl; popl %0" : "=r"(eflags) : : "memory");
    return (eflags & EFLAGS_INTERRUPTS) != 0;
}

/** Bits of cpu_features() (SDM 2A, table 3-11). */
enum cpu_feature {
    CPU_FEATURE_SYSENTER = 1 << 11,
    CPU_FEATURE_FXSAVE = 1 << 24,
};

/** @return what the processor can do: EDX of CPUID leaf 1. */
uint32_t cpu_features(void);

/**
 * Write a model-specific register (WRMSR; SDM 2C).
 * @param number which.
 * @param value its low 32 bits; the others become 0.
 */
void cpu_write_msr(uint32_t number, uint32_t value);

/** @return the caller's frame pointer, where a backtrace of it starts. */
uintptr_t cpu_frame_pointer(void);

/** The address of the last page fault (CR2; SDM 3A, 2.5). */
static inline uintptr_t cpu_fault_address(void)
{
    uintptr_t address;
    __asm__ volatile("movl %%cr2, %0" : "=r"(address) : : "memory");
    return address;
}

/** What a function call preserves, and where to go on. */
struct cpu_context {
    uint32_t ebx;
    uint32_t esi;
    uint32_t edi;
    uint32_t ebp;
    uint32_t esp;
    uint32_t eip;
    uint32_t eflags; /**< With the interrupt flag. */
};

/**
 * Remember this place, as setjmp() does. The context is valid until the calling function returns.
 * @param context receives the place; the caller owns it.
 * @return 0 the first time; 1 when context_restore() comes back here.
 */
__attribute__((returns_twice)) MUST_USE int context_save(struct cpu_context *context);

/**
 * Go back to a remembered place, as longjmp() does; also out of a trap.
 * @param context filled in by context_save() in a function that has not returned.
 */
_Noreturn void context_restore(const struct cpu_context *context);

#endif
