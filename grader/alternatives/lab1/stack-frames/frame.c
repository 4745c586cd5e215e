/**
 * @file
 * Alternative for lab 1, exercises 1 and 2: a stack of free frames.
 *
 * frame_alloc() takes the frame on top, frame_release() puts one there, so both cost a few
 * instructions. A table remembers where in the stack each free frame is; so a run, which is found
 * by searching for neighbours that are all free, can be taken out of the middle. The tables lie at
 * the top of memory, and the last frame released is the first to be handed out again. The file owns
 * physical memory from LOW_MEMORY_END to PHYSICAL_LIMIT. Sequence: frame_init(), then all others.
 */
#include "kernel/memory/frame.h"

#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "lib/string.h"

#define PLACE_IN_USE  0xFFFFFFFEu /**< The place of a frame that is allocated. */
#define PLACE_FOREIGN 0xFFFFFFFFu /**< The place of a frame that must not be handed out. */

/** What is known about one frame. */
struct frame {
    uint32_t place; /**< Where in the stack it is, or one of the above. */
    uint32_t references;
};

static struct frame *frames; /**< By frame number. */
static uint32_t *stack;      /**< The numbers of the free frames. */
static uint32_t frame_count; /**< Length of both tables. */
static uint32_t depth;       /**< Frames in the stack: those that are free. */
static uint32_t total;

/** Where the first range that occupies a byte from @p start up to @p end begins; @p end if none. */
static uint64_t first_obstacle(const struct memory_map *map, uint64_t start, uint64_t end)
{
    uint64_t first = end;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        bool meets = region->start < end && memory_region_end(region) > start;
        if (!region->usable && region->length > 0 && meets && region->start < first) {
            first = region->start;
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        const struct memory_range *range = &map->reserved[i];
        bool meets = range->start < range->end && range->start < end && range->end > start;
        if (meets && range->start < first) {
            first = range->start;
        }
    }
    return first;
}

/** The end of the part of a region that can be used at all. */
static uint64_t clipped_end(const struct memory_region *region)
{
    uint64_t end = memory_region_end(region);
    return end < PHYSICAL_LIMIT ? end : PHYSICAL_LIMIT;
}

/** The highest page within a region from which @p size bytes are unoccupied; 0 if there is none. */
static physaddr_t place_in_region(const struct memory_map *map, const struct memory_region *region,
                                  uint32_t size)
{
    uint64_t lowest = region->start > LOW_MEMORY_END ? region->start : LOW_MEMORY_END;
    uint64_t end = clipped_end(region);
    while (end >= lowest + size) {
        uint64_t start = (end - size) & ~(uint64_t)(PAGE_SIZE - 1);
        if (start < lowest) {
            return FRAME_NONE;
        }
        uint64_t obstacle = first_obstacle(map, start, start + size);
        if (obstacle == start + size) {
            return (physaddr_t)start;
        }
        end = obstacle;
    }
    return FRAME_NONE;
}

/** The highest place for the tables that there is in any usable region; 0 if there is none. */
static physaddr_t place_tables(const struct memory_map *map, uint32_t size)
{
    physaddr_t highest = FRAME_NONE;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        physaddr_t place = region->usable ? place_in_region(map, region, size) : FRAME_NONE;
        highest = place > highest ? place : highest;
    }
    return highest;
}

/** Put a frame on top of the stack. */
static void push(uint32_t number)
{
    assert(depth < frame_count && frames[number].references == 0);
    frames[number].place = depth;
    stack[depth++] = number;
}

/** Take a frame out of the stack, wherever it is; the top one fills the gap. */
static void take(uint32_t number)
{
    uint32_t place = frames[number].place;
    assert(place < depth && stack[place] == number);
    uint32_t top = stack[--depth];
    stack[place] = top;
    frames[top].place = place;
    frames[number].place = PLACE_IN_USE;
    frames[number].references = 1;
}

