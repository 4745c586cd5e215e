/**
 * @file
 * Fork: a second process that goes on where the first one is, without copying its memory.
 *
 * Both spaces map the same frames, read only; the first write to such a page faults, and only then
 * is it copied (copy on write). A page is shared in this way exactly if its region may be written
 * and its entry may not. The frame's reference count says whether anybody else still uses it: the
 * last user need not copy. This file owns no state. The implementation is the student's (lab 2,
 * exercise 6: labs/lab2-processes/fork.c). Called with interrupts off.
 */
#ifndef KERNEL_PROCESS_FORK_H
#define KERNEL_PROCESS_FORK_H

#include "kernel/memory/fault.h"
#include "kernel/process/process.h"

/**
 * Copy an address space (exercise lab2.ex6): the same regions, and every page of them that is
 * present, shared; but a guard region's pages, if it has any, stay the parent's alone. Pages that
 * may be written become read only in both.
 * @param parent the current space, with a user half.
 * @param child receives the copy; the caller owns it.
 * @return 0; -E_NO_MEMORY, and then no frame is lost; pages of the parent may have become read
 * only, which the next write to each mends.
 */
MUST_USE int space_fork(struct space *parent, struct space **child);

/**
 * Resolve a write to a page that is shared by copy on write (exercise lab2.ex6). Called by the
 * page-fault handler when fault_resolve() says FAULT_CAUSE_READ_ONLY. It may write the entry that
 * paging_walk() finds.
 * @param space the space in which the access was made.
 * @param fault the decoded fault.
 * @return FAULT_CAUSE_NONE: the page is writable now, copied if others use its frame;
 *         FAULT_CAUSE_OUT_OF_MEMORY; FAULT_CAUSE_READ_ONLY: the region may not be written. After a
 *         cause nothing has changed.
 */
MUST_USE enum fault_cause fork_resolve(struct space *space, const struct fault *fault);

/**
 * Fork the current process (exercise lab2.ex6). The child is ready; it sees 0 as the result of the
 * same system call, and has the same registers, floating-point ones included, and the same name,
 * personality, program and heap.
 * @return the child's pid; -E_INVALID for a kernel-mode process; -E_AGAIN, -E_NO_MEMORY: then there
 *         is no child and nothing is lost.
 */
MUST_USE int process_fork(void);

#endif
