/**
 * @file
 * Alternative for lab 1, exercise 6: free blocks in 192 bins by size, and no walk along a list.
 *
 * There are eight bins for each doubling of the size and a bit for each bin that is not empty. A
 * search looks at one block of its own bin and else takes the first block of a bin in which all are
 * large enough. The file owns the window from KERNEL_HEAP_START to KERNEL_HEAP_END. Sequence:
 * heap_init() once; then kmalloc(), krealloc() and kfree().
 */
#include "kernel/memory/heap.h"

#include "kernel/memory/block.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/memory/window.h"
#include "kernel/panic.h"
#include "lib/string.h"

/*
 * Free blocks are kept in bins by size, eight bins for each doubling, and a bit for each bin says
 * whether it holds any. A search takes the first block of the first bin in which every block is
 * large enough; before that it looks at one block of the bin in which some are. So it never walks
 * along a list.
 */
enum {
    BINS = 192,     /**< The last ones are for blocks as large as the window. */
    WORD_BITS = 32, /**< Bins that a word of the bitmap stands for. */
};

/** No block is larger than the window, and no sum with a size below this one wraps. */
#define SIZE_MAX_ALLOWED (KERNEL_HEAP_END - KERNEL_HEAP_START - 2 * PAGE_SIZE)

static struct block *bins[BINS];
static uint32_t bins_in_use[BINS / WORD_BITS];
static struct block *last; /**< The block at the end of the heap; NULL if it is empty. */
static struct heap_stats stats;

/** @return one past the last byte of the heap. */
static uintptr_t heap_end(void)
{
    return KERNEL_HEAP_START + stats.mapped;
}

/** @return by how many bits sizes of this magnitude, in units, are cut to find their bin. */
static uint32_t bin_shift(uint32_t units)
{
    return units < 16 ? 0 : 28 - (uint32_t)__builtin_clz(units);
}

/** @return the bin of blocks of a size; the four highest bits of the size choose it. */
static uint32_t bin_of(uint32_t size)
{
    uint32_t units = size / HEAP_ALIGNMENT;
    uint32_t shift = bin_shift(units);
    return shift * 8 + (units >> shift);
}

/** @return the lowest bin in which every block has at least this size. */
static uint32_t bin_from(uint32_t size)
{
    uint32_t unit = HEAP_ALIGNMENT << bin_shift(size / HEAP_ALIGNMENT);
    return bin_of(align_up(size, unit));
}

/** @return a block of the lowest bin from @p bin on that is not empty; NULL if all are. */
static struct block *first_from(uint32_t bin)
{
    uint32_t mask = ~0u << bin % WORD_BITS;
    for (uint32_t word = bin / WORD_BITS; word < COUNT_OF(bins_in_use); word++, mask = ~0u) {
        uint32_t bits = bins_in_use[word] & mask;
        if (bits != 0) {
            return bins[word * WORD_BITS + (uint32_t)__builtin_ctz(bits)];
        }
    }
    return NULL;
}

/** @return the block behind; NULL behind the last one. */
static struct block *block_after(struct block *block)
{
    return block == last ? NULL : (struct block *)((char *)block + block->size);
}

/** @return the block in front; NULL in front of the first one. */
static struct block *block_before(struct block *block)
{
    return block->previous == 0 ? NULL : (struct block *)((char *)block - block->previous);
}

/** Put a block whose size and previous are set into its bin, as a free one. */
static void link_block(struct block *block)
{
    uint32_t bin = bin_of(block->size);
    block_seal_free(block);
    block->previous_free = NULL;
    block->next_free = bins[bin];
    if (bins[bin] != NULL) {
        bins[bin]->previous_free = block;
    }
    bins[bin] = block;
    bins_in_use[bin / WORD_BITS] |= 1u << bin % WORD_BITS;
    stats.free_blocks++;
}

