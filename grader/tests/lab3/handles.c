/**
 * @file
 * Lab 3, exercise 1: what handles are and what they hold.
 *
 * Tables of handles are filled by the test, without a process. Objects whose last reference must
 * not go lie in this file, others in the heap; object_count() and the heap tell what was destroyed.
 */
#include "object_support.h"

#include "kernel/ipc/handle.h"

#include <cairn/message.h>

#define OBJECTS 40u

static struct object objects[OBJECTS];

/** Give a handle a reference of its own. @return its number; failure ends the run. */
static int32_t add(struct handle_table *table, struct object *object, uint32_t rights)
{
    object_retain(object);
    int32_t number = handle_add(table, object, rights);
    REQUIRE(number >= 0, "a handle has a number, at least 0");
    return number;
}

/** The rights of the handle at a place. */
static uint32_t rights_at(uint32_t place)
{
    return (place * 7 + 3) & RIGHTS_ALL;
}

/** Check that a number names an object. */
static void expect_names(const struct handle_table *table, int32_t number,
                         const struct object *object, uint32_t rights)
{
    struct object *found = NULL;
    const struct handle *handle = handle_get(table, number);
    REQUIRE(handle != NULL, "handle_get() finds every handle");
    EXPECT(handle->object == object, "a number names the object for which it was made");
    EXPECT_EQUAL(handle->rights, rights, "a handle has the rights with which it was made");
    EXPECT_RESULT(handle_find(table, number, OBJECT_PLAIN, rights, &found), 0,
                  "handle_find() finds an object of the type, with all rights of the handle");
    EXPECT(found == object, "handle_find() tells the object");
}

/** Check that a number names nothing. */
static void expect_nothing(struct handle_table *table, int32_t number)
{
    struct object *found = NULL;
    EXPECT(handle_get(table, number) == NULL, "handle_get() returns NULL for any other number");
    EXPECT_RESULT(handle_find(table, number, OBJECT_PLAIN, 0, &found), -E_BAD_HANDLE,
                  "handle_find() refuses any other number");
    EXPECT_RESULT(handle_close(table, number), -E_BAD_HANDLE,
                  "handle_close() refuses any other number");
}

/** Check that numbers that were never given name nothing. */
static void expect_no_others(struct handle_table *table)
{
    static const int32_t numbers[] = {
        HANDLE_NONE,          -2,     -8,         INT32_MIN,           INT32_MAX, INT32_MIN + 4,
        (int32_t)HANDLES_MAX, 100000, 0x10000000, (int32_t)0xE0000000u};
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        expect_nothing(table, numbers[i]);
    }
    for (uint32_t i = 0; i <= table->size + 1; i++) {
        if (i >= table->size || table->entries[i].object == NULL) {
            expect_nothing(table, (int32_t)i);
        }
    }
}

KTEST(handle_numbers, KTEST_PROCESSES)
{
    struct handle_table table = {0};
    struct handle_table other = {0};
    int32_t numbers[OBJECTS];
    object_begin_all(objects, OBJECTS);

    ktest_part("each handle has a number of its own");
    for (uint32_t i = 0; i < OBJECTS; i++) {
        numbers[i] = add(&table, &objects[i], rights_at(i));
        EXPECT_EQUAL(table.used, i + 1, "the handles are counted");
    }
    for (uint32_t i = 0; i < OBJECTS; i++) {
        expect_names(&table, numbers[i], &objects[i], rights_at(i));
    }
    ktest_part("a table knows nothing of another's handles");
    expect_nothing(&other, numbers[0]);
    int32_t number = add(&other, &objects[1], RIGHT_SEND);
    expect_names(&other, number, &objects[1], RIGHT_SEND);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        expect_names(&table, numbers[i], &objects[i], rights_at(i));
    }
    ktest_part("numbers that name nothing");
    expect_no_others(&other);
    EXPECT_RESULT(handle_close(&other, number), 0, "a handle can be closed");
    expect_nothing(&other, number);
    expect_no_others(&other);
    expect_no_others(&(struct handle_table){0});
    EXPECT_EQUAL(table.used, OBJECTS, "a number that names nothing changes nothing");
    handle_close_all(&table);
    handle_close_all(&other);
    object_end_all(objects, OBJECTS);
}

KTEST(handle_errors, KTEST_PROCESSES)
{
    struct handle_table table = {0};
    struct object *found = NULL;
    object_begin_all(objects, 2);
    ktest_part("every right that is needed must be there");
    for (uint32_t held = 0; held <= RIGHTS_ALL; held++) {
        int32_t number = add(&table, &objects[0], held);
        for (uint32_t needed = 0; needed <= RIGHTS_ALL; needed++) {
            EXPECT_RESULT(handle_find(&table, number, OBJECT_PLAIN, needed, &found),
                          (held & needed) == needed ? 0 : -E_ACCESS,
                          "-E_ACCESS if a right is missing, and only then");
        }
        EXPECT_RESULT(handle_close(&table, number), 0, "a handle can be closed");
    }
    ktest_part("the object must be of the type that is needed");
    static const enum object_type types[] = {OBJECT_ENDPOINT, OBJECT_NOTIFICATION, OBJECT_MEMORY};
    for (uint32_t is = 0; is < COUNT_OF(types); is++) {
        objects[1].type = types[is];
        int32_t number = add(&table, &objects[1], RIGHTS_ALL);
        for (uint32_t wanted = 0; wanted < COUNT_OF(types); wanted++) {
            EXPECT_RESULT(handle_find(&table, number, types[wanted], RIGHT_SEND, &found),
                          is == wanted ? 0 : -E_BAD_HANDLE,
                          "-E_BAD_HANDLE if the object is of another type, and only then");
        }
        EXPECT_RESULT(handle_close(&table, number), 0, "a handle can be closed");
    }
    ktest_part("first the type, then the rights");
    objects[1].type = OBJECT_MEMORY;
    int32_t number = add(&table, &objects[1], RIGHT_READ);
    EXPECT_RESULT(handle_find(&table, number, OBJECT_ENDPOINT, RIGHT_SEND, &found), -E_BAD_HANDLE,
                  "-E_BAD_HANDLE if the type is wrong and a right is missing, too");
    EXPECT_RESULT(handle_find(&table, number, OBJECT_MEMORY, RIGHT_WRITE, &found), -E_ACCESS,
                  "-E_ACCESS if only a right is missing");
    handle_close_all(&table);
    object_end_all(objects, 2);
}

