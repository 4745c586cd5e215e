/**
 * @file
 * The watchdog: an NMI when a run takes too long in guest time.
 *
 * QEMU's device ib700, started with `-action watchdog=inject-nmi`, interrupts even a kernel that
 * loops with interrupts off; trap_dispatch() then reports where it was. Where the device is
 * missing, as in Bochs, nothing happens. It owns the device. Sequence: watchdog_start() once;
 * watchdog_stop() when the limit no longer applies.
 *
 * Source: WDT 500/700 programming as in Linux, drivers/watchdog/ib700wdt.c.
 */
#ifndef KERNEL_X86_WATCHDOG_H
#define KERNEL_X86_WATCHDOG_H

#include "kernel/types.h"

/** The longest limit that the device can keep, in seconds. */
#define WATCHDOG_SECONDS_MAX 30u

/**
 * Start the watchdog, or start it anew.
 * @param seconds at least 1. The device counts in steps of 2 seconds, rounded up; more than
 *                WATCHDOG_SECONDS_MAX is cut to that.
 */
void watchdog_start(uint32_t seconds);

/** Stop the watchdog. */
void watchdog_stop(void);

#endif
