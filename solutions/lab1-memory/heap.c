/**
 * @file
 * Lab 1, exercise 6: the kernel heap.
 *
 * The file owns the window from KERNEL_HEAP_START to KERNEL_HEAP_END, which it fills from the
 * bottom with blocks (block.h) that follow each other without a gap, and whatever it needs to find
 * free blocks. kmalloc() takes a block and cuts off what is not needed, or grows the heap; kfree()
 * joins the block with its free neighbours. The contract is in kernel/memory/heap.h.
 */
#include "kernel/memory/heap.h"

#include "kernel/exercise.h"
#include "kernel/memory/block.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/memory/window.h"
#include "kernel/panic.h"
#include "lib/string.h"

/* BEGIN SOLUTION lab1.ex6 */
/*
 * Segregated free lists: one list for each size class, eight classes to every power of two, and
 * two levels of bitmaps that say which lists are not empty. A block of a higher class is large
 * enough for any request of a lower one, so that the first block found will do and no list is
 * ever searched.
 *
 * Source: Masmano, Ripoll, Crespo, Real: TLSF, a new dynamic memory allocator for real-time
 * systems, ECRTS 2004, section 3.
 */

enum {
    STEP_BITS = 3,           /**< log2 of the size classes per power of two. */
    STEPS = 1 << STEP_BITS,  /**< Size classes per power of two. */
    POWER_MIN = 5,           /**< log2 of the smallest block. */
    POWERS = 32 - POWER_MIN, /**< Powers of two that have classes. */
};
_Static_assert(1u << POWER_MIN == BLOCK_MIN, "the first class holds the smallest block");

/** Bytes of address space that the heap may fill. */
#define WINDOW_SIZE (KERNEL_HEAP_END - KERNEL_HEAP_START)

static uintptr_t heap_end;                      /**< One past the last block. */
static struct block *last_block;                /**< The block that ends at heap_end, or NULL. */
static struct block *free_lists[POWERS][STEPS]; /**< Heads of the lists. */
static uint32_t occupied_powers;                /**< Bit p: occupied_steps[p] is not 0. */
static uint32_t occupied_steps[POWERS];         /**< Bit s: free_lists[p][s] is not empty. */
static struct heap_stats statistics;

/** A size class: the blocks of 2^(power+POWER_MIN) * (1 + step/STEPS) bytes and a little more. */
struct size_class {
    uint32_t power;
    uint32_t step;
};

/** The power of two of a size: the number of its highest bit. */
static uint32_t log2_of(uint32_t size)
{
    assert(size >= BLOCK_MIN);
    return 31u - (uint32_t)__builtin_clz(size);
}

/** The class whose list holds free blocks of @p size. */
static struct size_class class_of(uint32_t size)
{
    uint32_t log = log2_of(size);
    return (struct size_class){log - POWER_MIN, (size >> (log - STEP_BITS)) & (STEPS - 1)};
}

/** The smallest size of a class that is at least @p size. */
static uint32_t round_to_class(uint32_t size)
{
    uint32_t unit = 1u << (log2_of(size) - STEP_BITS);
    return align_up(size, unit > HEAP_ALIGNMENT ? unit : HEAP_ALIGNMENT);
}

/**
 * The size of block for a request: header, request and at least one byte of red zone, rounded up
 * to the smallest size of a class, so that a freed block serves the next request of its size.
 */
static uint32_t block_size_for(size_t requested)
{
    return round_to_class(align_up((uint32_t)requested + BLOCK_HEADER_SIZE + 1, HEAP_ALIGNMENT));
}

/** The block after this one; NULL for the last. */
static struct block *block_after(const struct block *block)
{
    uintptr_t address = (uintptr_t)block + block->size;
    return address < heap_end ? (struct block *)address : NULL;
}

/** The block before this one; NULL for the first. */
static struct block *block_before(const struct block *block)
{
    return block->previous == 0 ? NULL : (struct block *)((uintptr_t)block - block->previous);
}

/** Tell the block after this one, or the end of the heap, how large this one has become. */
static void update_after(struct block *block)
{
    struct block *after = block_after(block);
    if (after == NULL) {
        last_block = block;
    } else {
        block_set_previous(after, block->size);
    }
}

