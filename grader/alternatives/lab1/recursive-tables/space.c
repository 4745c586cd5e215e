/**
 * @file
 * Alternative for lab 1, exercise 4: a kernel's directory that is also one of its page tables.
 *
 * The last directory entry points to the kernel's directory itself, so that this folder's paging.c
 * finds the kernel's page tables at fixed addresses in every space. The file owns the kernel's
 * space and knows which space is current by asking the processor. Tables of the kernel carry one
 * more reference than their entries account for, so they are never released. Sequence:
 * space_init() once; then space_create(), space_switch(), space_destroy().
 */
#include "kernel/memory/space.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

struct space kernel_space;

static struct space *current;

/** Directory entries that are the kernel's in every space. */
static bool is_kernel_entry(uint32_t index)
{
    return index < PDE_INDEX(USER_START) || index >= PDE_INDEX(USER_END);
}

/** A frame of zeros, or FRAME_NONE. */
static physaddr_t alloc_zeroed(void)
{
    physaddr_t frame = frame_alloc();
    if (frame != FRAME_NONE) {
        memset(phys_to_virt(frame), 0, PAGE_SIZE);
    }
    return frame;
}

/** Give 4 MiB of kernel addresses a page table that stays. */
static pte_t *add_table(uintptr_t address)
{
    physaddr_t table = alloc_zeroed();
    assert(table != FRAME_NONE);
    frame_retain(table);
    kernel_space.directory[PDE_INDEX(address)] = table | PTE_PRESENT | PTE_WRITE;
    return phys_to_virt(table);
}

/** The entry that maps a page of the kernel's image or of low memory one to one; 0 for none. */
static pte_t identity_entry(uintptr_t page)
{
    if (page == 0 || page == (uintptr_t)kernel_stack_guard) {
        return 0;
    }
    bool text = page >= (uintptr_t)kernel_text_start && page < (uintptr_t)kernel_text_end;
    bool constants = page >= (uintptr_t)kernel_rodata_start && page < (uintptr_t)kernel_rodata_end;
    return page | PTE_PRESENT | (text || constants ? 0 : PTE_WRITE);
}

/** Map 4 MiB one to one, page by page. */
static void map_pages(uintptr_t start)
{
    pte_t *table = add_table(start);
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        table[i] = identity_entry(start + i * PAGE_SIZE);
        if (table[i] != 0) {
            frame_retain(virt_to_phys(table));
        }
    }
}

void space_init(const struct memory_map *map)
{
    physaddr_t directory = alloc_zeroed();
    assert(directory != FRAME_NONE);
    kernel_space.directory = phys_to_virt(directory);
    kernel_space.directory[PT_ENTRIES - 1] = directory | PTE_PRESENT | PTE_WRITE;
    uint32_t blocks = align_up(memory_map_end(map), LARGE_PAGE_SIZE) / LARGE_PAGE_SIZE;
    uint32_t window_blocks = (KERNEL_HEAP_END - KERNEL_HEAP_START) / LARGE_PAGE_SIZE;
    uintptr_t small_end = align_up((uintptr_t)kernel_image_end, LARGE_PAGE_SIZE);
    for (uint32_t i = 0; i < blocks; i++) {
        uintptr_t start = i * LARGE_PAGE_SIZE;
        if (start < small_end) {
            map_pages(start);
        } else {
            kernel_space.directory[i] = start | PDE_LARGE | PTE_WRITE | PTE_PRESENT;
        }
        if (i < window_blocks) {
            (void)add_table(KERNEL_HEAP_START + start);
        }
    }
    mmu_enable(directory);
    current = &kernel_space;
}

int space_create(struct space **space)
{
    physaddr_t frames[2] = {alloc_zeroed(), alloc_zeroed()};
    if (frames[1] == FRAME_NONE) {
        if (frames[0] != FRAME_NONE) {
            frame_release(frames[0]);
        }
        return -E_NO_MEMORY;
    }
    struct space *created = phys_to_virt(frames[0]);
    created->directory = phys_to_virt(frames[1]);
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        created->directory[i] = is_kernel_entry(i) ? kernel_space.directory[i] : 0;
    }
    *space = created;
    return 0;
}

void space_switch(struct space *space)
{
    assert(space != NULL && space->directory != NULL);
    if (mmu_current() != virt_to_phys(space->directory)) {
        mmu_load(virt_to_phys(space->directory));
        current = space;
    }
}

struct space *space_current(void)
{
    return current;
}

/** Release the frames that a page table of the user half maps, and the table. */
static void release_table(physaddr_t table)
{
    const pte_t *entries = phys_to_virt(table);
    uint32_t references = 1;
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        if ((entries[i] & PTE_PRESENT) != 0) {
            frame_release(PTE_FRAME(entries[i]));
            references++;
        }
    }
    while (references > 0) {
        frame_release(table);
        references--;
    }
}

void space_destroy(struct space *space)
{
    assert(space != NULL && space != &kernel_space && space != current);
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        pde_t entry = space->directory[i];
        if (!is_kernel_entry(i) && (entry & PTE_PRESENT) != 0) {
            release_table(PTE_FRAME(entry));
        }
    }
    frame_release(virt_to_phys(space->directory));
    frame_release(virt_to_phys(space));
}
