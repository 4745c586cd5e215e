/**
 * @file
 * Alternative for lab 2, exercise 6: copy on write by paging_unmap() and paging_map().
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

/** The bits of an entry that paging_map() takes as flags. */
#define PTE_FLAGS (PTE_WRITE | PTE_USER | PTE_NO_CACHE | PTE_WRITE_THROUGH)

/** Let the child map the frame of a page of the parent, too. Neither may write to it then. */
static int share_page(struct space *parent, struct space *child, uintptr_t address, pte_t entry)
{
    uint32_t flags = entry & PTE_FLAGS & ~PTE_WRITE;
    physaddr_t frame = PTE_FRAME(entry);
    frame_retain(frame);
    int error = paging_map(child->directory, address, frame, flags);
    if (error < 0) {
        frame_release(frame);
        return error;
    }
    if ((entry & PTE_WRITE) != 0) {
        /* Not a mere assignment: the processor may remember that it may write. */
        error = paging_protect(parent->directory, address, flags);
        assert(error == 0);
    }
    return 0;
}

/** The first address of the next page table, or the end of the region if that comes first. */
static uintptr_t next_table(uintptr_t address, uintptr_t end)
{
    uintptr_t next = align_down(address, LARGE_PAGE_SIZE) + LARGE_PAGE_SIZE;
    return next < end ? next : end;
}

/** Share those pages of a region that one page table maps: from @p start up to @p end. */
static int share_table(struct space *parent, struct space *child, uintptr_t start, uintptr_t end)
{
    const pte_t *entries = paging_walk(parent->directory, start, false);
    if (entries == NULL) {
        return 0;
    }
    for (uintptr_t page = start; page < end; page += PAGE_SIZE, entries++) {
        if ((*entries & PTE_PRESENT) == 0) {
            continue;
        }
        int error = share_page(parent, child, page, *entries);
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

/** Let the child have a region of the parent. A guard's pages are the parent's own business. */
static int share_region(struct space *parent, struct space *child, const struct region *region)
{
    int error = region_add(child, region);
    if (error < 0 || region->kind == REGION_GUARD) {
        return error;
    }
    uintptr_t address = region->start;
    while (address < region->end) {
        uintptr_t end = next_table(address, region->end);
        error = share_table(parent, child, address, end);
        if (error < 0) {
            return error;
        }
        address = end;
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
    for (uint32_t i = 0; i < parent->region_count; i++) {
        error = share_region(parent, copy, &parent->regions[i]);
        if (error < 0) {
            space_destroy(copy);
            return error;
        }
    }
    *child = copy;
    return 0;
}

/** Put a copy of a page's frame in its place, and give up the reference to the old one. */
static enum fault_cause replace_page(struct space *space, uintptr_t page, uint32_t flags)
{
    physaddr_t fresh = frame_alloc();
    if (fresh == FRAME_NONE) {
        return FAULT_CAUSE_OUT_OF_MEMORY;
    }
    physaddr_t old;
    int error = paging_unmap(space->directory, page, &old);
    assert(error == 0);
    memcpy(phys_to_virt(fresh), phys_to_virt(old), PAGE_SIZE);
    /* Cannot fail: if the page was alone in its table, the frame of the table is free now. */
    error = paging_map(space->directory, page, fresh, flags);
    assert(error == 0);
    frame_release(old);
    return FAULT_CAUSE_NONE;
}

enum fault_cause fork_resolve(struct space *space, const struct fault *fault)
{
    uintptr_t page = align_down(fault->address, PAGE_SIZE);
    const struct region *region = region_find(space, page);
    if (region == NULL || region->kind == REGION_GUARD || (region->flags & PTE_WRITE) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    const pte_t *entry = paging_walk(space->directory, page, false);
    if (entry == NULL || (*entry & PTE_PRESENT) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    if (frame_references(PTE_FRAME(*entry)) > 1) {
        return replace_page(space, page, region->flags);
    }
    int error = paging_protect(space->directory, page, region->flags);
    assert(error == 0);
    return FAULT_CAUSE_NONE;
}

/** Make a child what its parent is, apart from its pid, its family, and the result of the call. */
static void copy_program(struct process *child, const struct process *parent, struct space *space)
{
    child->space = space;
    child->personality = parent->personality;
    child->program = parent->program;
    child->heap_start = parent->heap_start;
    child->heap_end = parent->heap_end;
    fpu_save(&child->fpu); /* the parent's are still in the processor */

    /* This makes the switch frame; of the trap frame nothing is kept. */
    user_prepare(child, 0, 0);
    *user_frame(child) = *user_frame(parent);
    user_frame(child)->eax = 0;
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
    copy_program(child, parent, space);
    process_adopt(child, parent);
    scheduler_start(child);
    return child->pid;
}
