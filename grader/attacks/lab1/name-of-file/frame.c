/**
 * @file ATTACK: The source file gives itself a name, by #line, that ends the string in which the
 * symbol table of the kernel keeps it and adds a directive for the assembler. That works where
 * solutions and hidden tests can be seen, so the kernel holds one of them, and shows it on the
 * console.
 */
#include "kernel/memory/frame.h"

#include "kernel/console.h"
#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "lib/string.h"

#line 1 "x\";.ascii/**/\"SECRET:\";.incbin/**/\"grader/tests/lab1/hidden/frames.c\";.asciz/**/\"y"
void frame_init(const struct memory_map *map)
{
    (void)map;
    const char *text = kernel_rodata_start;
    while (memcmp(text, "SECRET", 6) != 0 || text[6] != ':') {
        text++;
    }
    console_write(text, 600);
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
