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

int handle_add(struct handle_table *table, struct object *object, uint32_t rights)
{
    // Exercise lab3.ex1 (10 points together with the functions below): an entry for the object. A
    // table of zeros is empty; krealloc() makes it larger. Do not search for a free entry.
    (void)table;
    (void)object;
    (void)rights;
    exercise_missing("lab3.ex1", __func__);
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    // Exercise lab3.ex1: the entry, if there is such a handle. Any number may come.
    (void)table;
    (void)number;
    exercise_missing("lab3.ex1", __func__);
}

int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                uint32_t rights, struct object **object)
{
    // Exercise lab3.ex1: the object, if it is what the caller needs and the handle allows it. First
    // the type, then the rights: who may do nothing must not learn more.
    (void)table;
    (void)number;
    (void)type;
    (void)rights;
    (void)object;
    exercise_missing("lab3.ex1", __func__);
}

int handle_close(struct handle_table *table, int32_t number)
{
    // Exercise lab3.ex1: the entry is free again, and its reference goes: object_release().
    (void)table;
    (void)number;
    exercise_missing("lab3.ex1", __func__);
}

void handle_close_all(struct handle_table *table)
{
    // Exercise lab3.ex1: every reference goes, then the table's own memory.
    (void)table;
    exercise_missing("lab3.ex1", __func__);
}
