/**
 * @file
 * The interrupt descriptor table.
 *
 * Every vector has an interrupt gate to its stub in trap_entry.S, except the double fault, which
 * has a task gate. It owns the table. Sequence: interrupts_init() once, after segments_init().
 *
 * Source: Intel SDM volume 3A, sections 6.10 and 6.11.
 */
#ifndef KERNEL_X86_INTERRUPTS_H
#define KERNEL_X86_INTERRUPTS_H

#include "kernel/types.h"

/** Fill the table and load it. */
void interrupts_init(void);

/**
 * Let ring 3 raise a vector by INT; otherwise that is a general protection fault (SDM
 * 3A, 6.12.1.1).
 * @param vector below TRAP_VECTORS, with an interrupt gate.
 */
void interrupts_allow_user(uint32_t vector);

#endif
