/**
 * @file
 * What the tests of the kernel heap share: pieces of memory with known contents.
 *
 * A piece remembers what a test got from the heap and fills it with bytes that its seed determines,
 * so that an overlap or a lost copy is noticed. heap_agrees() compares the three views that a heap
 * gives of itself. It owns no state; each piece belongs to the test that allocated it.
 */
#ifndef LAB1_HEAP_H
#define LAB1_HEAP_H

#include "kernel/memory/heap.h"

/** Memory from the heap, as its user sees it. */
struct piece {
    uint8_t *memory; /**< NULL: nothing is allocated. */
    uint32_t size;   /**< As requested. */
    uint32_t seed;   /**< Determines the contents. */
};

/** Allocate and fill a piece; @p alignment 0 means kmalloc(). @return whether memory was there. */
bool piece_alloc(struct piece *piece, uint32_t size, uint32_t alignment);
/** Fill a piece anew. */
void piece_fill(const struct piece *piece);
/** @return whether the first @p size bytes are what was filled in. */
bool piece_intact(const struct piece *piece, uint32_t size);
/** Free a piece. */
void piece_free(struct piece *piece);
/** @return whether any two of @p count pieces overlap. */
bool pieces_overlap(const struct piece *pieces, uint32_t count);
/** @return how many of @p count pieces have lost their contents. */
uint32_t pieces_damaged(const struct piece *pieces, uint32_t count);
/** Free all pieces that are allocated, in the order of a stride that has no factor in common. */
void pieces_free(struct piece *pieces, uint32_t count, uint32_t stride);
/** @return free frames plus the pages of the heap: a sum that no call of the heap may change. */
uint32_t frames_balance(void);
/** Check that heap_check(), heap_walk() and heap_stats() agree. */
void heap_agrees(void);

#endif
