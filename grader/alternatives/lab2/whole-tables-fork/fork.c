/**
 * @file
 * Alternative for lab 2, exercise 6: a fork that copies page tables without regard to regions.
 *
 * Every page table of the parent's user half is gone through from its first entry to its last, and
 * what is present goes to the child as it is, without the right to write. All rights that the
 * parent loses are forgotten by the processor at once, by loading its directory again. The list of
 * regions is copied afterwards. The file owns no state. Sequence: process_fork(), then for each
 * page that is written to first fork_resolve().
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

#define USER_FIRST PDE_INDEX(USER_START) /**< Directory entry of the first user address. */
#define USER_LAST  PDE_INDEX(USER_END)   /**< One past the last. */

/** Whether a region lets its pages be written. */
static bool region_is_writable(const struct region *region)
{
    return region != NULL && region->kind == REGION_DEMAND_ZERO && (region->flags & PTE_WRITE) != 0;
}

/** Whether a page of the parent's is one that the child gets. */
static bool is_shared(const struct space *parent, uintptr_t page, pte_t entry)
{
    const struct region *region = region_find(parent, page);
    return (entry & PTE_PRESENT) != 0 && (region == NULL || region->kind != REGION_GUARD);
}

/** Share what one page table of the parent maps. @param first address that it translates. */
static int share_table(const struct space *parent, pte_t *entries, uintptr_t first, pde_t *child)
{
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        if (!is_shared(parent, first + i * PAGE_SIZE, entries[i])) {
            continue;
        }
        physaddr_t frame = PTE_FRAME(entries[i]);
        int error = paging_map(child, first + i * PAGE_SIZE, frame, entries[i] & PTE_USER);
        if (error < 0) {
            return error;
        }
        frame_retain(frame);
        entries[i] &= ~(pte_t)PTE_WRITE;
    }
    return 0;
}

/** Share what all page tables of the parent's user half map. */
static int share_tables(const struct space *space, pde_t *child)
{
    const pde_t *parent = space->directory;
    int error = 0;
    for (uint32_t i = USER_FIRST; i < USER_LAST && error == 0; i++) {
        if ((parent[i] & PTE_PRESENT) != 0) {
            pte_t *entries = phys_to_virt(PTE_FRAME(parent[i]));
            error = share_table(space, entries, i * LARGE_PAGE_SIZE, child);
        }
    }
    return error;
}

int space_fork(struct space *parent, struct space **child)
{
    assert(parent == space_current() && parent != &kernel_space);
    struct space *made = NULL;
    int error = space_create(&made);
    if (error < 0) {
        return error;
    }
    error = share_tables(parent, made->directory);
    mmu_load(virt_to_phys(parent->directory));
    if (error < 0) {
        space_destroy(made);
        return error;
    }
    memcpy(made->regions, parent->regions, sizeof(made->regions));
    made->region_count = parent->region_count;
    *child = made;
    return 0;
}

/** Replace a frame that others use by a copy. @return the copy; FRAME_NONE if there is no room. */
static physaddr_t take_copy(physaddr_t shared)
{
    physaddr_t own = frame_alloc();
    if (own != FRAME_NONE) {
        memcpy(phys_to_virt(own), phys_to_virt(shared), PAGE_SIZE);
        frame_release(shared);
    }
    return own;
}

enum fault_cause fork_resolve(struct space *space, const struct fault *fault)
{
    const struct region *region = region_find(space, fault->address);
    physaddr_t frame = FRAME_NONE;
    uint32_t rights = 0;
    int error = paging_translate(space->directory, fault->address, &frame, &rights);
    bool forbidden = fault->user && (rights & PTE_USER) == 0;
    if (error < 0 || forbidden || !region_is_writable(region)) {
        return FAULT_CAUSE_READ_ONLY;
    }
    frame = align_down(frame, PAGE_SIZE);
    if (frame_references(frame) > 1) {
        frame = take_copy(frame);
        if (frame == FRAME_NONE) {
            return FAULT_CAUSE_OUT_OF_MEMORY;
        }
    }
    pte_t *entry = paging_walk(space->directory, fault->address, false);
    assert(entry != NULL);
    *entry = frame | PTE_PRESENT | region->flags;
    tlb_invalidate(fault->address);
    return FAULT_CAUSE_NONE;
}

/** Let a child be what its parent is, but for its pid, its stack and its space. */
static void inherit(struct process *child, const struct process *parent)
{
    child->personality = parent->personality;
    child->program = parent->program;
    child->heap_start = parent->heap_start;
    child->heap_end = parent->heap_end;
    fpu_save(&child->fpu); /* the parent's are in the processor */
}

int process_fork(void)
{
    struct process *parent = process_current();
    struct process *child = NULL;
    struct space *space = NULL;
    if (parent->mode != PROCESS_USER) {
        return -E_INVALID;
    }
    int error = space_fork(parent->space, &space);
    if (error < 0) {
        return error;
    }
    error = process_create(parent->name, PROCESS_USER, &child);
    if (error < 0) {
        space_destroy(space);
        return error;
    }
    child->space = space;
    inherit(child, parent);
    const struct trap_frame *frame = user_frame(parent);
    user_prepare(child, frame->eip, frame->user_esp);
    *user_frame(child) = *frame;
    user_frame(child)->eax = 0;
    process_adopt(child, parent);
    scheduler_start(child);
    return child->pid;
}
