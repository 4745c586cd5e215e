/**
 * @file
 * Lab 3, exercise 1: tables that are full, memory that is used up, and what a handle costs.
 *
 * After an error nothing may have changed: the test compares references, counts and every handle
 * with what there was before. Costs are measured in a small table and in one that is nearly full.
 */
#include "object_support.h"

#include "kernel/ipc/handle.h"

#include <cairn/message.h>

static struct object objects[HANDLES_MAX];
static int32_t numbers[HANDLES_MAX];

/** Add handles until the table refuses one. @return the error; the handles are in `numbers`. */
static int fill(struct handle_table *table, uint32_t *count)
{
    for (;;) {
        REQUIRE(*count <= HANDLES_MAX, "a process has HANDLES_MAX handles, at most");
        struct object *object = &objects[*count % HANDLES_MAX];
        object_retain(object);
        int number = handle_add(table, object, RIGHT_SEND);
        if (number < 0) {
            EXPECT_EQUAL(object->references, *count < HANDLES_MAX ? 2 : 3,
                         "after an error, the reference is still the caller's");
            object_release(object);
            return number;
        }
        REQUIRE(*count < HANDLES_MAX, "a process has HANDLES_MAX handles, at most");
        numbers[*count] = number;
        ++*count;
    }
}

/** Check that all handles are what they were made for. */
static void expect_all(const struct handle_table *table, uint32_t count)
{
    EXPECT_EQUAL(table->used, count, "the handles are counted");
    for (uint32_t i = 0; i < count; i++) {
        const struct handle *handle = handle_get(table, numbers[i]);
        REQUIRE(handle != NULL, "every handle is still there");
        REQUIRE(handle->object == &objects[i], "every handle still names its object");
        REQUIRE_EQUAL(objects[i].references, 2, "every handle has one reference");
    }
}

KTEST(handle_limit, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct handle_table table = {0};
    uint32_t count = 0;
    object_begin_all(objects, HANDLES_MAX);

    ktest_part("there is room for HANDLES_MAX handles");
    EXPECT_RESULT(fill(&table, &count), -E_NO_SPACE, "-E_NO_SPACE if there are HANDLES_MAX");
    EXPECT_EQUAL(count, HANDLES_MAX, "HANDLES_MAX handles fit");
    ktest_part("after an error nothing has changed");
    struct object_census full = object_census();
    EXPECT_RESULT(fill(&table, &count), -E_NO_SPACE, "a full table stays full");
    expect_all(&table, count);
    object_census_expect(&full);
    ktest_part("a handle that is closed makes room for one");
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t place = ktest_random_range(0, HANDLES_MAX - 1);
        REQUIRE_RESULT(handle_close(&table, numbers[place]), 0, "a handle can be closed");
        EXPECT_EQUAL(objects[place].references, 1,
                     "a handle that is closed gives its reference back");
        object_retain(&objects[place]);
        numbers[place] = handle_add(&table, &objects[place], RIGHT_SEND);
        REQUIRE(numbers[place] >= 0, "there is room for one handle");
        EXPECT_RESULT(fill(&table, &count), -E_NO_SPACE, "there is no room for another one");
    }
    expect_all(&table, count);
    object_census_expect(&full);
    handle_close_all(&table);
    object_end_all(objects, HANDLES_MAX);
    object_census_expect(&before);
}

KTEST(handle_no_memory, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct handle_table table = {0};
    uint32_t count = 0;
    object_begin_all(objects, HANDLES_MAX);
    struct object_census empty = object_census();

    ktest_part("no memory for the first handle");
    support_take_memory();
    EXPECT_RESULT(fill(&table, &count), -E_NO_MEMORY, "-E_NO_MEMORY if memory is short");
    EXPECT_EQUAL(count, 0, "an empty table has no room without memory");
    expect_all(&table, 0);
    EXPECT(handle_get(&table, 0) == NULL, "there is no handle");
    support_return_memory();
    handle_close_all(&table);
    object_census_expect(&empty);

    ktest_part("no memory for more handles");
    for (uint32_t round = 0; round < 4 && count < HANDLES_MAX; round++) {
        object_retain(&objects[count]);
        numbers[count] = handle_add(&table, &objects[count], RIGHT_SEND);
        REQUIRE(numbers[count] >= 0, "a handle can be made");
        count++;
        support_take_memory();
        int error = fill(&table, &count);
        EXPECT_RESULT(error, count == HANDLES_MAX ? -E_NO_SPACE : -E_NO_MEMORY,
                      "-E_NO_MEMORY if memory is short");
        expect_all(&table, count);
        support_return_memory();
        expect_all(&table, count);
    }
    ktest_part("with memory, it goes on");
    EXPECT_RESULT(fill(&table, &count), -E_NO_SPACE, "all handles fit now");
    EXPECT_EQUAL(count, HANDLES_MAX, "all handles fit now");
    expect_all(&table, count);
    handle_close_all(&table);
    object_end_all(objects, HANDLES_MAX);
    object_census_expect(&before);
}

/** What operations on a table cost. */
struct costs {
    uint32_t add;
    uint32_t find;
    uint32_t close;
};

/** Measure in a table with @p count handles; another one is made and closed. */
static struct costs measure(uint32_t count)
{
    struct handle_table table = {0};
    struct object *found = NULL;
    uint32_t adds[OBJECT_SAMPLES];
    uint32_t finds[OBJECT_SAMPLES];
    uint32_t closes[OBJECT_SAMPLES];
    for (uint32_t i = 0; i < count; i++) {
        object_retain(&objects[i]);
        numbers[i] = handle_add(&table, &objects[i], RIGHT_SEND);
    }
    for (uint32_t i = 0; i < OBJECT_SAMPLES; i++) {
        uint32_t place = (i + 1) * (count - 1) / OBJECT_SAMPLES;
        uint64_t start = cpu_timestamp();
        EXPECT_RESULT(handle_find(&table, numbers[place], OBJECT_PLAIN, RIGHT_SEND, &found), 0,
                      "a handle is found");
        finds[i] = (uint32_t)(cpu_timestamp() - start);
        start = cpu_timestamp();
        EXPECT_RESULT(handle_close(&table, numbers[place]), 0, "a handle can be closed");
        closes[i] = (uint32_t)(cpu_timestamp() - start);
        object_retain(&objects[place]);
        start = cpu_timestamp();
        numbers[place] = handle_add(&table, &objects[place], RIGHT_SEND);
        adds[i] = (uint32_t)(cpu_timestamp() - start);
    }
    handle_close_all(&table);
    return (struct costs){.add = ktest_median(adds, OBJECT_SAMPLES),
                          .find = ktest_median(finds, OBJECT_SAMPLES),
                          .close = ktest_median(closes, OBJECT_SAMPLES)};
}

KTEST(handle_costs, KTEST_PROCESSES)
{
    object_begin_all(objects, HANDLES_MAX);
    struct costs few = measure(10);
    struct costs many = measure(1000);
    OBJECT_SAME_COST(few.add, many.add, "to make a handle costs as much among 1,000 as among 10");
    OBJECT_SAME_COST(few.find, many.find, "to find a handle costs as much among 1,000 as among 10");
    OBJECT_SAME_COST(few.close, many.close,
                     "to close a handle costs as much among 1,000 as among 10");
    object_end_all(objects, HANDLES_MAX);
}
