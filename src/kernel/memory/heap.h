/**
 * @file
 * The kernel heap: memory of any size for the kernel's own objects.
 *
 * It lives in the window from KERNEL_HEAP_START to KERNEL_HEAP_END and grows by mapping fresh
 * frames at its end, in the kernel's directory. Blocks carry enough information to notice a
 * damaged header, a write past the end and a second free. Sequence: heap_init() once, after
 * space_init(); then kmalloc() or kmalloc_aligned(), perhaps krealloc(), and kfree(). The
 * implementation is the student's (lab 1, exercise 6: labs/lab1-memory/heap.c); heap_check() and
 * heap_walk() are given (heap_check.c). The cost of a call must not grow with the size of the heap
 * or with the number of blocks (copying in krealloc(), heap_check() and heap_walk() aside).
 *
 * No function here may sleep.
 */
#ifndef KERNEL_MEMORY_HEAP_H
#define KERNEL_MEMORY_HEAP_H

#include "kernel/types.h"

/** Every block is aligned to this many bytes at least. */
#define HEAP_ALIGNMENT 16u

/** Figures about the heap, in bytes unless said otherwise. */
struct heap_stats {
    uint32_t mapped;      /**< Size of the heap: what is mapped from KERNEL_HEAP_START on. */
    uint32_t used;        /**< In blocks that are allocated, their bookkeeping included. */
    uint32_t used_blocks; /**< Number of blocks that are allocated. */
    uint32_t free_blocks; /**< Number of blocks that are free. */
};

/** One block, as heap_walk() shows it. */
struct heap_block {
    uintptr_t address; /**< Where the block starts, its bookkeeping included. */
    uint32_t size;     /**< In bytes, its bookkeeping included. */
    bool used;
};

/**
 * Make an empty heap (exercise lab1.ex6). It maps nothing before the first allocation. Called
 * again, it forgets what it knew, but unmaps nothing: the caller sees to it that nothing is mapped
 * in the window.
 */
void heap_init(void);

/**
 * Allocate memory (exercise lab1.ex6). The contents are undefined.
 * @param size in bytes.
 * @return memory aligned to HEAP_ALIGNMENT, which the caller owns; NULL if @p size is 0 or memory
 *         is short (then nothing is lost).
 */
MUST_USE void *kmalloc(size_t size);

/**
 * Allocate aligned memory (exercise lab1.ex6); kfree() frees it.
 * @param size in bytes.
 * @param alignment a power of two, at most PAGE_SIZE (asserted); less than HEAP_ALIGNMENT is
 * rounded up.
 * @return as kmalloc().
 */
MUST_USE void *kmalloc_aligned(size_t size, size_t alignment);

/**
 * Change the size of a block (exercise lab1.ex6). The first min(old, new) bytes are kept.
 * @param memory from this heap; NULL acts as kmalloc().
 * @param size in bytes; 0 acts as kfree() and returns NULL.
 * @return the block, perhaps elsewhere, aligned to HEAP_ALIGNMENT; NULL if memory is short, and
 *         then the old block is untouched.
 */
MUST_USE void *krealloc(void *memory, size_t size);

/**
 * Free a block (exercise lab1.ex6). It is joined with free neighbours; in debug builds it is
 * filled with POISON_FREE.
 * @param memory from this heap, or NULL, which does nothing. memory_misuse() reports a block that
 *               is free already (MISUSE_DOUBLE_FREE), a damaged header or end of the block
 *               (MISUSE_HEAP_CORRUPT; a write of even one byte past the requested size counts as
 * damage), and an address that no allocation returned (MISUSE_FOREIGN_BLOCK or
 * MISUSE_HEAP_CORRUPT).
 */
void kfree(void *memory);

/** @return the figures of this moment. */
struct heap_stats heap_stats(void);

/**
 * Prove the heap's invariants: every block is sound, blocks follow each other without a gap, no two
 * free blocks adjoin, the figures agree. A damaged block is reported by memory_misuse() as
 * MISUSE_HEAP_CORRUPT. Anything else is a mistake of the heap itself: a panic names the invariant,
 * what was expected and what is there.
 */
void heap_check(void);

/**
 * Step through the blocks in order of address.
 * @param block its address and size name the last block seen; size 0 starts anew.
 * @return true and the next block in @p block; false at the end.
 */
MUST_USE bool heap_walk(struct heap_block *block);

#endif
