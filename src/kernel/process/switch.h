/**
 * @file
 * The context switch: from one kernel stack to another.
 *
 * A process that does not run has, on top of its kernel stack, the registers that a C function must
 * preserve, as struct switch_frame; its kernel_esp points to them. So going on with it means to
 * load its stack pointer, pop them and return. A new process gets a frame made by hand, whose
 * return address is kernel_process_start() or trap_return (x86/trap.h). Neither routine owns state.
 * The implementation is the student's (lab 2, exercise 2: labs/lab2-processes/switch.S).
 *
 * Source: System V i386 psABI, section 2.2.1 (registers that a function preserves).
 */
#ifndef KERNEL_PROCESS_SWITCH_H
#define KERNEL_PROCESS_SWITCH_H

#include "kernel/types.h"

/** What lies at the stack pointer of a process that does not run. */
struct switch_frame {
    uint32_t edi;
    uint32_t esi;
    uint32_t ebx;
    uint32_t ebp;
    uint32_t eip; /**< Where context_switch() returns to. */
};
_Static_assert(sizeof(struct switch_frame) == 20, "five words, as switch.S pops them");

/**
 * Go on with another process (exercise lab2.ex2); called with interrupts off. Returns when
 * somebody switches back.
 * @param save receives the stack pointer of the caller.
 * @param load stack pointer of the other: a struct switch_frame lies there.
 */
void context_switch(uintptr_t *save, uintptr_t load);

/**
 * Where a kernel-mode process begins (exercise lab2.ex2); entered by the return of
 * context_switch(), never called. EBX holds a void function(void *), ESI its argument. It turns
 * interrupts on, calls the function, and then process_exit(EXIT_STATUS(EXIT_NORMAL, 0)).
 */
void kernel_process_start(void);

#endif
