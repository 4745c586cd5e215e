/**
 * @file ATTACK: All groups of the trace are turned off. No failure would be written.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/trace.h"

void frame_init(const struct memory_map *map)
{
    (void)map;
    trace_groups = 0;
}

struct frame_stats frame_stats(void)
{
    return (struct frame_stats){0};
}

physaddr_t frame_alloc(void)
{
    exercise_missing("lab1.ex2", __func__);
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    (void)count;
    (void)alignment;
    exercise_missing("lab1.ex2", __func__);
}

void frame_retain(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    (void)first;
    (void)count;
    exercise_missing("lab1.ex2", __func__);
}

uint32_t frame_references(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_check(void)
{
}
