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

void space_init(const struct memory_map *map)
{
    // Exercise lab1.ex4 (15 points together with the functions below): the kernel's own space.
    // Contract: space.h. Text and constants read only, no page at 0, none at kernel_stack_guard,
    // nothing user accessible. Once mmu_enable() has set CR0.PG, the next instruction is fetched
    // through your tables: if the kernel is not mapped where it runs, the machine resets. Provide
    // the tables of the heap window now, and keep paging_unmap() from ever releasing one.
    (void)map;
    exercise_missing("lab1.ex4", __func__);
}

int space_create(struct space **space)
{
    // Exercise lab1.ex4: a directory with the kernel's entries and an empty user half. The struct
    // lives in a frame of its own. Returns -E_NO_MEMORY with nothing changed: no frame is lost.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
}

void space_switch(struct space *space)
{
    // Exercise lab1.ex4: make it current with mmu_load(). Loading CR3 empties the TLB, which is
    // expensive: do nothing if the space is current already.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
}

struct space *space_current(void)
{
    // Exercise lab1.ex4: the space in use.
    exercise_missing("lab1.ex4", __func__);
}

void space_destroy(struct space *space)
{
    // Exercise lab1.ex4: give everything back: a reference of each frame mapped in the user half,
    // the tables, the directory, the struct. The kernel's tables belong to all spaces.
    (void)space;
    exercise_missing("lab1.ex4", __func__);
}
