/**
 * @file
 * Power-off; see power.h.
 *
 * It owns no state. Nothing may be lost that was written to the serial ports, so they are drained
 * before the emulators are told to stop. Both get their signal; the one that is not there does not
 * mind.
 */
#include "kernel/x86/power.h"

#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/io.h"
#include "kernel/x86/serial.h"

/** QEMU's device isa-debug-exit, as its command line places it. */
#define QEMU_EXIT_PORT 0xF4
/** Bochs ends when it reads this word here (Bochs, iodev/unmapped.cc). */
#define BOCHS_PORT 0x8900

static const char *const reason_names[] = {
    [POWER_DONE] = "done",
    [POWER_PANIC] = "panic",
    [POWER_TODO] = "todo",
};

_Noreturn void power_off(enum power_reason reason)
{
    assert((uint32_t)reason < COUNT_OF(reason_names));
    (void)cpu_interrupts_disable();
    trace_event(TRACE_BOOT, "power.off", "reason=%s", reason_names[reason]);
    serial_drain(SERIAL_CONSOLE);
    serial_drain(SERIAL_TRACE);

    io_out8(QEMU_EXIT_PORT, (uint8_t)reason);
    for (const char *word = "Shutdown"; *word != '\0'; word++) {
        io_out8(BOCHS_PORT, (uint8_t)*word);
    }
    cpu_halt();
}
