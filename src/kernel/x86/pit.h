/**
 * @file
 * The interval timer 8254: an interrupt on IRQ 0 at a fixed rate.
 *
 * Counter 0 divides the timer's clock and interrupts each time it arrives at zero. It owns the
 * timer's registers and no memory. Sequence: pit_start() once; then the interrupt comes by itself.
 *
 * Source: Intel 8254 datasheet, "Mode Definitions" (mode 2, rate generator).
 */
#ifndef KERNEL_X86_PIT_H
#define KERNEL_X86_PIT_H

#include "kernel/types.h"

/** The IRQ at which counter 0 interrupts. */
#define PIT_IRQ 0u

/**
 * Start the timer and let its interrupt through the interrupt controller.
 * @param rate interrupts in a second, 19 to 100,000; the nearest that the clock can be divided to.
 */
void pit_start(uint32_t rate);

#endif
