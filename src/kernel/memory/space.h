/**
 * @file
 * Address spaces: what one program can see, and the kernel's part that all of them share.
 *
 * A space owns a page directory, the page tables and frames of its user half, and a sorted list of
 * regions that say what may appear there (fault.h). The kernel's space is built first and never
 * destroyed; every other space has the very same directory entries for the kernel's addresses.
 * These entries never change after space_init(), because that provides the page tables of the heap
 * window in advance; so a mapping made there later is seen in every space. Sequence: space_init()
 * once; then space_create(), space_switch(), space_destroy(). The implementation is the student's
 * (lab 1, exercise 4: labs/lab1-memory/space.c).
 */
#ifndef KERNEL_MEMORY_SPACE_H
#define KERNEL_MEMORY_SPACE_H

#include "kernel/boot.h"
#include "kernel/types.h"
#include "kernel/x86/mmu.h"

/** Regions that a space can hold. */
#define REGIONS_MAX 64u

/** What a region of the user half is for. */
enum region_kind {
    REGION_DEMAND_ZERO, /**< A page appears, zeroed, when it is first touched. */
    REGION_GUARD,       /**< Touching it is always an error: it separates other regions. */
};

/** A range of user addresses and what may happen in it. */
struct region {
    uintptr_t start; /**< First byte; a multiple of PAGE_SIZE. */
    uintptr_t end;   /**< One past the last byte; a multiple of PAGE_SIZE. */
    enum region_kind kind;
    uint32_t flags; /**< PTE_WRITE, PTE_USER: the permissions of its pages. */
};

/** An address space. It fills at most one frame. */
struct space {
    /* The hardware's view; written by space.c and paging.c; fork.c may change
     * entries of pages. */
    pde_t *directory;

    /* What may appear in the user half; sorted by start, not overlapping. Owned by fault.c. */
    uint32_t region_count;
    struct region regions[REGIONS_MAX];
};
_Static_assert(sizeof(struct space) <= 4096, "an address space is kept in one frame");

/** The kernel's own space: it has no user half. Valid after space_init(). */
extern struct space kernel_space;

/**
 * Build the kernel's address space and turn paging on (exercise lab1.ex4).
 *
 * Maps physical memory one to one from 0 up to the end of the highest usable region (rounded up to
 * 4 MiB, at most PHYSICAL_LIMIT), supervisor only and writable, by 4 MiB pages; only the first 4
 * MiB and whatever else holds the kernel image are mapped by 4 KiB pages. There the page at
 * address 0 and the guard page below the boot stack (kernel_stack_guard) are left out, and the
 * kernel's text and constants are read only. Provides an empty page table for each 4 MiB of the
 * heap window, as much of it as there is physical memory (8 tables on a machine with 32 MiB), with
 * one reference more than its entries account for, so that paging_unmap() never releases it. The
 * tables of the window of kernel stacks are given code's business. Then calls mmu_enable().
 * @param map the memory map that frame_init() was given.
 * Running out of frames here is fatal: an assertion fails.
 */
void space_init(const struct memory_map *map);

/**
 * Create an address space with an empty user half (exercise lab1.ex4).
 * @param space receives the new space; the caller owns it.
 * @return 0, or -E_NO_MEMORY; then nothing has changed.
 */
MUST_USE int space_create(struct space **space);

/**
 * Make a space the current one (exercise lab1.ex4). Does nothing if it is current already.
 * @param space a live space, or &kernel_space.
 */
void space_switch(struct space *space);

/** @return the space in use; &kernel_space after space_init(). */
struct space *space_current(void);

/**
 * Destroy a space (exercise lab1.ex4): drops one reference of every frame mapped in its user half,
 * and releases its page tables, its directory and the space itself.
 * @param space a live space that is neither current nor the kernel's; both are asserted.
 */
void space_destroy(struct space *space);

#endif