/** Enter a free block at the head of the list of its class. */
static void list_insert(struct block *block)
{
    assert(block_is_free(block));
    struct size_class class = class_of(block->size);
    struct block **head = &free_lists[class.power][class.step];
    block->previous_free = NULL;
    block->next_free = *head;
    if (*head != NULL) {
        (*head)->previous_free = block;
    }
    *head = block;
    occupied_steps[class.power] |= 1u << class.step;
    occupied_powers |= 1u << class.power;
    statistics.free_blocks++;
}

/** Take a free block out of its list. */
static void list_remove(struct block *block)
{
    assert(block_is_free(block));
    struct size_class class = class_of(block->size);
    struct block **head = &free_lists[class.power][class.step];
    if (block->previous_free != NULL) {
        block->previous_free->next_free = block->next_free;
    } else {
        *head = block->next_free;
    }
    if (block->next_free != NULL) {
        block->next_free->previous_free = block->previous_free;
    }
    if (*head == NULL) {
        occupied_steps[class.power] &= ~(1u << class.step);
    }
    if (occupied_steps[class.power] == 0) {
        occupied_powers &= ~(1u << class.power);
    }
    statistics.free_blocks--;
}

/** A free block of at least @p size bytes, itself the smallest size of a class; or NULL. */
static struct block *list_find(uint32_t size)
{
    struct size_class class = class_of(size);
    uint32_t power = class.power;
    uint32_t steps = occupied_steps[power] & ~((1u << class.step) - 1);
    if (steps == 0) {
        uint32_t powers = occupied_powers & ~((2u << power) - 1);
        if (powers == 0) {
            return NULL;
        }
        power = (uint32_t)__builtin_ctz(powers);
        steps = occupied_steps[power];
    }
    return free_lists[power][__builtin_ctz(steps)];
}

/** Make a block that is in no list free, joined with its free neighbours. */
static void release_block(struct block *block)
{
    struct block *after = block_after(block);
    struct block *before = block_before(block);
    if (after != NULL && block_is_free(after)) {
        list_remove(after);
        block->size += after->size;
    }
    /* Also a header that is about to lie inside another block: a second free must see it. */
    block_seal_free(block);
    if (before != NULL && block_is_free(before)) {
        list_remove(before);
        before->size += block->size;
        block = before;
        block_seal_free(block);
    }
    list_insert(block);
    update_after(block);
}

/** Seal a block as used; if it has more than @p size bytes, cut off what makes a free block. */
static void settle_block(struct block *block, uint32_t size, size_t requested)
{
    assert(size <= block->size && requested < size);
    uint32_t rest = block->size - size;
    block->size = rest < BLOCK_MIN ? block->size : size;
    block_seal_used(block, requested);
    if (rest >= BLOCK_MIN) {
        struct block *tail = block_after(block);
        tail->size = rest;
        tail->previous = size;
        release_block(tail);
    }
}

/** Cut @p size bytes off the front of a block and free them; returns what is left, used. */
static struct block *trim_front(struct block *block, uint32_t size)
{
    struct block *rest = (struct block *)((uintptr_t)block + size);
    rest->size = block->size - size;
    rest->previous = size;
    block_seal_used(rest, 0);
    update_after(rest);
    block->size = size;
    release_block(block);
    return rest;
}

/** Grow the heap so that its last block is free and has at least @p size bytes. */
static bool heap_grow(uint32_t size)
{
    bool extend = last_block != NULL && block_is_free(last_block);
    uint32_t missing = align_up(extend ? size - last_block->size : size, PAGE_SIZE);
    if (missing > KERNEL_HEAP_END - heap_end || window_map(heap_end, heap_end + missing) < 0) {
        return false;
    }
    struct block *block = (struct block *)heap_end;
    block->size = missing;
    block->previous = last_block == NULL ? 0 : last_block->size;
    heap_end += missing;
    statistics.mapped += missing;
    release_block(block);
    return true;
}

/** Find or make a free block of at least @p size bytes and take it out of its list. */
static struct block *take_block(uint32_t size)
{
    struct block *block = list_find(size);
    if (block == NULL) {
        if (!heap_grow(size)) {
            return NULL;
        }
        block = last_block;
    }
    block_check_header(block);
    list_remove(block);
    return block;
}

/** Check everything that can be known about memory that a caller hands back. */
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
    if (block_after(block) != NULL) {
        block_check_header(block_after(block));
    }
    if (block_before(block) != NULL) {
        block_check_header(block_before(block));
    }
    return block;
}

