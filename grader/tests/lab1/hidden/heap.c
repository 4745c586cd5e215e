/**
 * @file
 * Lab 1, exercise 6, hidden test: random use of the heap while memory is short.
 *
 * The test leaves the heap a few dozen frames and takes random steps with blocks of up to 20,000
 * bytes, so that a good part of the allocations must fail. A failure must change nothing: not the
 * blocks, not the figures, not the number of frames. heap_check() runs after every step.
 */
#include "../heap.h"
#include "../support.h"

#define BLOCKS 40u

/** Allocate, or see to it that a failure has no effect. @return whether there was memory. */
static bool try_alloc(struct piece *piece)
{
    uint32_t balance = frames_balance();
    uint32_t used = heap_stats().used;
    uint32_t size = ktest_random_range(1, ktest_random_range(0, 3) == 0 ? 20000 : 500);
    uint32_t alignment = ktest_random_range(0, 2) == 0 ? 1u << ktest_random_range(4, 12) : 0;
    bool allocated = piece_alloc(piece, size, alignment);
    if (!allocated) {
        EXPECT_EQUAL(heap_stats().used, used, "a failed allocation uses no memory");
    }
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    return allocated;
}

/** Change the size of a block, or see to it that a failure has no effect. */
static void try_realloc(struct piece *piece)
{
    uint32_t size = ktest_random_range(1, 12000);
    uint8_t *memory = krealloc(piece->memory, size);
    if (memory == NULL) {
        EXPECT(piece_intact(piece, piece->size), "a failed krealloc() keeps the block");
        return;
    }
    piece->memory = memory;
    EXPECT(piece_intact(piece, size < piece->size ? size : piece->size),
           "krealloc() keeps the contents");
    piece->size = size;
    piece_fill(piece);
}

KTEST(heap_random_shortage, KTEST_HEAP)
{
    struct piece pieces[BLOCKS] = {0};
    struct hoard hoard = {0};
    uint32_t before = frames_balance();
    uint32_t used = heap_stats().used_blocks;
    uint32_t allocated = 0;
    hoard_take_all(&hoard);
    hoard_release(&hoard, ktest_random_range(20, 40));
    for (uint32_t i = 0; i < 1000; i++) {
        struct piece *piece = &pieces[ktest_random_range(0, BLOCKS - 1)];
        if (piece->memory == NULL) {
            allocated += try_alloc(piece);
        } else if (ktest_random_range(0, 1) == 0) {
            try_realloc(piece);
        } else {
            EXPECT(piece_intact(piece, piece->size), "a block keeps its contents");
            piece_free(piece);
        }
        heap_check();
    }
    heap_agrees();
    EXPECT(allocated > 0, "there is memory for some blocks");
    EXPECT(!pieces_overlap(pieces, BLOCKS), "no two blocks overlap");
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "every block keeps its contents");
    pieces_free(pieces, BLOCKS, 7);
    EXPECT_EQUAL(heap_stats().used_blocks, used, "no block is in use in the end");
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frames_balance(), before, "no frame is lost: free and heap's");
    heap_agrees();
}
