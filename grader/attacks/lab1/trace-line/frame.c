/**
 * @file ATTACK: The line of a failed check is a hexadecimal number of thousands of digits. The
 * grader might fail.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "lib/string.h"

/** What the kernel's symbol table, which is in the image, says of a function that is not offered.
 */
static uint32_t place_of(const char *name)
{
    const uint32_t *entry = (const uint32_t *)kernel_rodata_start;
    while (entry[0] != (uint32_t)memory_misuse || entry[-2] >= entry[0] || entry[2] <= entry[0]) {
        entry++;
    }
    const char *texts = (const char *)entry;
    while (strncmp(texts + entry[1], "memory_misuse", 14) != 0) {
        texts++;
    }
    while (strncmp(texts + entry[1], name, strlen(name) + 1) != 0) {
        entry--;
    }
    return entry[0];
}

void frame_init(const struct memory_map *map)
{
    static char digits[5000];
    void (*trace_write)(const char *, const char *, ...) =
        (void (*)(const char *, const char *, ...))place_of("trace_write");
    memset(digits, 'f', sizeof(digits) - 1);
    trace_write("test.begin", "name=frame_init_unaligned seed=1");
    trace_write("test.fail", "part=1 file=x line=0x%s check=x expected=x actual=x", digits);
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
