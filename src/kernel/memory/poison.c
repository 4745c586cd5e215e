/**
 * @file
 * Filling freed memory with a pattern, and looking whether it is still there.
 *
 * It owns no state. DEBUG_BUILD comes from the Makefile: with `make DEBUG=0` both functions do
 * nothing, so that measurements show the allocators alone.
 */
#include "kernel/memory/poison.h"

#include "kernel/panic.h"
#include "lib/string.h"

_Static_assert(POISON_FREE == POISON_BYTE * 0x01010101u, "a word of poison is four bytes of it");

void poison_fill(void *memory, size_t size)
{
    assert((uintptr_t)memory % 4 == 0 && size % 4 == 0);
    if (DEBUG_BUILD) {
        memset(memory, POISON_BYTE, size);
    }
}

bool poison_intact(const void *memory, size_t size)
{
    assert((uintptr_t)memory % 4 == 0 && size % 4 == 0);
    const uint32_t *words = memory;
    for (size_t i = 0; DEBUG_BUILD && i < size / 4; i++) {
        if (words[i] != POISON_FREE) {
            return false;
        }
    }
    return true;
}
