/**
 * @file
 * Loading of the processor's descriptor tables.
 *
 * Private to this folder: segments.c and interrupts.c build the tables in memory and hand them
 * over here. The routines are in descriptor.S and own no state. The segments come first.
 *
 * Source: Intel SDM volume 3A, sections 2.4 and 3.5.1.
 */
#ifndef KERNEL_X86_DESCRIPTOR_H
#define KERNEL_X86_DESCRIPTOR_H

#include "kernel/types.h"

/** The operand of LGDT and LIDT (SDM 3A, figure 2-6). */
struct table_pointer {
    uint16_t limit; /**< Size of the table in bytes, minus 1. */
    uint32_t base;  /**< Its address. */
} __attribute__((packed));
_Static_assert(sizeof(struct table_pointer) == 6, "SDM 3A, figure 2-6");

/**
 * Use a global descriptor table: reload every segment register from it, and the task register with
 * SELECTOR_TASK; there is no local descriptor table.
 * @param pointer the table; not kept.
 */
void descriptor_load_segments(const struct table_pointer *pointer);

/**
 * Use an interrupt descriptor table.
 * @param pointer the table; not kept.
 */
void descriptor_load_interrupts(const struct table_pointer *pointer);

#endif
