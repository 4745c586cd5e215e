/**
 * @file
 * Does what any program does, in whichever ring it runs.
 *
 * usage: kernel_work args ...|exit N|spin|heap N|float N|look INSPECT TAG
 *
 * `args` expects certain arguments, `exit` passes a status on, `spin` works for ever, `heap` and
 * `float` keep values in memory and in registers while others run, and `look` calls a function of
 * the kernel, which a program in ring 0 can do. It owns the values.
 */
#include "kernel_tools.h"

#include <cairn/syscall.h>
#include <cairn_ipc.h>
#include <stdlib.h>
#include <string.h>

#define PAGE  4096u
#define WORDS (8 * PAGE / 4)

static uint32_t in_data[WORDS] = {7};
static uint32_t in_bss[WORDS];

static void expect_arguments(int argc, char *argv[])
{
    CHECK(argc == 5 && argv[argc] == NULL);
    CHECK(strcmp(argv[0], "kernel_work") == 0 && strcmp(argv[1], "args") == 0);
    CHECK(strcmp(argv[2], "") == 0 && strcmp(argv[3], "two words") == 0);
    CHECK(strcmp(argv[4], "x=1") == 0);
    struct process_info info;
    CHECK(cairn_process_info(cairn_getpid(), &info) == cairn_getpid());
    CHECK(info.mode == (cairn_kernel_services() != NULL ? PROCESS_KERNEL : PROCESS_USER));
    CHECK(info.parent == 1 && strcmp(info.name, "kernel_work") == 0);
    CHECK(cairn_kernel_services() == NULL ||
          cairn_kernel_services()->size >= sizeof(struct kernel_services));
    CHECK(interrupts_are_on());
}

/** Let others run, by turns in each way. */
static void pause(uint32_t round)
{
    if (round % 3 == 0) {
        (void)cairn_sleep(1);
    } else if (round % 3 == 1) {
        (void)cairn_yield();
    } else {
        for (volatile int i = 0; i < 20000; i++) {
        }
    }
}

static void fill(uint32_t *words, uint32_t salt)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        words[i] = salt * 0x9E3779B9u + i;
    }
}

static bool is_filled(const uint32_t *words, uint32_t salt)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < WORDS; i++) {
        wrong |= words[i] ^ (salt * 0x9E3779B9u + i);
    }
    return wrong == 0;
}

static void keep_values(uint32_t number)
{
    uint32_t *heap = (uint32_t *)cairn_grow(sizeof(in_bss));
    CHECK((uintptr_t)heap < SYSCALL_ERROR_FIRST);
    CHECK(in_data[0] == 7 && in_data[WORDS - 1] == 0);
    for (uint32_t i = 0; i < WORDS; i++) {
        CHECK(in_bss[i] == 0 && heap[i] == 0);
    }
    uint32_t *areas[] = {in_data, in_bss, heap};
    for (uint32_t i = 0; i < 3; i++) {
        fill(areas[i], number + i);
    }
    for (uint32_t round = 0; round < 12; round++) {
        pause(round);
        for (uint32_t i = 0; i < 3; i++) {
            CHECK(is_filled(areas[i], number + i));
        }
    }
    void *block = malloc(50000);
    CHECK(block != NULL);
    memset(block, 1, 50000);
    free(block);
}

static void compute(uint32_t number)
{
    volatile double start = number;
    double sum = start;
    for (uint32_t round = 0; round < 200; round++) {
        double before = sum;
        sum += 0.25;
        if (round % 20 == 0) {
            pause(round / 20);
        }
        for (volatile int i = 0; i < 200; i++) {
            sum += 0.5;
        }
        CHECK(sum == before + 100.25);
    }
    CHECK(sum == start + 200 * 100.25);
}

/** Call the function that lets the grader look at the machine. */
static void call_kernel(uint32_t function, uint32_t tag)
{
    uint32_t place = 0;
    CHECK(function != 0);
    void (*inspect)(const char *, uint32_t, uint32_t, uint32_t, uint32_t) =
        (void (*)(const char *, uint32_t, uint32_t, uint32_t, uint32_t))(uintptr_t)function;
    inspect((const char *)(uintptr_t)tag, (uint32_t)(uintptr_t)&place, 0, 0, 0);
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    uint32_t number = argc > 2 ? number_of(argv[2]) : 0;
    switch (argv[1][0]) {
    case 'a':
        expect_arguments(argc, argv);
        return 0;
    case 'e':
        return (int)number;
    case 'h':
        keep_values(number);
        return 0;
    case 'f':
        compute(number);
        return 0;
    case 'l':
        CHECK(argc == 4);
        call_kernel(number, number_of(argv[3]));
        return 0;
    default:
        for (volatile uint32_t i = 0;; i++) {
        }
    }
}
