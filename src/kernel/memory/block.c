/**
 * @file
 * Headers of heap blocks: sealing and checking them.
 *
 * A seal combines the address of the header with its fields, so that neither a stray write nor a
 * copied header passes for a sound one. It owns no state. The heap calls block_seal_used() when it
 * gives a block out, block_check() when it gets one back, and block_seal_free() afterwards.
 */
#include "kernel/memory/block.h"

#include "kernel/memory/misuse.h"
#include "kernel/panic.h"
#include "lib/string.h"

#define SEAL_USED 0x5EA1ED00u /**< Combined into the seal of a used block. */
#define SEAL_FREE 0xF4EEB10Cu /**< Combined into the seal of a free block. */

/** The seal that a header must have, given the state of its block. */
static uint32_t seal_of(const struct block *block, uint32_t state)
{
    return state ^ (uint32_t)(uintptr_t)block ^ (block->size << 1) ^ (block->previous << 2) ^
           (block->requested << 3);
}

/** The state that a header's seal stands for; a damaged header is reported. */
static uint32_t checked_state(struct block *block)
{
    uint32_t state = block->seal ^ seal_of(block, 0);
    if (state != SEAL_USED && state != SEAL_FREE) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(block));
    }
    return state;
}

/** Number of bytes after the requested size that are filled with RED_ZONE. */
static uint32_t red_zone_size(const struct block *block)
{
    uint32_t slack = block->size - BLOCK_HEADER_SIZE - block->requested;
    return slack < RED_ZONE_MAX ? slack : RED_ZONE_MAX;
}

void block_seal_used(struct block *block, uint32_t requested)
{
    assert(block->size % HEAP_ALIGNMENT == 0 && requested < block->size - BLOCK_HEADER_SIZE);
    block->requested = requested;
    block->seal = seal_of(block, SEAL_USED);
    memset((char *)block_memory(block) + requested, RED_ZONE, red_zone_size(block));
}

void block_seal_free(struct block *block)
{
    assert(block->size % HEAP_ALIGNMENT == 0 && block->size >= BLOCK_MIN);
    block->requested = 0;
    block->seal = seal_of(block, SEAL_FREE);
}

void block_set_previous(struct block *block, uint32_t previous)
{
    uint32_t state = checked_state(block);
    block->previous = previous;
    block->seal = seal_of(block, state);
}

bool block_is_used(const struct block *block)
{
    return block->seal == seal_of(block, SEAL_USED);
}

bool block_is_free(const struct block *block)
{
    return block->seal == seal_of(block, SEAL_FREE);
}

/** Whether nothing was written into the red zone of a used block. */
static bool red_zone_is_intact(struct block *block)
{
    const uint8_t *byte = (const uint8_t *)block_memory(block) + block->requested;
    const uint8_t *end = byte + red_zone_size(block);
    while (byte < end && *byte == RED_ZONE) {
        byte++;
    }
    return byte == end;
}

void block_check_header(struct block *block)
{
    (void)checked_state(block);
}

void block_check(struct block *block)
{
    block_check_header(block);
    if (block_is_used(block) && !red_zone_is_intact(block)) {
        memory_misuse(MISUSE_HEAP_CORRUPT, (uintptr_t)block_memory(block));
    }
}
