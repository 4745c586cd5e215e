/**
 * @file
 * Alternative for lab 1, exercise 6: best fit without any list, and a heap that shrinks again.
 *
 * A request looks at every block and takes the smallest that has room; the sizes in the headers
 * lead from block to block in both directions. When the last block becomes free, its whole pages
 * are unmapped and their frames given back. The file owns the window from KERNEL_HEAP_START to
 * KERNEL_HEAP_END. Sequence: heap_init() once; then kmalloc(), krealloc() and kfree().
 */
#include "kernel/memory/heap.h"

#include "kernel/memory/block.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/poison.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "lib/string.h"

/** Bytes of address space that the heap may fill. */
#define WINDOW_SIZE (KERNEL_HEAP_END - KERNEL_HEAP_START)

static uintptr_t heap_end; /**< One past the last block. */
static struct block *last; /**< The last block; NULL if the heap is empty. */

/** The first block; NULL if the heap is empty. */
static struct block *first_block(void)
{
    return last == NULL ? NULL : (struct block *)KERNEL_HEAP_START;
}

/** The block after this one; NULL for the last. */
static struct block *next_block(const struct block *block)
{
    return block == last ? NULL : (struct block *)((uintptr_t)block + block->size);
}

/** The block before this one; NULL for the first. */
static struct block *previous_block(const struct block *block)
{
    return block->previous == 0 ? NULL : (struct block *)((uintptr_t)block - block->previous);
}

/** Give a block its bounds, and tell the block behind it. It is not sealed yet. */
static void place_block(struct block *block, uint32_t size, uint32_t previous)
{
    assert(size >= BLOCK_MIN && size % HEAP_ALIGNMENT == 0);
    block->size = size;
    block->previous = previous;
    if ((uintptr_t)block + size == heap_end) {
        last = block;
    } else {
        block_set_previous((struct block *)((uintptr_t)block + size), size);
    }
}

/** Unmap the pages from @p start up to the end of the heap, which then ends there. */
static void cut_heap(uintptr_t start)
{
    assert(start >= KERNEL_HEAP_START && start % PAGE_SIZE == 0);
    while (heap_end > start) {
        heap_end -= PAGE_SIZE;
        physaddr_t frame;
        int error = paging_unmap(kernel_space.directory, heap_end, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}

/** Give back the whole pages of the last block if that is free. */
static void shrink(void)
{
    assert(last != NULL);
    struct block *block = last;
    uintptr_t start = (uintptr_t)block;
    uintptr_t keep = align_up(start, PAGE_SIZE);
    if (!block_is_free(block) || keep >= heap_end) {
        return;
    }
    if (keep == start) {
        last = previous_block(block);
    } else {
        keep += keep - start < BLOCK_MIN ? PAGE_SIZE : 0;
        block->size = keep - start;
        block_seal_free(block);
    }
    cut_heap(keep);
}

/** Make a block free, joined with its free neighbours. */
static struct block *make_free(struct block *block)
{
    struct block *next = next_block(block);
    struct block *previous = previous_block(block);
    uint32_t size = block->size;
    if (next != NULL && block_is_free(next)) {
        size += next->size;
    }
    if (previous != NULL && block_is_free(previous)) {
        size += previous->size;
        block = previous;
    }
    place_block(block, size, block->previous);
    block_seal_free(block);
    return block;
}

/** Cut a block in two; the second half becomes free, the first has yet to be sealed. */
static void split(struct block *block, uint32_t size)
{
    assert(size >= BLOCK_MIN && size <= block->size);
    uint32_t rest = block->size - size;
    if (rest < BLOCK_MIN) {
        return;
    }
    struct block *tail = (struct block *)((uintptr_t)block + size);
    block->size = size;
    place_block(tail, rest, size);
    (void)make_free(tail);
}

/** The size of block for a request: header, request, a byte of red zone at least, rounded up. */
static uint32_t size_for(size_t requested)
{
    uint32_t size = align_up((uint32_t)requested + BLOCK_HEADER_SIZE + 1, HEAP_ALIGNMENT);
    return size < BLOCK_MIN ? BLOCK_MIN : size;
}

/** How many bytes from @p start on must stay free so that the memory behind them is aligned. */
static uint32_t gap_at(uintptr_t start, uint32_t alignment)
{
    uintptr_t memory = start + BLOCK_HEADER_SIZE;
    uintptr_t aligned = align_up(memory, alignment);
    while (aligned != memory && aligned - memory < BLOCK_MIN) {
        aligned += alignment;
    }
    return aligned - memory;
}

/** The smallest free block that has room; NULL if none has. */
static struct block *find_best(uint32_t size, uint32_t alignment)
{
    struct block *best = NULL;
    for (struct block *block = first_block(); block != NULL; block = next_block(block)) {
        bool fits =
            block_is_free(block) && gap_at((uintptr_t)block, alignment) + size <= block->size;
        if (fits && (best == NULL || block->size < best->size)) {
            best = block;
        }
    }
    return best;
}

/** Map a frame at the end of the heap. */
static bool map_page(void)
{
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return false;
    }
    if (paging_map(kernel_space.directory, heap_end, frame, PTE_WRITE) < 0) {
        frame_release(frame);
        return false;
    }
    heap_end += PAGE_SIZE;
    return true;
}

/** Let the heap end with a free block that has room; NULL, and nothing changed, if it cannot. */
static struct block *grow(uint32_t size, uint32_t alignment)
{
    bool at_end = last != NULL && block_is_free(last);
    uintptr_t start = at_end ? (uintptr_t)last : heap_end;
    uintptr_t old_end = heap_end;
    uint32_t total = gap_at(start, alignment) + size;
    if (total > KERNEL_HEAP_END - start) {
        return NULL;
    }
    while (heap_end < start + total) {
        if (!map_page()) {
            cut_heap(old_end);
            return NULL;
        }
    }
    struct block *block = (struct block *)start;
    uint32_t last_size = last == NULL ? 0 : last->size;
    place_block(block, heap_end - start, at_end ? block->previous : last_size);
    block_seal_free(block);
    return block;
}

void heap_init(void)
{
    heap_end = KERNEL_HEAP_START;
    last = NULL;
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= PAGE_SIZE);
    if (size == 0 || size >= WINDOW_SIZE) {
        return NULL;
    }
    alignment = alignment < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : alignment;
    uint32_t needed = size_for(size);
    struct block *block = find_best(needed, alignment);
    block = block == NULL ? grow(needed, alignment) : block;
    if (block == NULL) {
        return NULL;
    }
    block_check(block);
    uint32_t gap = gap_at((uintptr_t)block, alignment);
    if (gap > 0) {
        struct block *front = block;
        block = (struct block *)((uintptr_t)front + gap);
        place_block(block, front->size - gap, gap);
        front->size = gap;
        block_seal_free(front);
    }
    block_seal_used(block, 0);
    split(block, needed);
    block_seal_used(block, size);
    return block_memory(block);
}

