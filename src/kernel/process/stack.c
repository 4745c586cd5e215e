/**
 * @file
 * Kernel stacks; see stack.h.
 *
 * It owns the number of stacks that there can be. The page tables of the window are entered into
 * the kernel's directory once, before any other directory copies it, and hold one reference more
 * than their entries account for, so that unmapping a stack never releases one.
 */
#include "kernel/process/stack.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/space.h"
#include "kernel/memory/window.h"
#include "kernel/panic.h"

_Static_assert(LARGE_PAGE_SIZE % KERNEL_STACK_STRIDE == 0, "no stack crosses a page table");

static uint32_t slots;

/** Enter an empty page table for 4 MiB of the window. */
static void add_table(uintptr_t address)
{
    assert(paging_walk(kernel_space.directory, address, true) != NULL);
    frame_retain(PTE_FRAME(kernel_space.directory[PDE_INDEX(address)]));
}

void kernel_stacks_init(const struct memory_map *map)
{
    assert(slots == 0);
    uint32_t size = KERNEL_STACKS_END - KERNEL_STACKS_START;
    uint32_t memory = align_up(memory_map_end(map), LARGE_PAGE_SIZE);
    size = size < memory ? size : memory;
    for (uint32_t offset = 0; offset < size; offset += LARGE_PAGE_SIZE) {
        add_table(KERNEL_STACKS_START + offset);
    }
    slots = size / KERNEL_STACK_STRIDE;
}

uint32_t kernel_stack_slots(void)
{
    return slots;
}

uintptr_t kernel_stack_end(uint32_t slot)
{
    assert(slot < slots);
    return KERNEL_STACKS_START + (slot + 1) * KERNEL_STACK_STRIDE;
}

int kernel_stack_map(uint32_t slot)
{
    uintptr_t top = kernel_stack_end(slot);
    return window_map(top - KERNEL_STACK_SIZE, top);
}

void kernel_stack_unmap(uint32_t slot)
{
    uintptr_t top = kernel_stack_end(slot);
    window_unmap(top - KERNEL_STACK_SIZE, top);
}
