/**
 * @file
 * The clock; see clock.h.
 *
 * It owns the number of ticks. clock_interrupt() is called in the interrupt, with interrupts off,
 * and may not return for long: scheduler_tick() can switch to another process.
 */
#include "kernel/process/clock.h"

#include "kernel/process/scheduler.h"
#include "kernel/x86/pit.h"

#include <cairn/process.h>

/**
 * The time begins just before it wraps: who compares two times by their size instead of by their
 * difference finds out soon, and not after 49 days.
 */
#define FIRST_TICK (UINT32_MAX - 63)

static uint32_t ticks = FIRST_TICK;

void clock_start(void)
{
    pit_start(TICKS_PER_SECOND);
}

uint32_t clock_now(void)
{
    return ticks;
}

uint32_t clock_elapsed(void)
{
    return ticks - FIRST_TICK;
}

void clock_interrupt(uint32_t irq)
{
    if (irq == PIT_IRQ) {
        ticks++;
        scheduler_tick();
    }
}
