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

pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create)
{
    // Exercise lab1.ex3 (20 points together with the functions below): find a page table entry.
    // Index the directory by PDE_INDEX(address), the table by PTE_INDEX(address). With create, a
    // missing table is a zeroed frame, entered as present, writable and user accessible: both
    // levels must allow an access, and the last one decides (SDM 3A, 4.6). Returns NULL if there
    // is no table, no frame for one, or a 4 MiB page.
    (void)directory;
    (void)address;
    (void)create;
    exercise_missing("lab1.ex3", __func__);
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    // Exercise lab1.ex3: map a page. Check everything before you change anything: -E_INVALID,
    // -E_EXISTS, -E_NO_MEMORY. Each present entry holds one reference to its table's frame. A page
    // that was not present is in no cache, so nothing has to be invalidated (SDM 3A, 4.10.4.3).
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
}

int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    // Exercise lab1.ex3: a directory entry with PDE_LARGE maps 4 MiB by itself. Returns
    // -E_INVALID, or -E_EXISTS if the entry is in use.
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
}

int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    // Exercise lab1.ex3: clear the entry, and release the table when no entry of it is left. The
    // processor may still use the old translation: tlb_invalidate() (SDM 3A, 4.10.4.2). Returns
    // -E_INVALID or -E_NOT_FOUND with nothing changed.
    (void)directory;
    (void)address;
    (void)frame;
    exercise_missing("lab1.ex3", __func__);
}

int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags)
{
    // Exercise lab1.ex3: replace the flags, keep frame, accessed and dirty bits; invalidate.
    // Returns -E_INVALID or -E_NOT_FOUND with nothing changed.
    (void)directory;
    (void)address;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
}

int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                     uint32_t *flags)
{
    // Exercise lab1.ex3: do what the processor does. The lowest 12 bits of an address (22 in a 4
    // MiB page) are the offset; an access is allowed only if both levels allow it. Returns
    // -E_NOT_FOUND.
    (void)directory;
    (void)address;
    (void)physical;
    (void)flags;
    exercise_missing("lab1.ex3", __func__);
}
