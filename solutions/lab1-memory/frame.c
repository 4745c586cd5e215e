/**
 * @file
 * Lab 1, exercises 1 and 2: the frame allocator.
 *
 * The file owns physical memory from LOW_MEMORY_END to PHYSICAL_LIMIT, as far as it is there, and
 * the tables that say which frames of it are free and how many references the others have.
 * frame_init() reads the memory map once; frame_alloc() and frame_alloc_run() hand frames out,
 * frame_release() takes them back. The contract is in kernel/memory/frame.h.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "lib/string.h"

/* BEGIN SOLUTION lab1.ex1 */
/*
 * A binary buddy system. A block of order k is 2^k frames that start at a multiple of 2^k; the free
 * blocks of each order form a list. An allocation takes the smallest block that is large enough
 * and splits it; a release joins a block with its buddy, the other half of the next larger block,
 * as long as that is free as well. So every call takes at most ORDERS steps, however much memory
 * there is.
 *
 * Source: Knuth, The Art of Computer Programming, volume 1, section 2.5 (the buddy system).
 */

enum {
    ORDERS = 11,         /**< Orders 0 to 10: blocks of 4 KiB to 4 MiB. */
    ORDER_NONE = ORDERS, /**< Not the first frame of a free block. */
};
_Static_assert(1u << (ORDERS - 1) == FRAME_RUN_MAX, "the largest block is the longest run");

/** What is known about one frame. A frame is free if it is managed and has no references. */
struct frame {
    /* Links of the list of free blocks, as frame numbers; 0 ends the list. Valid in heads only. */
    uint32_t next;
    uint32_t previous;

    uint32_t references;
    uint8_t order; /**< Of the free block that starts here; else ORDER_NONE. */
    bool managed;  /**< frame_init() found it free, so it may be handed out. */
};
_Static_assert(sizeof(struct frame) == 16, "the frame table takes 1/256 of memory");

static struct frame *frames;        /**< The frame table, indexed by frame number. */
static uint32_t frame_count;        /**< Entries in the frame table. */
static uint32_t free_lists[ORDERS]; /**< First free block of each order; 0: none. */
static uint32_t occupied_orders;    /**< Bit k is set if free_lists[k] is not empty. */
static struct frame_stats statistics;

/** Enter a free block, which must not have a free buddy, at the head of its list. */
static void block_insert(uint32_t number, uint32_t order)
{
    assert(order < ORDERS && (number & ((1u << order) - 1)) == 0);
    struct frame *block = &frames[number];
    block->order = (uint8_t)order;
    block->previous = 0;
    block->next = free_lists[order];
    frames[block->next].previous = number;
    free_lists[order] = number;
    occupied_orders |= 1u << order;
}

/** Take a free block out of its list. */
static void block_remove(uint32_t number)
{
    struct frame *block = &frames[number];
    uint32_t order = block->order;
    assert(order < ORDERS);
    if (block->previous != 0) {
        frames[block->previous].next = block->next;
    } else {
        free_lists[order] = block->next;
    }
    frames[block->next].previous = block->previous;
    block->order = ORDER_NONE;
    if (free_lists[order] == 0) {
        occupied_orders &= ~(1u << order);
    }
}

/** Enter the frames from @p first up to @p end as the largest aligned blocks they consist of. */
static void block_insert_range(uint32_t first, uint32_t end)
{
    while (first < end) {
        uint32_t order = 0;
        while (order + 1 < ORDERS && (first & (1u << order)) == 0 && first + (2u << order) <= end) {
            order++;
        }
        block_insert(first, order);
        first += 1u << order;
    }
}

/** Say whether the frames from number @p first up to @p end may be handed out. */
static void mark_managed(uint64_t first, uint64_t end, bool managed)
{
    for (uint64_t number = first; number < end && number < frame_count; number++) {
        frames[number].managed = managed;
    }
}

/** Mark what the map says: usable regions shrink to whole frames, all others grow to them. */
static void mark_map(const struct memory_map *map)
{
    const uint64_t last = PAGE_SIZE - 1;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable && region->start < PHYSICAL_LIMIT) {
            mark_managed((region->start + last) >> PAGE_SHIFT,
                         memory_region_end(region) >> PAGE_SHIFT, true);
        }
    }
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (!region->usable && region->length > 0) {
            uint64_t end = memory_region_end(region);
            end = end < PHYSICAL_LIMIT ? end : PHYSICAL_LIMIT;
            mark_managed(region->start >> PAGE_SHIFT, (end + last) >> PAGE_SHIFT, false);
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        const struct memory_range *range = &map->reserved[i];
        mark_managed(range->start >> PAGE_SHIFT, ((uint64_t)range->end + last) >> PAGE_SHIFT,
                     false);
    }
    mark_managed(0, LOW_MEMORY_END >> PAGE_SHIFT, false);
}

