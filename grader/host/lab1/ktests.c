/**
 * @file
 * Runs the in-kernel tests of lab 1 as a program, with sanitizers.
 *
 * It stands in for the runner of the kernel (ktest.h) and registers each test of grader/tests/lab1
 * as a host test. Tests that need a processor with paging, page faults or 1 GiB of memory are left
 * out; the list is below. Each test starts on a new machine, at the milestone that it
 * asks for. It owns the random numbers of the running test.
 */
#include "../host.h"
#include "machine.h"

#include "kernel/ktest.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/space.h"
#include "lib/random.h"
#include "lib/string.h"

#include <stdio.h>

/** More tests than there are. */
#define TESTS_MAX 200

extern const struct ktest __start_ktests[], __stop_ktests[];

/** Tests that only a machine can run; a final * stands for any ending. */
static const char *const machine_only[] = {
    "tlb_*",
    "frame_cost",
    "frame_init_large",
    "boot_*",
    "paging_null_*",
    "space_switch_*",
    "space_many",
    "space_destroy_shared_frame",
    "space_heap_window",
    "space_large_*",
    "space_destroy_current",
    "space_random_use",
    "fault_demand_zero",
    "fault_many_pages",
    "fault_after_*",
    "fault_kernel_*",
};

static struct host_test entries[TESTS_MAX];
static const struct ktest *chosen[TESTS_MAX];
static uint32_t chosen_count;
static uint32_t next;
static struct random numbers;

/** Whether a test needs a machine. */
static bool needs_machine(const char *name)
{
    for (size_t i = 0; i < COUNT(machine_only); i++) {
        size_t length = strlen(machine_only[i]);
        bool any_ending = machine_only[i][length - 1] == '*';
        if (strncmp(name, machine_only[i], any_ending ? length - 1 : length + 1) == 0) {
            return true;
        }
    }
    return false;
}

/** Run the next test; host tests run in the order in which they were registered. */
static void run_next(void)
{
    const struct ktest *test = chosen[next++];
    machine_reset();
    random_seed(&numbers, 1000 + next);
    frame_init(machine_small_map());
    if (test->milestone >= KTEST_PAGING) {
        space_init(machine_small_map());
    }
    if (test->milestone >= KTEST_HEAP) {
        heap_init();
    }
    test->run();
}

/** Register the tests that need no machine. */
__attribute__((constructor)) static void register_all(void)
{
    for (const struct ktest *test = __start_ktests; test < __stop_ktests; test++) {
        if (!needs_machine(test->name) && chosen_count < TESTS_MAX) {
            chosen[chosen_count] = test;
            entries[chosen_count] = (struct host_test){.name = test->name, .run = run_next};
            host_register(&entries[chosen_count++]);
        }
    }
}

void ktest_part(const char *name)
{
    (void)name;
}

uint32_t ktest_random(void)
{
    return random_next(&numbers);
}

uint32_t ktest_random_range(uint32_t low, uint32_t high)
{
    uint32_t width = high - low + 1;
    return width == 0 ? ktest_random() : low + ktest_random() % width;
}

bool ktest_check_true(const struct ktest_check *check, bool holds, const char *expected,
                      const char *actual)
{
    if (!holds) {
        host_fail(check->file, check->line, "%s: expected %s, got %s", check->what, expected,
                  actual);
    }
    return holds;
}

bool ktest_check_equal(const struct ktest_check *check, uint32_t actual, uint32_t expected)
{
    if (actual != expected) {
        host_fail(check->file, check->line, "%s: expected 0x%x, got 0x%x", check->what, expected,
                  actual);
    }
    return true;
}

enum misuse ktest_catch_misuse(void (*action)(void *), void *argument)
{
    return machine_catch_misuse(action, argument);
}

struct ktest_fault ktest_catch_fault(void (*action)(void *), void *argument)
{
    (void)action;
    (void)argument;
    host_fail(__FILE__, __LINE__, "a program cannot catch page faults");
}

void ktest_inspect(const char *tag, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    (void)tag;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
}
