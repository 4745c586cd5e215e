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

static uint32_t ticks;

void clock_start(void)
{
    pit_start(TICKS_PER_SECOND);
}

uint32_t clock_now(void)
{
    return ticks;
}

void clock_interrupt(uint32_t irq)
{
    if (irq == PIT_IRQ) {
        ticks++;
        scheduler_tick();
    }
}
