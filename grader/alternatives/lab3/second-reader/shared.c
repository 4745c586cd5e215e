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

static uint32_t size_of(const struct shared_memory *memory)
{
    return memory->page_count * PAGE_SIZE;
}

/** Drop the object's references to its frames, as many as there are by now, and its memory. */
static void give_back(struct shared_memory *memory)
{
    while (memory->page_count > 0) {
        memory->page_count--;
        frame_release(memory->frames[memory->page_count]);
    }
    kfree(memory);
}

/** Give memory its frames; page_count says at each moment how many it has. */
static int fill(struct shared_memory *memory, uint32_t pages)
{
    for (memory->page_count = 0; memory->page_count < pages; memory->page_count++) {
        physaddr_t frame = frame_alloc();
        if (frame == FRAME_NONE) {
            return -E_NO_MEMORY;
        }
        memset(phys_to_virt(frame), 0, PAGE_SIZE);
        memory->frames[memory->page_count] = frame;
    }
    return 0;
}

/** Unmap the first @p count pages that are mapped from an address on, and drop their references. */
static void unmap_pages(struct space *space, uintptr_t address, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame;
        int error = paging_unmap(space->directory, address + i * PAGE_SIZE, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}

/** Map all pages, with a reference to each frame; or none. */
static int map_pages(struct space *space, uintptr_t address, const struct shared_memory *memory,
                     uint32_t flags)
{
    for (uint32_t i = 0; i < memory->page_count; i++) {
        int error = paging_map(space->directory, address + i * PAGE_SIZE, memory->frames[i], flags);
        if (error < 0) {
            unmap_pages(space, address, i);
            return error;
        }
        frame_retain(memory->frames[i]);
    }
    return 0;
}

/** Reserve addresses for memory, so that nothing else gets them. @return 0 if there are none. */
static uintptr_t reserve_addresses(struct space *space, uint32_t size)
{
    uintptr_t start = region_find_room(space, SHARED_MEMORY_START, USER_PROGRAM_LIMIT, size);
    const struct region region = {start, start + size, REGION_GUARD, 0};
    return start != 0 && region_add(space, &region) == 0 ? start : 0;
}

/** Take a mapping out of its process's books, and drop its reference to the object. */
static void forget(struct mapping *mapping)
{
    struct shared_memory *memory = mapping->memory;
    list_remove(&mapping->link);
    kfree(mapping);
    object_release(&memory->object); /* last: the memory may go with it */
}

/** The mapping of a process that begins at an address; NULL if there is none. */
static struct mapping *find_mapping(const struct process *process, uintptr_t address)
{
    const struct list *mappings = &process->ipc->mappings;
    struct list_link *link = list_first(mappings);
    while (link != NULL && LIST_ENTRY(link, struct mapping, link)->address != address) {
        link = list_next(mappings, link);
    }
    return link == NULL ? NULL : LIST_ENTRY(link, struct mapping, link);
}

int shared_memory_create(uint32_t size, struct shared_memory **memory)
{
    if (size == 0 || size > SHARED_MEMORY_MAX) {
        return -E_INVALID;
    }
    const uint32_t pages = align_up(size, PAGE_SIZE) / PAGE_SIZE;
    struct shared_memory *created = kmalloc(sizeof(*created) + pages * sizeof(physaddr_t));
    if (created == NULL) {
        return -E_NO_MEMORY;
    }
    int error = fill(created, pages);
    if (error < 0) {
        give_back(created);
        return error;
    }
    object_init(&created->object, OBJECT_MEMORY);
    *memory = created;
    return 0;
}

void shared_memory_destroy(struct object *object)
{
    assert(object->type == OBJECT_MEMORY && object->references == 0);
    give_back((struct shared_memory *)object);
}

int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                      uintptr_t *address)
{
    struct space *space = process->space;
    struct mapping *mapping = kmalloc(sizeof(*mapping));
    uintptr_t start = mapping == NULL ? 0 : reserve_addresses(space, size_of(memory));
    if (start == 0) {
        kfree(mapping);
        return -E_NO_MEMORY;
    }
    if (map_pages(space, start, memory, PTE_USER | (writable ? PTE_WRITE : 0)) < 0) {
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
