/**
 * @file
 * Looking through the kernel heap: heap_walk() and heap_check() of heap.h.
 *
 * Both read nothing but the blocks' headers (block.h) and heap_stats(), so they hold for every
 * heap whose blocks follow each other from KERNEL_HEAP_START on. A header or a red zone that was
 * overwritten is somebody's misuse; headers that are sound and do not fit together, or figures that
 * do not fit to them, are a mistake of the heap, and the panic says which. It owns no state.
 */
#include "kernel/memory/heap.h"

#include "kernel/memory/block.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"

/** The block at an address, checked: sound, and not reaching beyond the end of the heap. */
static struct block *block_at(uintptr_t address, uintptr_t end)
{
    struct block *block = (struct block *)address;
    block_check(block);
    if (block->size < BLOCK_MIN || block->size > end - address) {
        panic("the heap's blocks do not follow each other: the block at %#x has %u bytes, but "
              "should have %u at least and the %u up to the heap's end at most",
              (uint32_t)address, block->size, BLOCK_MIN, (uint32_t)(end - address));
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
    if (before != NULL && block_is_free(before) && !used) {
        panic("two free blocks of the heap adjoin and should be one: that at %#x and that at %#x",
              (uint32_t)(uintptr_t)before, (uint32_t)(uintptr_t)block);
    }
    uint32_t previous = before == NULL ? 0 : before->size;
    if (block->previous != previous && block->previous != 0) {
        panic("the field previous of the heap's block at %#x is %u, but the block before it has "
              "%u bytes",
              (uint32_t)(uintptr_t)block, block->previous, previous);
    }
    seen->mapped += block->size;
    seen->used += used ? block->size : 0;
    seen->used_blocks += used;
    seen->free_blocks += !used;
}

/** Compare one of the heap's figures with what the blocks say. */
static void compare(const char *figure, uint32_t claimed, uint32_t seen)
{
    if (claimed != seen) {
        panic("heap_stats().%s is %u, but counting the heap's blocks gives %u", figure, claimed,
              seen);
    }
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
    uint32_t blocks = seen.used_blocks + seen.free_blocks;
    if (untagged > 1 && untagged != blocks) {
        panic("the field previous is 0 in %u of the heap's %u blocks, but should be in the first "
              "alone",
              untagged, blocks);
    }
    compare("mapped", claimed.mapped, seen.mapped);
    compare("used", claimed.used, seen.used);
    compare("used_blocks", claimed.used_blocks, seen.used_blocks);
    compare("free_blocks", claimed.free_blocks, seen.free_blocks);
}
