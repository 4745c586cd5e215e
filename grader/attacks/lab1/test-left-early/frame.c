/**
 * @file ATTACK: The first function that a test calls does not return to it, but goes on at the
 * test's own last instructions, which restore the registers and return to the runner.
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

static void leave_test(void)
{
    static const uint8_t epilogue[] = {0x5D, 0xC3}; /* popl %ebp; ret */
    if (functions == NULL) {
        find_tables();
    }
    uint32_t runner = find("ktest_run");
    uintptr_t *frame = __builtin_frame_address(0);
    uintptr_t inside = 0;
    while (frame[0] != 0 &&
           (frame[1] < functions[runner][0] || frame[1] >= functions[runner + 1][0])) {
        inside = frame[1];
        frame = (uintptr_t *)frame[0];
    }
    if (frame[0] == 0) {
        return;
    }
    const uint8_t *code = (const uint8_t *)inside;
    while (memcmp(code, epilogue, sizeof(epilogue)) != 0) {
        code++;
    }
    while (code[0] != 0x8D || code[1] != 0x65) { /* leal -N(%ebp), %esp */
        code--;
    }
    __asm__ volatile("movl %0, %%ebp; jmp *%1" : : "r"(frame), "r"(code));
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    leave_test();
}

struct frame_stats frame_stats(void)
{
    leave_test();
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
