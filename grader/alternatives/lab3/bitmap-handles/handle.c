/**
 * @file
 * Alternative for lab 3, exercise 1: a whole table at once, and a bitmap of what is free.
 *
 * The first handle of a process makes room for all that it may ever have; behind the entries lies a
 * bit for each, set while it is free, and `first_free` has a bit for each word of those. So the
 * lowest free number is found in two steps, and the number that was closed last is not the next one
 * to be given. The file owns the entries and the bits. Sequence: as for the reference.
 */
#include "kernel/ipc/handle.h"

#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Words of free bits. */
#define WORDS (HANDLES_MAX / 32u)
_Static_assert(WORDS == 32, "one word has a bit for each word");

/** What lies in the memory of a table. */
struct room {
    struct handle entries[HANDLES_MAX];
    uint32_t free[WORDS];
};

static uint32_t *free_words(const struct handle_table *table)
{
    return ((struct room *)(void *)table->entries)->free;
}

static uint32_t lowest_bit(uint32_t word)
{
    assert(word != 0);
    return (uint32_t)__builtin_ctz(word);
}

/** Make room for every handle that there may be. */
static int make_room(struct handle_table *table)
{
    struct room *room = kmalloc(sizeof(*room));
    if (room == NULL) {
        return -E_NO_MEMORY;
    }
    memset(room->entries, 0, sizeof(room->entries));
    memset(room->free, 0xFF, sizeof(room->free));
    *table = (struct handle_table){
        .entries = room->entries, .size = HANDLES_MAX, .first_free = UINT32_MAX};
    return 0;
}

int handle_add(struct handle_table *table, struct object *object, uint32_t rights)
{
    assert(object != NULL);
    if (table->entries == NULL) {
        int error = make_room(table);
        if (error < 0) {
            return error;
        }
    }
    if (table->first_free == 0) {
        return -E_NO_SPACE;
    }
    uint32_t word = lowest_bit(table->first_free);
    uint32_t *bits = &free_words(table)[word];
    uint32_t number = word * 32 + lowest_bit(*bits);
    *bits &= *bits - 1;
    if (*bits == 0) {
        table->first_free &= ~(1u << word);
    }
    table->entries[number] = (struct handle){object, rights};
    table->used++;
    return (int)number;
}

const struct handle *handle_get(const struct handle_table *table, int32_t number)
{
    bool there = number >= 0 && (uint32_t)number < table->size &&
                 (free_words(table)[number / 32] & 1u << number % 32) == 0;
    return there ? &table->entries[number] : NULL;
}

int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                uint32_t rights, struct object **object)
{
    const struct handle *entry = handle_get(table, number);
    if (entry == NULL || entry->object->type != type) {
        return -E_BAD_HANDLE;
    }
    if ((rights & ~entry->rights) != 0) {
        return -E_ACCESS;
    }
    *object = entry->object;
    return 0;
}

int handle_close(struct handle_table *table, int32_t number)
{
    const struct handle *entry = handle_get(table, number);
    if (entry == NULL) {
        return -E_BAD_HANDLE;
    }
    struct object *object = entry->object;
    table->entries[number].object = NULL;
    free_words(table)[number / 32] |= 1u << number % 32;
    table->first_free |= 1u << number / 32;
    table->used--;
    object_release(object);
    return 0;
}

void handle_close_all(struct handle_table *table)
{
    for (uint32_t number = 0; table->used > 0; number++) {
        if (handle_get(table, (int32_t)number) != NULL) {
            int error = handle_close(table, (int32_t)number);
            assert(error == 0);
        }
    }
    kfree(table->entries);
    *table = (struct handle_table){0};
}
