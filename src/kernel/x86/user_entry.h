/**
 * @file
 * The doors from ring 3 into the kernel.
 *
 * A program may raise the vector of system calls, a breakpoint and an overflow; all other vectors
 * are a general protection fault to it. Where the processor has SYSENTER, that is a second door to
 * the same calls. It owns the model-specific registers of SYSENTER. Sequence: user_entry_init()
 * once, before the first program starts.
 *
 * Source: Intel SDM volume 3A, section 5.8.7 (SYSENTER and SYSEXIT).
 */
#ifndef KERNEL_X86_USER_ENTRY_H
#define KERNEL_X86_USER_ENTRY_H

/** Open the doors. */
void user_entry_init(void);

#endif
