/**
 * @file ATTACK: No function does anything, in the hope for tests that ask for nothing. Only
 * space_destroy() fails an assertion, because one test waits for that.
 */
#include "kernel/memory/frame.h"

void frame_init(const struct memory_map *map)
{
    (void)map;
}

physaddr_t frame_alloc(void)
{
    return 0;
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    (void)count;
    (void)alignment;
    return 0;
}

void frame_retain(physaddr_t frame)
{
    (void)frame;
}

void frame_release(physaddr_t frame)
{
    (void)frame;
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    (void)first;
    (void)count;
}

uint32_t frame_references(physaddr_t frame)
{
    (void)frame;
    return 0;
}

struct frame_stats frame_stats(void)
{
    return (struct frame_stats){0};
}

void frame_check(void)
{
}
