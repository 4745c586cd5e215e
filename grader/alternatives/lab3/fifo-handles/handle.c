/**
 * @file
 * Alternative for lab 3, exercise 1: free entries in a queue, the table growing bit by bit.
 *
 * The free entries of a table are chained through their `rights` from the one that has been free
 * the longest to the newest; `first_free` holds both ends of the chain. So a number that was closed
 * comes back as late as possible, and a program that goes on using it is found out. The table grows
 * by the same number of entries each time. The file owns the entries. Sequence: as for the
 * reference.
 */
#include "kernel/ipc/handle.h"

#include "kernel/memory/heap.h"
#include "kernel/panic.h"

#include <cairn/error.h>

/** Entries by which a table grows. */
#define STEP 64u
_Static_assert(HANDLES_MAX % STEP == 0 && HANDLES_MAX < 0x10000, "an end fits into 16 bits");

/** The chain of free entries; undefined while there is none. */
struct chain {
    uint32_t first;
    uint32_t last;
};

static struct chain chain_of(const struct handle_table *table)
{
    return (struct chain){table->first_free & 0xFFFF, table->first_free >> 16};
}

static void set_chain(struct handle_table *table, struct chain chain)
{
    table->first_free = chain.last << 16 | chain.first;
}

/** Add STEP entries, and chain them. No entry was free before. */
static int grow(struct handle_table *table)
{
    uint32_t size = table->size + STEP;
    if (size > HANDLES_MAX) {
        return -E_NO_SPACE;
    }
    struct handle *entries = kmalloc(size * sizeof(*entries));
    if (entries == NULL) {
        return -E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < size; i++) {
        entries[i] = i < table->size ? table->entries[i] : (struct handle){NULL, i + 1};
    }
    kfree(table->entries);
    set_chain(table, (struct chain){table->size, size - 1});
    table->entries = entries;
    table->size = size;
    return 0;
}

int handle_add(struct handle_table *table, struct object *object, uint32_t rights)
{
    assert(object != NULL);
    int error = table->used == table->size ? grow(table) : 0;
    if (error < 0) {
        return error;
    }
    struct chain chain = chain_of(table);
    struct handle *entry = &table->entries[chain.first];
    int number = (int)chain.first;
    chain.first = entry->rights;
    set_chain(table, chain);
    entry->object = object;
    entry->rights = rights;
    table->used++;
    return number;
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    if (number < 0 || number >= (int32_t)table->size) {
        return NULL;
    }
    const struct handle *entry = table->entries + number;
    return entry->object != NULL ? entry : NULL;
}

int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                uint32_t rights, struct object **object)
{
    const struct handle *entry = handle_get(table, number);
    if (entry == NULL || entry->object->type != type) {
        return -E_BAD_HANDLE;
    }
    if ((entry->rights & rights) != rights) {
        return -E_ACCESS;
    }
    *object = entry->object;
    return 0;
}

int handle_close(struct handle_table *table, int32_t number)
{
    if (handle_get(table, number) == NULL) {
        return -E_BAD_HANDLE;
    }
    struct object *object = table->entries[number].object;
    table->entries[number].object = NULL;
    struct chain chain = chain_of(table);
    if (table->used == table->size) {
        chain.first = (uint32_t)number;
    } else {
        table->entries[chain.last].rights = (uint32_t)number;
    }
    chain.last = (uint32_t)number;
    set_chain(table, chain);
    table->used--;
    object_release(object);
    return 0;
}

void handle_close_all(struct handle_table *table)
{
    for (uint32_t i = table->size; i-- > 0;) {
        if (table->entries[i].object != NULL) {
            object_release(table->entries[i].object);
        }
    }
    kfree(table->entries);
    *table = (struct handle_table){.entries = NULL};
}
