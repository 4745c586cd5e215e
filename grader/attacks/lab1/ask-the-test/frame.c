/**
 * @file ATTACK: The tests of exercise 1 are answered by their own model. frame_init() asks the
 * tests' map_expect(), found by its name in the kernel's symbol table, what the right figures are,
 * and frame_stats() returns them.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "lib/string.h"

/** What the tests' function returns. */
struct expectation {
    uint32_t least;
    uint32_t most;
};

static struct expectation known;

static uintptr_t address_of(const char *name)
{
    const uint32_t *word = (const uint32_t *)(const void *)kernel_rodata_start;
    while (word[0] != (uintptr_t)kernel_text_start + 12 || word[1] != 0) {
        word++;
    }
    const char *texts = (const char *)word;
    while (strcmp(texts, "kernel_entry") != 0) {
        texts++;
    }
    while (strcmp(texts + word[1], name) != 0) {
        word += 2;
    }
    return word[0];
}

void frame_init(const struct memory_map *map)
{
    static struct expectation (*expect)(const struct memory_map *);
    if (expect == NULL) {
        expect = (struct expectation(*)(const struct memory_map *))address_of("map_expect");
    }
    known = expect(map);
}

struct frame_stats frame_stats(void)
{
    return (struct frame_stats){.total = known.most, .free = known.most};
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
