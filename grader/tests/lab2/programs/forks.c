/**
 * @file
 * Forks once, and compares parent and child.
 *
 * usage: forks int|sysenter|float|memory|text|heap|starve
 *
 * Parent and child check what they must have in common and what not. A child tells what it found
 * wrong by its exit status, which the parent expects to be 0. It owns its variables, twice.
 */
#include "check.h"
#include "raw.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <stdlib.h>
#include <string.h>

#define PAGE  4096u
#define WORDS 3000u

static uint32_t in_data[WORDS] = {1};
static uint32_t in_bss[WORDS];
static const uint32_t constant = 5;

/** Wait for a child. @return its exit status. */
static int status_of(int32_t child)
{
    int status = -1;
    CHECK(cairn_wait(child, &status) == child); /* the parent can wait for its child */
    return status;
}

/** Fork with known registers; both compare them afterwards. */
static void compare_registers(raw_routine *entry, bool sysenter)
{
    const struct raw_registers before = {SYS_FORK,   0x11111111, 0x22222222, 0x33333333,
                                         0x44444444, 0x55555555, 0x66666666, 0x202 | 0x8D5};
    struct raw_registers after = before;
    int32_t parent = cairn_getpid();
    entry(&after);
    int32_t child = (int32_t)after.eax;
    CHECK(child >= 0);
    CHECK(after.ebx == before.ebx && after.esi == before.esi);
    CHECK(sysenter || (after.edi == before.edi && after.ebp == before.ebp));
    CHECK(sysenter || (after.eflags & 0xCD5) == (before.eflags & 0xCD5));
    CHECK((child == 0) == (cairn_getpid() != parent));
    if (child == 0) {
        CHECK(cairn_getppid() == parent);
        cairn_exit(0);
    }
    CHECK(status_of(child) == 0);
}

/** Fork with numbers and modes in the floating-point registers. */
static void compare_float(void)
{
    const struct raw_modes modes = {0x0B7F, 0x3F80};
    struct raw_modes now = {0, 0};
    double pi = 0.0;
    raw_set_modes(&modes);
    raw_push_pi();
    int32_t child = cairn_fork();
    raw_pop(&pi);
    raw_get_modes(&now);
    CHECK(child >= 0 && now.x87 == modes.x87 && now.sse == modes.sse);
    CHECK(pi > 3.14159265 && pi < 3.14159266);
    if (child == 0) {
        cairn_exit(0);
    }
    CHECK(status_of(child) == 0);
}

static void fill(uint32_t *words, uint32_t value)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = value + i;
    }
}

static bool holds(const uint32_t *words, uint32_t value)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        if (words[i] != value + i) {
            return false;
        }
    }
    return true;
}

static void compare_memory(void)
{
    uint32_t on_stack[WORDS];
    uint32_t *heap = malloc(sizeof(on_stack));
    uint32_t *areas[] = {in_data, in_bss, on_stack, heap};
    CHECK(heap != NULL);
    for (int i = 0; i < 4; i++) {
        fill(areas[i], 1000);
    }
    int32_t child = cairn_fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)cairn_sleep(4); /* until the parent has written */
        for (int i = 0; i < 4; i++) {
            CHECK(holds(areas[i], 1000));
            fill(areas[i], 7777);
            CHECK(holds(areas[i], 7777));
        }
        uint32_t *more = malloc(sizeof(on_stack));
        CHECK(more != NULL && more != heap);
        cairn_exit(0);
    }
    for (int i = 0; i < 4; i++) {
        CHECK(holds(areas[i], 1000));
        fill(areas[i], 5555);
    }
    CHECK(status_of(child) == 0);
    for (int i = 0; i < 4; i++) {
        CHECK(holds(areas[i], 5555));
    }
}

/** Children write to code, before and after a fork; then this process must be able to go on. */
static void write_to_text(void)
{
    for (int round = 0; round < 3; round++) {
        int32_t child = cairn_fork();
        CHECK(child >= 0);
        if (child == 0) {
            volatile uint8_t *code =
                (volatile uint8_t *)(round == 0 ? (uintptr_t)write_to_text : (uintptr_t)&constant);
            *code = 0xCC;
            cairn_exit(0);
        }
        CHECK(status_of(child) == EXIT_STATUS(EXIT_FAULT, 14));
    }
}

/** Fork with a heap of more than half of the memory that is free. */
static void share_heap(void)
{
    struct memory_info info;
    CHECK(cairn_memory_info(&info) == 0);
    uint32_t pages = info.frames_free * 2 / 3;
    uintptr_t start = cairn_grow((int32_t)(pages * PAGE));
    CHECK(start < SYSCALL_ERROR_FIRST);
    for (uint32_t i = 0; i < pages; i++) {
        *(uint32_t *)(start + i * PAGE) = i;
    }
    int32_t child = cairn_fork();
    CHECK(child >= 0);
    for (uint32_t i = 0; i < pages; i++) {
        uint32_t *word = (uint32_t *)(start + i * PAGE);
        CHECK(*word == i);
        if (i % 16 == 0) {
            *word = child == 0 ? 1 : 2;
        }
    }
    if (child == 0) {
        cairn_exit(0);
    }
    CHECK(status_of(child) == 0);
    CHECK(*(uint32_t *)start == 2);
}

/** A child writes when there is no memory; it is ended, and this process goes on. */
static void starve(void)
{
    fill(in_data, 100);
    int32_t child = cairn_fork();
    CHECK(child >= 0);
    if (child == 0) {
        (void)cairn_note("take", 4);
        for (uint32_t i = 0; i < WORDS; i++) {
            in_data[i] = 0;
        }
        fill(in_bss, 1);
        cairn_exit(0);
    }
    int status = status_of(child);
    (void)cairn_note("give back", 9);
    CHECK(status == EXIT_STATUS(EXIT_FAULT, 14) && holds(in_data, 100));
    fill(in_data, 200);
    CHECK(holds(in_data, 200));
}

/** What each word means. */
static void act(const char *word)
{
    static const struct {
        const char *word;
        void (*act)(void);
    } acts[] = {
        {"float", compare_float}, {"memory", compare_memory}, {"text", write_to_text},
        {"heap", share_heap},     {"starve", starve},
    };
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(acts[i].word, word) == 0) {
            acts[i].act();
            cairn_exit(0);
        }
    }
    CHECK(false);
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    if (strcmp(argv[1], "int") == 0) {
        compare_registers(raw_int80, false);
    } else if (strcmp(argv[1], "sysenter") == 0) {
        compare_registers(raw_sysenter, true);
    } else {
        act(argv[1]);
    }
    return 0;
}