/** Report a link that does not lead to a free block which leads back: somebody wrote into it. */
static void check_links(struct block *block, uint32_t bin)
{
    struct block *next = block->next_free;
    struct block *previous = block->previous_free;
    uintptr_t end = heap_end();
    bool sound = (uintptr_t)next % HEAP_ALIGNMENT == 0 && (uintptr_t)next < end &&
                 (uintptr_t)previous % HEAP_ALIGNMENT == 0 && (uintptr_t)previous < end &&
                 (next == NULL || (uintptr_t)next >= KERNEL_HEAP_START) &&
                 (previous == NULL || (uintptr_t)previous >= KERNEL_HEAP_START);
    sound = sound && (next == NULL || next->previous_free == block) &&
            (previous == NULL ? bins[bin] : previous->next_free) == block;
    if (!sound) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(block));
    }
}

/** Take a free block out of its bin. */
static void unlink_block(struct block *block)
{
    uint32_t bin = bin_of(block->size);
    check_links(block, bin);
    if (block->next_free != NULL) {
        block->next_free->previous_free = block->previous_free;
    }
    if (block->previous_free != NULL) {
        block->previous_free->next_free = block->next_free;
    } else {
        bins[bin] = block->next_free;
    }
    if (bins[bin] == NULL) {
        bins_in_use[bin / WORD_BITS] &= ~(1u << bin % WORD_BITS);
    }
    poison_fill(&block->next_free, sizeof(*block) - BLOCK_HEADER_SIZE);
    stats.free_blocks--;
}

/** Let a block reach over the one behind it, which is in no bin. */
static void absorb(struct block *block, struct block *after)
{
    if (after == last) {
        last = block;
    }
    block->size += after->size;
}

/** Tell the block behind how large a block is now. */
static void announce_size(struct block *block)
{
    struct block *after = block_after(block);
    if (after != NULL) {
        block_set_previous(after, block->size);
    }
}

/** Make a block free that is in no bin, and join it with its free neighbours. */
static void give_back(struct block *block)
{
    block_seal_free(block); /* also if it is joined: a second kfree() finds this seal */
    struct block *after = block_after(block);
    if (after != NULL && block_is_free(after)) {
        unlink_block(after);
        absorb(block, after);
    }
    struct block *before = block_before(block);
    if (before != NULL && block_is_free(before)) {
        unlink_block(before);
        absorb(before, block);
        block = before;
    }
    link_block(block);
    announce_size(block);
}

/** Divide a block that is in no bin. @return its second part, neither sealed nor linked. */
static struct block *split(struct block *block, uint32_t size)
{
    struct block *rest = (struct block *)((char *)block + size);
    rest->size = block->size - size;
    rest->previous = size;
    block->size = size;
    if (block == last) {
        last = rest;
    }
    announce_size(rest);
    return rest;
}

/** @return bytes between a block and the block in it whose memory is aligned: 0 or a whole block.
 */
static uint32_t lead_of(struct block *block, uint32_t alignment)
{
    uintptr_t memory = (uintptr_t)block_memory(block);
    uint32_t lead = align_up(memory, alignment) - memory;
    return lead == 0 || lead >= BLOCK_MIN ? lead : lead + alignment;
}

/** Find a free block with room for an aligned block. @return NULL if the heap must grow. */
static struct block *find(uint32_t size, uint32_t alignment)
{
    struct block *block = bins[bin_of(size)];
    if (block != NULL) {
        block_check_header(block);
        if (lead_of(block, alignment) + size <= block->size) {
            return block;
        }
    }
    uint32_t lead = alignment > HEAP_ALIGNMENT ? alignment + HEAP_ALIGNMENT : 0;
    block = first_from(bin_from(size + lead));
    if (block != NULL) {
        block_check_header(block);
    }
    return block;
}

/**
 * Make the heap so large that an aligned block fits at its end; a free block there counts.
 * @return the free block at the end; NULL, with nothing changed, if there is no memory.
 */
static struct block *grow(uint32_t size, uint32_t alignment)
{
    uintptr_t end = heap_end();
    if (last != NULL) {
        block_check_header(last);
    }
    bool join = last != NULL && block_is_free(last);
    struct block *block = join ? last : (struct block *)end;
    uint32_t have = join ? last->size : 0;
    uint32_t wanted = lead_of(block, alignment) + size;
    uint32_t added = wanted > have ? align_up(wanted - have, PAGE_SIZE) : 0;
    if (added > KERNEL_HEAP_END - end || window_map(end, end + added) < 0) {
        return NULL;
    }
    if (join) {
        unlink_block(block);
    } else {
        block->previous = last == NULL ? 0 : last->size;
    }
    block->size = have + added;
    last = block;
    stats.mapped += added;
    link_block(block);
    return block;
}

