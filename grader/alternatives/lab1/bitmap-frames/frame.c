/**
 * @file
 * Alternative for lab 1, exercises 1 and 2: a bitmap of free frames with summaries.
 *
 * A bit says whether a frame is free. Above it lie smaller bitmaps, in which a bit says whether a
 * word of the bitmap below is not 0; so the lowest free frame is found in LEVELS steps. Reference
 * counts and a bitmap of the frames that may be handed out at all lie beside them, in the highest
 * place that the map has room for. Usable regions that adjoin count as one, so a frame that two of
 * them cover together is used. The file owns physical memory from LOW_MEMORY_END to
 * PHYSICAL_LIMIT. Sequence: frame_init() once, then all others.
 */
#include "kernel/memory/frame.h"

#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "lib/string.h"

enum {
    WORD_BITS = 32,
    LEVELS = 4, /**< Bitmaps of 2^18, 2^13, 2^8 and 2^3 bits: the last one is a single word. */
};

/** Words in all bitmaps above the lowest, for 1 GiB. */
#define SUMMARY_WORDS (256u + 8u + 1u)

static uint32_t *references;              /**< By frame number. */
static uint32_t *managed_bits;            /**< Bit set: the frame may be handed out. */
static uint32_t *levels[LEVELS];          /**< The lowest: bit set: the frame is free. */
static uint32_t summaries[SUMMARY_WORDS]; /**< The other levels, one after the other. */
static uint32_t word_count;               /**< Words in the lowest level and in managed_bits. */
static struct frame_stats statistics;

/** Whether the bit of a frame is set. */
static bool bit_test(const uint32_t *bits, uint32_t number)
{
    return (bits[number / WORD_BITS] >> number % WORD_BITS & 1) != 0;
}

/** Set or clear the bit of a frame. */
static void bit_write(uint32_t *bits, uint32_t number, bool value)
{
    uint32_t mask = 1u << number % WORD_BITS;
    bits[number / WORD_BITS] &= ~mask;
    bits[number / WORD_BITS] |= value ? mask : 0;
}

/** Enter in all levels whether a frame is free. */
static void set_free(uint32_t number, bool free)
{
    bool value = free;
    for (uint32_t level = 0; level < LEVELS; level++) {
        bit_write(levels[level], number, value);
        number /= WORD_BITS;
        value = levels[level][number] != 0;
    }
}

/** Whether a frame is free. */
static bool is_free(uint32_t number)
{
    return bit_test(levels[0], number);
}

/** The lowest free frame; there must be one. */
static uint32_t lowest_free(void)
{
    uint32_t number = 0;
    for (uint32_t level = LEVELS; level > 0; level--) {
        uint32_t word = levels[level - 1][number];
        assert(word != 0);
        number = number * WORD_BITS + (uint32_t)__builtin_ctz(word);
    }
    return number;
}

/** Number of frames for which there is a bit. */
static uint32_t frame_limit(void)
{
    return word_count * WORD_BITS;
}

/** How far memory is usable from @p start on, across regions that adjoin or overlap. */
static uint64_t usable_until(const struct memory_map *map, uint64_t start)
{
    uint64_t end = start;
    for (size_t i = 0; i < map->region_count;) {
        const struct memory_region *region = &map->regions[i];
        bool reaches = region->usable && region->start <= end && memory_region_end(region) > end;
        end = reaches ? memory_region_end(region) : end;
        i = reaches ? 0 : i + 1;
    }
    return end < PHYSICAL_LIMIT ? end : PHYSICAL_LIMIT;
}

/** The first usable byte from @p start on; PHYSICAL_LIMIT if there is none. */
static uint64_t next_usable(const struct memory_map *map, uint64_t start)
{
    uint64_t nearest = PHYSICAL_LIMIT;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        uint64_t first = region->start > start ? region->start : start;
        if (region->usable && first < memory_region_end(region) && first < nearest) {
            nearest = first;
        }
    }
    return nearest;
}

/** Call an action for every range of bytes that is occupied, wherever it is. */
static void each_occupied(const struct memory_map *map,
                          void (*action)(uint64_t start, uint64_t end, void *context),
                          void *context)
{
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (!region->usable && region->length > 0) {
            action(region->start, memory_region_end(region), context);
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        if (map->reserved[i].start < map->reserved[i].end) {
            action(map->reserved[i].start, map->reserved[i].end, context);
        }
    }
    action(0, LOW_MEMORY_END, context);
}

/** A place for the tables that is being looked for. */
struct place {
    uint64_t start;
    uint64_t end;
};

/** Move a place down if it meets an occupied range. */
static void evade(uint64_t start, uint64_t end, void *context)
{
    struct place *place = context;
    if (start < place->end && place->start < end) {
        uint64_t size = place->end - place->start;
        uint64_t lower = start > size ? start - size : 0;
        place->start = lower & ~(uint64_t)(PAGE_SIZE - 1);
        place->end = place->start + size;
    }
}

/** The highest page of a stretch of memory from which @p size bytes are unoccupied, or 0. */
static uint64_t place_below(const struct memory_map *map, uint64_t lowest, uint64_t end,
                            uint32_t size)
{
    uint64_t start = (end > size ? end - size : 0) & ~(uint64_t)(PAGE_SIZE - 1);
    struct place place = {start, start + size};
    uint64_t before;
    do {
        before = place.start;
        each_occupied(map, evade, &place);
    } while (place.start < before);
    return place.start >= lowest && place.start >= LOW_MEMORY_END ? place.start : 0;
}

