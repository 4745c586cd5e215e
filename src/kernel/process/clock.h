/**
 * @file
 * The clock: time in ticks since the kernel started it.
 *
 * The timer's interrupt moves it on, TICKS_PER_SECOND times a second, and then calls
 * scheduler_tick(). It owns the time. Sequence: clock_start() once; clock_now() from everywhere.
 * The time is a number that wraps, and begins shortly before it does; so times are compared by
 * their difference. While the kernel works with interrupts off for longer than a tick, ticks are
 * lost: the clock then goes slow.
 */
#ifndef KERNEL_PROCESS_CLOCK_H
#define KERNEL_PROCESS_CLOCK_H

#include "kernel/types.h"

/** Start the timer. Interrupts may still be off. */
void clock_start(void);

/** @return the time in ticks; only differences of two times mean something. */
uint32_t clock_now(void);

/** @return ticks since clock_start(). */
uint32_t clock_elapsed(void);

/**
 * For the trap handler: act on an interrupt.
 * @param irq only the timer's means something; others are ignored.
 */
void clock_interrupt(uint32_t irq);

#endif
