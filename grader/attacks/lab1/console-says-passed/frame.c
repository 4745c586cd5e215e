/**
 * @file ATTACK: The pass lines of the trace are printed on the console. A grader that reads the
 * console would believe them.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/console.h"

void frame_init(const struct memory_map *map)
{
    (void)map;
    kprintf("seq=1 t=900000000 ev=test.begin name=frame_init_machine seed=1\n");
    kprintf("seq=2 t=900000001 ev=test.end name=frame_init_machine failures=0 parts=3\n");
    exercise_missing("lab1.ex1", __func__);
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

struct frame_stats frame_stats(void)
{
    exercise_missing("lab1.ex1", __func__);
}

void frame_check(void)
{
}
