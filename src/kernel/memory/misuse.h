/**
 * @file
 * Reports of memory misuse: the errors of a caller that an allocator notices.
 *
 * The allocators call memory_misuse() before they change anything; it explains on the console what
 * happened, with the address, and panics. A test that provokes a misuse on purpose gets control
 * back instead (ktest.h). It owns no state.
 */
#ifndef KERNEL_MEMORY_MISUSE_H
#define KERNEL_MEMORY_MISUSE_H

#include "kernel/types.h"

/** Every kind of misuse: MISUSE(constant, name in the trace, sentence). */
#define MEMORY_MISUSES(MISUSE)                                                                     \
    MISUSE(MISUSE_DOUBLE_FREE, "double_free", "it was freed before")                               \
    MISUSE(MISUSE_FOREIGN_FRAME, "foreign_frame", "the frame allocator never owned this frame")    \
    MISUSE(MISUSE_FOREIGN_BLOCK, "foreign_block", "the heap never returned this address")          \
    MISUSE(MISUSE_HEAP_CORRUPT, "heap_corrupt", "something wrote outside its block")

/** The enumerator of an entry. */
#define MISUSE_ENUM(constant, name, text) constant,
/** What a caller did wrong. */
enum misuse { MISUSE_NONE, MEMORY_MISUSES(MISUSE_ENUM) };
#undef MISUSE_ENUM

/**
 * Report a misuse of an allocator. Does not return.
 * @param kind what was noticed.
 * @param address the frame or block in question.
 */
_Noreturn void memory_misuse(enum misuse kind, uintptr_t address);

#endif
