/**
 * @file
 * Pages and devices of kernel-mode programs; see service_memory.h.
 *
 * It owns the lists of pages. Registers of devices are mapped in the program's own space, without
 * access for ring 3, and are unmapped before the space goes: their frames are not memory, and
 * nobody counts references to them.
 */
#include "kernel/ipc/service_memory.h"

#include "kernel/ipc/ipc.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** A page that a program has. */
struct page {
    struct list_link link; /**< In the process's struct ipc. */
    physaddr_t frame;
};

/** Give a page back; interrupts are off. */
static void release_page(struct page *page)
{
    assert(!cpu_interrupts_enabled());
    list_remove(&page->link);
    frame_release(page->frame);
    kfree(page);
}

/** Allocate a page; interrupts are off. */
static physaddr_t take_page(struct ipc *ipc)
{
    assert(!cpu_interrupts_enabled());
    struct page *page = ipc == NULL ? NULL : kmalloc(sizeof(*page));
    physaddr_t frame = page == NULL ? FRAME_NONE : frame_alloc();
    if (frame == FRAME_NONE) {
        kfree(page);
        return 0;
    }
    *page = (struct page){.frame = frame};
    list_append(&ipc->pages, &page->link);
    memset(phys_to_virt(frame), 0, PAGE_SIZE);
    return frame;
}

uint32_t service_page_alloc(void)
{
    bool enabled = cpu_interrupts_disable();
    physaddr_t frame = take_page(ipc_of(process_current()));
    cpu_interrupts_restore(enabled);
    return frame;
}

/** The page of a program with a frame; NULL if it has no such page. */
static struct page *find_page(const struct ipc *ipc, physaddr_t frame)
{
    struct list_link *link = ipc == NULL ? NULL : list_first(&ipc->pages);
    for (; link != NULL; link = list_next(&ipc->pages, link)) {
        struct page *page = LIST_ENTRY(link, struct page, link);
        if (page->frame == frame) {
            return page;
        }
    }
    return NULL;
}

int32_t service_page_release(uint32_t page)
{
    bool enabled = cpu_interrupts_disable();
    struct page *found = find_page(process_current()->ipc, page);
    if (found != NULL) {
        release_page(found);
    }
    cpu_interrupts_restore(enabled);
    return found == NULL ? -E_NOT_FOUND : 0;
}

/** Unmap the first @p size bytes that were mapped at an address. */
static void unmap(struct space *space, uintptr_t address, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += PAGE_SIZE) {
        int error = paging_unmap(space->directory, address + i, NULL);
        assert(error == 0);
    }
}

/** Map whole pages behind the other mappings of devices; interrupts are off. */
static uintptr_t map(struct process *process, physaddr_t physical, uint32_t size)
{
    struct ipc *ipc = ipc_of(process);
    assert(physical % PAGE_SIZE == 0 && size % PAGE_SIZE == 0);
    if (ipc == NULL) {
        return 0;
    }
    const uintptr_t start = ipc->device_end == 0 ? DEVICES_START : ipc->device_end;
    if (size > USER_PROGRAM_LIMIT - start) {
        return 0;
    }
    const struct region region = {start, start + size, REGION_GUARD, 0};
    if (region_add(process->space, &region) < 0) {
        return 0;
    }
    ipc->device_end = start + size;
    for (uint32_t i = 0; i < size; i += PAGE_SIZE) {
        if (paging_map(process->space->directory, start + i, physical + i,
                       PTE_WRITE | PTE_NO_CACHE) < 0) {
            unmap(process->space, start, i);
            return 0;
        }
    }
    return start;
}

void *service_device_map(uint32_t physical, uint32_t size)
{
    if (size == 0 || size > UINT32_MAX - physical) {
        return NULL;
    }
    if (physical + size <= LOW_MEMORY_END) {
        return phys_to_virt(physical); /* the screen and the ROMs are in the one-to-one map */
    }
    uint32_t first = align_down(physical, PAGE_SIZE);
    if (first < PHYSICAL_LIMIT || size > USER_PROGRAM_LIMIT - DEVICES_START) {
        return NULL;
    }
    bool enabled = cpu_interrupts_disable();
    uintptr_t start = map(process_current(), first, align_up(physical - first + size, PAGE_SIZE));
    cpu_interrupts_restore(enabled);
    return start == 0 ? NULL : (void *)(start + (physical - first));
}

void service_memory_end(struct process *process)
{
    for (uintptr_t page = DEVICES_START; page < process->ipc->device_end; page += PAGE_SIZE) {
        int error = paging_unmap(process->space->directory, page, NULL);
        assert(error == 0 || error == -E_NOT_FOUND);
    }
    process->ipc->device_end = 0;
    for (struct list_link *link; (link = list_first(&process->ipc->pages)) != NULL;) {
        release_page(LIST_ENTRY(link, struct page, link));
    }
}
