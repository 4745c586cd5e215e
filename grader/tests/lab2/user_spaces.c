/**
 * @file
 * Lab 2, exercise 5: what programs see of each other: nothing.
 *
 * The page tables of living programs are walked from outside: rights of each page, frames that
 * belong to one program only. Programs at the same addresses keep their own values, in memory and
 * in the floating-point registers, however the clock cuts their time into slices.
 */
#include "user_support.h"

#include "kernel/process/elf.h"

/** Let the grader look at the segments of a program. */
static void inspect_segments(const struct process *process, const char *name)
{
    struct elf_program program;
    struct user_file file = user_file(name);
    REQUIRE_ERROR(elf_check(file.data, file.size, &program), 0, "a program is a program");
    for (uint32_t i = 0; i < program.segment_count; i++) {
        const struct elf_segment *segment = &program.segments[i];
        if (segment->file_size > 0) {
            ktest_inspect("segment", (uint32_t)process->space->directory, segment->address,
                          segment->address + segment->file_size, segment->flags & PTE_WRITE);
        }
    }
}

KTEST(user_address_spaces, KTEST_PROCESSES)
{
    struct census before = census();
    int32_t first = user_spawn("canary", NULL, NULL);
    int32_t second = user_spawn("canary", "second", NULL);
    ktest_part("before it runs");
    const struct process *process = user_process(first);
    const struct process *other = user_process(second);
    ktest_inspect("address_space", (uint32_t)process->space->directory, 0, 0, 0);
    inspect_segments(process, "canary");
    ktest_part("while it lives");
    user_sleep(25);
    ktest_inspect("address_space", (uint32_t)process->space->directory, 0, 0, 0);
    inspect_segments(process, "canary");
    ktest_part("two programs");
    ktest_inspect("no_page_in_common", (uint32_t)process->space->directory,
                  (uint32_t)other->space->directory, 0, 0);
    user_kill(first);
    user_sleep(10);
    user_kill(second);
    census_expect(&before);
}

#define PROGRAMS 6u

KTEST(user_isolation, KTEST_PROCESSES)
{
    static const char *const ways[] = {"yield", "sleep", "work"};
    static const char *const values[PROGRAMS] = {"3", "77", "1000", "4242", "555555", "9999999"};
    int32_t pids[PROGRAMS];
    struct census before = census();
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        pids[i] = user_spawn("isolate", ways[i % COUNT_OF(ways)], values[i]);
    }
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        EXPECT_SUCCESS(user_wait(pids[i]), "each program keeps its own values");
    }
    census_expect(&before);
}

KTEST(user_float, KTEST_PROCESSES)
{
    static const char *const kinds[PROGRAMS] = {"pi", "square", "vector", "pi", "vector", "mode"};
    int32_t pids[PROGRAMS];
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        pids[i] = user_spawn("float", kinds[i], NULL);
    }
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        EXPECT_SUCCESS(user_wait(pids[i]), "every program computes the right sum, bit by bit");
    }
}