/** Push every whole frame of a usable region that nothing else occupies. */
static void push_region(const struct memory_map *map, const struct memory_region *region)
{
    uint64_t start = region->start > LOW_MEMORY_END ? region->start : LOW_MEMORY_END;
    uint64_t end = clipped_end(region);
    start = (start + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    for (; start + PAGE_SIZE <= end; start += PAGE_SIZE) {
        uint32_t number = (uint32_t)(start >> PAGE_SHIFT);
        bool known = frames[number].place != PLACE_FOREIGN;
        if (!known && first_obstacle(map, start, start + PAGE_SIZE) == start + PAGE_SIZE) {
            push(number);
        }
    }
}

void frame_init(const struct memory_map *map)
{
    depth = total = 0;
    frame_count = memory_map_end(map) >> PAGE_SHIFT;
    uint32_t size = frame_count * (uint32_t)(sizeof(*frames) + sizeof(*stack));
    physaddr_t tables = frame_count == 0 ? FRAME_NONE : place_tables(map, size);
    if (tables == FRAME_NONE) {
        frame_count = 0;
        return;
    }
    frames = phys_to_virt(tables);
    stack = (uint32_t *)&frames[frame_count];
    for (uint32_t number = 0; number < frame_count; number++) {
        frames[number] = (struct frame){.place = PLACE_FOREIGN};
    }
    for (size_t i = 0; i < map->region_count; i++) {
        if (map->regions[i].usable) {
            push_region(map, &map->regions[i]);
        }
    }
    for (uint32_t offset = 0; offset < size; offset += PAGE_SIZE) {
        uint32_t number = (tables + offset) >> PAGE_SHIFT;
        if (number < frame_count && frames[number].place != PLACE_FOREIGN) {
            take(number);
            frames[number] = (struct frame){.place = PLACE_FOREIGN};
        }
    }
    total = depth;
}

/** The descriptor of an allocated frame; everything else is reported as misuse. */
static struct frame *frame_in_use(physaddr_t address)
{
    uint32_t number = address >> PAGE_SHIFT;
    if (address % PAGE_SIZE != 0 || number >= frame_count ||
        frames[number].place == PLACE_FOREIGN) {
        memory_misuse(MISUSE_FOREIGN_FRAME, address);
    }
    if (frames[number].place != PLACE_IN_USE) {
        memory_misuse(MISUSE_DOUBLE_FREE, address);
    }
    return &frames[number];
}

physaddr_t frame_alloc(void)
{
    if (depth == 0) {
        return FRAME_NONE;
    }
    uint32_t number = stack[depth - 1];
    take(number);
    return number << PAGE_SHIFT;
}

/** The last frame of a run that is not free, plus 1; 0 if all are free. */
static uint32_t after_last_obstacle(uint32_t first, uint32_t count)
{
    for (uint32_t number = first + count; number > first; number--) {
        if (frames[number - 1].place >= PLACE_IN_USE) {
            return number;
        }
    }
    return 0;
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    assert(count >= 1 && count <= FRAME_RUN_MAX);
    assert(alignment >= 1 && alignment <= FRAME_RUN_MAX && (alignment & (alignment - 1)) == 0);
    uint32_t first = 0;
    while (count <= depth && first + count <= frame_count) {
        uint32_t next = after_last_obstacle(first, count);
        if (next == 0) {
            for (uint32_t i = 0; i < count; i++) {
                take(first + i);
            }
            return first << PAGE_SHIFT;
        }
        first = align_up(next, alignment);
    }
    return FRAME_NONE;
}

void frame_retain(physaddr_t frame)
{
    struct frame *descriptor = frame_in_use(frame);
    assert(descriptor->references < UINT32_MAX);
    descriptor->references++;
}

void frame_release(physaddr_t frame)
{
    struct frame *descriptor = frame_in_use(frame);
    if (--descriptor->references == 0) {
        poison_fill(phys_to_virt(frame), PAGE_SIZE);
        push(frame >> PAGE_SHIFT);
    }
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    while (count > 0) {
        count--;
        frame_release(first + count * PAGE_SIZE);
    }
}

uint32_t frame_references(physaddr_t frame)
{
    uint32_t number = frame >> PAGE_SHIFT;
    return number < frame_count ? frames[number].references : 0;
}

struct frame_stats frame_stats(void)
{
    return (struct frame_stats){.total = total, .free = depth};
}

void frame_check(void)
{
    uint32_t known = 0;
    for (uint32_t number = 0; number < frame_count; number++) {
        uint32_t place = frames[number].place;
        known += place != PLACE_FOREIGN;
        assert((place == PLACE_IN_USE) == (frames[number].references > 0));
        assert(place >= PLACE_IN_USE || (place < depth && stack[place] == number));
    }
    assert(known == total && depth <= total);
}
