/**
 * @file
 * Alternative for lab 1, exercise 3: the kernel's page tables seen through a recursive entry.
 *
 * This folder's space.c lets the last entry of the kernel's directory point to that directory, and
 * all spaces have the same entry. So the kernel's page tables appear as an array of 2^20 entries
 * in the last 4 MiB of the address space, whichever space is in use. Tables of other directories,
 * and all tables while paging is off, are reached by their physical addresses. The file owns no
 * state. Sequence: paging_map(), paging_protect(), paging_translate(), paging_unmap().
 */
#include "kernel/memory/paging.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Where the kernel's page tables appear: the addresses of the recursive entry. */
#define TABLES_START 0xFFC00000u

/** Flags that a caller may give a page. */
#define FLAGS_ALLOWED ((uint32_t)(PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_NO_CACHE))

/** Whether the tables of a directory appear at TABLES_START. */
static bool is_recursive(const pde_t *directory)
{
    return directory == kernel_space.directory && mmu_enabled();
}

/** The page table entry of an address whose directory entry points to a table. */
static pte_t *entry_of(const pde_t *directory, uintptr_t address)
{
    assert((directory[PDE_INDEX(address)] & (PTE_PRESENT | PDE_LARGE)) == PTE_PRESENT);
    if (is_recursive(directory)) {
        return &((pte_t *)TABLES_START)[address >> PAGE_SHIFT];
    }
    pte_t *table = phys_to_virt(PTE_FRAME(directory[PDE_INDEX(address)]));
    return &table[PTE_INDEX(address)];
}

/** Forget where the page table of an address appears. */
static void forget_table(const pde_t *directory, uintptr_t address)
{
    if (is_recursive(directory)) {
        tlb_invalidate((uintptr_t)entry_of(directory, address));
    }
}

/** Whether the 4 MiB around an address are mapped by a page of that size. */
static bool is_large(const pde_t *directory, uintptr_t address)
{
    const pde_t both = PTE_PRESENT | PDE_LARGE;
    return (directory[PDE_INDEX(address)] & both) == both;
}

/** Whether the directory has anything for an address. */
static bool is_present(const pde_t *directory, uintptr_t address)
{
    return (directory[PDE_INDEX(address)] & PTE_PRESENT) != 0;
}

pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create)
{
    if (is_large(directory, address)) {
        return NULL;
    }
    if (!is_present(directory, address)) {
        physaddr_t table = create ? frame_alloc() : FRAME_NONE;
        if (table == FRAME_NONE) {
            return NULL;
        }
        memset(phys_to_virt(table), 0, PAGE_SIZE);
        directory[PDE_INDEX(address)] = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
        forget_table(directory, address);
    }
    return entry_of(directory, address);
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    if (address % PAGE_SIZE != 0 || frame % PAGE_SIZE != 0 || (flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    if (is_large(directory, address)) {
        return -E_EXISTS;
    }
    pte_t *entry = paging_walk(directory, address, true);
    if (entry == NULL) {
        return -E_NO_MEMORY;
    }
    if ((*entry & PTE_PRESENT) != 0) {
        return -E_EXISTS;
    }
    frame_retain(PTE_FRAME(directory[PDE_INDEX(address)]));
    *entry = frame | flags | PTE_PRESENT;
    return 0;
}

int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    if (address % LARGE_PAGE_SIZE != 0 || frame % LARGE_PAGE_SIZE != 0 ||
        (flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    if (is_present(directory, address)) {
        return -E_EXISTS;
    }
    directory[PDE_INDEX(address)] = frame | flags | PDE_LARGE | PTE_PRESENT;
    return 0;
}

/** Find the entry of a page that is mapped by itself. */
static int find_page(pde_t *directory, uintptr_t address, pte_t **entry)
{
    if (address % PAGE_SIZE != 0 || is_large(directory, address)) {
        return -E_INVALID;
    }
    if (!is_present(directory, address)) {
        return -E_NOT_FOUND;
    }
    *entry = entry_of(directory, address);
    return (**entry & PTE_PRESENT) == 0 ? -E_NOT_FOUND : 0;
}

/** Drop a page's reference to its table, and the table itself if it was the last. */
static void release_entry(pde_t *directory, uintptr_t address)
{
    pde_t *entry = &directory[PDE_INDEX(address)];
    physaddr_t table = PTE_FRAME(*entry);
    assert(frame_references(table) >= 2);
    frame_release(table);
    if (frame_references(table) == 1) {
        forget_table(directory, address);
        *entry = 0;
        frame_release(table);
    }
}

int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    pte_t *entry = NULL;
    int error = find_page(directory, address, &entry);
    if (error < 0) {
        return error;
    }
    physaddr_t mapped = PTE_FRAME(*entry);
    *entry = 0;
    tlb_invalidate(address);
    release_entry(directory, address);
    if (frame != NULL) {
        *frame = mapped;
    }
    return 0;
}

int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags)
{
    if ((flags & ~FLAGS_ALLOWED) != 0) {
        return -E_INVALID;
    }
    pte_t *entry = NULL;
    int error = find_page(directory, address, &entry);
    if (error < 0) {
        return error;
    }
    *entry ^= (*entry ^ flags) & FLAGS_ALLOWED;
    tlb_invalidate(address);
    return 0;
}

int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                     uint32_t *flags)
{
    if (!is_present(directory, address)) {
        return -E_NOT_FOUND;
    }
    uint32_t rights = directory[PDE_INDEX(address)];
    physaddr_t byte = PDE_LARGE_FRAME(rights) + address % LARGE_PAGE_SIZE;
    if (!is_large(directory, address)) {
        pte_t entry = *entry_of(directory, address);
        if ((entry & PTE_PRESENT) == 0) {
            return -E_NOT_FOUND;
        }
        byte = PTE_FRAME(entry) + address % PAGE_SIZE;
        rights &= entry;
    }
    if (physical != NULL) {
        *physical = byte;
    }
    if (flags != NULL) {
        *flags = rights & (PTE_WRITE | PTE_USER);
    }
    return 0;
}
