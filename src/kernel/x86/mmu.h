/**
 * @file
 * The memory management unit: bits of page tables and the few instructions that concern them.
 *
 * This is all of the paging hardware that portable code sees. It owns the control registers CR0,
 * CR3 and CR4. Sequence: mmu_enable() once; from then on mmu_load() for each change of address
 * space and tlb_invalidate() after each change of an entry that may be cached.
 *
 * Source: Intel SDM volume 3A, section 4.3, tables 4-4 to 4-6 (formats), 4.10.4 (invalidation).
 */
#ifndef KERNEL_X86_MMU_H
#define KERNEL_X86_MMU_H

#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/types.h"

/** A page directory entry. */
typedef uint32_t pde_t;
/** A page table entry. */
typedef uint32_t pte_t;
_Static_assert(sizeof(pde_t) == 4 && sizeof(pte_t) == 4, "entries have 32 bits (SDM 3A, 4.3)");

/** Entries in a page directory and in a page table. */
#define PT_ENTRIES 1024u

/** Bits of both kinds of entry. */
enum pte_bits {
    PTE_PRESENT = 1 << 0,       /**< Clear: the processor ignores all other bits. */
    PTE_WRITE = 1 << 1,         /**< Writes are allowed, also for the kernel, as CR0.WP is set. */
    PTE_USER = 1 << 2,          /**< Ring 3 has access. */
    PTE_WRITE_THROUGH = 1 << 3, /**< Caching policy. */
    PTE_NO_CACHE = 1 << 4,      /**< Caching policy; for device memory. */
    PTE_ACCESSED = 1 << 5,      /**< Set by the processor. */
    PTE_DIRTY = 1 << 6,         /**< Set by the processor; in page table entries and large pages. */
    PDE_LARGE = 1 << 7,         /**< In a directory entry: it maps a 4 MiB page itself. */
};

/** The address in an entry that points to a table or a 4 KiB page. */
#define PTE_FRAME(entry) ((physaddr_t)(entry)&0xFFFFF000u)
/** The address in a directory entry that maps a 4 MiB page. */
#define PDE_LARGE_FRAME(entry) ((physaddr_t)(entry)&0xFFC00000u)
/** Index into the page directory: bits 31-22 of a virtual address. */
#define PDE_INDEX(address) ((uint32_t)(address) >> 22)
/** Index into the page table: bits 21-12 of a virtual address. */
#define PTE_INDEX(address) (((uint32_t)(address) >> 12) & 0x3FFu)

/**
 * Forget the cached translation of one page (INVLPG; SDM 3A, 4.10.4.1).
 * @param address any address within the page.
 */
void tlb_invalidate(uintptr_t address);

/**
 * Turn paging on, with 4 MiB pages allowed (CR4.PSE) and write protection in force for the
 * kernel too (CR0.WP). The instruction after it must be mapped one to one.
 * @param directory physical address of a page directory.
 */
void mmu_enable(physaddr_t directory);

/** For mmu_load(): write it to the trace. */
void mmu_trace_load(physaddr_t directory);

/**
 * Use another page directory (CR3); all cached translations are forgotten.
 * @param directory physical address of a page directory.
 */
static inline void mmu_load(physaddr_t directory)
{
    assert(directory % 4096 == 0);
    __asm__ volatile("movl %0, %%cr3" : : "r"(directory) : "memory");
    if ((trace_groups & TRACE_MMU) != 0) {
        mmu_trace_load(directory);
    }
}

/** @return the physical address of the page directory in use (CR3). */
physaddr_t mmu_current(void);

/** @return whether paging is on (CR0.PG). */
bool mmu_enabled(void);

#endif
