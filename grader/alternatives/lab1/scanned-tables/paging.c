/**
 * @file
 * Alternative for lab 1, exercise 3: a page table is empty when a look at all its entries says so.
 *
 * References are kept as the contract asks, but nothing depends on them: paging_unmap() scans the
 * table. A table that the kernel's directory has too is shared by all spaces and never released, so
 * space.c needs no extra reference. An unmapped entry only loses PTE_PRESENT, and the whole TLB is
 * emptied instead of one page. The file owns no state. Sequence: paging_map(), paging_protect(),
 * paging_translate(), paging_unmap().
 */
#include "kernel/memory/paging.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Flags that a caller may give a page. */
static const uint32_t allowed = PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_NO_CACHE;

/** What a directory entry is. */
enum entry_kind { ENTRY_ABSENT, ENTRY_TABLE, ENTRY_LARGE };

/** Tell the kinds of directory entries apart. */
static enum entry_kind kind_of(pde_t entry)
{
    if ((entry & PTE_PRESENT) == 0) {
        return ENTRY_ABSENT;
    }
    return (entry & PDE_LARGE) != 0 ? ENTRY_LARGE : ENTRY_TABLE;
}

/** Forget everything that the processor remembers of translations. */
static void forget_translations(void)
{
    if (mmu_enabled()) {
        mmu_load(mmu_current());
    }
}

/** Whether a page table has no page. */
static bool is_empty(const pte_t *table)
{
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        if ((table[i] & PTE_PRESENT) != 0) {
            return false;
        }
    }
    return true;
}

/** Whether all spaces have this directory entry, because it is the kernel's. */
static bool is_shared(pde_t entry, uintptr_t address)
{
    bool user_half = address >= USER_START && address < USER_END;
    return !user_half && kernel_space.directory != NULL &&
           kernel_space.directory[PDE_INDEX(address)] == entry;
}

pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create)
{
    pde_t *entry = &directory[PDE_INDEX(address)];
    if (kind_of(*entry) == ENTRY_LARGE) {
        return NULL;
    }
    if (kind_of(*entry) == ENTRY_ABSENT) {
        if (!create) {
            return NULL;
        }
        physaddr_t table = frame_alloc();
        if (table == FRAME_NONE) {
            return NULL;
        }
        memset(phys_to_virt(table), 0, PAGE_SIZE);
        *entry = table | PTE_USER | PTE_WRITE | PTE_PRESENT;
    }
    pte_t *table = phys_to_virt(PTE_FRAME(*entry));
    assert(table != NULL);
    return &table[PTE_INDEX(address)];
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    if ((address | frame) % PAGE_SIZE != 0 || (flags | allowed) != allowed) {
        return -E_INVALID;
    }
    pte_t *entry = paging_walk(directory, address, false);
    bool large = kind_of(directory[PDE_INDEX(address)]) == ENTRY_LARGE;
    if (large || (entry != NULL && (*entry & PTE_PRESENT) != 0)) {
        return -E_EXISTS;
    }
    entry = paging_walk(directory, address, true);
    if (entry == NULL) {
        return -E_NO_MEMORY;
    }
    *entry = frame + (flags | PTE_PRESENT);
    frame_retain(PTE_FRAME(directory[PDE_INDEX(address)]));
    return 0;
}

int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    if ((address | frame) % LARGE_PAGE_SIZE != 0 || (flags | allowed) != allowed) {
        return -E_INVALID;
    }
    pde_t *entry = &directory[PDE_INDEX(address)];
    if (kind_of(*entry) != ENTRY_ABSENT) {
        return -E_EXISTS;
    }
    *entry = frame + (flags | PDE_LARGE | PTE_PRESENT);
    return 0;
}

/** Find the entry of a page that is mapped by itself. */
static int find_page(pde_t *directory, uintptr_t address, pte_t **entry)
{
    if (address % PAGE_SIZE != 0 || kind_of(directory[PDE_INDEX(address)]) == ENTRY_LARGE) {
        return -E_INVALID;
    }
    *entry = paging_walk(directory, address, false);
    return *entry != NULL && (**entry & PTE_PRESENT) != 0 ? 0 : -E_NOT_FOUND;
}

int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    pte_t *entry;
    int error = find_page(directory, address, &entry);
    if (error < 0) {
        return error;
    }
    if (frame != NULL) {
        *frame = PTE_FRAME(*entry);
    }
    *entry &= ~(uint32_t)PTE_PRESENT;
    pde_t *above = &directory[PDE_INDEX(address)];
    physaddr_t table = PTE_FRAME(*above);
    bool release = is_empty(phys_to_virt(table)) && !is_shared(*above, address);
    *above = release ? 0 : *above;
    forget_translations();
    frame_release(table);
    assert(frame_references(table) >= 1);
    if (release) {
        frame_release(table);
    }
    return 0;
}

int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags)
{
    if ((flags | allowed) != allowed) {
        return -E_INVALID;
    }
    pte_t *entry;
    int error = find_page(directory, address, &entry);
    if (error == 0) {
        uint32_t others = *entry & ~allowed;
        *entry = others | flags;
        forget_translations();
    }
    return error;
}

int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                     uint32_t *flags)
{
    uint32_t entry = directory[PDE_INDEX(address)];
    uint32_t granted = entry;
    uint32_t offset_mask = PAGE_SIZE - 1;
    if (kind_of(entry) == ENTRY_LARGE) {
        offset_mask = LARGE_PAGE_SIZE - 1;
    } else if (kind_of(entry) == ENTRY_TABLE) {
        const pte_t *table = phys_to_virt(PTE_FRAME(entry));
        entry = table[PTE_INDEX(address)];
        granted &= entry;
    }
    if ((entry & PTE_PRESENT) == 0) {
        return -E_NOT_FOUND;
    }
    if (physical != NULL) {
        *physical = (entry & ~offset_mask) | (address & offset_mask);
    }
    if (flags != NULL) {
        *flags = granted & (PTE_USER | PTE_WRITE);
    }
    return 0;
}