/** Enter every stretch of managed frames into the free lists. */
static void insert_managed(void)
{
    uint32_t number = 0;
    while (number < frame_count) {
        uint32_t first = number;
        while (number < frame_count && frames[number].managed) {
            number++;
        }
        block_insert_range(first, number);
        statistics.total += number - first;
        number++;
    }
    statistics.free = statistics.total;
}
/* SKELETON
END SOLUTION */

void frame_init(const struct memory_map *map)
{
    /* BEGIN SOLUTION lab1.ex1 */
    statistics = (struct frame_stats){0};
    memset(free_lists, 0, sizeof(free_lists));
    occupied_orders = 0;
    frame_count = memory_map_end(map) >> PAGE_SHIFT;
    uint32_t size = frame_count * sizeof(struct frame);
    physaddr_t table = memory_map_place(map, size);
    if (table == FRAME_NONE) {
        frame_count = 0;
        return;
    }
    frames = phys_to_virt(table);
    for (uint32_t number = 0; number < frame_count; number++) {
        frames[number] = (struct frame){.order = ORDER_NONE};
    }
    mark_map(map);
    mark_managed(table >> PAGE_SHIFT, (table + size + PAGE_SIZE - 1) >> PAGE_SHIFT, false);
    insert_managed();
    /* SKELETON
    // Exercise lab1.ex1 (15 points together with frame_stats): take possession of memory.
    // Contract: frame.h. Free is a frame whose every byte is usable; usable regions shrink to
    // whole frames, all others, and the reserved ranges, grow to whole frames. Regions come in any
    // order, may overlap, and reach beyond PHYSICAL_LIMIT. memory_map_place() finds room for your
    // tables (map.h); do not hand it out. Paging is off: phys_to_virt() gives a pointer to any
    // frame. Helper functions and static variables of yours go above this function.
    (void)map;
    exercise_missing("lab1.ex1", __func__);
    END SOLUTION */
}

/* BEGIN SOLUTION lab1.ex2 */
/** Take a block of @p order out of the free lists; 0 if there is none. */
static uint32_t block_alloc(uint32_t order)
{
    uint32_t candidates = occupied_orders & ~((1u << order) - 1);
    if (candidates == 0) {
        return 0;
    }
    uint32_t found = (uint32_t)__builtin_ctz(candidates);
    uint32_t number = free_lists[found];
    block_remove(number);
    while (found > order) {
        found--;
        block_insert(number + (1u << found), found);
    }
    return number;
}

/** Put one frame back, joined with its buddies as far as they are free. */
static void block_free(uint32_t number)
{
    uint32_t order = 0;
    while (order + 1 < ORDERS) {
        uint32_t buddy = number ^ (1u << order);
        if (buddy >= frame_count || frames[buddy].order != order) {
            break;
        }
        block_remove(buddy);
        number &= ~(1u << order);
        order++;
    }
    block_insert(number, order);
}

/** The smallest order whose blocks have at least @p count frames. */
static uint32_t order_for(uint32_t count)
{
    uint32_t order = 0;
    while ((1u << order) < count) {
        order++;
    }
    return order;
}

/** The descriptor of an allocated frame; everything else is reported as misuse. */
static struct frame *frame_in_use(physaddr_t address)
{
    uint32_t number = address >> PAGE_SHIFT;
    if (address % PAGE_SIZE != 0 || number >= frame_count || !frames[number].managed) {
        memory_misuse(MISUSE_FOREIGN_FRAME, address);
    }
    if (frames[number].references == 0) {
        memory_misuse(MISUSE_DOUBLE_FREE, address);
    }
    return &frames[number];
}
/* SKELETON
END SOLUTION */

