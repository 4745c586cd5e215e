/**
 * @file
 * Where regions and usable memory end, and where there is room; see map.h.
 *
 * It owns no state. Addresses are computed with 64 bits and ends saturate; what exceeds
 * PHYSICAL_LIMIT is cut off before a result is narrowed to a physical address.
 */
#include "kernel/memory/map.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"

uint64_t memory_region_end(const struct memory_region *region)
{
    assert(region != NULL);
    uint64_t end = region->start + region->length;
    return end < region->start ? UINT64_MAX : end;
}

physaddr_t memory_map_end(const struct memory_map *map)
{
    assert(map != NULL && map->region_count <= BOOT_REGIONS_MAX);
    uint64_t highest = 0;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        uint64_t end = memory_region_end(region);
        if (region->usable && region->length > 0 && end > highest) {
            highest = end;
        }
    }
    return highest < PHYSICAL_LIMIT ? (physaddr_t)highest : PHYSICAL_LIMIT;
}

/** The end of whatever occupies a part of the @p size bytes from @p start on; else @p start. */
static uint64_t skip_occupied(const struct memory_map *map, uint64_t start, uint64_t size)
{
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (!region->usable && region->start < start + size && start < memory_region_end(region)) {
            return memory_region_end(region);
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        const struct memory_range *range = &map->reserved[i];
        if (range->start < start + size && start < range->end) {
            return range->end;
        }
    }
    return start;
}

/** Find room in one region. @return as memory_map_place(). */
static physaddr_t place_in_region(const struct memory_map *map, const struct memory_region *region,
                                  uint32_t size)
{
    uint64_t end = memory_region_end(region);
    end = end < PHYSICAL_LIMIT ? end : PHYSICAL_LIMIT;
    uint64_t start = region->start > LOW_MEMORY_END ? region->start : LOW_MEMORY_END;
    while (start < end && start + size <= end) {
        uint64_t aligned = (start + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
        start = skip_occupied(map, aligned, size);
        if (start == aligned && start + size <= end) {
            return (physaddr_t)start;
        }
    }
    return FRAME_NONE;
}

physaddr_t memory_map_place(const struct memory_map *map, uint32_t size)
{
    assert(map != NULL && map->region_count <= BOOT_REGIONS_MAX);
    assert(map->reserved_count <= COUNT_OF(map->reserved) && size <= PHYSICAL_LIMIT);
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        physaddr_t place = region->usable ? place_in_region(map, region, size) : FRAME_NONE;
        if (place != FRAME_NONE) {
            return place;
        }
    }
    return FRAME_NONE;
}
