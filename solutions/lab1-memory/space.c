/**
 * @file
 * Lab 1, exercise 4: address spaces.
 *
 * The file owns the kernel's space and knows which space is current. space_init() builds the
 * kernel's half once: the one-to-one map of physical memory and empty page tables for the heap
 * window. From then on its directory entries never change, so that space_create() can copy them
 * and a page that is mapped into the heap window later appears in every space. The page tables of
 * the kernel carry one reference more than their entries account for: paging_unmap() never finds
 * them empty.
 */
#include "kernel/memory/space.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

struct space kernel_space;

/* BEGIN SOLUTION lab1.ex4 */
/** Directory entries of the user half: from the first up to, but without, the last. */
enum { USER_FIRST = USER_START / LARGE_PAGE_SIZE, USER_LAST = USER_END / LARGE_PAGE_SIZE };

static struct space *current; /**< The space in use; NULL while paging is off. */

/** Allocate a frame full of zeros; FRAME_NONE if there is none. */
static physaddr_t zeroed_frame(void)
{
    physaddr_t frame = frame_alloc();
    if (frame != FRAME_NONE) {
        memset(phys_to_virt(frame), 0, PAGE_SIZE);
    }
    return frame;
}

/** Add an empty page table for 4 MiB of kernel addresses, never to be released. */
static void add_kernel_table(uintptr_t address)
{
    physaddr_t table = zeroed_frame();
    assert(table != FRAME_NONE);
    frame_retain(table);
    kernel_space.directory[PDE_INDEX(address)] = table | PTE_PRESENT | PTE_WRITE;
}

/** Whether some of the 4 MiB from @p address on must be left out or read only. */
static bool needs_small_pages(uintptr_t address)
{
    return address == 0 || (address < (uintptr_t)kernel_image_end &&
                            address + LARGE_PAGE_SIZE > (uintptr_t)kernel_image_start);
}

/** Map 4 MiB one to one by 4 KiB pages, each with the rights of what it holds. */
static void map_small_pages(uintptr_t start)
{
    add_kernel_table(start);
    for (uintptr_t page = start; page < start + LARGE_PAGE_SIZE; page += PAGE_SIZE) {
        if (page == 0 || page == (uintptr_t)kernel_stack_guard) {
            continue;
        }
        bool constant = page >= (uintptr_t)kernel_text_start && page < (uintptr_t)kernel_rodata_end;
        int error = paging_map(kernel_space.directory, page, page, constant ? 0 : PTE_WRITE);
        assert(error == 0);
    }
}

/** Map physical memory one to one, from 0 up to @p end. */
static void map_physical_memory(physaddr_t end)
{
    for (uintptr_t address = 0; address < end; address += LARGE_PAGE_SIZE) {
        if (needs_small_pages(address)) {
            map_small_pages(address);
        } else {
            int error = paging_map_large(kernel_space.directory, address, address, PTE_WRITE);
            assert(error == 0);
        }
    }
}

/**
 * Release a page table of the user half and a reference to every frame that it maps. The table's
 * references tell how many those are, so the search ends with the last of them.
 */
static void release_user_table(physaddr_t table)
{
    const pte_t *entries = phys_to_virt(table);
    uint32_t present = frame_references(table) - 1;
    for (uint32_t i = 0; present > 0; i++) {
        assert(i < PT_ENTRIES);
        if ((entries[i] & PTE_PRESENT) != 0) {
            frame_release(PTE_FRAME(entries[i]));
            frame_release(table);
            present--;
        }
    }
    frame_release(table);
}
/* SKELETON
END SOLUTION */

void space_init(const struct memory_map *map)
{
    /* BEGIN SOLUTION lab1.ex4 */
    physaddr_t directory = zeroed_frame();
    assert(directory != FRAME_NONE);
    kernel_space.directory = phys_to_virt(directory);
    physaddr_t end = align_up(memory_map_end(map), LARGE_PAGE_SIZE);
    map_physical_memory(end);
    uintptr_t window = KERNEL_HEAP_END - KERNEL_HEAP_START;
    for (uintptr_t offset = 0; offset < end && offset < window; offset += LARGE_PAGE_SIZE) {
        add_kernel_table(KERNEL_HEAP_START + offset);
    }
    mmu_enable(directory);
    current = &kernel_space;
    /* SKELETON
    // Exercise lab1.ex4 (15 points together with the functions below): the kernel's own space.
    // Contract: space.h. Text and constants read only, no page at 0, none at kernel_stack_guard,
    // nothing user accessible. Once mmu_enable() has set CR0.PG, the next instruction is fetched
    // through your tables: if the kernel is not mapped where it runs, the machine resets. Provide
    // the tables of the heap window now, and keep paging_unmap() from ever releasing one.
    (void)map;
    exercise_missing("lab1.ex4", __func__);
    END SOLUTION */
}

int space_create(struct space **space)
{
    /* BEGIN SOLUTION lab1.ex4 */
    physaddr_t frame = zeroed_frame();
    if (frame == FRAME_NONE) {
        return -E_NO_MEMORY;
    }
    physaddr_t directory = zeroed_frame();
    if (directory == FRAME_NONE) {
        frame_release(frame);
        return -E_NO_MEMORY;
    }
    pde_t *entries = phys_to_virt(directory);
    const pde_t *kernel = kernel_space.directory;
    memcpy(entries, kernel, USER_FIRST * sizeof(pde_t));
    memcpy(&entries[USER_LAST], &kernel[USER_LAST], (PT_ENTRIES - USER_LAST) * sizeof(pde_t));
    *space = phys_to_virt(frame);
    (*space)->directory = entries;
    return 0;
    /* SKELETON
    // Exercise lab1.ex4: a directory with the kernel's entries and an empty user half. The struct
    // lives in a frame of its own. Returns -E_NO_MEMORY with nothing changed: no frame is lost.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
    END SOLUTION */
}

void space_switch(struct space *space)
{
    /* BEGIN SOLUTION lab1.ex4 */
    assert(space != NULL && space->directory != NULL);
    if (space != current) {
        current = space;
        mmu_load(virt_to_phys(space->directory));
    }
    /* SKELETON
    // Exercise lab1.ex4: make it current with mmu_load(). Loading CR3 empties the TLB, which is
    // expensive: do nothing if the space is current already.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
    END SOLUTION */
}

struct space *space_current(void)
{
    /* BEGIN SOLUTION lab1.ex4 */
    return current;
    /* SKELETON
    // Exercise lab1.ex4: the space in use.
    exercise_missing("lab1.ex4", __func__);
    END SOLUTION */
}

void space_destroy(struct space *space)
{
    /* BEGIN SOLUTION lab1.ex4 */
    assert(space != NULL && space != &kernel_space && space != current);
    for (uint32_t i = USER_FIRST; i < USER_LAST; i++) {
        if ((space->directory[i] & PTE_PRESENT) != 0) {
            release_user_table(PTE_FRAME(space->directory[i]));
        }
    }
    frame_release(virt_to_phys(space->directory));
    frame_release(virt_to_phys(space));
    /* SKELETON
    // Exercise lab1.ex4: give everything back: a reference of each frame mapped in the user half,
    // the tables, the directory, the struct. The kernel's tables belong to all spaces.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
    END SOLUTION */
}
