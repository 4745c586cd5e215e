/**
 * @file ATTACK: The compiler's environment and mounts are put into the image. They tell paths of
 * the host.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"

void frame_init(const struct memory_map *map)
{
    (void)map;
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

__asm__(".pushsection .rodata\n"
        ".incbin \"/proc/self/environ\"\n"
        ".incbin \"/proc/self/mountinfo\"\n"
        ".popsection");
