/**
 * @file
 * Lab 3, exercise 4: shared memory.
 *
 * The file owns the frames of each object and the mappings of each process. A mapping is a guard
 * region, so that no page appears in it by itself, and entries for all pages of the object. Frames
 * count their references: one for the object, one for each mapping. The contract is in
 * kernel/ipc/shared.h.
 */
#include "kernel/ipc/shared.h"

#include "kernel/exercise.h"
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

/* BEGIN SOLUTION lab3.ex4 */
/** Drop the object's references to its first @p count frames, and free it. */
static void free_memory(struct shared_memory *memory, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        frame_release(memory->frames[i]);
    }
    kfree(memory);
}

/** Unmap the first @p count pages of a mapping. */
static void unmap_pages(struct space *space, uintptr_t address, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = FRAME_NONE;
        int error = paging_unmap(space->directory, address + i * PAGE_SIZE, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}

/** Map all pages of an object; none if that fails. */
static int map_pages(struct space *space, const struct shared_memory *memory, uintptr_t address,
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

/** The mapping that starts at an address; NULL if there is none. */
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

/** Forget a mapping whose pages are gone. */
static void drop_mapping(struct mapping *mapping)
{
    list_remove(&mapping->link);
    object_release(&mapping->memory->object);
    kfree(mapping);
}
/* SKELETON
END SOLUTION */

int shared_memory_create(uint32_t size, struct shared_memory **memory)
{
    /* BEGIN SOLUTION lab3.ex4 */
    if (size == 0 || size > SHARED_MEMORY_MAX) {
        return -E_INVALID;
    }
    uint32_t pages = align_up(size, PAGE_SIZE) / PAGE_SIZE;
    struct shared_memory *created = kmalloc(sizeof(*created) + pages * sizeof(physaddr_t));
    if (created == NULL) {
        return -E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < pages; i++) {
        created->frames[i] = frame_alloc();
        if (created->frames[i] == FRAME_NONE) {
            free_memory(created, i);
            return -E_NO_MEMORY;
        }
        memset(phys_to_virt(created->frames[i]), 0, PAGE_SIZE);
    }
    object_init(&created->object, OBJECT_MEMORY);
    created->page_count = pages;
    *memory = created;
    return 0;
    /* SKELETON
    // Exercise lab3.ex4 (10 points together with the functions below): zeroed frames, all of them
    // or none. What was in them before is nobody's business.
    (void)size;
    (void)memory;
    exercise_missing("lab3.ex4", __func__);
    END SOLUTION */
}

void shared_memory_destroy(struct object *object)
{
    /* BEGIN SOLUTION lab3.ex4 */
    struct shared_memory *memory = (struct shared_memory *)object;
    free_memory(memory, memory->page_count);
    /* SKELETON
    // Exercise lab3.ex4: the object's references to its frames go; who maps them has others.
    (void)object;
    exercise_missing("lab3.ex4", __func__);
    END SOLUTION */
}

int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                      uintptr_t *address)
{
    /* BEGIN SOLUTION lab3.ex4 */
    assert(process->space != &kernel_space && process->ipc != NULL);
    struct mapping *mapping = kmalloc(sizeof(*mapping));
    uint32_t size = memory->page_count * PAGE_SIZE;
    uintptr_t start =
        region_find_room(process->space, SHARED_MEMORY_START, USER_PROGRAM_LIMIT, size);
    const struct region region = {start, start + size, REGION_GUARD, 0};
    if (mapping == NULL || start == 0 || region_add(process->space, &region) < 0) {
        kfree(mapping);
        return -E_NO_MEMORY;
    }
    int error = map_pages(process->space, memory, start, PTE_USER | (writable ? PTE_WRITE : 0));
    if (error < 0) {
        region_remove(process->space, start);
        kfree(mapping);
        return error;
    }
    object_retain(&memory->object);
    *mapping = (struct mapping){.memory = memory, .address = start};
    list_append(&process->ipc->mappings, &mapping->link);
    *address = start;
    return 0;
    /* SKELETON
    // Exercise lab3.ex4: free addresses (region_find_room()), a guard region there (its pages
    // never appear by themselves), every page mapped, with a reference to its frame; a struct
    // mapping remembers it. Any of these can be refused; then undo the others.
    (void)process;
    (void)memory;
    (void)writable;
    (void)address;
    exercise_missing("lab3.ex4", __func__);
    END SOLUTION */
}

int shared_memory_unmap(struct process *process, uintptr_t address)
{
    /* BEGIN SOLUTION lab3.ex4 */
    struct mapping *mapping = find_mapping(process, address);
    if (mapping == NULL) {
        return -E_NOT_FOUND;
    }
    unmap_pages(process->space, address, mapping->memory->page_count);
    region_remove(process->space, address);
    drop_mapping(mapping);
    return 0;
    /* SKELETON
    // Exercise lab3.ex4: pages, references, region, mapping.
    (void)process;
    (void)address;
    exercise_missing("lab3.ex4", __func__);
    END SOLUTION */
}

void shared_memory_forget(struct process *process)
{
    /* BEGIN SOLUTION lab3.ex4 */
    for (struct list_link *link; (link = list_first(&process->ipc->mappings)) != NULL;) {
        drop_mapping(LIST_ENTRY(link, struct mapping, link));
    }
    /* SKELETON
    // Exercise lab3.ex4: only the mappings and their references to objects; the space takes its
    // pages with it.
    (void)process;
    exercise_missing("lab3.ex4", __func__);
    END SOLUTION */
}
