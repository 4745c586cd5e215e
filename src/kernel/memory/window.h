/**
 * @file
 * Pages in the kernel's windows: fresh frames mapped at addresses above the user half.
 *
 * The heap grows by window_map() and may shrink by window_unmap(); kernel stacks come and go by
 * them. Both work on the kernel's directory, whose tables for the windows are there before any
 * other directory copies it, so the pages appear in every space. They own no state.
 */
#ifndef KERNEL_MEMORY_WINDOW_H
#define KERNEL_MEMORY_WINDOW_H

#include "kernel/types.h"

/**
 * Map fresh frames, writable for the kernel alone, all of them or none.
 * @param start first address, a multiple of PAGE_SIZE within a window of layout.h.
 * @param end one past the last address, a multiple of PAGE_SIZE; nothing is mapped in between.
 * @return 0, or -E_NO_MEMORY; then nothing has changed.
 */
MUST_USE int window_map(uintptr_t start, uintptr_t end);

/**
 * Unmap pages and release their frames.
 * @param start first address, as given to window_map().
 * @param end one past the last address; everything in between is mapped (asserted).
 */
void window_unmap(uintptr_t start, uintptr_t end);

#endif
