/**
 * @file
 * Alternative for lab 3, exercise 4: frames chained first, pages mapped last to first, gaps
 * between.
 *
 * To make an object, frames are taken one by one, each with the address of the one before in its
 * first word; when there are enough, the object is made and they are cleared. A mapping enters its
 * pages before its region, from the last to the first, and leaves a page free before it, so that
 * two mappings never adjoin. The newest mapping of a process comes first in its list. The file owns
 * the frames of each object and the mappings of each process. Sequence: as for the reference.
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

/* ------------------------------------------------------------------ objects */

/** The first word of a frame: the frame before it in a chain. */
static physaddr_t *word_of(physaddr_t frame)
{
    return phys_to_virt(frame);
}

static void release_chain(physaddr_t last)
{
    while (last != FRAME_NONE) {
        physaddr_t before = *word_of(last);
        frame_release(last);
        last = before;
    }
}

/** Take frames. @return the last one of their chain; FRAME_NONE if there are not enough. */
static physaddr_t take_chain(uint32_t count)
{
    physaddr_t last = FRAME_NONE;
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = frame_alloc();
        if (frame == FRAME_NONE) {
            release_chain(last);
            return FRAME_NONE;
        }
        *word_of(frame) = last;
        last = frame;
    }
    return last;
}

int shared_memory_create(uint32_t size, struct shared_memory **memory)
{
    if (size - 1 >= SHARED_MEMORY_MAX) {
        return -E_INVALID;
    }
    const uint32_t count = (size - 1) / PAGE_SIZE + 1;
    physaddr_t last = take_chain(count);
    if (last == FRAME_NONE) {
        return -E_NO_MEMORY;
    }
    struct shared_memory *created = kmalloc(sizeof(*created) + count * sizeof(created->frames[0]));
    if (created == NULL) {
        release_chain(last);
        return -E_NO_MEMORY;
    }
    object_init(&created->object, OBJECT_MEMORY);
    created->page_count = count;
    for (uint32_t i = count; i-- > 0;) {
        created->frames[i] = last;
        last = *word_of(last);
        memset(phys_to_virt(created->frames[i]), 0, PAGE_SIZE);
    }
    *memory = created;
    return 0;
}

void shared_memory_destroy(struct object *object)
{
    struct shared_memory *memory = (struct shared_memory *)object;
    while (memory->page_count > 0) {
        memory->page_count--;
        frame_release(memory->frames[memory->page_count]);
    }
    kfree(memory);
}

/* ------------------------------------------------------------------ mappings */

/** Unmap the pages of an object from number @p first on. */
static void remove_pages(struct process *process, const struct shared_memory *memory,
                         uintptr_t start, uint32_t first)
{
    for (uint32_t i = first; i < memory->page_count; i++) {
        int error = paging_unmap(process->space->directory, start + i * PAGE_SIZE, NULL);
        assert(error == 0);
        frame_release(memory->frames[i]);
    }
}

/** Map all pages of an object, the last first; none if that fails. */
static int enter_pages(struct process *process, const struct shared_memory *memory, uintptr_t start,
                       uint32_t flags)
{
    for (uint32_t i = memory->page_count; i-- > 0;) {
        frame_retain(memory->frames[i]);
        int error =
            paging_map(process->space->directory, start + i * PAGE_SIZE, memory->frames[i], flags);
        if (error < 0) {
            frame_release(memory->frames[i]);
            remove_pages(process, memory, start, i + 1);
            return error;
        }
    }
    return 0;
}

/** Enter a mapping before all others of a process. */
static void push_mapping(struct process *process, struct mapping *mapping)
{
    struct list_link *head = &process->ipc->mappings.head;
    mapping->link = (struct list_link){.next = head->next, .previous = head};
    head->next->previous = &mapping->link;
    head->next = &mapping->link;
}

/** Make a mapping whose addresses are free, pages first. */
static int map_at(struct process *process, struct shared_memory *memory, uint32_t flags,
                  uintptr_t start)
{
    const uintptr_t end = start + memory->page_count * PAGE_SIZE;
    const struct region region = {start, end, REGION_GUARD, 0};
    int error = enter_pages(process, memory, start, flags);
    if (error < 0) {
        return error;
    }
    error = region_add(process->space, &region);
    struct mapping *mapping = error < 0 ? NULL : kmalloc(sizeof(*mapping));
    if (mapping == NULL) {
        if (error == 0) {
            region_remove(process->space, start);
        }
        remove_pages(process, memory, start, 0);
        return -E_NO_MEMORY;
    }
    mapping->memory = memory;
    mapping->address = start;
    object_retain(&memory->object);
    push_mapping(process, mapping);
    return 0;
}

int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                      uintptr_t *address)
{
    assert(process->space != &kernel_space && process->ipc != NULL);
    uintptr_t gap = region_find_room(process->space, SHARED_MEMORY_START, USER_PROGRAM_LIMIT,
                                     (1 + memory->page_count) * PAGE_SIZE);
    if (gap == 0) {
        return -E_NO_MEMORY;
    }
    uint32_t flags = writable ? PTE_USER | PTE_WRITE : PTE_USER;
    int error = map_at(process, memory, flags, gap + PAGE_SIZE);
    if (error == 0) {
        *address = gap + PAGE_SIZE;
    }
    return error;
}

/** Forget a mapping. */
static void drop(struct mapping *mapping)
{
    struct object *object = &mapping->memory->object;
    list_remove(&mapping->link);
    kfree(mapping);
    object_release(object);
}

int shared_memory_unmap(struct process *process, uintptr_t address)
{
    struct list *mappings = &process->ipc->mappings;
    struct list_link *link = list_first(mappings);
    while (link != NULL && LIST_ENTRY(link, struct mapping, link)->address != address) {
        link = list_next(mappings, link);
    }
    if (link == NULL) {
        return -E_NOT_FOUND;
    }
    struct mapping *mapping = LIST_ENTRY(link, struct mapping, link);
    region_remove(process->space, address);
    remove_pages(process, mapping->memory, address, 0);
    drop(mapping);
    return 0;
}

void shared_memory_forget(struct process *process)
{
    while (!list_is_empty(&process->ipc->mappings)) {
        drop(LIST_ENTRY(list_first(&process->ipc->mappings), struct mapping, link));
    }
}
