/**
 * @file
 * Alternative for lab 3, exercise 1: handles.
 *
 * The file owns the entries of every handle table. Free entries form a chain: `first_free` is the
 * number of its head, and the `rights` of a free entry say how far behind its right neighbour the
 * next one lies. So an entry of zeros is followed by its neighbour, fresh memory is a chain as soon
 * as it is zeroed, and the chain always ends with the number `size`, which is no entry (yet). The
 * contract is in kernel/ipc/handle.h.
 */
#include "kernel/ipc/handle.h"

#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** The free entry behind a free entry; the table's size at the end. The difference may wrap. */
static uint32_t next_free(const struct handle_table *table, uint32_t number)
{
    return number + 1 + table->entries[number].rights;
}

/** Put an entry at the head of the chain. */
static void make_free(struct handle_table *table, uint32_t number)
{
    table->entries[number] = (struct handle){NULL, table->first_free - (number + 1)};
    table->first_free = number;
}

/** Make a table without free entries larger; its end of the chain becomes the first new entry. */
static int grow(struct handle_table *table)
{
    assert(table->first_free == table->size && table->used == table->size);
    if (table->size == HANDLES_MAX) {
        return -E_NO_SPACE;
    }
    uint32_t size = table->size == 0 ? HANDLES_FIRST : 2 * table->size;
    if (size > HANDLES_MAX) {
        size = HANDLES_MAX;
    }
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
    assert(object != NULL && object->references > 0);
    if (table->first_free == table->size) {
        int error = grow(table);
        if (error < 0) {
            return error;
        }
    }
    uint32_t number = table->first_free;
    assert(number < table->size && table->entries[number].object == NULL);
    table->first_free = next_free(table, number);
    table->entries[number] = (struct handle){object, rights};
    table->used++;
    return (int)number;
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    /* As an unsigned number, a negative one is larger than every table. */
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
    if ((rights & ~handle->rights) != 0) {
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
    object_release(object); /* last: it may destroy the object */
    return 0;
}

void handle_close_all(struct handle_table *table)
{
    /* The table is empty before the first object goes, so nobody can meet a half of it. */
    const struct handle_table old = *table;
    *table = (struct handle_table){0};
    for (uint32_t i = 0; i < old.size; i++) {
        if (old.entries[i].object != NULL) {
            object_release(old.entries[i].object);
        }
    }
    kfree(old.entries);
}
