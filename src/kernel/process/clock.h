/**
 * @file
 * The clock: time in ticks since the kernel started it.
 *
 * The timer's interrupt moves it on, TICKS_PER_SECOND times a second, and then calls
 * scheduler_tick(). It owns the time. Sequence: clock_start() once; clock_now() from everywhere. It
 * wraps after 49 days, so times are compared by their difference.
 */
#ifndef KERNEL_PROCESS_CLOCK_H
#define KERNEL_PROCESS_CLOCK_H

#include "kernel/types.h"

/** Start the timer. Interrupts may still be off. */
void clock_start(void);

/** @return ticks since clock_start(). */
uint32_t clock_now(void);

/**
 * For the trap handler: act on an interrupt.
 * @param irq only the timer's means something; others are ignored.
 */
void clock_interrupt(uint32_t irq);

#endif
