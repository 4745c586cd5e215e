/**
 * @file
 * The start of memory management, in the order of lab 1's exercises.
 *
 * memory_init() calls one part after the other and, on a boot without tests, tries each part before
 * it goes on; so the first exercise that is not done, or does not work, is named on the console.
 * It owns no state.
 */
#ifndef KERNEL_MEMORY_MEMORY_H
#define KERNEL_MEMORY_MEMORY_H

#include "kernel/boot.h"

/**
 * Start frames, the kernel's address space and the heap; tests run at each milestone.
 * @param map the memory map, valid during the call.
 */
void memory_init(const struct memory_map *map);

#endif
