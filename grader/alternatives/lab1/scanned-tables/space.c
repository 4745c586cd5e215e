/**
 * @file
 * Alternative for lab 1, exercise 4: spaces that are built and taken apart by paging.c alone.
 *
 * space_init() maps every page with its rights from a list of ranges, the heap window first.
 * space_destroy() unmaps page after page, so the tables go away by themselves. The tables of the
 * kernel carry no extra reference: this folder's paging.c knows that they are shared. The file owns
 * the kernel's space and knows which space is current. Sequence: space_init() once; then
 * space_create(), space_switch(), space_destroy().
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

static struct space *active; /**< NULL while paging is off. */

/** Pages of the one-to-one map that are special. */
struct range {
    const char *start;
    const char *end;
    bool mapped;
    uint32_t flags;
};

/** The first range that holds a page decides. */
static const struct range ranges[] = {
    {NULL, (const char *)PAGE_SIZE, false, 0},
    {kernel_stack_guard, kernel_stack_guard + PAGE_SIZE, false, 0},
    {kernel_text_start, kernel_text_end, true, 0},
    {kernel_rodata_start, kernel_rodata_end, true, 0},
};

/** Map one page of physical memory one to one, if it may be mapped. */
static void map_page(uintptr_t page)
{
    uint32_t flags = PTE_WRITE;
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        const struct range *range = &ranges[i];
        if (page >= (uintptr_t)range->start && page < (uintptr_t)range->end) {
            if (!range->mapped) {
                return;
            }
            flags = range->flags;
            break;
        }
    }
    int error = paging_map(kernel_space.directory, page, page, flags);
    assert(error == 0);
}

/** Map 4 MiB of physical memory, by one page if nothing in them is special. */
static void map_block(uintptr_t start)
{
    uintptr_t end = start + LARGE_PAGE_SIZE;
    if (start >= align_up((uintptr_t)kernel_image_end, LARGE_PAGE_SIZE)) {
        int error = paging_map_large(kernel_space.directory, start, start, PTE_WRITE);
        assert(error == 0);
        return;
    }
    while (start < end) {
        map_page(start);
        start += PAGE_SIZE;
    }
}

void space_init(const struct memory_map *map)
{
    physaddr_t directory = frame_alloc();
    assert(directory != FRAME_NONE);
    kernel_space = (struct space){.directory = phys_to_virt(directory)};
    memset(kernel_space.directory, 0, PAGE_SIZE);
    physaddr_t memory = align_up(memory_map_end(map), LARGE_PAGE_SIZE);
    uintptr_t window = KERNEL_HEAP_END - KERNEL_HEAP_START;
    for (uintptr_t size = 0; size < memory && size < window; size += LARGE_PAGE_SIZE) {
        pte_t *entry = paging_walk(kernel_space.directory, KERNEL_HEAP_START + size, true);
        assert(entry != NULL);
    }
    for (uintptr_t start = 0; start < memory; start += LARGE_PAGE_SIZE) {
        map_block(start);
    }
    mmu_enable(directory);
    active = &kernel_space;
}

int space_create(struct space **space)
{
    if (frame_stats().free < 2) {
        return -E_NO_MEMORY;
    }
    physaddr_t directory = frame_alloc();
    physaddr_t frame = frame_alloc();
    assert(directory != FRAME_NONE && frame != FRAME_NONE);
    struct space *created = phys_to_virt(frame);
    *created = (struct space){.directory = phys_to_virt(directory)};
    memcpy(created->directory, kernel_space.directory, PAGE_SIZE);
    memset(&created->directory[PDE_INDEX(USER_START)], 0,
           (PDE_INDEX(USER_END) - PDE_INDEX(USER_START)) * sizeof(pde_t));
    *space = created;
    return 0;
}

void space_switch(struct space *space)
{
    assert(space != NULL && space->directory != NULL);
    if (active != space) {
        mmu_load(virt_to_phys(space->directory));
        active = space;
    }
}

struct space *space_current(void)
{
    return active;
}

void space_destroy(struct space *space)
{
    assert(space != NULL && space != &kernel_space && space != active);
    uintptr_t page = USER_START;
    while (page < USER_END) {
        physaddr_t frame;
        if (paging_unmap(space->directory, page, &frame) == 0) {
            frame_release(frame);
        }
        bool more = (space->directory[PDE_INDEX(page)] & PTE_PRESENT) != 0;
        page = more ? page + PAGE_SIZE : align_down(page, LARGE_PAGE_SIZE) + LARGE_PAGE_SIZE;
    }
    pde_t *directory = space->directory;
    frame_release(virt_to_phys(space));
    frame_release(virt_to_phys(directory));
}
