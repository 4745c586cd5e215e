/**
 * @file
 * The end of a program that raised an exception: a report, and the process is gone.
 *
 * The console shows what happened, the registers, and how the program got there, by the names that
 * its own file gives; the trace has the event, the parent the exit status. The kernel goes on. It
 * owns no state. The trap handler is the caller.
 */
#ifndef KERNEL_PROCESS_REPORT_H
#define KERNEL_PROCESS_REPORT_H

struct trap_frame;
struct trap_problem;

/**
 * Report an exception of the current process and end it with EXIT_FAULT. Does not return.
 * @param frame the registers in ring 3.
 * @param problem what went wrong.
 */
void report_program_fault(const struct trap_frame *frame, const struct trap_problem *problem);

#endif
