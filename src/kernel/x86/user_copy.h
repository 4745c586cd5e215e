/**
 * @file
 * The instructions that copy to and from a program's memory, and where they are.
 *
 * A page fault at user_copy_instruction that cannot be resolved is no error of the kernel: when EIP
 * is set to user_copy_end, the copy returns at once with the number of bytes that are left. The
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
 * @return the number of bytes that were not copied, because of a fault; 0 if all were.
 */
MUST_USE uint32_t user_copy(void *to, const void *from, uint32_t size);

/** The only instruction of user_copy() that can fault. Code: only its address means something. */
extern const char user_copy_instruction[];
/** Where user_copy() goes on after it. */
extern const char user_copy_end[];

#endif
