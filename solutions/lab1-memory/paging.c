/**
 * @file
 * Lab 1, exercise 3: page tables.
 *
 * The file owns no state: everything is in the page directory that the caller names. An address is
 * looked up in two steps, bits 31-22 in the directory and bits 21-12 in a page table, and every
 * function below begins with that walk. A table's frame carries one reference for the directory
 * entry and one for each present entry; so the table is empty, and released, when a single
 * reference is left.
 *
 * Source: Intel SDM volume 3A, section 4.3 (32-bit paging), 4.10.4 (invalidation).
 */
#include "kernel/memory/paging.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab1.ex3 */
/** The flags that a caller may ask for. */
#define FLAGS_ALLOWED ((uint32_t)(PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_NO_CACHE))

/** Whether a directory entry maps a 4 MiB page itself. */
static bool is_large(pde_t entry)
{
    return (entry & PTE_PRESENT) != 0 && (entry & PDE_LARGE) != 0;
}

/** The page table that a present directory entry points to. */
static pte_t *table_of(pde_t entry)
{
    assert((entry & PTE_PRESENT) != 0 && !is_large(entry));
    return phys_to_virt(PTE_FRAME(entry));
}

/** Find the present entry of a page that may be changed. */
static int find_mapped(pde_t *directory, uintptr_t address, pte_t **entry)
{
    if (address % PAGE_SIZE != 0 || is_large(directory[PDE_INDEX(address)])) {
        return -E_INVALID;
    }
    *entry = paging_walk(directory, address, false);
    if (*entry == NULL || (**entry & PTE_PRESENT) == 0) {
        return -E_NOT_FOUND;
    }
    return 0;
}
/* SKELETON
END SOLUTION */

pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create)
{
    /* BEGIN SOLUTION lab1.ex3 */
    pde_t *entry = &directory[PDE_INDEX(address)];
    if (is_large(*entry)) {
        return NULL;
    }
    if ((*entry & PTE_PRESENT) == 0) {
        physaddr_t table = create ? frame_alloc() : FRAME_NONE;
        if (table == FRAME_NONE) {
            return NULL;
        }
        memset(phys_to_virt(table), 0, PAGE_SIZE);
        *entry = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
    }
    return &table_of(*entry)[PTE_INDEX(address)];
    /* SKELETON
    // Exercise lab1.ex3 (20 points together with the functions below): find a page table entry.
    // Index the directory by PDE_INDEX(address), the table by PTE_INDEX(address). With create, a
    // missing table is a zeroed frame, entered as present, writable and user accessible: both
    // levels must allow an access, and the last one decides (SDM 3A, 4.6). Returns NULL if there
    // is no table, no frame for one, or a 4 MiB page.
    (void)directory;
    (void)address;
    (void)create;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    /* BEGIN SOLUTION lab1.ex3 */
    if (address % PAGE_SIZE != 0 || frame % PAGE_SIZE != 0 || (flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    pde_t *directory_entry = &directory[PDE_INDEX(address)];
    if (is_large(*directory_entry)) {
        return -E_EXISTS;
    }
    pte_t *entry = paging_walk(directory, address, true);
    if (entry == NULL) {
        return -E_NO_MEMORY;
    }
    if ((*entry & PTE_PRESENT) != 0) {
        return -E_EXISTS;
    }
    frame_retain(PTE_FRAME(*directory_entry));
    *entry = frame | flags | PTE_PRESENT;
    return 0;
    /* SKELETON
    // Exercise lab1.ex3: map a page. Check everything before you change anything: -E_INVALID,
    // -E_EXISTS, -E_NO_MEMORY. Each present entry holds one reference to its table's frame. A page
    // that was not present is in no cache, so nothing has to be invalidated (SDM 3A, 4.10.4.3).
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}

int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    /* BEGIN SOLUTION lab1.ex3 */
    if (address % LARGE_PAGE_SIZE != 0 || frame % LARGE_PAGE_SIZE != 0 ||
        (flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    pde_t *entry = &directory[PDE_INDEX(address)];
    if ((*entry & PTE_PRESENT) != 0) {
        return -E_EXISTS;
    }
    *entry = frame | flags | PDE_LARGE | PTE_PRESENT;
    return 0;
    /* SKELETON
    // Exercise lab1.ex3: a directory entry with PDE_LARGE maps 4 MiB by itself. Returns
    // -E_INVALID, or -E_EXISTS if the entry is in use.
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}

int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    /* BEGIN SOLUTION lab1.ex3 */
    pte_t *entry;
    int error = find_mapped(directory, address, &entry);
    if (error < 0) {
        return error;
    }
    if (frame != NULL) {
        *frame = PTE_FRAME(*entry);
    }
    *entry = 0;
    pde_t *directory_entry = &directory[PDE_INDEX(address)];
    physaddr_t table = PTE_FRAME(*directory_entry);
    bool empty = frame_references(table) == 2;
    if (empty) {
        *directory_entry = 0;
    }
    /* The processor may hold the table itself in its caches too: invalidate before releasing it. */
    tlb_invalidate(address);
    frame_release(table);
    if (empty) {
        frame_release(table);
    }
    return 0;
    /* SKELETON
    // Exercise lab1.ex3: clear the entry, and release the table when no entry of it is left. The
    // processor may still use the old translation: tlb_invalidate() (SDM 3A, 4.10.4.2). Returns
    // -E_INVALID or -E_NOT_FOUND with nothing changed.
    (void)directory;
    (void)address;
    (void)frame;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}

int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags)
{
    /* BEGIN SOLUTION lab1.ex3 */
    if ((flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    pte_t *entry;
    int error = find_mapped(directory, address, &entry);
    if (error < 0) {
        return error;
    }
    *entry = (*entry & ~FLAGS_ALLOWED) | flags;
    tlb_invalidate(address);
    return 0;
    /* SKELETON
    // Exercise lab1.ex3: replace the flags, keep frame, accessed and dirty bits; invalidate.
    // Returns -E_INVALID or -E_NOT_FOUND with nothing changed.
    (void)directory;
    (void)address;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}

int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                     uint32_t *flags)
{
    /* BEGIN SOLUTION lab1.ex3 */
    pde_t entry = directory[PDE_INDEX(address)];
    if ((entry & PTE_PRESENT) == 0) {
        return -E_NOT_FOUND;
    }
    physaddr_t page = PDE_LARGE_FRAME(entry) + (PTE_INDEX(address) << PAGE_SHIFT);
    uint32_t rights = entry;
    if (!is_large(entry)) {
        pte_t last = table_of(entry)[PTE_INDEX(address)];
        if ((last & PTE_PRESENT) == 0) {
            return -E_NOT_FOUND;
        }
        page = PTE_FRAME(last);
        rights &= last;
    }
    if (physical != NULL) {
        *physical = page + address % PAGE_SIZE;
    }
    if (flags != NULL) {
        *flags = rights & (PTE_WRITE | PTE_USER);
    }
    return 0;
    /* SKELETON
    // Exercise lab1.ex3: do what the processor does. The lowest 12 bits of an address (22 in a 4
    // MiB page) are the offset; an access is allowed only if both levels allow it. Returns
    // -E_NOT_FOUND.
    (void)directory;
    (void)address;
    (void)physical;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
    END SOLUTION */
}
