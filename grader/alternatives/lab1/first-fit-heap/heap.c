/**
 * @file
 * Alternative for lab 1, exercise 6: first fit on one list of free blocks in order of address.
 *
 * There are no size classes. The list alone shows which free blocks adjoin, so the sizes of
 * previous blocks in the headers stay 0. The heap grows by at least GROWTH bytes if it can, and
 * krealloc() moves every block that grows. The file owns the window from KERNEL_HEAP_START to
 * KERNEL_HEAP_END. Sequence: heap_init() once; then kmalloc(), krealloc() and kfree().
 *
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5, algorithms A and B.
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

/** The heap grows by this many bytes at a time, unless memory is short. */
#define GROWTH (16 * PAGE_SIZE)
/** Bytes of address space that the heap may fill. */
#define WINDOW_SIZE (KERNEL_HEAP_END - KERNEL_HEAP_START)

static uintptr_t heap_end;        /**< One past the last block. */
static struct block *first_free;  /**< The free block with the lowest address. */
static struct heap_stats figures; /**< As heap_stats() returns them. */

/** One past the last byte of a block. */
static uintptr_t end_of(const struct block *block)
{
    return (uintptr_t)block + block->size;
}

/** Take a block out of the list. */
static void unlink_block(struct block *block)
{
    assert(block_is_free(block));
    if (block->previous_free == NULL) {
        first_free = block->next_free;
    } else {
        block->previous_free->next_free = block->next_free;
    }
    if (block->next_free != NULL) {
        block->next_free->previous_free = block->previous_free;
    }
    figures.free_blocks--;
}

/** Enter a block into the list behind another one, or at its beginning. */
static void link_block(struct block *block, struct block *before)
{
    struct block *after = before == NULL ? first_free : before->next_free;
    block->previous_free = before;
    block->next_free = after;
    if (before == NULL) {
        first_free = block;
    } else {
        before->next_free = block;
    }
    if (after != NULL) {
        after->previous_free = block;
    }
    figures.free_blocks++;
}

/** Join a free block with the free block behind it, if they adjoin. */
static void join_with_next(struct block *block)
{
    struct block *next = block->next_free;
    if (next != NULL && end_of(block) == (uintptr_t)next) {
        unlink_block(next);
        block->size += next->size;
        block_seal_free(block);
    }
}

/** Make memory a free block, joined with those beside it. */
static void insert_free(uintptr_t start, uint32_t size)
{
    assert(size >= BLOCK_MIN && start + size <= heap_end);
    struct block *before = NULL;
    for (struct block *block = first_free; block != NULL && (uintptr_t)block < start;
         block = block->next_free) {
        before = block;
    }
    struct block *block = (struct block *)start;
    block->size = size;
    block->previous = 0;
    block_seal_free(block);
    link_block(block, before);
    join_with_next(block);
    if (before != NULL) {
        join_with_next(before);
    }
}

/** The size of block for a request: header, request, a byte of red zone at least, rounded up. */
static uint32_t size_for(size_t requested)
{
    uint32_t size = align_up((uint32_t)requested + BLOCK_HEADER_SIZE + 1, HEAP_ALIGNMENT);
    return size < BLOCK_MIN ? BLOCK_MIN : size;
}

/** How much of a free block lies in front of aligned memory, so that it can stay a free block. */
static uint32_t gap_in(const struct block *block, uint32_t alignment)
{
    uintptr_t memory = (uintptr_t)block + BLOCK_HEADER_SIZE;
    uintptr_t aligned = align_up(memory, alignment);
    while (aligned != memory && aligned - memory < BLOCK_MIN) {
        aligned += alignment;
    }
    return aligned - memory;
}

/** The first free block that has room; NULL if none has. */
static struct block *find_fit(uint32_t size, uint32_t alignment)
{
    for (struct block *block = first_free; block != NULL; block = block->next_free) {
        block_check(block);
        if (gap_in(block, alignment) + size <= block->size) {
            return block;
        }
    }
    return NULL;
}

