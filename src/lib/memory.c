/**
 * @file
 * memcpy() and memset() in portable C.
 *
 * The kernel does not link this file but x86/memory_ops.S, whose string instructions are faster.
 * Tests on the host use it, so that they run anywhere. It owns no state; both functions are called
 * by everybody, and by code that the compiler emits.
 */
#include "lib/string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t i = 0; i < size; i++) {
        target[i] = source[i];
    }
    return to;
}

void *memset(void *memory, int value, size_t size)
{
    unsigned char *target = memory;
    for (size_t i = 0; i < size; i++) {
        target[i] = (unsigned char)value;
    }
    return memory;
}
