/**
 * @file
 * Alternative for lab 1, exercise 5: regions in an array that is searched from its beginning.
 *
 * A space has few regions, so every search looks at one after the other. region_add() puts a new
 * region at the end and lets it sink to its place. fault_resolve() first collects what is known
 * about the address and then asks one question after the other, in the order of the contract. The
 * file owns the list of regions inside each struct space. Sequence: region_add(), then for each
 * page fault fault_decode() and fault_resolve().
 */
#include "kernel/memory/fault.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Everything that decides what becomes of a fault. */
struct situation {
    const struct region *region; /**< NULL: the address is in none. */
    bool user_half;              /**< The address is a program's. */
    bool may_write;
    bool may_user;
};

struct fault fault_decode(uint32_t error_code, uintptr_t address)
{
    struct fault fault = {.address = address};
    fault.present = error_code & FAULT_PRESENT;
    fault.write = error_code & FAULT_WRITE;
    fault.user = error_code & FAULT_USER;
    fault.reserved_bit = error_code & FAULT_RESERVED;
    fault.fetch = error_code & FAULT_FETCH;
    return fault;
}

/** Find out what is at the address of a fault. */
static struct situation examine(const struct space *space, const struct fault *fault)
{
    struct situation situation = {
        .region = region_find(space, fault->address),
        .user_half = fault->address >= USER_START && fault->address < USER_END,
    };
    uint32_t flags = PTE_WRITE | PTE_USER;
    if (situation.region != NULL) {
        flags = situation.region->flags;
    }
    if (fault->present) {
        int error = paging_translate(space->directory, fault->address, NULL, &flags);
        assert(error == 0);
    }
    situation.may_write = (flags & PTE_WRITE) != 0;
    situation.may_user = (flags & PTE_USER) != 0;
    return situation;
}

/** Whether the address of a fault lies in something that is there to be hit by mistake. */
static bool hits_guard(const struct situation *situation, uintptr_t address)
{
    uintptr_t guard = (uintptr_t)kernel_stack_guard;
    return (address >= guard && address - guard < PAGE_SIZE) ||
           (situation->region != NULL && situation->region->kind == REGION_GUARD);
}

/** Map a frame of zeros at the page that holds the address. */
static enum fault_cause provide_page(struct space *space, const struct region *region,
                                     uintptr_t address)
{
    pte_t *entry = paging_walk(space->directory, address, false);
    bool needs_table = entry == NULL;
    if (frame_stats().free < 1u + needs_table) {
        return FAULT_CAUSE_OUT_OF_MEMORY;
    }
    physaddr_t frame = frame_alloc();
    assert(frame != FRAME_NONE);
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
    int error = paging_map(space->directory, address & ~(PAGE_SIZE - 1), frame, region->flags);
    assert(error == 0);
    return FAULT_CAUSE_NONE;
}

enum fault_cause fault_resolve(struct space *space, const struct fault *fault)
{
    if (fault->reserved_bit) {
        return FAULT_CAUSE_RESERVED_BIT;
    }
    if (fault->address < PAGE_SIZE) {
        return FAULT_CAUSE_NULL;
    }
    struct situation situation = examine(space, fault);
    if (hits_guard(&situation, fault->address)) {
        return FAULT_CAUSE_GUARD;
    }
    if (fault->user && !(situation.user_half && situation.may_user)) {
        return FAULT_CAUSE_PRIVILEGE;
    }
    if (fault->write && !situation.may_write) {
        return FAULT_CAUSE_READ_ONLY;
    }
    if (fault->present) {
        tlb_invalidate(fault->address);
        return FAULT_CAUSE_NONE;
    }
    if (situation.region == NULL) {
        return FAULT_CAUSE_NOT_MAPPED;
    }
    return provide_page(space, situation.region, fault->address);
}

/** Whether a region could be added to an empty space. */
static bool is_sensible(const struct region *region)
{
    bool aligned = ((region->start | region->end) & (PAGE_SIZE - 1)) == 0;
    bool in_user_half = region->start >= USER_START && region->end <= USER_END;
    bool known_kind = region->kind == REGION_DEMAND_ZERO || region->kind == REGION_GUARD;
    bool known_flags = (region->flags | PTE_WRITE | PTE_USER) == (PTE_WRITE | PTE_USER);
    return aligned && in_user_half && region->start < region->end && known_kind && known_flags;
}

int region_add(struct space *space, const struct region *region)
{
    assert(space != &kernel_space);
    if (!is_sensible(region)) {
        return -E_INVALID;
    }
    for (uint32_t i = 0; i < space->region_count; i++) {
        const struct region *other = &space->regions[i];
        if (region->start < other->end && other->start < region->end) {
            return -E_EXISTS;
        }
    }
    if (space->region_count >= REGIONS_MAX) {
        return -E_NO_SPACE;
    }
    uint32_t place = space->region_count++;
    for (; place > 0 && space->regions[place - 1].start > region->start; place--) {
        space->regions[place] = space->regions[place - 1];
    }
    space->regions[place] = *region;
    return 0;
}

const struct region *region_find(const struct space *space, uintptr_t address)
{
    for (uint32_t i = 0; i < space->region_count; i++) {
        const struct region *region = &space->regions[i];
        if (address >= region->start && address < region->end) {
            return region;
        }
    }
    return NULL;
}
