/**
 * @file
 * Alternative for lab 3, exercise 1: handles.
 *
 * The file owns the entries of every handle table. Free entries form a chain through their
 * `rights`, so that to make, find and close a handle take constant time. The table doubles when it
 * is full. The contract is in kernel/ipc/handle.h.
 */
#include "kernel/ipc/handle.h"

#include "kernel/memory/heap.h"
#include "lib/string.h"

#include <cairn/error.h>

/*
 * The chain of free entries: `rights` of a free entry says how far the next one is from the entry
 * right behind it. So 0 stands for "the one behind me", and entries of zeros are a chain already.
 * The chain ends with the number `size`.
 */

/** The next free entry after a free one. */
static uint32_t next_free(const struct handle_table *table, uint32_t number)
{
    return number + 1 + table->entries[number].rights;
}

/** Make an entry the first of the chain. */
static void make_free(struct handle_table *table, uint32_t number)
{
    table->entries[number] = (struct handle){NULL, table->first_free - (number + 1)};
    table->first_free = number;
}

/** Make a table larger whose entries are all in use; so the chain is empty, and ends at `size`. */
static int grow(struct handle_table *table)
{
    if (table->size == HANDLES_MAX) {
        return -E_NO_SPACE;
    }
    uint32_t size = table->size == 0 ? HANDLES_FIRST : 2 * table->size;
    struct handle *entries = krealloc(table->entries, size * sizeof(*entries));
    if (entries == NULL) {
        return -E_NO_MEMORY;
    }
    memset(&entries[table->size], 0, (size - table->size) * sizeof(*entries));
    table->entries = entries;
    table->size = size;
    return 0;
}

int handle_add(struct handle_table *table, struct object *object, uint32_t rights)
{
    if (table->first_free == table->size) {
        int error = grow(table);
        if (error < 0) {
            return error;
        }
    }
    uint32_t number = table->first_free;
    table->first_free = next_free(table, number);
    table->entries[number] = (struct handle){object, rights};
    table->used++;
    return (int)number;
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    if ((uint32_t)number >= table->size || table->entries[number].object == NULL) {
        return NULL;
    }
    return &table->entries[number];
}

int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                uint32_t rights, struct object **object)
{
    const struct handle *handle = handle_get(table, number);
    if (handle == NULL || handle->object->type != type) {
        return -E_BAD_HANDLE;
    }
    if ((handle->rights & rights) != rights) {
        return -E_ACCESS;
    }
    *object = handle->object;
    return 0;
}

int handle_close(struct handle_table *table, int32_t number)
{
    const struct handle *handle = handle_get(table, number);
    if (handle == NULL) {
        return -E_BAD_HANDLE;
    }
    struct object *object = handle->object;
    make_free(table, (uint32_t)number);
    table->used--;
    object_release(object);
    return 0;
}

void handle_close_all(struct handle_table *table)
{
    struct handle_table old = *table;
    *table = (struct handle_table){0};
    for (uint32_t i = 0; i < old.size; i++) {
        if (old.entries[i].object != NULL) {
            object_release(old.entries[i].object);
        }
    }
    kfree(old.entries);
}
