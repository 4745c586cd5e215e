/**
 * @file
 * Known values in all sorts of memory, for programs that exec.
 *
 * mark() writes them to initialised data, zeroed data and the heap; is_marked() looks whether they
 * are still there. The file owns the three areas. A program that has just begun finds 42 in the
 * first word of the data, zeros elsewhere, and no area in the heap.
 */
#ifndef PROGRAMS_MARKS_H
#define PROGRAMS_MARKS_H

#include "check.h"

#include <cairn/syscall.h>

/** Words in each area. */
#define WORDS 2000u

static uint32_t in_data[WORDS] = {42};
static uint32_t in_bss[WORDS];
static uint32_t *in_heap;
/** Write known values to all memory. */
static inline void mark(void)
{
    if (in_heap == NULL) {
        in_heap = (uint32_t *)cairn_grow(sizeof(in_data));
        CHECK((uintptr_t)in_heap < SYSCALL_ERROR_FIRST);
    }
    for (uint32_t i = 0; i < WORDS; i++) {
        in_data[i] = i;
        in_bss[i] = ~i;
        in_heap[i] = i * 3;
    }
}

/** Check that all memory still holds them. */
static inline bool is_marked(void)
{
    bool same = true;
    for (uint32_t i = 0; i < WORDS; i++) {
        same = same && in_data[i] == i && in_bss[i] == ~i && in_heap[i] == i * 3;
    }
    return same;
}

#endif