/** Give back the frames that are mapped from @p start up to @p end. */
static void unmap_pages(uintptr_t start, uintptr_t end)
{
    while (end > start) {
        end -= PAGE_SIZE;
        physaddr_t frame;
        int error = paging_unmap(kernel_space.directory, end, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}

/** Map one more page at the end of the heap. */
static bool map_page(uintptr_t page)
{
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return false;
    }
    if (paging_map(kernel_space.directory, page, frame, PTE_WRITE) < 0) {
        frame_release(frame);
        return false;
    }
    return true;
}

/** Add @p size bytes, whole pages, at the end of the heap; all or nothing. */
static bool extend(uint32_t size)
{
    assert(size > 0 && size % PAGE_SIZE == 0);
    if (size > KERNEL_HEAP_END - heap_end) {
        return false;
    }
    for (uintptr_t page = heap_end; page < heap_end + size; page += PAGE_SIZE) {
        if (!map_page(page)) {
            unmap_pages(heap_end, page);
            return false;
        }
    }
    uintptr_t start = heap_end;
    heap_end += size;
    figures.mapped += size;
    insert_free(start, size);
    return true;
}

/** Grow the heap until a request has room. */
static bool grow(uint32_t size, uint32_t alignment)
{
    struct block *last = first_free;
    while (last != NULL && last->next_free != NULL) {
        last = last->next_free;
    }
    bool at_end = last != NULL && end_of(last) == heap_end;
    uint32_t there = at_end ? last->size : 0;
    uint32_t gap = gap_in(at_end ? last : (struct block *)heap_end, alignment);
    uint32_t missing = align_up(gap + size - there, PAGE_SIZE);
    return (missing < GROWTH && extend(GROWTH)) || extend(missing);
}

/** Free what a used block has beyond @p size bytes, and seal it. */
static void settle(struct block *block, uint32_t size, size_t requested)
{
    assert(size <= block->size && requested < size);
    uint32_t rest = block->size - size;
    block->size = rest < BLOCK_MIN ? block->size : size;
    block->previous = 0;
    block_seal_used(block, requested);
    if (rest >= BLOCK_MIN) {
        insert_free(end_of(block), rest);
    }
}

void heap_init(void)
{
    heap_end = KERNEL_HEAP_START;
    first_free = NULL;
    figures = (struct heap_stats){0};
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= PAGE_SIZE);
    if (size == 0 || size >= WINDOW_SIZE) {
        return NULL;
    }
    alignment = alignment < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : alignment;
    uint32_t needed = size_for(size);
    struct block *block = find_fit(needed, alignment);
    if (block == NULL && grow(needed, alignment)) {
        block = find_fit(needed, alignment);
    }
    if (block == NULL) {
        return NULL;
    }
    uint32_t gap = gap_in(block, alignment);
    uint32_t available = block->size - gap;
    unlink_block(block);
    if (gap > 0) {
        insert_free((uintptr_t)block, gap);
    }
    block = (struct block *)((uintptr_t)block + gap);
    block->size = available;
    settle(block, needed, size);
    figures.used += block->size;
    figures.used_blocks++;
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

void *krealloc(void *memory, size_t size)
{
    if (memory == NULL || size == 0) {
        kfree(memory);
        return kmalloc(size);
    }
    struct block *block = checked_block(memory);
    uint32_t capacity = block->size;
    if (size < WINDOW_SIZE && size_for(size) <= capacity) {
        settle(block, size_for(size), size);
        figures.used -= capacity - block->size;
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
    uint32_t size = block->size;
    figures.used -= size;
    figures.used_blocks--;
    poison_fill(memory, size - BLOCK_HEADER_SIZE);
    insert_free((uintptr_t)block, size);
}

struct heap_stats heap_stats(void)
{
    return figures;
}

void heap_check(void)
{
    struct heap_stats seen = {.mapped = heap_end - KERNEL_HEAP_START};
    const struct block *expected = first_free;
    uintptr_t free_end = 0;
    struct block *block = (struct block *)KERNEL_HEAP_START;
    for (; (uintptr_t)block < heap_end; block = (struct block *)end_of(block)) {
        block_check(block);
        if (block_is_used(block)) {
            seen.used += block->size;
            seen.used_blocks++;
        } else if (block == expected && free_end != (uintptr_t)block) {
            expected = block->next_free;
            free_end = end_of(block);
            seen.free_blocks++;
        } else {
            memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block);
        }
    }
    if ((uintptr_t)block != heap_end || expected != NULL ||
        memcmp(&seen, &figures, sizeof(seen)) != 0) {
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
