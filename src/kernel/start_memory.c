/**
 * @file
 * The end of a lab 1 kernel's start: memory works, and there is nothing to run.
 *
 * See start.h. It owns no state. The kernel rests with interrupts on, though none is let through;
 * with the boot option `poweroff` it ends instead.
 */
#include "kernel/start.h"

#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"

_Noreturn void start_system(const char *line)
{
    kprintf("Everything that this kernel can do works; it has no programs to run yet.\n");
    if (cmdline_has(line, "poweroff")) {
        power_off(POWER_DONE);
    }
    kprintf("Resting. In QEMU's terminal, Ctrl-A then X leaves; in GDB, help cairn.\n");
    trace_event(TRACE_BOOT, "boot.idle", NULL);
    for (;;) {
        cpu_idle();
    }
}