/** Find room for the tables; FRAME_NONE if there is none. */
static physaddr_t place_tables(const struct memory_map *map, uint32_t size)
{
    uint64_t highest = FRAME_NONE;
    for (uint64_t start = next_usable(map, 0); start < PHYSICAL_LIMIT;) {
        uint64_t end = usable_until(map, start);
        uint64_t place = place_below(map, start, end, size);
        highest = place > highest ? place : highest;
        start = next_usable(map, end);
    }
    return (physaddr_t)highest;
}

/** Forbid every frame that an occupied range touches. */
static void forbid(uint64_t start, uint64_t end, void *context)
{
    (void)context;
    for (uint64_t number = start >> PAGE_SHIFT;
         number < frame_limit() && number << PAGE_SHIFT < end; number++) {
        bit_write(managed_bits, (uint32_t)number, false);
    }
}

/** Allow the whole frames of every stretch of usable memory. */
static void allow_usable(const struct memory_map *map)
{
    for (uint64_t start = next_usable(map, 0); start < PHYSICAL_LIMIT;) {
        uint64_t end = usable_until(map, start);
        uint64_t number = (start + PAGE_SIZE - 1) >> PAGE_SHIFT;
        for (; number < end >> PAGE_SHIFT; number++) {
            bit_write(managed_bits, (uint32_t)number, true);
        }
        start = next_usable(map, end);
    }
}

/** Divide the memory at @p tables among the tables and clear them. */
static void set_up_tables(physaddr_t tables, uint32_t count)
{
    references = phys_to_virt(tables);
    managed_bits = &references[count];
    levels[0] = &managed_bits[word_count];
    uint32_t *summary = summaries;
    for (uint32_t level = 1; level < LEVELS; level++) {
        levels[level] = summary;
        summary += PHYSICAL_LIMIT / PAGE_SIZE >> 5 * (level + 1);
    }
    memset(references, 0, count * sizeof(*references));
    memset(managed_bits, 0, 2 * word_count * sizeof(*managed_bits));
    memset(summaries, 0, sizeof(summaries));
}

void frame_init(const struct memory_map *map)
{
    statistics = (struct frame_stats){0};
    uint32_t count = align_up(memory_map_end(map) >> PAGE_SHIFT, WORD_BITS);
    uint32_t bitmap_size = count / WORD_BITS * (uint32_t)sizeof(uint32_t);
    uint32_t size = count * (uint32_t)sizeof(*references) + 2 * bitmap_size;
    physaddr_t tables = count == 0 ? FRAME_NONE : place_tables(map, size);
    word_count = tables == FRAME_NONE ? 0 : count / WORD_BITS;
    if (word_count == 0) {
        return;
    }
    set_up_tables(tables, count);
    allow_usable(map);
    each_occupied(map, forbid, NULL);
    forbid(tables, (uint64_t)tables + size, NULL);
    for (uint32_t number = 0; number < count; number++) {
        if (bit_test(managed_bits, number)) {
            set_free(number, true);
            statistics.total++;
        }
    }
    statistics.free = statistics.total;
}

/** Hand out a free frame. */
static void take(uint32_t number)
{
    assert(is_free(number) && references[number] == 0);
    set_free(number, false);
    references[number] = 1;
    statistics.free--;
}

/** The number of an allocated frame; everything else is reported as misuse. */
static uint32_t number_in_use(physaddr_t address)
{
    uint32_t number = address >> PAGE_SHIFT;
    if (address % PAGE_SIZE != 0 || number >= frame_limit() || !bit_test(managed_bits, number)) {
        memory_misuse(MISUSE_FOREIGN_FRAME, address);
    }
    if (is_free(number)) {
        memory_misuse(MISUSE_DOUBLE_FREE, address);
    }
    return number;
}

physaddr_t frame_alloc(void)
{
    if (statistics.free == 0) {
        return FRAME_NONE;
    }
    uint32_t number = lowest_free();
    take(number);
    return number << PAGE_SHIFT;
}

/** The number of free frames that follow each other from @p first on, counted up to @p most. */
static uint32_t free_from(uint32_t first, uint32_t most)
{
    uint32_t length = 0;
    while (length < most && first + length < frame_limit() && is_free(first + length)) {
        length++;
    }
    return length;
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    assert(count >= 1 && count <= FRAME_RUN_MAX);
    assert(alignment >= 1 && alignment <= FRAME_RUN_MAX && (alignment & (alignment - 1)) == 0);
    for (uint32_t first = 0; count <= statistics.free && first + count <= frame_limit();) {
        uint32_t length = free_from(first, count);
        if (length == count) {
            for (uint32_t i = 0; i < count; i++) {
                take(first + i);
            }
            return first << PAGE_SHIFT;
        }
        bool word_in_use = first % WORD_BITS == 0 && levels[0][first / WORD_BITS] == 0;
        first = align_up(first + (word_in_use ? WORD_BITS : length + 1), alignment);
    }
    return FRAME_NONE;
}

void frame_retain(physaddr_t frame)
{
    uint32_t number = number_in_use(frame);
    assert(references[number] < UINT32_MAX);
    references[number]++;
}

void frame_release(physaddr_t frame)
{
    uint32_t number = number_in_use(frame);
    references[number]--;
    if (references[number] == 0) {
        poison_fill(phys_to_virt(frame), PAGE_SIZE);
        set_free(number, true);
        statistics.free++;
    }
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        frame_release(first + i * PAGE_SIZE);
    }
}

uint32_t frame_references(physaddr_t frame)
{
    uint32_t number = frame >> PAGE_SHIFT;
    return number < frame_limit() ? references[number] : 0;
}

struct frame_stats frame_stats(void)
{
    return statistics;
}

void frame_check(void)
{
    uint32_t free = 0;
    for (uint32_t number = 0; number < frame_limit(); number++) {
        assert(!is_free(number) || (bit_test(managed_bits, number) && references[number] == 0));
        free += is_free(number);
    }
    assert(free == statistics.free && free <= statistics.total);
}
