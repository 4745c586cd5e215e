/**
 * @file
 * Tests of the solution of lab 3, exercise 1, as a program with sanitizers.
 *
 * The code under test is included here, with a heap that is the host's, so that the sanitizer sees
 * every access to a table that has moved or gone. Objects are entries of an array; what they count
 * is compared with a model: which number names which object, with which rights. The file owns the
 * model and the random numbers, whose seed is fixed.
 */
#define krealloc       handle_test_krealloc
#define kfree          handle_test_kfree
#define object_release handle_test_object_release
#include "../../../solutions/lab3-ipc/handle.c"

#include "../host.h"
#include "lib/random.h"

#include <cairn/message.h>

#include <stdlib.h>

/** Objects that there are. */
#define OBJECTS 20u

static struct object objects[OBJECTS];
/** What each number names; the object is NULL if there is no such handle. */
static struct handle model[HANDLES_MAX];
static uint32_t model_count;
static struct handle_table table;
static bool memory_is_short;
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

void *krealloc(void *memory, size_t size)
{
    return memory_is_short ? NULL : realloc(memory, size);
}

void kfree(void *memory)
{
    free(memory);
}

void object_release(struct object *object)
{
    CHECK(object->references > 1); /* one is the test's */
    object->references--;
}

/** Begin with an empty table. */
static void start(uint32_t seed)
{
    random_seed(&numbers, seed);
    memset(&table, 0, sizeof(table));
    memset(model, 0, sizeof(model));
    model_count = 0;
    memory_is_short = false;
    for (uint32_t i = 0; i < OBJECTS; i++) {
        objects[i] = (struct object){.type = i % 3, .references = 1};
    }
}

/** Make a handle, and note it in the model. @return its number, or an error. */
static int add(void)
{
    struct object *object = &objects[below(OBJECTS)];
    const uint32_t rights = below(RIGHTS_ALL + 1);
    object->references++;
    int number = handle_add(&table, object, rights);
    if (number < 0) {
        object->references--;
        return number;
    }
    CHECK((uint32_t)number < HANDLES_MAX && model[number].object == NULL);
    model[number] = (struct handle){object, rights};
    model_count++;
    return number;
}

/** Close a handle, or try to. */
static void close_number(int32_t number)
{
    const bool exists = (uint32_t)number < HANDLES_MAX && model[number].object != NULL;
    CHECK_EQUAL(handle_close(&table, number), exists ? 0 : -E_BAD_HANDLE);
    if (exists) {
        model[number].object = NULL;
        model_count--;
    }
}

/** Look a number up in every way. */
static void look(int32_t number)
{
    const struct handle *expected = (uint32_t)number < HANDLES_MAX ? &model[number] : NULL;
    const bool exists = expected != NULL && expected->object != NULL;
    const struct handle *entry = handle_get(&table, number);
    CHECK_EQUAL(entry != NULL, exists);
    CHECK(!exists || (entry->object == expected->object && entry->rights == expected->rights));
    for (uint32_t type = 0; type < 3; type++) {
        const uint32_t rights = below(RIGHTS_ALL + 1);
        struct object *object = NULL;
        int error = handle_find(&table, number, type, rights, &object);
        if (!exists || expected->object->type != type) {
            CHECK_EQUAL(error, -E_BAD_HANDLE);
        } else {
            CHECK_EQUAL(error, (expected->rights & rights) == rights ? 0 : -E_ACCESS);
            CHECK(error < 0 || object == expected->object);
        }
    }
}

/** A number that may be a handle, or anything else. */
static int32_t any_number(void)
{
    return below(10) == 0 ? (int32_t)random_next(&numbers) : (int32_t)below(table.size + 8) - 4;
}

/** Every object must have as many references as there are handles to it, and the test's. */
static void check_references(void)
{
    uint32_t counts[OBJECTS] = {0};
    for (uint32_t i = 0; i < HANDLES_MAX; i++) {
        if (model[i].object != NULL) {
            counts[model[i].object - objects]++;
        }
    }
    for (uint32_t i = 0; i < OBJECTS; i++) {
        CHECK_EQUAL(objects[i].references, counts[i] + 1);
    }
}

HOST_TEST(handles_at_random)
{
    start(1);
    for (uint32_t round = 0; round < 60000; round++) {
        const uint32_t wanted = round / 2000 * 37 % HANDLES_MAX;
        memory_is_short = below(8) == 0;
        if (below(100) < (model_count < wanted ? 70u : 30u)) {
            int number = add();
            CHECK(number >= 0 || (number == -E_NO_SPACE && model_count == HANDLES_MAX) ||
                  (number == -E_NO_MEMORY && memory_is_short));
        } else {
            close_number(any_number());
        }
        look(any_number());
    }
    check_references();
    handle_close_all(&table);
    memset(model, 0, sizeof(model));
    check_references();
}

HOST_TEST(handles_have_a_largest_number)
{
    start(2);
    for (uint32_t i = 0; i < HANDLES_MAX; i++) {
        CHECK(add() >= 0);
    }
    CHECK_EQUAL(add(), -E_NO_SPACE);
    close_number(700);
    CHECK_EQUAL(add(), 700);
    CHECK_EQUAL(add(), -E_NO_SPACE);
    check_references();
    handle_close_all(&table);
    CHECK(table.size == 0 && table.used == 0 && table.entries == NULL);
}

HOST_TEST(handles_of_an_empty_table)
{
    start(3);
    for (int32_t number = -3; number < 3; number++) {
        look(number);
        close_number(number);
    }
    handle_close_all(&table);
    memory_is_short = true;
    CHECK_EQUAL(add(), -E_NO_MEMORY);
    look(0);
    memory_is_short = false;
    CHECK(add() >= 0); /* a table can be used again */
    handle_close_all(&table);
}
