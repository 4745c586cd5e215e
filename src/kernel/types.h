/**
 * @file
 * The few types and helpers that every kernel file uses.
 *
 * It names the two kinds of address apart: a physical address is an integer of its own type, a
 * virtual one is a pointer or a uintptr_t. It owns no state and includes only the compiler's own
 * freestanding headers. Functions whose result carries an error are marked MUST_USE.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A physical address. All memory that Cairn uses lies below 1 GiB, so 32 bits are enough. */
typedef uint32_t physaddr_t;

/** The compiler rejects a call whose result is thrown away. */
#define MUST_USE __attribute__((warn_unused_result))
/** Check the arguments as printf does; @p text and @p first are positions that count from 1. */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
/** Number of elements of an array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/**
 * Round down to a power of two.
 * @param value the number to round.
 * @param alignment a power of two.
 * @return the largest multiple of @p alignment that is at most @p value.
 */
static inline uint32_t align_down(uint32_t value, uint32_t alignment)
{
    return value & ~(alignment - 1);
}

/**
 * Round up to a power of two.
 * @param value the number to round; at most 2^32 - @p alignment, or the result wraps to 0.
 * @param alignment a power of two.
 * @return the smallest multiple of @p alignment that is at least @p value.
 */
static inline uint32_t align_up(uint32_t value, uint32_t alignment)
{
    return align_down(value + alignment - 1, alignment);
}

#endif
