/**
 * @file
 * Regions that grow; see region.h.
 *
 * It owns no state. The list of regions is sorted, so only the next region can be in the way of one
 * that grows. A region that does not exist yet is an ordinary region_add().
 */
#include "kernel/memory/region.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

int region_extend(struct space *space, uintptr_t start, uintptr_t end, uint32_t flags)
{
    assert(space != &kernel_space && start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0);
    const struct region *found = region_find(space, start);
    if (found == NULL) {
        const struct region region = {start, end, REGION_DEMAND_ZERO, flags};
        return region_add(space, &region) < 0 ? -E_NO_MEMORY : 0;
    }
    uint32_t index = (uint32_t)(found - space->regions);
    struct region *region = &space->regions[index];
    if (region->start != start || end < region->end ||
        (index + 1 < space->region_count && end > region[1].start)) {
        return -E_NO_MEMORY;
    }
    region->end = end;
    return 0;
}

void region_remove(struct space *space, uintptr_t start)
{
    const struct region *found = region_find(space, start);
    assert(space != &kernel_space && found != NULL && found->start == start);
    uint32_t index = (uint32_t)(found - space->regions);
    space->region_count--;
    memmove(&space->regions[index], &space->regions[index + 1],
            (space->region_count - index) * sizeof(*found));
}

uintptr_t region_find_room(const struct space *space, uintptr_t start, uintptr_t end, uint32_t size)
{
    assert(space != &kernel_space && start % PAGE_SIZE == 0 && size % PAGE_SIZE == 0);
    for (uint32_t i = 0; i < space->region_count; i++) {
        const struct region *region = &space->regions[i]; /* sorted by address */
        if (region->end > start) {
            if (region->start >= start && region->start - start >= size) {
                break;
            }
            start = region->end;
        }
    }
    return start <= end && end - start >= size ? start : 0;
}
