/**
 * @file
 * The watchdog ib700; see watchdog.h.
 *
 * It owns the device's two ports and no memory. A write to the start port carries a code from 0 to
 * 15 that stands for 30 to 0 seconds; each write starts the count anew.
 */
#include "kernel/x86/watchdog.h"

#include "kernel/panic.h"
#include "kernel/x86/io.h"

/** Ports (Linux, drivers/watchdog/ib700wdt.c). */
enum port {
    PORT_STOP = 0x441,
    PORT_START = 0x443,
};

void watchdog_start(uint32_t seconds)
{
    assert(seconds >= 1);
    if (seconds > WATCHDOG_SECONDS_MAX) {
        seconds = WATCHDOG_SECONDS_MAX;
    }
    uint32_t steps = (seconds + 1) / 2;
    io_out8(PORT_START, (uint8_t)(WATCHDOG_SECONDS_MAX / 2 - steps));
}

void watchdog_stop(void)
{
    io_out8(PORT_STOP, 0);
}
