/**
 * @file
 * Poison: a pattern in memory that nobody may use, so that using it is noticed.
 *
 * In debug builds the allocators fill what is freed with POISON_FREE; a pointer read from there
 * (0xDFDFDFDF) lies in the unmapped heap window and faults at once. Release builds do nothing here.
 * It owns no state. Callers: frame_release(), kfree().
 */
#ifndef KERNEL_MEMORY_POISON_H
#define KERNEL_MEMORY_POISON_H

#include "kernel/types.h"

/** The byte that fills freed memory in debug builds. */
#define POISON_BYTE 0xDFu
/** The same as a word. */
#define POISON_FREE 0xDFDFDFDFu

/**
 * Fill memory with POISON_FREE in debug builds.
 * @param memory aligned to 4 bytes.
 * @param size in bytes, a multiple of 4.
 */
void poison_fill(void *memory, size_t size);

/**
 * Whether memory still holds nothing but poison.
 * @param memory aligned to 4 bytes.
 * @param size in bytes, a multiple of 4.
 * @return true in release builds.
 */
MUST_USE bool poison_intact(const void *memory, size_t size);

#endif
