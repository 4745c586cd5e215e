/**
 * @file
 * Blocks of the kernel heap: the header in front of every piece of memory, and its protection.
 *
 * Blocks follow each other without a gap. A header holds the size of its block and that of the
 * block before it (boundary tags), so that both neighbours are found at once. It is sealed with a
 * checksum that tells used blocks from free ones and sound headers from damaged ones; the bytes
 * behind the requested size, the red zone, are filled with RED_ZONE. A heap changes the fields of a
 * header and then seals it by block_seal_used() or block_seal_free(); it calls block_check() before
 * it trusts a header that it did not just write. This file owns no state: where blocks are and who
 * may have them is the heap's business.
 *
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5 (boundary tags).
 */
#ifndef KERNEL_MEMORY_BLOCK_H
#define KERNEL_MEMORY_BLOCK_H

#include "kernel/memory/heap.h"
#include "kernel/types.h"

enum {
    RED_ZONE = 0xA5,   /**< Fills the bytes after the requested size. */
    RED_ZONE_MAX = 16, /**< At most so many of them are filled and checked. */
};

/** A block. The memory that the caller gets begins where the links of a free block are. */
struct block {
    uint32_t seal;      /**< Checksum of the next three fields and of the state. */
    uint32_t size;      /**< Of the whole block in bytes, a multiple of HEAP_ALIGNMENT. */
    uint32_t previous;  /**< Size of the block before; 0 for the first. */
    uint32_t requested; /**< Bytes that the caller asked for; 0 in a free block. */

    /* Only in a free block, for the heap's use: a list of free blocks. */
    struct block *next_free;
    struct block *previous_free;
};

/** Bytes of a block in front of its memory. */
#define BLOCK_HEADER_SIZE offsetof(struct block, next_free)
/** Bytes in the smallest block: a header and the links, rounded up to HEAP_ALIGNMENT. */
#define BLOCK_MIN 32u
_Static_assert(BLOCK_HEADER_SIZE == HEAP_ALIGNMENT, "memory behind a header must be aligned");
_Static_assert(sizeof(struct block) <= BLOCK_MIN, "the links must fit into the smallest block");

/** @return the memory of a block. */
static inline void *block_memory(struct block *block)
{
    return (char *)block + BLOCK_HEADER_SIZE;
}

/** @return the block whose memory starts at @p memory. */
static inline struct block *block_of(void *memory)
{
    return (struct block *)((char *)memory - BLOCK_HEADER_SIZE);
}

/**
 * Seal a header as that of a used block and fill the red zone.
 * @param block its size and previous are set.
 * @param requested bytes that the caller asked for; at least one byte of red zone must be left.
 */
void block_seal_used(struct block *block, uint32_t requested);

/**
 * Seal a header as that of a free block.
 * @param block its size and previous are set.
 */
void block_seal_free(struct block *block);

/**
 * Change the size of the block before, and seal the header again in the state that it has.
 * @param block a block with a sound header; a damaged one is reported, as by block_check_header().
 * @param previous the new size of the block before.
 */
void block_set_previous(struct block *block, uint32_t previous);

/** @return whether the header is sound and that of a used block. */
bool block_is_used(const struct block *block);

/** @return whether the header is sound and that of a free block. */
bool block_is_free(const struct block *block);

/**
 * Report a damaged header by memory_misuse(): enough for a block that is only a neighbour.
 * @param block any block of the heap.
 */
void block_check_header(struct block *block);

/**
 * Report a damaged header, or a used block's damaged red zone, by memory_misuse().
 * @param block any block of the heap.
 */
void block_check(struct block *block);

#endif