void *kmalloc(size_t size)
{
    return kmalloc_aligned(size, HEAP_ALIGNMENT);
}

/** The used block whose memory a caller names; everything else is reported as misuse. */
static struct block *checked_block(void *memory)
{
    uintptr_t address = (uintptr_t)memory;
    if (address % HEAP_ALIGNMENT != 0 || address < KERNEL_HEAP_START + BLOCK_HEADER_SIZE ||
        address >= heap_end) {
        memory_misuse(MISUSE_FOREIGN_BLOCK, address);
    }
    struct block *block = block_of(memory);
    if (block_is_free(block)) {
        memory_misuse(MISUSE_DOUBLE_FREE, address);
    }
    block_check(block);
    return block;
}

/** Let a used block take in the free block behind it, if both together have room. */
static bool widen(struct block *block, uint32_t size)
{
    struct block *next = next_block(block);
    bool fits = next != NULL && block_is_free(next) && block->size + next->size >= size;
    if (fits) {
        uint32_t requested = block->requested;
        place_block(block, block->size + next->size, block->previous);
        block_seal_used(block, requested);
    }
    return fits;
}

void *krealloc(void *memory, size_t size)
{
    if (memory == NULL) {
        return kmalloc(size);
    }
    if (size == 0) {
        kfree(memory);
        return NULL;
    }
    struct block *block = checked_block(memory);
    if (size < WINDOW_SIZE && (size_for(size) <= block->size || widen(block, size_for(size)))) {
        split(block, size_for(size));
        block_seal_used(block, size);
        return memory;
    }
    void *moved = kmalloc(size);
    if (moved != NULL) {
        memcpy(moved, memory, block->requested);
        kfree(memory);
    }
    return moved;
}

void kfree(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct block *block = checked_block(memory);
    poison_fill(memory, block->size - BLOCK_HEADER_SIZE);
    (void)make_free(block);
    shrink();
}

struct heap_stats heap_stats(void)
{
    struct heap_stats figures = {.mapped = heap_end - KERNEL_HEAP_START};
    for (struct block *block = first_block(); block != NULL; block = next_block(block)) {
        bool used = block_is_used(block);
        figures.used += used ? block->size : 0;
        figures.used_blocks += used;
        figures.free_blocks += !used;
    }
    return figures;
}

void heap_check(void)
{
    uint32_t previous = 0;
    bool after_free = false;
    for (struct block *block = first_block(); block != NULL; block = next_block(block)) {
        block_check(block);
        if (block->previous != previous || (after_free && block_is_free(block))) {
            memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block);
        }
        previous = block->size;
        after_free = block_is_free(block);
    }
    if (last != NULL && (uintptr_t)last + last->size != heap_end) {
        memory_misuse(MISUSE_HEAP_CORRUPT, heap_end);
    }
}

bool heap_walk(struct heap_block *block)
{
    uintptr_t address = block->size == 0 ? KERNEL_HEAP_START : block->address + block->size;
    if (address >= heap_end) {
        return false;
    }
    struct block *found = (struct block *)address;
    block_check(found);
    *block = (struct heap_block){address, found->size, block_is_used(found)};
    return true;
}
