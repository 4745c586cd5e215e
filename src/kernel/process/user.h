/**
 * @file
 * Ring 3: how a program starts, and how the kernel touches its memory.
 *
 * A program's pointers are numbers of their own type, which C cannot follow; the copy functions
 * check them, and survive a page that is not there at any byte: the page-fault handler calls
 * user_copy_recover(), which lets the copy end early. This file owns no state. The
 * implementation is the student's (lab 2, exercise 5: labs/lab2-processes/user.c); the instructions
 * that copy are in x86/user_copy.S.
 *
 * A kernel-mode process makes the same system calls, with pointers to anywhere; only a program's
 * pointers must lie in the user half.
 */
#ifndef KERNEL_PROCESS_USER_H
#define KERNEL_PROCESS_USER_H

#include "kernel/process/process.h"

struct trap_frame;

/** An address in the memory of the process that made a system call. */
typedef struct {
    uintptr_t address;
} user_pointer;

/**
 * Say where a program goes on in ring 3 (exercise lab2.ex5): user_frame() becomes that of a program
 * that starts, with interrupts on, the data segment of ring 3 in SS, DS, ES, FS and GS, and all
 * general registers 0.
 * @param process in user mode.
 * @param entry address of the first instruction.
 * @param stack_pointer first value of ESP.
 */
void user_set_frame(struct process *process, uintptr_t entry, uintptr_t stack_pointer);

/**
 * Let a program begin (exercise lab2.ex5): user_set_frame(), and below it what context_switch()
 * needs to get there by way of trap_return.
 * @param process new, in user mode; its space is set (both are asserted).
 * @param entry address of the first instruction.
 * @param stack_pointer first value of ESP.
 */
void user_prepare(struct process *process, uintptr_t entry, uintptr_t stack_pointer);

/**
 * The registers with which a program goes on in ring 3 (exercise lab2.ex5). While it is in the
 * kernel they lie at the very top of its kernel stack.
 * @param process in user mode (asserted).
 * @return the frame; valid until it returns to ring 3.
 */
struct trap_frame *user_frame(const struct process *process);

/**
 * Copy from a program's memory (exercise lab2.ex5).
 * @param to receives @p size bytes; on failure its contents are undefined.
 * @param from where the program has them.
 * @param size in bytes; with 0 nothing is touched, and any pointer will do.
 * @return 0; -E_FAULT if some byte is not in the user half or cannot be read.
 */
MUST_USE int copy_from_user(void *to, user_pointer from, size_t size);

/**
 * Copy into a program's memory (exercise lab2.ex5).
 * @param to where the program wants them.
 * @param from @p size bytes.
 * @param size in bytes; as for copy_from_user().
 * @return 0; -E_FAULT if some byte is not in the user half or may not be written; bytes before it
 *         may have been written.
 */
MUST_USE int copy_to_user(user_pointer to, const void *from, size_t size);

/**
 * Copy a string that ends with 0 from a program's memory (exercise lab2.ex5). No page behind
 * that of the final 0 is touched.
 * @param to receives the string and the 0.
 * @param from where the program has it.
 * @param size of @p to in bytes, at least 1.
 * @return the length without the 0; -E_FAULT as for copy_from_user(); -E_TOO_LONG if the first @p
 *         size bytes hold no 0.
 */
MUST_USE int copy_string_from_user(char *to, user_pointer from, size_t size);

/**
 * Let a copy end early (exercise lab2.ex5): called by the page-fault handler for a fault in the
 * kernel that cannot be resolved.
 * @param frame the interrupted registers. If the instruction is one of those in x86/user_copy.S
 * that may fault, EIP becomes user_copy_end, and user_copy() returns another number than 0.
 * @return whether it is.
 */
MUST_USE bool user_copy_recover(struct trap_frame *frame);

#endif
