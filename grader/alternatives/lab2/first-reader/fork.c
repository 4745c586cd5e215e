/**
 * @file
 * Alternative for lab 2, exercise 6: fork, with copy on write.
 *
 * The file owns no state. space_fork() lets a second space map the frames of the first; whichever
 * process writes to a page first gets it copied, by fork_resolve(). Frames count their references
 * (memory/frame.h), so the last user of a frame finds out that it is alone. The contract is in
 * kernel/process/fork.h.
 */
#include "kernel/process/fork.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/user.h"
#include "kernel/x86/trap.h"
#include "lib/string.h"

#include <cairn/error.h>

/** The flags of an entry that paging_map() knows, without the right to write. */
static uint32_t shared_flags(pte_t entry)
{
    return entry & (PTE_USER | PTE_NO_CACHE | PTE_WRITE_THROUGH);
}

/** Let a child map a page of its parent, and neither write to it. */
static int share_page(struct space *parent, struct space *child, uintptr_t address, pte_t entry)
{
    physaddr_t frame = PTE_FRAME(entry);
    frame_retain(frame);
    int error = paging_map(child->directory, address, frame, shared_flags(entry));
    if (error < 0) {
        frame_release(frame);
        return error;
    }
    if ((entry & PTE_WRITE) != 0) {
        error = paging_protect(parent->directory, address, shared_flags(entry));
        assert(error == 0);
    }
    return 0;
}

/** Share the pages of a region that are present. */
static int share_region(struct space *parent, struct space *child, const struct region *region)
{
    uintptr_t address = region->start;
    while (address < region->end) {
        const pte_t *entry = paging_walk(parent->directory, address, false);
        if (entry == NULL) { /* no page table: on with the next one */
            address = (address & ~(LARGE_PAGE_SIZE - 1)) + LARGE_PAGE_SIZE;
            continue;
        }
        if ((*entry & PTE_PRESENT) != 0) {
            int error = share_page(parent, child, address, *entry);
            if (error < 0) {
                return error;
            }
        }
        address += PAGE_SIZE;
    }
    return 0;
}

int space_fork(struct space *parent, struct space **child)
{
    struct space *copy;
    int error = space_create(&copy);
    if (error < 0) {
        return error;
    }
    copy->region_count = parent->region_count;
    memcpy(copy->regions, parent->regions, sizeof(copy->regions));
    for (uint32_t i = 0; i < parent->region_count; i++) {
        if (parent->regions[i].kind == REGION_GUARD) {
            continue;
        }
        error = share_region(parent, copy, &parent->regions[i]);
        if (error < 0) {
            space_destroy(copy);
            return error;
        }
    }
    *child = copy;
    return 0;
}

enum fault_cause fork_resolve(struct space *space, const struct fault *fault)
{
    uintptr_t page = fault->address & ~(PAGE_SIZE - 1);
    const struct region *region = region_find(space, page);
    if (region == NULL || region->kind == REGION_GUARD || (region->flags & PTE_WRITE) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    pte_t *entry = paging_walk(space->directory, page, false);
    if (entry == NULL || (*entry & PTE_PRESENT) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    physaddr_t shared = PTE_FRAME(*entry);
    if (frame_references(shared) == 1) {
        int error = paging_protect(space->directory, page, region->flags);
        assert(error == 0);
        return FAULT_CAUSE_NONE;
    }
    physaddr_t own = frame_alloc();
    if (own == FRAME_NONE) {
        return FAULT_CAUSE_OUT_OF_MEMORY;
    }
    memcpy(phys_to_virt(own), phys_to_virt(shared), PAGE_SIZE);
    *entry = own | region->flags | PTE_PRESENT;
    tlb_invalidate(page);
    frame_release(shared);
    return FAULT_CAUSE_NONE;
}

int process_fork(void)
{
    struct process *parent = process_current();
    if (parent->mode != PROCESS_USER) {
        return -E_INVALID;
    }
    struct process *child;
    int error = process_create(parent->name, PROCESS_USER, &child);
    if (error < 0) {
        return error;
    }
    struct space *space;
    error = space_fork(parent->space, &space);
    if (error < 0) {
        process_release(child);
        return error;
    }
    child->space = space;
    child->personality = parent->personality;
    child->program = parent->program;
    child->heap_start = parent->heap_start;
    child->heap_end = parent->heap_end;
    fpu_save(&child->fpu);
    user_prepare(child, 0, 0);
    *user_frame(child) = *user_frame(parent);
    user_frame(child)->eax = 0;
    process_adopt(child, parent);
    scheduler_start(child);
    return child->pid;
}
