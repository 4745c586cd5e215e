/**
 * @file
 * Lab 2, exercise 6: fork, with copy on write.
 *
 * The file owns no state. space_fork() lets a second space map the frames of the first; whichever
 * process writes to a page first gets it copied, by fork_resolve(). Frames count their references
 * (memory/frame.h), so the last user of a frame finds out that it is alone. The contract is in
 * kernel/process/fork.h.
 */
#include "kernel/process/fork.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/user.h"
#include "kernel/x86/trap.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab2.ex6 */
/** Let the child map a page of the parent's; neither may write to it from now on. */
static int share_page(struct space *parent, struct space *child, uintptr_t page, pte_t entry)
{
    physaddr_t frame = PTE_FRAME(entry);
    uint32_t rights = entry & PTE_USER;
    int error = paging_map(child->directory, page, frame, rights);
    if (error < 0) {
        return error;
    }
    frame_retain(frame);
    if ((entry & PTE_WRITE) != 0) {
        error = paging_protect(parent->directory, page, rights);
        assert(error == 0);
    }
    return 0;
}

/** Share every page from @p page to @p end that is present; all belong to one page table. */
static int share_table(struct space *parent, struct space *child, uintptr_t page, uintptr_t end)
{
    const pte_t *entry = paging_walk(parent->directory, page, false);
    for (; entry != NULL && page < end; page += PAGE_SIZE, entry++) {
        if ((*entry & PTE_PRESENT) != 0) {
            int error = share_page(parent, child, page, *entry);
            if (error < 0) {
                return error;
            }
        }
    }
    return 0;
}

/** Give the child a region of the parent's, with its pages. */
static int share_region(struct space *parent, struct space *child, const struct region *region)
{
    int error = region_add(child, region);
    assert(error == 0); /* the parent's regions are valid, and the child has no others */
    uintptr_t first = region->kind == REGION_GUARD ? region->end : region->start;
    for (uintptr_t page = first; page < region->end;) {
        uintptr_t end = align_down(page, LARGE_PAGE_SIZE) + LARGE_PAGE_SIZE;
        end = end < region->end ? end : region->end;
        error = share_table(parent, child, page, end);
        if (error < 0) {
            return error;
        }
        page = end;
    }
    return 0;
}

/** Whether a write to a page is allowed once the page is the space's own. */
static bool may_write(const struct region *region, const struct fault *fault)
{
    return region != NULL && region->kind == REGION_DEMAND_ZERO &&
           (region->flags & PTE_WRITE) != 0 && (!fault->user || (region->flags & PTE_USER) != 0);
}

/** A frame with the same contents; FRAME_NONE if there is none. */
static physaddr_t copy_frame(physaddr_t frame)
{
    physaddr_t copy = frame_alloc();
    if (copy != FRAME_NONE) {
        memcpy(phys_to_virt(copy), phys_to_virt(frame), PAGE_SIZE);
    }
    return copy;
}
/* SKELETON
END SOLUTION */

int space_fork(struct space *parent, struct space **child)
{
    /* BEGIN SOLUTION lab2.ex6 */
    struct space *space;
    int error = space_create(&space);
    if (error < 0) {
        return error;
    }
    for (uint32_t i = 0; i < parent->region_count; i++) {
        error = share_region(parent, space, &parent->regions[i]);
        if (error < 0) {
            space_destroy(space);
            return error;
        }
    }
    *child = space;
    return 0;
    /* SKELETON
    // Exercise lab2.ex6 (12 points together with the functions below): the same regions, and
    // the same frames, each with one reference more. Where the parent may write, neither may
    // from now on: the processor may still hold the old right in its cache, but
    // paging_protect() sees to that. On failure, space_destroy() gives back what the child had.
    (void)parent;
    (void)child;
    exercise_missing("lab2.ex6", __func__);
    END SOLUTION */
}

enum fault_cause fork_resolve(struct space *space, const struct fault *fault)
{
    /* BEGIN SOLUTION lab2.ex6 */
    const struct region *region = region_find(space, fault->address);
    if (!fault->present || !may_write(region, fault)) {
        return FAULT_CAUSE_READ_ONLY;
    }
    uintptr_t page = align_down(fault->address, PAGE_SIZE);
    pte_t *entry = paging_walk(space->directory, page, false);
    assert(entry != NULL && (*entry & PTE_PRESENT) != 0);
    physaddr_t frame = PTE_FRAME(*entry);
    if (frame_references(frame) > 1) {
        physaddr_t copy = copy_frame(frame);
        if (copy == FRAME_NONE) {
            return FAULT_CAUSE_OUT_OF_MEMORY;
        }
        frame_release(frame);
        frame = copy;
    }
    *entry = frame | region->flags | PTE_PRESENT;
    tlb_invalidate(page);
    return FAULT_CAUSE_NONE;
    /* SKELETON
    // Exercise lab2.ex6: may this region be written at all? If others use the frame, copy it,
    // give up your reference, and let the entry name the copy; if not, the frame stays. Either
    // way the entry gets the region's right to write: invalidate. As long as nothing is
    // shared, a page that is read only stays so, which exercise 5 needs.
    (void)space;
    (void)fault;
    return FAULT_CAUSE_READ_ONLY;
    END SOLUTION */
}

int process_fork(void)
{
    /* BEGIN SOLUTION lab2.ex6 */
    struct process *parent = process_current();
    if (parent->mode != PROCESS_USER) {
        return -E_INVALID;
    }
    struct process *child;
    int error = process_create(parent->name, PROCESS_USER, &child);
    if (error < 0) {
        return error;
    }
    error = space_fork(parent->space, &child->space);
    if (error < 0) {
        process_release(child);
        return error;
    }
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
    /* SKELETON
    // Exercise lab2.ex6: a new process with a copy of the space, of the frame (but its EAX is
    // 0: the child's result), of the floating-point registers as they are now, of the
    // personality, and of what the parent knows about its program (program, heap_start,
    // heap_end). user_prepare() makes the switch frame.
    exercise_missing("lab2.ex6", __func__);
    END SOLUTION */
}
