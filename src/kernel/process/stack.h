/**
 * @file
 * Kernel stacks, one for each process, with a guard below each that is never mapped.
 *
 * They lie in a window of their own (memory/layout.h), numbered from 0. A stack that overflows
 * touches its guard, and the kernel reports it; it does not silently damage its neighbour. It owns
 * the window. Sequence: kernel_stacks_init() once, before the first address space is created;
 * then kernel_stack_map() for each process and kernel_stack_unmap() when it is released.
 */
#ifndef KERNEL_PROCESS_STACK_H
#define KERNEL_PROCESS_STACK_H

#include "kernel/boot.h"
#include "kernel/types.h"

/**
 * Provide the window's page tables, as much of it as there is physical memory.
 * @param map the memory map that frame_init() was given.
 */
void kernel_stacks_init(const struct memory_map *map);

/** @return how many stacks there can be. */
uint32_t kernel_stack_slots(void);

/**
 * Map a stack to fresh frames.
 * @param slot below kernel_stack_slots(), not mapped.
 * @return 0, or -E_NO_MEMORY; then nothing has changed.
 */
MUST_USE int kernel_stack_map(uint32_t slot);

/**
 * Unmap a stack and release its frames.
 * @param slot mapped; not the stack in use.
 */
void kernel_stack_unmap(uint32_t slot);

/**
 * Where a stack ends.
 * @param slot below kernel_stack_slots().
 * @return one past its last byte, a multiple of KERNEL_STACK_STRIDE.
 */
uintptr_t kernel_stack_end(uint32_t slot);

#endif