/** @return the size of a block for so many bytes: a header, and at least a byte of red zone. */
static uint32_t block_size(uint32_t requested)
{
    uint32_t size = align_up(BLOCK_HEADER_SIZE + requested + 1, HEAP_ALIGNMENT);
    return size < BLOCK_MIN ? BLOCK_MIN : size;
}

/** Make a block used that is in no bin; what it does not need of its end becomes free. */
static void use(struct block *block, uint32_t requested)
{
    uint32_t size = block_size(requested);
    struct block *rest = block->size - size >= BLOCK_MIN ? split(block, size) : NULL;
    block_seal_used(block, requested);
    if (rest != NULL) {
        give_back(rest);
    }
    stats.used += block->size;
    stats.used_blocks++;
}

/** A block is no longer used, and not yet anything else. */
static void end_use(const struct block *block)
{
    stats.used -= block->size;
    stats.used_blocks--;
}

void heap_init(void)
{
    memset(bins, 0, sizeof(bins));
    memset(bins_in_use, 0, sizeof(bins_in_use));
    last = NULL;
    stats = (struct heap_stats){0};
}

void *kmalloc(size_t size)
{
    return kmalloc_aligned(size, HEAP_ALIGNMENT);
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= PAGE_SIZE);
    if (size == 0 || size > SIZE_MAX_ALLOWED) {
        return NULL;
    }
    alignment = alignment < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : alignment;
    uint32_t needed = block_size(size);
    struct block *block = find(needed, alignment);
    block = block == NULL ? grow(needed, alignment) : block;
    if (block == NULL) {
        return NULL;
    }
    unlink_block(block);
    uint32_t lead = lead_of(block, alignment);
    if (lead != 0) {
        struct block *front = block;
        block = split(front, lead);
        link_block(front);
    }
    use(block, size);
    return block_memory(block);
}

/** Report two neighbours that do not agree on the size of the first. */
static void check_neighbours(struct block *first, struct block *second)
{
    if (second->previous != first->size) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(second));
    }
}

/** @return the block of a caller's memory, when everything that will be trusted has been checked.
 */
static struct block *checked_block(void *memory)
{
    uintptr_t address = (uintptr_t)memory;
    if (address % HEAP_ALIGNMENT != 0 || address < KERNEL_HEAP_START + BLOCK_HEADER_SIZE ||
        address >= heap_end()) {
        memory_misuse(MISUSE_FOREIGN_BLOCK, address);
    }
    struct block *block = block_of(memory);
    if (block_is_free(block)) {
        memory_misuse(MISUSE_DOUBLE_FREE, address);
    }
    block_check(block);
    struct block *after = block_after(block);
    if (after != NULL) {
        block_check_header(after);
        check_neighbours(block, after);
    }
    struct block *before = block_before(block);
    if (before != NULL) {
        block_check_header(before);
        check_neighbours(before, block);
    }
    return block;
}

/** Make a used block large enough where it is, if the one behind it is free and large enough. */
static bool widen(struct block *block, uint32_t size)
{
    struct block *after = block_after(block);
    if (block->size >= size) {
        return true;
    }
    if (after == NULL || !block_is_free(after) || block->size + after->size < size) {
        return false;
    }
    unlink_block(after);
    stats.used += after->size;
    absorb(block, after);
    announce_size(block);
    return true;
}

/** Allocate elsewhere, copy, free. */
static void *move(struct block *block, size_t size)
{
    void *moved = kmalloc(size);
    if (moved != NULL) {
        memcpy(moved, block_memory(block), block->requested < size ? block->requested : size);
        kfree(block_memory(block));
    }
    return moved;
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
    if (size > SIZE_MAX_ALLOWED) {
        return NULL;
    }
    if (!widen(block, block_size(size))) {
        return move(block, size);
    }
    end_use(block);
    use(block, size);
    return memory;
}

void kfree(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct block *block = checked_block(memory);
    poison_fill(memory, block->size - BLOCK_HEADER_SIZE);
    end_use(block);
    give_back(block);
}

struct heap_stats heap_stats(void)
{
    return stats;
}
