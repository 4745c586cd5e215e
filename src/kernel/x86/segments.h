/**
 * @file
 * Segments and tasks: the global descriptor table and the task state segments.
 *
 * Every segment spans the whole address space; what remains of segmentation are the two
 * privilege rings and two tasks. The second task exists for the double fault: the processor
 * switches to it when it cannot even push a frame on the stack. It owns the table and both task
 * state segments. Sequence: segments_init() once, from cpu_init().
 *
 * Source: Intel SDM volume 3A, sections 3.4.5 (descriptors), 7.2.1 (task state segment).
 */
#ifndef KERNEL_X86_SEGMENTS_H
#define KERNEL_X86_SEGMENTS_H

#include "kernel/panic.h"
#include "kernel/types.h"

/** Selectors: index into the table times 8, plus the privilege level. */
enum segment_selector {
    SELECTOR_KERNEL_CODE = 0x08,
    SELECTOR_KERNEL_DATA = 0x10,
    SELECTOR_USER_CODE = 0x18 | 3,
    SELECTOR_USER_DATA = 0x20 | 3,
    SELECTOR_TASK = 0x28,
    SELECTOR_DOUBLE_FAULT_TASK = 0x30,
    SELECTOR_COUNT = 7,
};

/** A 32-bit task state segment (SDM 3A, figure 7-2). The upper halves of selectors are 0. */
struct task_state {
    uint32_t previous_task;
    uint32_t esp0; /**< Stack on entry from ring 3. */
    uint32_t ss0;
    uint32_t esp1;
    uint32_t ss1;
    uint32_t esp2;
    uint32_t ss2;
    uint32_t cr3;
    uint32_t eip;
    uint32_t eflags;
    uint32_t eax;
    uint32_t ecx;
    uint32_t edx;
    uint32_t ebx;
    uint32_t esp;
    uint32_t ebp;
    uint32_t esi;
    uint32_t edi;
    uint32_t es;
    uint32_t cs;
    uint32_t ss;
    uint32_t ds;
    uint32_t fs;
    uint32_t gs;
    uint32_t ldt;
    uint16_t trap;
    uint16_t io_map; /**< Offset of the I/O permission map; at the end: there is none. */
};
_Static_assert(sizeof(struct task_state) == 104, "SDM 3A, figure 7-2");

/** Build the table, load it, and make the processor use it. */
void segments_init(void);

/** The task state segment in use; SYSENTER's entry code reads its esp0 too. */
extern struct task_state segments_kernel_task;

/**
 * Say where the kernel stack of the current process ends: the processor goes there when it
 * enters the kernel from ring 3 (SDM 3A, 6.12.1).
 * @param top one past the stack's last byte, in the window of kernel stacks; 0: that of the boot
 *            code, which never enters ring 3.
 */
static inline void segments_set_kernel_stack(uintptr_t top)
{
    assert(top % 16 == 0);
    segments_kernel_task.esp0 = top;
}

/**
 * Whether an address is in the stack that the kernel runs on: the boot stack, the current
 * process's, that of the caller, or the double-fault task's.
 * @param address any address.
 */
bool segments_in_stack(uintptr_t address);

/**
 * Whether an address is in the guard below the boot stack or below the current process's stack.
 * @param address any address.
 */
bool segments_in_stack_guard(uintptr_t address);

/** @return the registers that the processor saved when it switched to the double-fault task. */
const struct task_state *segments_interrupted_task(void);

/**
 * Tell the double-fault task which page directory to use.
 * @param directory physical address of a directory that is never released and maps the kernel.
 */
void segments_set_directory(uint32_t directory);

#endif
