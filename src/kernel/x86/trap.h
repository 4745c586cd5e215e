/**
 * @file
 * Exceptions and interrupts: from the processor's event to the C function that acts.
 *
 * Each vector has an entry stub (trap_entry.S) that saves the registers as a struct trap_frame and
 * calls trap_dispatch(), or for a system call what trap_extend() was given. It knows what a page
 * fault, the watchdog's NMI and a hardware interrupt are; every other vector ends the run with a
 * report, unless a program raised it. It owns the count of page faults under way. Sequence:
 * cpu_init() installs the stubs; afterwards the processor is the only caller.
 *
 * Source: Intel SDM volume 3A, chapter 6; table 6-1 (vectors), section 6.12 (stack frame).
 */
#ifndef KERNEL_X86_TRAP_H
#define KERNEL_X86_TRAP_H

#include "kernel/memory/fault.h"
#include "kernel/types.h"

/** The vectors that the kernel names. */
enum trap_vector {
    TRAP_DEBUG = 1,        /**< A single step. */
    TRAP_NMI = 2,          /**< The watchdog. */
    TRAP_BREAKPOINT = 3,   /**< INT3. */
    TRAP_OVERFLOW = 4,     /**< INTO. */
    TRAP_DOUBLE_FAULT = 8, /**< Delivered through a task gate, on a stack of its own. */
    TRAP_PAGE_FAULT = 14,  /**< The address is in CR2. */
    TRAP_EXCEPTIONS = 32,  /**< Number of vectors that belong to the processor. */
    TRAP_IRQ_FIRST = 32,   /**< IRQ 0, after pic_init(). */
    TRAP_IRQ_LAST = 47,    /**< IRQ 15. */
    TRAP_SYSCALL = 0x80,   /**< A system call (cairn/syscall.h). */
    TRAP_SYSENTER = 0x81,  /**< Not a vector of the processor: a system call by SYSENTER. */
    TRAP_VECTORS = 256,    /**< Number of vectors. */
};

/** The flags of a program that starts: interrupts on; bit 1 is always set (SDM 1, 3.4.3). */
#define EFLAGS_PROGRAM 0x202u

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

/** An exception, explained. */
struct trap_problem {
    const char *sentence;      /**< What is wrong, without a full stop. */
    const struct fault *fault; /**< Of a page fault; else NULL. */
    enum fault_cause cause;    /**< Of a page fault; else FAULT_CAUSE_NONE. */
};

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

/**
 * What a kernel with processes adds to the handling of traps. A kernel without any has none of it:
 * there, the file trap.c knows of no process.
 */
struct trap_extension {
    /** Act on a system call. */
    void (*system_call)(struct trap_frame *frame);
    /** Act on an IRQ, which has been acknowledged already. May switch to another process. */
    void (*interrupt)(uint32_t irq);
    /** Try to resolve a fault for which fault_resolve() has found @p cause. @return the cause. */
    enum fault_cause (*resolve)(struct space *space, const struct fault *fault,
                                enum fault_cause cause);
    /** Let the kernel survive a fault of its own. @return whether it can go on with @p frame. */
    bool (*recover)(struct trap_frame *frame);
    /** End the program that raised an exception; does not return. */
    void (*program_fault)(const struct trap_frame *frame, const struct trap_problem *problem);
};

/**
 * What the entry code calls for a system call: trap_dispatch(), which knows of none, until
 * trap_extend(). Written there only.
 */
extern void (*trap_system_call)(struct trap_frame *frame);

/**
 * Add to the handling of traps.
 * @param addition used from now on; no member is NULL.
 */
void trap_extend(const struct trap_extension *addition);

/**
 * Where a new program enters ring 3: restores the struct trap_frame to which ESP points and
 * returns to what it names. Code, never called: context_switch() returns here.
 */
void trap_return(void);

/** Where SYSENTER enters the kernel. Code, never called. */
void sysenter_entry(void);

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
