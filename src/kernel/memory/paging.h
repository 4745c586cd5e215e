/**
 * @file
 * Page tables: the two-level structure by which the processor translates addresses.
 *
 * The functions work on any page directory, whether or not it is the one in use, and whether or
 * not paging is on. A page table is a frame of its own; its reference count (frame.h) is 1 for the
 * directory entry that points to it plus 1 for each of its entries that is present. So an empty
 * table is recognised without looking through it. Sequence: paging_map() pages into a directory,
 * paging_protect() and paging_translate() them, paging_unmap() them again. The implementation is
 * the student's (lab 1, exercise 3: labs/lab1-memory/paging.c); the bits are in x86/mmu.h.
 *
 * Source: Intel SDM volume 3A, section 4.3 (32-bit paging) and 4.10 (caching translations).
 * No function here may sleep.
 */
#ifndef KERNEL_MEMORY_PAGING_H
#define KERNEL_MEMORY_PAGING_H

#include "kernel/types.h"
#include "kernel/x86/mmu.h"

/**
 * Find the page table entry of an address (exercise lab1.ex3).
 * @param directory 1,024 entries, page aligned.
 * @param address any virtual address.
 * @param create whether to add a missing page table: a zeroed frame, entered as present, writable
 *               and user accessible (the page table entries then decide).
 * @return the entry, present or not; NULL if there is no table and @p create is false, if no frame
 *         is free for one, or if a 4 MiB page covers the address.
 */
MUST_USE pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create);

/**
 * Map one page (exercise lab1.ex3).
 * @param directory 1,024 entries, page aligned.
 * @param address virtual address, a multiple of PAGE_SIZE.
 * @param frame physical address, a multiple of PAGE_SIZE. The mapping takes over the caller's
 *              reference to the frame; no count of a data frame changes here.
 * @param flags PTE_WRITE, PTE_USER, PTE_NO_CACHE or PTE_WRITE_THROUGH or'ed; PTE_PRESENT is
 * implied.
 * @return 0; -E_INVALID for an unaligned address or frame, or other flags; -E_EXISTS if the page is
 *         mapped already (also by a 4 MiB page); -E_NO_MEMORY. After an error nothing has changed.
 */
MUST_USE int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags);

/**
 * Map one 4 MiB page for the kernel (exercise lab1.ex3).
 * @param directory 1,024 entries, page aligned.
 * @param address virtual address, a multiple of LARGE_PAGE_SIZE.
 * @param frame physical address, a multiple of LARGE_PAGE_SIZE.
 * @param flags as for paging_map().
 * @return 0; -E_INVALID; -E_EXISTS if anything is mapped in these 4 MiB or a table is there.
 */
MUST_USE int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame,
                              uint32_t flags);

/**
 * Remove the mapping of one page (exercise lab1.ex3). A page table that becomes empty is released
 * and its directory entry cleared; the processor's cached translation of the page is invalidated.
 * @param directory 1,024 entries, page aligned.
 * @param address virtual address, a multiple of PAGE_SIZE.
 * @param frame receives the physical address of the frame that was mapped, whose reference now
 *              belongs to the caller; may be NULL.
 * @return 0; -E_INVALID for an unaligned address or one that a 4 MiB page covers; -E_NOT_FOUND if
 *         the page is not mapped. After an error nothing has changed.
 */
MUST_USE int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame);

/**
 * Change the permissions of one mapped page (exercise lab1.ex3); the processor's cached
 * translation is invalidated. The accessed and dirty bits are kept.
 * @param directory 1,024 entries, page aligned.
 * @param address virtual address, a multiple of PAGE_SIZE.
 * @param flags as for paging_map(); they replace the old ones.
 * @return 0; -E_INVALID as for paging_map(), or if a 4 MiB page covers the address; -E_NOT_FOUND.
 */
MUST_USE int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags);

/**
 * Translate an address as the processor would (exercise lab1.ex3), 4 MiB pages included.
 * @param directory 1,024 entries, page aligned.
 * @param address any virtual address.
 * @param physical receives the physical address of that byte; may be NULL.
 * @param flags receives PTE_WRITE and PTE_USER as both levels together grant them; may be NULL.
 * @return 0, or -E_NOT_FOUND if the address is not mapped.
 */
MUST_USE int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                              uint32_t *flags);

#endif
