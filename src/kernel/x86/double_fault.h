/**
 * @file
 * The double-fault task: what runs when the processor cannot deliver an exception.
 *
 * The usual reason is that the kernel stack has overflowed into its guard page. The task runs on
 * its own stack, gathers the interrupted registers from the task state segment, and reports. It
 * owns no state and never returns; the processor is the only caller.
 *
 * Source: Intel SDM volume 3A, sections 6.15 (interrupt 8) and 7.3 (task switching).
 */
#ifndef KERNEL_X86_DOUBLE_FAULT_H
#define KERNEL_X86_DOUBLE_FAULT_H

/** Where the task starts. */
_Noreturn void double_fault_entry(void);

#endif