physaddr_t frame_alloc(void)
{
    /* BEGIN SOLUTION lab1.ex2 */
    uint32_t number = block_alloc(0);
    if (number == 0) {
        return FRAME_NONE;
    }
    frames[number].references = 1;
    statistics.free--;
    return number << PAGE_SHIFT;
    /* SKELETON
    // Exercise lab1.ex2 (20 points together with the functions below): hand out a frame. Its
    // reference count becomes 1. Returns FRAME_NONE if no frame is free. Do not search all of
    // memory: the cost must stay the same when it is nearly full.
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    /* BEGIN SOLUTION lab1.ex2 */
    assert(count >= 1 && count <= FRAME_RUN_MAX);
    assert(alignment >= 1 && alignment <= FRAME_RUN_MAX && (alignment & (alignment - 1)) == 0);
    uint32_t order = order_for(count > alignment ? count : alignment);
    uint32_t first = block_alloc(order);
    if (first == 0) {
        return FRAME_NONE;
    }
    block_insert_range(first + count, first + (1u << order));
    for (uint32_t number = first; number < first + count; number++) {
        frames[number].references = 1;
    }
    statistics.free -= count;
    return first << PAGE_SHIFT;
    /* SKELETON
    // Exercise lab1.ex2: contiguous frames, the first a multiple of alignment * PAGE_SIZE (a DMA
    // engine cannot translate addresses). Assert the bounds of both arguments. Returns FRAME_NONE,
    // with nothing changed, if there is no such run; frame.h says when there must be one.
    (void)count;
    (void)alignment;
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

void frame_retain(physaddr_t frame)
{
    /* BEGIN SOLUTION lab1.ex2 */
    struct frame *descriptor = frame_in_use(frame);
    assert(descriptor->references < UINT32_MAX);
    descriptor->references++;
    /* SKELETON
    // Exercise lab1.ex2: one reference more. A frame that is not in use is reported by
    // memory_misuse(), as in frame_release().
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

void frame_release(physaddr_t frame)
{
    /* BEGIN SOLUTION lab1.ex2 */
    struct frame *descriptor = frame_in_use(frame);
    descriptor->references--;
    if (descriptor->references == 0) {
        poison_fill(phys_to_virt(frame), PAGE_SIZE);
        block_free(frame >> PAGE_SHIFT);
        statistics.free++;
    }
    /* SKELETON
    // Exercise lab1.ex2: one reference less; the last one makes the frame free. Check first, by
    // memory_misuse(): not aligned or never free: MISUSE_FOREIGN_FRAME; count 0 already:
    // MISUSE_DOUBLE_FREE. Fill a frame that becomes free by poison_fill().
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    /* BEGIN SOLUTION lab1.ex2 */
    for (uint32_t i = 0; i < count; i++) {
        frame_release(first + i * PAGE_SIZE);
    }
    /* SKELETON
    // Exercise lab1.ex2: one reference less for each frame of a run.
    (void)first;
    (void)count;
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

uint32_t frame_references(physaddr_t frame)
{
    /* BEGIN SOLUTION lab1.ex2 */
    uint32_t number = frame >> PAGE_SHIFT;
    return number < frame_count ? frames[number].references : 0;
    /* SKELETON
    // Exercise lab1.ex2: the number of references; 0 for a frame that you do not manage.
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
    END SOLUTION */
}

struct frame_stats frame_stats(void)
{
    /* BEGIN SOLUTION lab1.ex1 */
    return statistics;
    /* SKELETON
    // Exercise lab1.ex1: the frames that were free at first, and that are free now.
    exercise_missing("lab1.ex1", __func__);
    END SOLUTION */
}

/* BEGIN SOLUTION lab1.ex2 */
/** Prove that every block of one order is where it may be; returns the number of its frames. */
static uint32_t check_list(uint32_t order)
{
    uint32_t free = 0;
    uint32_t previous = 0;
    assert((free_lists[order] != 0) == ((occupied_orders >> order & 1) != 0));
    for (uint32_t number = free_lists[order]; number != 0; number = frames[number].next) {
        assert(frames[number].order == order && frames[number].previous == previous);
        uint32_t buddy = number ^ (1u << order);
        assert(order + 1 == ORDERS || buddy >= frame_count || frames[buddy].order != order);
        for (uint32_t i = number; i < number + (1u << order); i++) {
            assert(frames[i].managed && frames[i].references == 0);
        }
        free += 1u << order;
        previous = number;
    }
    return free;
}
/* SKELETON
END SOLUTION */

void frame_check(void)
{
    /* BEGIN SOLUTION lab1.ex2 */
    uint32_t listed = 0;
    for (uint32_t order = 0; order < ORDERS; order++) {
        listed += check_list(order);
    }
    uint32_t free = 0;
    uint32_t managed = 0;
    for (uint32_t number = 0; number < frame_count; number++) {
        managed += frames[number].managed;
        free += frames[number].managed && frames[number].references == 0;
    }
    assert(listed == free && free == statistics.free && managed == statistics.total);
    /* SKELETON
    // Exercise lab1.ex2: assert whatever must always be true of your tables. May stay empty.
    END SOLUTION */
}
