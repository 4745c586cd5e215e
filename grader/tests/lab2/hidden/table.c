/**
 * @file
 * Lab 2, exercise 1, a hidden test: random use of the process table, compared with a model.
 *
 * Processes are created and released in random order, sometimes while memory is short. The model
 * knows which processes there are; after each step the table is asked for one of them, for one that
 * is gone, and for a number that means nothing.
 */
#include "../table.h"

#include "../support.h"

#define PLACES 64u

/** The model: processes that are there, and pids that were the last ones in their places. */
static struct process *present[PLACES];
static int32_t gone[PLACES];

/** Create a process at a place, with as many frames as there may be. */
static void step_create(uint32_t place, bool short_of_memory)
{
    struct hoard hoard = {0};
    struct process *process = NULL;
    if (short_of_memory) {
        hoard_take_all(&hoard);
        hoard_release(&hoard, ktest_random_range(0, 3));
    }
    int error = process_create("random", PROCESS_KERNEL, &process);
    hoard_release_all(&hoard);
    EXPECT(error == 0 || (error == -E_NO_MEMORY && short_of_memory),
           "process_create() fails only if memory is short");
    if (error == 0) {
        present[place] = process;
    }
}

/** Check the table against the model at a random place. */
static void step_check(uint32_t count)
{
    uint32_t place = ktest_random_range(0, PLACES - 1);
    const struct process *process = present[place];
    int32_t any = (int32_t)ktest_random();
    if (process != NULL) {
        EXPECT(process_find(process->pid) == process, "a process is found by its pid");
        EXPECT_EQUAL(process->state, PROCESS_NEW, "nothing has happened to it");
    }
    if (gone[place] != 0) {
        EXPECT(process_find(gone[place]) == NULL, "a process that is gone is not found");
    }
    const struct process *found = process_find(any);
    EXPECT(found == NULL || found->pid == any, "any other number finds nothing");
    EXPECT_EQUAL(process_count(), count, "the processes are counted");
}

KTEST(table_random_use, KTEST_HEAP)
{
    table_begin();
    uint32_t count = process_count();
    process_release(create("first"));
    struct census before = census();
    for (uint32_t i = 0; i < 900; i++) {
        uint32_t place = ktest_random_range(0, PLACES - 1);
        if (present[place] == NULL) {
            step_create(place, i % 100 == 0);
            count += present[place] != NULL;
        } else {
            gone[place] = present[place]->pid;
            process_release(present[place]);
            present[place] = NULL;
            count--;
        }
        step_check(count);
    }
    for (uint32_t i = 0; i < PLACES; i++) {
        if (present[i] != NULL) {
            process_release(present[i]);
        }
    }
    census_expect(&before);
}
