/**
 * @file
 * Where regions and usable memory end; see map.h.
 *
 * It owns no state. Ends are computed with 64 bits and saturate; what exceeds PHYSICAL_LIMIT is
 * cut off before a result is narrowed to a physical address.
 */
#include "kernel/memory/map.h"

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
