/**
 * @file
 * Regions that grow and go, beside those of fault.h that stay as they are.
 *
 * The heap of a program is one region, whose end moves. It owns no state; the list of regions is
 * part of struct space. The caller is program_grow().
 */
#ifndef KERNEL_MEMORY_REGION_H
#define KERNEL_MEMORY_REGION_H

#include "kernel/memory/space.h"

/**
 * Let a demand-zero region reach further, or add it if there is none at its start yet.
 * @param space a live space other than the kernel's.
 * @param start first byte, a multiple of PAGE_SIZE.
 * @param end one past the last byte, a multiple of PAGE_SIZE; not before the region's end.
 * @param flags PTE_USER, PTE_WRITE.
 * @return 0; -E_NO_MEMORY if the addresses are taken or the space has no room for a region.
 */
MUST_USE int region_extend(struct space *space, uintptr_t start, uintptr_t end, uint32_t flags);

/**
 * Take a region out of a space; its pages are the caller's business.
 * @param space a live space other than the kernel's.
 * @param start first byte of a region that is there (asserted).
 */
void region_remove(struct space *space, uintptr_t start);

/**
 * Find addresses that no region of a space uses.
 * @param space a live space other than the kernel's.
 * @param start first address that may be used, a multiple of PAGE_SIZE.
 * @param end one past the last address that may be used.
 * @param size in bytes, a multiple of PAGE_SIZE.
 * @return the lowest address where there is room; 0 if there is none.
 */
uintptr_t region_find_room(const struct space *space, uintptr_t start, uintptr_t end,
                           uint32_t size);

#endif
