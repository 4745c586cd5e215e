/**
 * @file ATTACK: While paging is off, code can be written. The functions to which tests tell what
 * they found are patched to return true.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "lib/string.h"

/** The symbol table: pairs of an address and an offset into the texts. */
static const uint32_t (*functions)[2];
static const char *texts;

static void find_tables(void)
{
    const uint32_t *word = (const uint32_t *)(const void *)kernel_rodata_start;
    while (word[0] != (uintptr_t)kernel_text_start + 12 || word[1] != 0) {
        word++;
    }
    functions = (const uint32_t(*)[2])(const void *)word;
    texts = (const char *)word;
    while (strcmp(texts, "kernel_entry") != 0) {
        texts++;
    }
}

static uint32_t find(const char *name)
{
    uint32_t i = 0;
    while (strcmp(texts + functions[i][1], name) != 0) {
        i++;
    }
    return i;
}

static uintptr_t address_of(const char *name)
{
    return functions[find(name)][0];
}

void frame_init(const struct memory_map *map)
{
    /* movl $1, %eax; ret */
    static const uint8_t code[] = {0xB8, 1, 0, 0, 0, 0xC3};
    (void)map;
    find_tables();
    memcpy((void *)address_of("ktest_check_true"), code, sizeof(code));
    memcpy((void *)address_of("ktest_check_equal"), code, sizeof(code));
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
