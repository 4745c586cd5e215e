/**
 * @file
 * The entry of the portable kernel.
 *
 * The x86 code calls kernel_main() once, with a stack, cleared bss and exceptions set up; anybody
 * may then ask for the boot information. main.c owns it.
 */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include "kernel/boot.h"

/**
 * Start the system. Interrupts are off, paging is off. Does not return.
 * @param boot_info what the boot loader said; must stay valid.
 */
_Noreturn void kernel_main(const struct boot_info *boot_info);

/** @return what the boot loader said; valid for ever. */
const struct boot_info *boot_information(void);

#endif
