/**
 * @file
 * Looking through the kernel heap: heap_walk() and heap_check() of heap.h.
 *
 * Both read nothing but the blocks' headers (block.h) and heap_stats(), so they hold for every
 * heap whose blocks follow each other from KERNEL_HEAP_START on. This file owns no state.
 */
#include "kernel/memory/heap.h"

#include "kernel/memory/block.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "kernel/panic.h"
#include "lib/string.h"

/** The block at an address, checked: sound, and not reaching beyond the end of the heap. */
static struct block *block_at(uintptr_t address, uintptr_t end)
{
    struct block *block = (struct block *)address;
    block_check(block);
    if (block->size < BLOCK_MIN || block->size > end - address) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(block));
    }
    return block;
}

bool heap_walk(struct heap_block *block)
{
    assert(block != NULL);
    uintptr_t end = KERNEL_HEAP_START + heap_stats().mapped;
    uintptr_t address = block->size == 0 ? KERNEL_HEAP_START : block->address + block->size;
    if (address >= end) {
        return false;
    }
    struct block *found = block_at(address, end);
    *block = (struct heap_block){address, found->size, block_is_used(found)};
    return true;
}

/** Add a block to the figures; it must agree with the block before it, NULL for the first. */
static void count_block(struct heap_stats *seen, struct block *block, const struct block *before)
{
    bool used = block_is_used(block);
    bool unjoined = before != NULL && block_is_free(before) && !used;
    uint32_t previous = before == NULL ? 0 : before->size;
    if (unjoined || (block->previous != previous && block->previous != 0)) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(block));
    }
    seen->mapped += block->size;
    seen->used += used ? block->size : 0;
    seen->used_blocks += used;
    seen->free_blocks += !used;
}

void heap_check(void)
{
    struct heap_stats claimed = heap_stats();
    struct heap_stats seen = {0};
    uintptr_t end = KERNEL_HEAP_START + claimed.mapped;
    struct block *before = NULL;
    uint32_t untagged = 0; /* blocks that do not name the size of the block before */
    while (seen.mapped < claimed.mapped) {
        struct block *block = block_at(KERNEL_HEAP_START + seen.mapped, end);
        count_block(&seen, block, before);
        untagged += block->previous == 0;
        before = block;
    }
    /* Only the first block has none before it; a heap without boundary tags leaves all of them 0.
     */
    bool tags_agree = untagged <= 1 || untagged == seen.used_blocks + seen.free_blocks;
    if (!tags_agree || memcmp(&seen, &claimed, sizeof(seen)) != 0) {
        memory_misuse(MISUSE_HEAP_CORRUPT, end);
    }
}
