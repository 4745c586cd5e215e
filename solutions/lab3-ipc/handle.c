/**
 * @file
 * Lab 3, exercise 1: handles.
 *
 * The file owns the entries of every handle table. To make, find and close a handle take constant
 * time; one way is a chain of free entries through their `rights`, in a table that doubles when it
 * is full. The contract is in kernel/ipc/handle.h.
 */
#include "kernel/ipc/handle.h"

#include "kernel/exercise.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab3.ex1 */
/** Make room for more handles. The new entries are chained in order of their numbers. */
static int grow(struct handle_table *table)
{
    uint32_t size = table->size == 0 ? HANDLES_FIRST : 2 * table->size;
    if (size > HANDLES_MAX) {
        return -E_NO_SPACE;
    }
    struct handle *entries = krealloc(table->entries, size * sizeof(*entries));
    if (entries == NULL) {
        return -E_NO_MEMORY;
    }
    for (uint32_t i = table->size; i < size; i++) {
        entries[i] = (struct handle){.object = NULL, .rights = i + 1};
    }
    table->entries = entries;
    table->first_free = table->size;
    table->size = size;
    return 0;
}
/* SKELETON
END SOLUTION */

int handle_add(struct handle_table *table, struct object *object, uint32_t rights)
{
    /* BEGIN SOLUTION lab3.ex1 */
    assert(object != NULL);
    if (table->used == table->size) {
        int error = grow(table);
        if (error < 0) {
            return error;
        }
    }
    uint32_t number = table->first_free;
    struct handle *entry = &table->entries[number];
    table->first_free = entry->rights;
    table->used++;
    *entry = (struct handle){.object = object, .rights = rights};
    return (int)number;
    /* SKELETON
    // Exercise lab3.ex1 (10 points together with the functions below): an entry for the object. A
    // table of zeros is empty; krealloc() makes it larger. Do not search for a free entry.
    (void)table;
    (void)object;
    (void)rights;
    exercise_missing("lab3.ex1", __func__);
    END SOLUTION */
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    /* BEGIN SOLUTION lab3.ex1 */
    if ((uint32_t)number >= table->size || table->entries[number].object == NULL) {
        return NULL;
    }
    return &table->entries[number];
    /* SKELETON
    // Exercise lab3.ex1: the entry, if there is such a handle. Any number may come.
    (void)table;
    (void)number;
    exercise_missing("lab3.ex1", __func__);
    END SOLUTION */
}

int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                uint32_t rights, struct object **object)
{
    /* BEGIN SOLUTION lab3.ex1 */
    const struct handle *entry = handle_get(table, number);
    if (entry == NULL || entry->object->type != type) {
        return -E_BAD_HANDLE;
    }
    if ((entry->rights & rights) != rights) {
        return -E_ACCESS;
    }
    *object = entry->object;
    return 0;
    /* SKELETON
    // Exercise lab3.ex1: the object, if it is what the caller needs and the handle allows it. First
    // the type, then the rights: who may do nothing must not learn more.
    (void)table;
    (void)number;
    (void)type;
    (void)rights;
    (void)object;
    exercise_missing("lab3.ex1", __func__);
    END SOLUTION */
}

int handle_close(struct handle_table *table, int32_t number)
{
    /* BEGIN SOLUTION lab3.ex1 */
    if (handle_get(table, number) == NULL) {
        return -E_BAD_HANDLE;
    }
    struct handle *entry = &table->entries[number];
    struct object *object = entry->object;
    *entry = (struct handle){.object = NULL, .rights = table->first_free};
    table->first_free = (uint32_t)number;
    table->used--;
    object_release(object);
    return 0;
    /* SKELETON
    // Exercise lab3.ex1: the entry is free again, and its reference goes: object_release().
    (void)table;
    (void)number;
    exercise_missing("lab3.ex1", __func__);
    END SOLUTION */
}

void handle_close_all(struct handle_table *table)
{
    /* BEGIN SOLUTION lab3.ex1 */
    for (uint32_t i = 0; i < table->size; i++) {
        if (table->entries[i].object != NULL) {
            object_release(table->entries[i].object);
        }
    }
    kfree(table->entries);
    memset(table, 0, sizeof(*table));
    /* SKELETON
    // Exercise lab3.ex1: every reference goes, then the table's own memory.
    (void)table;
    exercise_missing("lab3.ex1", __func__);
    END SOLUTION */
}
