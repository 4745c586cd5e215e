/**
 * @file
 * The instructions that copy to and from a program's memory, and where they are.
 *
 * A page fault between user_copy_start and user_copy_end that cannot be resolved is no error of the
 * kernel: when EIP is set to user_copy_end, the copy returns at once, and its result tells. The
 * routine is in user_copy.S and owns no state; user.c of lab 2 calls it.
 */
#ifndef KERNEL_X86_USER_COPY_H
#define KERNEL_X86_USER_COPY_H

#include "kernel/types.h"

/**
 * Copy bytes; either side may be a program's memory.
 * @param to first byte to write.
 * @param from first byte to read.
 * @param size in bytes.
 * @return 0 if all bytes were copied; another number if a fault ended the copy.
 */
MUST_USE uint32_t user_copy(void *to, const void *from, uint32_t size);

/** The instructions from here up to user_copy_end can fault. Code: only its address counts. */
extern const char user_copy_start[];
/** Where user_copy() goes on after a fault. */
extern const char user_copy_end[];

#endif
