/**
 * @file
 * Exceptions and interrupts: from the processor's event to the C function that acts.
 *
 * Each vector has an entry stub (trap_entry.S) that saves the registers as a struct trap_frame and
 * calls trap_dispatch(). It knows what a page fault, the watchdog's NMI and a hardware interrupt
 * are; every other vector ends the run with a report. It owns the count of page faults under way.
 * Sequence: cpu_init() installs the stubs; afterwards the processor is the only caller.
 *
 * Source: Intel SDM volume 3A, chapter 6; table 6-1 (vectors), section 6.12 (stack frame).
 */
#ifndef KERNEL_X86_TRAP_H
#define KERNEL_X86_TRAP_H

#include "kernel/types.h"

/** The vectors that the kernel names. */
enum trap_vector {
    TRAP_NMI = 2,          /**< The watchdog. */
    TRAP_DOUBLE_FAULT = 8, /**< Delivered through a task gate, on a stack of its own. */
    TRAP_PAGE_FAULT = 14,  /**< The address is in CR2. */
    TRAP_EXCEPTIONS = 32,  /**< Number of vectors that belong to the processor. */
    TRAP_IRQ_FIRST = 32,   /**< IRQ 0, after pic_init(). */
    TRAP_IRQ_LAST = 47,    /**< IRQ 15. */
    TRAP_VECTORS = 256,    /**< Number of vectors. */
};

/** The registers of interrupted code, in the order in which they lie on the stack. */
struct trap_frame {
    /* Pushed by PUSHAL. */
    uint32_t edi;
    uint32_t esi;
    uint32_t ebp;
    uint32_t esp; /**< Of the interrupted code, whatever its ring; set by trap_dispatch(). */
    uint32_t ebx;
    uint32_t edx;
    uint32_t ecx;
    uint32_t eax;

    /* Pushed by the entry code; only the low 16 bits mean something. */
    uint32_t gs;
    uint32_t fs;
    uint32_t es;
    uint32_t ds;

    /* Pushed by the stub; the error code by the processor if the vector has one. */
    uint32_t vector;
    uint32_t error_code;

    /* Pushed by the processor. */
    uint32_t eip;
    uint32_t cs;
    uint32_t eflags;

    /* Pushed by the processor only if the interrupted code ran in ring 3. */
    uint32_t user_esp;
    uint32_t user_ss;
};
_Static_assert(sizeof(struct trap_frame) == 76, "19 words, as trap_entry.S leaves them");

/**
 * The name of a vector.
 * @param vector any number.
 * @return for instance "page fault"; "hardware interrupt" or "software interrupt" from 32 on.
 */
const char *trap_name(uint32_t vector);

/**
 * Act on an exception or interrupt. Called by the entry code with interrupts off.
 * @param frame the interrupted registers; on return they are restored from it.
 */
void trap_dispatch(struct trap_frame *frame);

/** Say that every handler in progress was left by context_restore() and will not return. */
void trap_abandon(void);

/**
 * Whether a frame was saved in ring 3.
 * @param frame any frame.
 * @return false for the kernel's own code; then user_esp and user_ss mean nothing.
 */
static inline bool trap_from_user(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 3; /* the requested privilege level (SDM 3A, 5.5) */
}

#endif
