/**
 * @file
 * Exec: another program in the same process.
 *
 * The new program is loaded into a new space first; only when nothing can fail any more does it
 * take the place of the old one. Pid, parent, children and kernel stack stay. This file owns no
 * state. The implementation is the student's (lab 2, exercise 7: labs/lab2-processes/exec.c).
 * Called with interrupts off.
 */
#ifndef KERNEL_PROCESS_EXEC_H
#define KERNEL_PROCESS_EXEC_H

#include "kernel/process/program.h"

/**
 * Replace the current process's program (exercise lab2.ex7). On success the process returns to
 * ring 3 at the new program's first instruction: user_set_frame() makes the frame of its system
 * call anew, and the floating-point registers are fresh.
 * @param path of the program.
 * @param arguments for it; still the caller's.
 * @return 0; -E_INVALID for a kernel-mode process; the errors of program_load(): then the old
 *         program goes on, unchanged.
 */
MUST_USE int process_exec(const char *path, const struct program_arguments *arguments);

#endif
