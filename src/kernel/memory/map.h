/**
 * @file
 * Questions about the memory map that have one right answer.
 *
 * The map (boot.h) holds what the firmware reported, unchecked. These functions answer where a
 * region and where usable memory end, without tripping over regions that wrap or that lie beyond
 * PHYSICAL_LIMIT. They own no state. frame_init() and space_init() are the callers.
 */
#ifndef KERNEL_MEMORY_MAP_H
#define KERNEL_MEMORY_MAP_H

#include "kernel/boot.h"
#include "kernel/types.h"

/**
 * Where a region ends.
 * @param region any region, usable or not.
 * @return one past its last byte; UINT64_MAX if start plus length exceeds 64 bits.
 */
uint64_t memory_region_end(const struct memory_region *region);

/**
 * Where usable memory ends.
 * @param map the memory map.
 * @return one past the last byte of the highest usable region that is not empty, at most
 *         PHYSICAL_LIMIT; 0 if there is none.
 */
physaddr_t memory_map_end(const struct memory_map *map);

/**
 * Find room for tables: contiguous bytes in one usable region, at or above LOW_MEMORY_END and below
 * PHYSICAL_LIMIT, of which no unusable region and no reserved range touches any. Nothing is
 * recorded: the caller must see to it that they are not handed out.
 * @param map the memory map.
 * @param size in bytes.
 * @return the physical address of the first byte, a multiple of PAGE_SIZE; FRAME_NONE (frame.h) if
 *         there is no room.
 */
MUST_USE physaddr_t memory_map_place(const struct memory_map *map, uint32_t size);

#endif