/** Give a used block another size where it is, if that or the free block after it suffices. */
static bool resize_in_place(struct block *block, uint32_t size, size_t requested)
{
    struct block *after = block_after(block);
    if (block->size < size) {
        if (after == NULL || !block_is_free(after) || block->size + after->size < size) {
            return false;
        }
        list_remove(after);
        block->size += after->size;
        update_after(block);
    }
    settle_block(block, size, requested);
    return true;
}
/* SKELETON
END SOLUTION */

void heap_init(void)
{
    /* BEGIN SOLUTION lab1.ex6 */
    heap_end = KERNEL_HEAP_START;
    last_block = NULL;
    memset(free_lists, 0, sizeof(free_lists));
    memset(occupied_steps, 0, sizeof(occupied_steps));
    occupied_powers = 0;
    statistics = (struct heap_stats){0};
    /* SKELETON
    // Exercise lab1.ex6 (15 points together with the functions below): an empty heap. Called
    // again, it forgets what it knew; it need not unmap anything.
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}

void *kmalloc(size_t size)
{
    /* BEGIN SOLUTION lab1.ex6 */
    return kmalloc_aligned(size, HEAP_ALIGNMENT);
    /* SKELETON
    // Exercise lab1.ex6: block.h gives you headers, seals and red zones; you decide how free
    // blocks are found. Returns NULL for size 0 and when memory is short.
    (void)size;
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    /* BEGIN SOLUTION lab1.ex6 */
    assert(alignment != 0 && (alignment & (alignment - 1)) == 0 && alignment <= PAGE_SIZE);
    if (size == 0 || size >= WINDOW_SIZE) {
        return NULL;
    }
    uint32_t needed = block_size_for(size);
    bool shift = alignment > HEAP_ALIGNMENT;
    struct block *block =
        take_block(shift ? round_to_class(needed + alignment + BLOCK_MIN) : needed);
    if (block == NULL) {
        return NULL;
    }
    uintptr_t memory = (uintptr_t)block_memory(block);
    if (shift && memory % alignment != 0) {
        block = trim_front(block, align_up(memory + BLOCK_MIN, alignment) - memory);
    }
    settle_block(block, needed, size);
    statistics.used += block->size;
    statistics.used_blocks++;
    return block_memory(block);
    /* SKELETON
    // Exercise lab1.ex6: as kmalloc(), with memory at a multiple of alignment. The heap grows by
    // window_map() at its end. What you cut off in front and behind becomes free blocks.
    (void)size;
    (void)alignment;
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}

void *krealloc(void *memory, size_t size)
{
    /* BEGIN SOLUTION lab1.ex6 */
    if (memory == NULL) {
        return kmalloc(size);
    }
    if (size == 0) {
        kfree(memory);
        return NULL;
    }
    struct block *block = checked_block(memory);
    uint32_t old_size = block->size;
    uint32_t old_requested = block->requested;
    if (size < WINDOW_SIZE && resize_in_place(block, block_size_for(size), size)) {
        statistics.used += block->size - old_size;
        return memory;
    }
    void *moved = kmalloc(size);
    if (moved != NULL) {
        memcpy(moved, memory, old_requested);
        kfree(memory);
    }
    return moved;
    /* SKELETON
    // Exercise lab1.ex6: keep the first min(old, new) bytes. Where it is, if it fits there; else
    // allocate, copy, free. Returns NULL with the old block untouched if memory is short.
    (void)memory;
    (void)size;
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}

void kfree(void *memory)
{
    /* BEGIN SOLUTION lab1.ex6 */
    if (memory == NULL) {
        return;
    }
    struct block *block = checked_block(memory);
    statistics.used -= block->size;
    statistics.used_blocks--;
    poison_fill(memory, block->size - BLOCK_HEADER_SIZE);
    release_block(block);
    /* SKELETON
    // Exercise lab1.ex6: check before you change anything (heap.h lists the misuses), poison the
    // memory, join the block with free neighbours on both sides.
    (void)memory;
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}

struct heap_stats heap_stats(void)
{
    /* BEGIN SOLUTION lab1.ex6 */
    return statistics;
    /* SKELETON
    // Exercise lab1.ex6: the figures of this moment.
    exercise_missing("lab1.ex6", __func__);
    END SOLUTION */
}
