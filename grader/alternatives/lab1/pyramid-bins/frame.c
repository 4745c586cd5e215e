/**
 * @file
 * Alternative for lab 1, exercises 1 and 2: a pyramid of bitmaps, one for each order of blocks.
 *
 * The bitmap of order k marks each block of 2^k aligned frames that are all free, so nothing is
 * split or joined, and each bitmap has summaries above it. The file owns physical memory from
 * LOW_MEMORY_END to PHYSICAL_LIMIT and the tables about it, and writes to no free frame. Sequence:
 * frame_init(), then all others.
 */
#include "kernel/memory/frame.h"

#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "lib/string.h"

/*
 * Which frames are free is kept in a pyramid of sets. A block of order k is 2^k frames, the first a
 * multiple of 2^k. The set of order k holds every block of that order whose frames are all free, so
 * a block is in its set exactly if its two halves are in theirs. Nothing has to be split or joined:
 * taking a frame removes the blocks that contain it, giving it back adds those that are whole
 * again. The free frames themselves are never written to.
 */
enum {
    ORDERS = 11,    /**< Blocks of 1 to FRAME_RUN_MAX frames. */
    LEVELS = 4,     /**< Of a set; a fixed number, so that no search depends on memory's size. */
    WORD_BITS = 32, /**< Members that a word of a set stands for. */
};
_Static_assert(1u << (ORDERS - 1) == FRAME_RUN_MAX, "the highest order is the longest run");
_Static_assert(PHYSICAL_LIMIT / PAGE_SIZE < 1u << (5 * LEVELS), "a set has a bit for each frame");

/** The references of a frame that frame_init() did not find free. All bytes are equal: see mark().
 */
#define UNMANAGED UINT32_MAX

/** A set of numbers: a bit of level 0 for each, and a bit of level n+1 for each word of level n. */
struct number_set {
    uint32_t *level[LEVELS];
};

static struct number_set free_blocks[ORDERS];
static uint32_t *references; /**< Of each frame; 0: free. */
static uint32_t frame_count; /**< Frames that the tables describe, from frame 0 on. */
static struct frame_stats stats;

/** @return whether a number is in a set. */
static bool set_has(const struct number_set *set, uint32_t number)
{
    return (set->level[0][number / WORD_BITS] >> number % WORD_BITS & 1) != 0;
}

/** Add a number; a word that was not 0 is known to the levels above already. */
static void set_add(struct number_set *set, uint32_t number)
{
    for (uint32_t level = 0; level < LEVELS; level++) {
        uint32_t *word = &set->level[level][number / WORD_BITS];
        uint32_t before = *word;
        *word |= 1u << number % WORD_BITS;
        if (before != 0) {
            return;
        }
        number /= WORD_BITS;
    }
}

/** Remove a number that is in the set; the levels above learn of it when a word becomes 0. */
static void set_remove(struct number_set *set, uint32_t number)
{
    for (uint32_t level = 0; level < LEVELS; level++) {
        uint32_t *word = &set->level[level][number / WORD_BITS];
        *word &= ~(1u << number % WORD_BITS);
        if (*word != 0) {
            return;
        }
        number /= WORD_BITS;
    }
}

/** @return whether a set has no member. */
static bool set_is_empty(const struct number_set *set)
{
    return set->level[LEVELS - 1][0] == 0;
}

/** @return the lowest number in a set that is not empty. */
static uint32_t set_lowest(const struct number_set *set)
{
    uint32_t number = 0;
    for (uint32_t level = LEVELS; level-- > 0;) {
        number = number * WORD_BITS + (uint32_t)__builtin_ctz(set->level[level][number]);
    }
    return number;
}

/** A frame becomes free: with it each block whose other half is free already. */
static void add_frame(uint32_t frame)
{
    uint32_t block = frame;
    set_add(&free_blocks[0], block);
    for (uint32_t order = 1; order < ORDERS && set_has(&free_blocks[order - 1], block ^ 1);
         order++) {
        block /= 2;
        set_add(&free_blocks[order], block);
    }
    stats.free++;
}

/** Frames are no longer free, nor is any block with one of them. */
static void remove_frames(uint32_t first, uint32_t count)
{
    uint32_t last = first + count - 1;
    bool found = true;
    /* Where no block of an order was free, no larger one was. */
    for (uint32_t order = 0; order < ORDERS && found; order++) {
        found = false;
        for (uint32_t block = first >> order; block <= last >> order; block++) {
            if (set_has(&free_blocks[order], block)) {
                set_remove(&free_blocks[order], block);
                found = true;
            }
        }
    }
    stats.free -= count;
}

/** @return words of level 0 of the set of an order: one block more than there are can be asked for.
 */
static uint32_t set_words(uint32_t order)
{
    return (frame_count >> order) / WORD_BITS + 1;
}

/**
 * Lay the tables out from an address on.
 * @return their size in bytes.
 */
static uint32_t place_tables(physaddr_t start)
{
    uint32_t *next = phys_to_virt(start);
    references = next;
    next += frame_count;
    for (uint32_t order = 0; order < ORDERS; order++) {
        uint32_t words = set_words(order);
        for (uint32_t level = 0; level < LEVELS; level++) {
            free_blocks[order].level[level] = next;
            next += words;
            words = words / WORD_BITS + 1;
        }
    }
    return virt_to_phys(next) - start;
}

/** Say of a range of frames whether they are free, as far as there are such frames. */
static void mark(uint64_t first, uint64_t end, bool free)
{
    const uint64_t lowest = LOW_MEMORY_END / PAGE_SIZE;
    first = first > lowest ? first : lowest;
    end = end < frame_count ? end : frame_count;
    if (first < end) {
        size_t size = (size_t)(end - first) * sizeof(*references);
        memset(&references[first], free ? 0 : (int)(UNMANAGED & 0xFF), size);
    }
}

