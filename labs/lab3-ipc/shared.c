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

int shared_memory_create(uint32_t size, struct shared_memory **memory)
{
    // Exercise lab3.ex4 (10 points together with the functions below): zeroed frames, all of them
    // or none. What was in them before is nobody's business.
    (void)size;
    (void)memory;
    exercise_missing("lab3.ex4", __func__);
}

void shared_memory_destroy(struct object *object)
{
    // Exercise lab3.ex4: the object's references to its frames go; who maps them has others.
    (void)object;
    exercise_missing("lab3.ex4", __func__);
}

int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                      uintptr_t *address)
{
    // Exercise lab3.ex4: free addresses (region_find_room()), a guard region there (its pages
    // never appear by themselves), every page mapped, with a reference to its frame; a struct
    // mapping remembers it. Any of these can be refused; then undo the others.
    (void)process;
    (void)memory;
    (void)writable;
    (void)address;
    exercise_missing("lab3.ex4", __func__);
}

int shared_memory_unmap(struct process *process, uintptr_t address)
{
    // Exercise lab3.ex4: pages, references, region, mapping.
    (void)process;
    (void)address;
    exercise_missing("lab3.ex4", __func__);
}

void shared_memory_forget(struct process *process)
{
    // Exercise lab3.ex4: only the mappings and their references to objects; the space takes its
    // pages with it.
    (void)process;
    exercise_missing("lab3.ex4", __func__);
}
