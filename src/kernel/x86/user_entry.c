/**
 * @file
 * The doors from ring 3 into the kernel; see user_entry.h.
 *
 * It owns a small stack, on which the kernel stands for the one instruction between SYSENTER and
 * the load of the process's own stack: a single step or an NMI may come just there.
 * user_entry_init() runs once.
 */
#include "kernel/x86/user_entry.h"

#include "kernel/x86/cpu.h"
#include "kernel/x86/interrupts.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"

/** Model-specific registers (SDM 3A, 5.8.7). */
enum msr {
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
};

/* SYSENTER and SYSEXIT find the other selectors by counting from the first one. */
_Static_assert(SELECTOR_KERNEL_DATA == SELECTOR_KERNEL_CODE + 8, "SDM 3A, 5.8.7");
_Static_assert(SELECTOR_USER_CODE == (SELECTOR_KERNEL_CODE + 16) + 3, "SDM 3A, 5.8.7");
_Static_assert(SELECTOR_USER_DATA == (SELECTOR_KERNEL_CODE + 24) + 3, "SDM 3A, 5.8.7");

static _Alignas(16) char entry_stack[4096];

void user_entry_init(void)
{
    interrupts_allow_user(TRAP_SYSCALL);
    interrupts_allow_user(TRAP_BREAKPOINT);
    interrupts_allow_user(TRAP_OVERFLOW);
    if ((cpu_features() & CPU_FEATURE_SYSENTER) != 0) {
        cpu_write_msr(MSR_SYSENTER_CS, SELECTOR_KERNEL_CODE);
        cpu_write_msr(MSR_SYSENTER_ESP, (uint32_t)(uintptr_t)(entry_stack + sizeof(entry_stack)));
        cpu_write_msr(MSR_SYSENTER_EIP, (uint32_t)(uintptr_t)sysenter_entry);
    }
}
