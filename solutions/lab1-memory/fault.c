/**
 * @file
 * Lab 1, exercise 5: regions and page faults.
 *
 * The file owns the list of regions inside each struct space, kept sorted by address, and no other
 * state. region_add() describes the user half of a space; the trap handler then calls
 * fault_decode() and fault_resolve() for each page fault, which maps a fresh page where a region
 * promises one and otherwise says what was wrong. Nothing is changed before all is decided.
 *
 * Source: Intel SDM volume 3A, section 4.7 (page-fault exceptions).
 */
#include "kernel/memory/fault.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab1.ex5 */
/** Index of the first region that ends after @p address; region_count if there is none. */
static uint32_t first_ending_after(const struct space *space, uintptr_t address)
{
    uint32_t low = 0;
    uint32_t high = space->region_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (space->regions[middle].end > address) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/** Whether a region obeys the rules that do not depend on other regions. */
static bool region_is_valid(const struct region *region)
{
    return region->start % PAGE_SIZE == 0 && region->end % PAGE_SIZE == 0 &&
           region->start < region->end && region->start >= USER_START && region->end <= USER_END &&
           (region->kind == REGION_DEMAND_ZERO || region->kind == REGION_GUARD) &&
           (region->flags & ~(uint32_t)(PTE_WRITE | PTE_USER)) == 0;
}

/** What may be done at the address: by its page if there is one, else by its region. */
static uint32_t rights_at(const struct space *space, const struct region *region,
                          const struct fault *fault)
{
    uint32_t rights = PTE_WRITE | PTE_USER;
    if (fault->present) {
        int error = paging_translate(space->directory, fault->address, NULL, &rights);
        assert(error == 0);
    } else if (region != NULL) {
        rights = region->flags;
    }
    return rights;
}

/** Judge the access by the rights at its address. */
static enum fault_cause check_rights(const struct space *space, const struct region *region,
                                     const struct fault *fault)
{
    uint32_t rights = rights_at(space, region, fault);
    bool in_user_half = fault->address >= USER_START && fault->address < USER_END;
    if (fault->user && (!in_user_half || (rights & PTE_USER) == 0)) {
        return FAULT_CAUSE_PRIVILEGE;
    }
    if (fault->write && (rights & PTE_WRITE) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    return FAULT_CAUSE_NONE;
}

/** Let a page of zeros appear in a demand-zero region. */
static enum fault_cause map_zeroed_page(struct space *space, const struct region *region,
                                        uintptr_t address)
{
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return FAULT_CAUSE_OUT_OF_MEMORY;
    }
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
    uintptr_t page = align_down(address, PAGE_SIZE);
    if (paging_map(space->directory, page, frame, region->flags) < 0) {
        frame_release(frame);
        return FAULT_CAUSE_OUT_OF_MEMORY;
    }
    return FAULT_CAUSE_NONE;
}
/* SKELETON
END SOLUTION */

struct fault fault_decode(uint32_t error_code, uintptr_t address)
{
    /* BEGIN SOLUTION lab1.ex5 */
    return (struct fault){
        .address = address,
        .present = (error_code & FAULT_PRESENT) != 0,
        .write = (error_code & FAULT_WRITE) != 0,
        .user = (error_code & FAULT_USER) != 0,
        .reserved_bit = (error_code & FAULT_RESERVED) != 0,
        .fetch = (error_code & FAULT_FETCH) != 0,
    };
    /* SKELETON
    // Exercise lab1.ex5 (15 points together with the functions below): take the error code apart;
    // enum fault_bits names its bits (SDM 3A, figure 4-12).
    (void)error_code;
    (void)address;
    exercise_missing("lab1.ex5", __func__);
    END SOLUTION */
}

enum fault_cause fault_resolve(struct space *space, const struct fault *fault)
{
    /* BEGIN SOLUTION lab1.ex5 */
    if (fault->reserved_bit) {
        return FAULT_CAUSE_RESERVED_BIT;
    }
    if (fault->address < PAGE_SIZE) {
        return FAULT_CAUSE_NULL;
    }
    const struct region *region = region_find(space, fault->address);
    bool in_guard_page = align_down(fault->address, PAGE_SIZE) == (uintptr_t)kernel_stack_guard;
    if (in_guard_page || (region != NULL && region->kind == REGION_GUARD)) {
        return FAULT_CAUSE_GUARD;
    }
    enum fault_cause cause = check_rights(space, region, fault);
    if (cause != FAULT_CAUSE_NONE) {
        return cause;
    }
    if (fault->present) {
        /* The page allows the access: the processor had an older entry in its cache. */
        tlb_invalidate(fault->address);
        return FAULT_CAUSE_NONE;
    }
    return region == NULL ? FAULT_CAUSE_NOT_MAPPED : map_zeroed_page(space, region, fault->address);
    /* SKELETON
    // Exercise lab1.ex5: fault.h lists the rules in order. Decide first, change last: a zeroed
    // frame, mapped with the region's flags at the page that holds the address.
    (void)space;
    (void)fault;
    exercise_missing("lab1.ex5", __func__);
    END SOLUTION */
}

int region_add(struct space *space, const struct region *region)
{
    /* BEGIN SOLUTION lab1.ex5 */
    assert(space != &kernel_space);
    if (!region_is_valid(region)) {
        return -E_INVALID;
    }
    uint32_t place = first_ending_after(space, region->start);
    if (place < space->region_count && space->regions[place].start < region->end) {
        return -E_EXISTS;
    }
    if (space->region_count == REGIONS_MAX) {
        return -E_NO_SPACE;
    }
    memmove(&space->regions[place + 1], &space->regions[place],
            (space->region_count - place) * sizeof(*region));
    space->regions[place] = *region;
    space->region_count++;
    return 0;
    /* SKELETON
    // Exercise lab1.ex5: check the region by itself (-E_INVALID), against its neighbours
    // (-E_EXISTS), and for room (-E_NO_SPACE); then insert it so that the list stays sorted.
    (void)space;
    (void)region;
    exercise_missing("lab1.ex5", __func__);
    END SOLUTION */
}

const struct region *region_find(const struct space *space, uintptr_t address)
{
    /* BEGIN SOLUTION lab1.ex5 */
    uint32_t place = first_ending_after(space, address);
    if (place < space->region_count && space->regions[place].start <= address) {
        return &space->regions[place];
    }
    return NULL;
    /* SKELETON
    // Exercise lab1.ex5: the region that holds the address: start <= address < end. NULL: none.
    (void)space;
    (void)address;
    exercise_missing("lab1.ex5", __func__);
    END SOLUTION */
}
