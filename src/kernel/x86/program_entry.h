/**
 * @file
 * The first instructions of a kernel-mode program, still in the kernel.
 *
 * The routine is in program_entry.S and owns no state. context_switch() returns to it when the
 * process runs for the first time.
 */
#ifndef KERNEL_X86_PROGRAM_ENTRY_H
#define KERNEL_X86_PROGRAM_ENTRY_H

/**
 * Turn interrupts on and jump to the program at EDI, with the table of kernel services in EBX, the
 * address of its argc in ECX (from ESI), the other registers 0, and the stack aligned to 16 bytes.
 * Code, never called.
 */
void program_entry(void);

#endif