KTEST(handle_references, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct handle_table table = {0};
    struct object *object = object_make();
    struct object *found = NULL;

    ktest_part("the caller's reference goes over to the handle");
    object_retain(object);
    int32_t first = handle_add(&table, object, RIGHT_SEND);
    EXPECT_EQUAL(object->references, 2, "handle_add() takes over a reference, and no other one");
    object_retain(object);
    int32_t second = handle_add(&table, object, RIGHT_RECEIVE);
    EXPECT_EQUAL(object->references, 3, "two handles of one object have two references");
    (void)handle_get(&table, first);
    EXPECT_RESULT(handle_find(&table, first, OBJECT_PLAIN, RIGHT_SEND, &found), 0,
                  "a handle is found");
    EXPECT_EQUAL(object->references, 3, "who looks at a handle gets no reference");

    ktest_part("a handle that is closed gives its reference back");
    EXPECT_RESULT(handle_close(&table, first), 0, "a handle can be closed");
    EXPECT_EQUAL(object->references, 2,
                 "a handle that is closed gives its own reference back, and no other");
    EXPECT_RESULT(handle_close(&table, first), -E_BAD_HANDLE, "a handle can be closed once");
    EXPECT_EQUAL(object->references, 2, "an error changes nothing");
    expect_names(&table, second, object, RIGHT_RECEIVE);
    object_release(object);
    EXPECT_EQUAL(object_count(), before.objects + 1, "an object lives as long as a handle");
    EXPECT_RESULT(handle_close(&table, second), 0, "a handle can be closed");
    EXPECT_EQUAL(object_count(), before.objects, "the last reference destroys the object");
    handle_close_all(&table);
    object_census_expect(&before);
}

KTEST(handle_reuse, KTEST_PROCESSES)
{
    struct handle_table table = {0};
    int32_t numbers[5];
    object_begin_all(objects, OBJECTS);
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        numbers[i] = add(&table, &objects[i], RIGHT_SEND);
    }
    ktest_part("entries are used again, so that the table need not grow");
    uint32_t size = table.size;
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t place = ktest_random_range(0, COUNT_OF(numbers) - 1);
        struct object *object = &objects[ktest_random_range(0, OBJECTS - 1)];
        uint32_t rights = ktest_random() & RIGHTS_ALL;
        REQUIRE_RESULT(handle_close(&table, numbers[place]), 0, "a handle can be closed");
        EXPECT(handle_get(&table, numbers[place]) == NULL, "a closed handle is not found");
        numbers[place] = add(&table, object, rights);
        expect_names(&table, numbers[place], object, rights);
    }
    EXPECT_EQUAL(table.used, COUNT_OF(numbers), "the handles are counted");
    EXPECT_EQUAL(table.size, size, "the table is as large as before");

    ktest_part("whatever the order in which handles are closed");
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        REQUIRE_RESULT(handle_close(&table, numbers[4 - i]), 0, "a handle can be closed");
    }
    EXPECT_EQUAL(table.used, 0, "no handle is left");
    for (uint32_t i = 0; i < size; i++) {
        (void)add(&table, &objects[i % OBJECTS], RIGHT_SEND);
    }
    EXPECT_EQUAL(table.size, size, "as many handles as there are entries fit");
    handle_close_all(&table);
    object_end_all(objects, OBJECTS);
}

KTEST(handle_close_all, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct handle_table table = {0};
    object_begin_all(objects, OBJECTS);

    ktest_part("every reference goes, and the table's memory");
    for (uint32_t i = 0; i < OBJECTS; i++) {
        (void)add(&table, &objects[i], RIGHT_SEND);
        struct object *gone = object_make();
        REQUIRE(handle_add(&table, gone, RIGHT_SEND) >= 0, "a handle can be made");
    }
    handle_close_all(&table);
    object_end_all(objects, OBJECTS);
    object_census_expect(&before);

    ktest_part("a table with gaps");
    int32_t numbers[OBJECTS];
    object_begin_all(objects, OBJECTS);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        numbers[i] = add(&table, &objects[i], RIGHT_SEND);
    }
    for (uint32_t i = 0; i < OBJECTS; i++) {
        if (i % 3 != 2) {
            REQUIRE_RESULT(handle_close(&table, numbers[i]), 0, "a handle can be closed");
        }
    }
    handle_close_all(&table);
    object_end_all(objects, OBJECTS);
    object_census_expect(&before);

    ktest_part("afterwards the table is empty, and can be used again");
    EXPECT_EQUAL(table.used, 0, "no handle is left");
    expect_no_others(&table);
    handle_close_all(&table);
    object_begin_all(objects, OBJECTS);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        expect_names(&table, add(&table, &objects[i], rights_at(i)), &objects[i], rights_at(i));
    }
    handle_close_all(&table);
    object_end_all(objects, OBJECTS);
    object_census_expect(&before);
}
