/**
 * @file
 * Alternative for lab 3, exercise 4: shared memory.
 *
 * The file owns the frames of each object and the mappings of each process. A mapping is a guard
 * region, so that no page appears in it by itself, and entries for all pages of the object. Frames
 * count their references: one for the object, one for each mapping. The contract is in
 * kernel/ipc/shared.h.
 */
#include "kernel/ipc/shared.h"

#include "kernel/ipc/ipc.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/region.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Give an object's references to its first frames back, and its memory. */
static void free_memory(struct shared_memory *memory, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        frame_release(memory->frames[i]);
    }
    kfree(memory);
}

int shared_memory_create(uint32_t size, struct shared_memory **memory)
{
    if (size == 0 || size > SHARED_MEMORY_MAX) {
        return -E_INVALID;
    }
    uint32_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
    struct shared_memory *made = kmalloc(sizeof(*made) + count * sizeof(made->frames[0]));
    if (made == NULL) {
        return -E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        made->frames[i] = frame_alloc();
        if (made->frames[i] == FRAME_NONE) {
            free_memory(made, i);
            return -E_NO_MEMORY;
        }
        memset(phys_to_virt(made->frames[i]), 0, PAGE_SIZE);
    }
    object_init(&made->object, OBJECT_MEMORY);
    made->page_count = count;
    *memory = made;
    return 0;
}

void shared_memory_destroy(struct object *object)
{
    struct shared_memory *memory = (struct shared_memory *)object;
    free_memory(memory, memory->page_count);
}

/** Undo the first pages of a mapping, and their references to frames. */
static void unmap_pages(const struct space *space, uintptr_t address, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame;
        int error = paging_unmap(space->directory, address + i * PAGE_SIZE, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}

/** Map all pages of an object, with references to its frames; all or none. */
static int map_pages(const struct space *space, const struct shared_memory *memory,
                     uintptr_t address, uint32_t flags)
{
    for (uint32_t i = 0; i < memory->page_count; i++) {
        int error = paging_map(space->directory, address + i * PAGE_SIZE, memory->frames[i], flags);
        if (error < 0) {
            unmap_pages(space, address, i);
            return -E_NO_MEMORY;
        }
        frame_retain(memory->frames[i]);
    }
    return 0;
}

int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                      uintptr_t *address)
{
    struct space *space = process->space;
    uint32_t size = memory->page_count * PAGE_SIZE;
    uintptr_t start = region_find_room(space, SHARED_MEMORY_START, USER_PROGRAM_LIMIT, size);
    const struct region region = {start, start + size, REGION_GUARD, 0};
    struct mapping *mapping = kmalloc(sizeof(*mapping));
    if (mapping == NULL || start == 0 || region_add(space, &region) < 0) {
        kfree(mapping);
        return -E_NO_MEMORY;
    }
    if (map_pages(space, memory, start, PTE_USER | (writable ? PTE_WRITE : 0)) < 0) {
        region_remove(space, start);
        kfree(mapping);
        return -E_NO_MEMORY;
    }
    object_retain(&memory->object);
    *mapping = (struct mapping){.memory = memory, .address = start};
    list_append(&process->ipc->mappings, &mapping->link);
    *address = start;
    return 0;
}

/** The mapping that begins at an address; NULL if there is none. */
static struct mapping *find_mapping(const struct process *process, uintptr_t address)
{
    const struct list *mappings = &process->ipc->mappings;
    for (struct list_link *link = list_first(mappings); link != NULL;
         link = list_next(mappings, link)) {
        struct mapping *mapping = LIST_ENTRY(link, struct mapping, link);
        if (mapping->address == address) {
            return mapping;
        }
    }
    return NULL;
}

/** Forget one mapping, whose pages are gone or will go. */
static void forget(struct mapping *mapping)
{
    list_remove(&mapping->link);
    object_release(&mapping->memory->object);
    kfree(mapping);
}

int shared_memory_unmap(struct process *process, uintptr_t address)
{
    struct mapping *mapping = find_mapping(process, address);
    if (mapping == NULL) {
        return -E_NOT_FOUND;
    }
    unmap_pages(process->space, address, mapping->memory->page_count);
    region_remove(process->space, address);
    forget(mapping);
    return 0;
}

void shared_memory_forget(struct process *process)
{
    for (struct list_link *link; (link = list_first(&process->ipc->mappings)) != NULL;) {
        forget(LIST_ENTRY(link, struct mapping, link));
    }
}
