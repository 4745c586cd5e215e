/**
 * @file
 * The end of a run: power-off of the emulated machine.
 *
 * Every path on which the kernel ends comes here. It waits until both serial ports have sent what
 * they hold, then tells QEMU (port 0xF4, device isa-debug-exit) and Bochs (port 0x8900) to stop. It
 * owns no state. On a machine that is neither, the processor halts for good.
 */
#ifndef KERNEL_X86_POWER_H
#define KERNEL_X86_POWER_H

#include "kernel/types.h"

/** Why the machine is powered off. QEMU's exit status is twice the value plus 1. */
enum power_reason {
    POWER_DONE = 0,  /**< All is well: exit status 1. */
    POWER_PANIC = 1, /**< The kernel failed: exit status 3. */
    POWER_TODO = 2,  /**< An exercise is not done yet: exit status 5. */
};

/**
 * Power off. Does not return; may be called in any state of the machine.
 * @param reason written to the trace and told to QEMU.
 */
_Noreturn void power_off(enum power_reason reason);

#endif