/** Mark the frames that lie in a range as a whole. */
static void mark_usable(uint64_t start, uint64_t end)
{
    mark(start / PAGE_SIZE + (start % PAGE_SIZE != 0), end / PAGE_SIZE, true);
}

/** Mark the frames that a range touches; an empty one touches none. */
static void mark_occupied(uint64_t start, uint64_t end)
{
    if (start < end) {
        mark(start / PAGE_SIZE, end / PAGE_SIZE + (end % PAGE_SIZE != 0), false);
    }
}

/** Mark what the map says: usable regions first, since all others win over them. */
static void mark_map(const struct memory_map *map)
{
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable) {
            mark_usable(region->start, memory_region_end(region));
        }
    }
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (!region->usable) {
            mark_occupied(region->start, memory_region_end(region));
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        mark_occupied(map->reserved[i].start, map->reserved[i].end);
    }
}

void frame_init(const struct memory_map *map)
{
    assert(map->region_count <= BOOT_REGIONS_MAX);
    stats = (struct frame_stats){0};
    frame_count = memory_map_end(map) / PAGE_SIZE;
    uint32_t size = place_tables(0);
    physaddr_t tables = memory_map_place(map, size);
    if (tables == FRAME_NONE) {
        frame_count = 0;
        return;
    }
    place_tables(tables);
    memset(phys_to_virt(tables), 0, size);
    memset(references, (int)(UNMANAGED & 0xFF), frame_count * sizeof(*references));
    mark_map(map);
    mark_occupied(tables, (uint64_t)tables + size);
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        if (references[frame] == 0) {
            add_frame(frame);
        }
    }
    stats.total = stats.free;
}

/** @return the lowest order whose blocks have at least so many frames. */
static uint32_t order_of(uint32_t frames)
{
    return frames == 1 ? 0 : WORD_BITS - (uint32_t)__builtin_clz(frames - 1);
}

physaddr_t frame_alloc(void)
{
    return frame_alloc_run(1, 1);
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    assert(count >= 1 && count <= FRAME_RUN_MAX);
    assert(alignment >= 1 && alignment <= FRAME_RUN_MAX && (alignment & (alignment - 1)) == 0);
    uint32_t order = order_of(count > alignment ? count : alignment);
    /* Without free frames there may be no tables either. */
    if (stats.free == 0 || set_is_empty(&free_blocks[order])) {
        return FRAME_NONE;
    }
    uint32_t first = set_lowest(&free_blocks[order]) << order;
    remove_frames(first, count);
    for (uint32_t i = 0; i < count; i++) {
        references[first + i] = 1;
    }
    return first * PAGE_SIZE;
}

/** @return the number of a frame that is in use; any other address is reported. */
static uint32_t number_of(physaddr_t frame)
{
    uint32_t number = frame / PAGE_SIZE;
    if (frame % PAGE_SIZE != 0 || number >= frame_count || references[number] == UNMANAGED) {
        memory_misuse(MISUSE_FOREIGN_FRAME, frame);
    }
    if (references[number] == 0) {
        memory_misuse(MISUSE_DOUBLE_FREE, frame);
    }
    return number;
}

void frame_retain(physaddr_t frame)
{
    uint32_t number = number_of(frame);
    assert(references[number] < UNMANAGED - 1);
    references[number]++;
}

void frame_release(physaddr_t frame)
{
    uint32_t number = number_of(frame);
    references[number]--;
    if (references[number] == 0) {
        poison_fill(phys_to_virt(frame), PAGE_SIZE);
        add_frame(number);
    }
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    /* A misuse of any frame is reported before the first one has changed. */
    for (uint32_t i = 0; i < count; i++) {
        (void)number_of(first + i * PAGE_SIZE);
    }
    for (uint32_t i = 0; i < count; i++) {
        frame_release(first + i * PAGE_SIZE);
    }
}

uint32_t frame_references(physaddr_t frame)
{
    uint32_t number = frame / PAGE_SIZE;
    if (number >= frame_count || references[number] == UNMANAGED) {
        return 0;
    }
    return references[number];
}

struct frame_stats frame_stats(void)
{
    return stats;
}

/** Each word of a set is announced in the level above exactly if it is not 0. */
static void check_levels(const struct number_set *set, uint32_t words)
{
    for (uint32_t level = 0; level + 1 < LEVELS; level++) {
        const struct number_set above = {{set->level[level + 1]}};
        for (uint32_t i = 0; i < words; i++) {
            assert(set_has(&above, i) == (set->level[level][i] != 0));
        }
        words = words / WORD_BITS + 1;
    }
}

void frame_check(void)
{
    uint32_t free = 0;
    for (uint32_t frame = 0; frame < frame_count; frame++) {
        assert(set_has(&free_blocks[0], frame) == (references[frame] == 0));
        free += references[frame] == 0;
    }
    assert(free == stats.free && free <= stats.total);
    for (uint32_t order = 0; order < ORDERS && frame_count > 0; order++) {
        const struct number_set *halves = &free_blocks[order == 0 ? 0 : order - 1];
        for (uint32_t block = 0; order > 0 && block < frame_count >> order; block++) {
            bool whole = set_has(halves, 2 * block) && set_has(halves, 2 * block + 1);
            assert(set_has(&free_blocks[order], block) == whole);
        }
        check_levels(&free_blocks[order], set_words(order));
    }
}
