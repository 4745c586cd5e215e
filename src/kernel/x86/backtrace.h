/**
 * @file
 * The chain of callers, read from the frame pointers on the stack.
 *
 * The kernel is compiled with frame pointers, so each function begins with `push ebp; mov ebp,
 * esp` and the saved values form a list. The walk reads nothing outside the kernel's own stacks and
 * therefore never faults, however damaged the list is. It owns no state. The panic report is its
 * caller.
 */
#ifndef KERNEL_X86_BACKTRACE_H
#define KERNEL_X86_BACKTRACE_H

#include "kernel/types.h"

/**
 * Collect return addresses, the innermost first.
 * @param ebp frame pointer to start from; 0: that of the caller.
 * @param addresses receives at most @p max return addresses.
 * @param max size of @p addresses.
 * @return how many were found; the walk ends at the first frame pointer that is not in a kernel
 *         stack or does not lie above the one before.
 */
size_t backtrace_walk(uintptr_t ebp, uintptr_t *addresses, size_t max);

#endif
