/**
 * @file
 * Lab 3, exercise 5: the namespace.
 *
 * The file owns all names. A hash table is one way to keep them: name_parse() gives the hashes of
 * all prefixes under which a name may be found, in one pass; the longest is tried first. An alias
 * is an entry like any other, with a text in place of an endpoint. The contract is in
 * kernel/ipc/name.h.
 */
#include "kernel/ipc/name.h"

#include "kernel/exercise.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab3.ex5 */
/** Names that an empty table has room for. */
#define FIRST_ROOM 64u
/** A name, or an alias. */
struct name {
    struct name *next; /**< In its bucket. */
    uint32_t hash;
    struct endpoint *endpoint; /**< With a reference; NULL: it is an alias. */
    struct process *owner;
    struct list_link owner_link; /**< Among the owner's names. */
    uint32_t number;             /**< Where it is in by_number. */
    uint32_t length;             /**< Of the name, without a separator at its end. */
    uint32_t listed;             /**< The same; but a scheme is listed with its ':'. */
    uint32_t target_length;      /**< Of the alias's target, which lies behind the name. */
    char text[];
};

static struct name **buckets; /**< By hash. */
/** A name keeps its number, whatever becomes of others; NULL: the number is free. */
static struct name **by_number;
static uint32_t room;       /**< Buckets, and numbers; a power of two. */
static uint32_t first_free; /**< No number below is free. */
static uint32_t names;

/** The link to a name in its bucket; it is NULL if there is no such name. */
static struct name **find_link(const char *text, uint32_t length, uint32_t hash)
{
    struct name **link = &buckets[hash & (room - 1)];
    while (*link != NULL && ((*link)->hash != hash || (*link)->length != length ||
                             memcmp((*link)->text, text, length) != 0)) {
        link = &(*link)->next;
    }
    return link;
}

/** The name that a parsed text is, or its longest prefix that is one; NULL. */
static struct name *find_longest(const char *text, const struct name_path *path)
{
    for (uint32_t i = path->count; i-- > 0;) {
        struct name *name = *find_link(text, path->prefixes[i].length, path->prefixes[i].hash);
        if (name != NULL) {
            return name;
        }
    }
    return NULL;
}

/** Make the tables, without names. */
static int make_tables(uint32_t size)
{
    struct name **memory = kmalloc(2 * size * sizeof(struct name *));
    if (memory == NULL) {
        return -E_NO_MEMORY;
    }
    memset(memory, 0, 2 * size * sizeof(struct name *));
    buckets = memory;
    by_number = memory + size;
    room = size;
    return 0;
}

/** Enter a name in its bucket, and under its number. */
static void insert(struct name *name)
{
    struct name **bucket = &buckets[name->hash & (room - 1)];
    name->next = *bucket;
    *bucket = name;
    by_number[name->number] = name;
}

/** Double the tables when they are full. */
static int make_room(void)
{
    struct name **old = buckets;
    if (names < room) {
        return 0;
    }
    int error = make_tables(2 * room);
    for (uint32_t i = 0; error == 0 && i < names; i++) {
        insert(old[names + i]); /* all numbers were in use */
    }
    if (error == 0) {
        kfree(old);
    }
    return error;
}

/** Enter a name or, with a target, an alias. */
static int enter(const char *text, const char *target, struct endpoint *endpoint,
                 struct process *owner)
{
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(text, canonical, &path);
    if (error < 0) {
        return error;
    }
    uint32_t length = path.prefixes[path.count - 1].length;
    uint32_t hash = path.prefixes[path.count - 1].hash;
    if (*find_link(canonical, length, hash) != NULL) {
        return -E_EXISTS;
    }
    uint32_t listed = length + (path.count == 1);
    uint32_t target_length = target == NULL ? 0 : strlen(target);
    error = make_room();
    struct name *name = error < 0 ? NULL : kmalloc(sizeof(*name) + listed + target_length);
    if (name == NULL) {
        return -E_NO_MEMORY;
    }
    while (by_number[first_free] != NULL) {
        first_free++;
    }
    *name = (struct name){.hash = hash,
                          .endpoint = endpoint,
                          .owner = owner,
                          .number = first_free,
                          .length = length,
                          .listed = listed,
                          .target_length = target_length};
    memcpy(name->text, canonical, listed);
    memcpy(name->text + listed, target, target_length);
    insert(name);
    list_append(&owner->ipc->names, &name->owner_link);
    names++;
    if (endpoint != NULL) {
        object_retain(&endpoint->object);
    }
    return 0;
}

/** Take a name out of the table, and free it. */
static void remove(struct name *name)
{
    struct name **link = find_link(name->text, name->length, name->hash);
    assert(*link == name);
    *link = name->next;
    by_number[name->number] = NULL;
    first_free = name->number < first_free ? name->number : first_free;
    list_remove(&name->owner_link);
    names--;
    if (name->endpoint != NULL) {
        object_release(&name->endpoint->object);
    }
    kfree(name);
}

/** Replace an alias at the beginning of a name by its target, with one separator behind it. */
static int follow(const struct name *alias, char *name)
{
    const char *rest = name + alias->length;
    const char *target = alias->text + alias->listed;
    bool separated = name_is_separator(target[alias->target_length - 1]);
    while (name_is_separator(rest[0]) && (separated || name_is_separator(rest[1]))) {
        rest++;
    }
    size_t rest_size = strlen(rest) + 1;
    if (alias->target_length + rest_size > NAME_MAX_BYTES) {
        return -E_TOO_LONG;
    }
    memmove(name + alias->target_length, rest, rest_size);
    memcpy(name, target, alias->target_length);
    return 0;
}
/* SKELETON
END SOLUTION */

void name_init(void)
{
    /* BEGIN SOLUTION lab3.ex5 */
    names = 0;
    first_free = 0;
    int error = make_tables(FIRST_ROOM);
    assert(error == 0);
    /* SKELETON
    // Exercise lab3.ex5 (17 points together with the functions below): a namespace without names.
    // There may be ten or ten thousand; a lookup must cost the same.
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

int name_register(const char *name, struct endpoint *endpoint, struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex5 */
    assert(endpoint != NULL && owner->ipc != NULL);
    return enter(name, NULL, endpoint, owner);
    /* SKELETON
    // Exercise lab3.ex5: check the name, enter it, take a reference to the endpoint, and note it
    // among the owner's names.
    (void)name;
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

int name_alias(const char *alias, const char *target, struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex5 */
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(target, canonical, &path);
    return error < 0 ? error : enter(alias, target, NULL, owner);
    /* SKELETON
    // Exercise lab3.ex5: a name that stands for another one.
    (void)alias;
    (void)target;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

int name_unregister(const char *name, const struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex5 */
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    if (name_parse(name, canonical, &path) < 0) {
        return -E_NOT_FOUND;
    }
    struct name *found = *find_link(canonical, path.prefixes[path.count - 1].length,
                                    path.prefixes[path.count - 1].hash);
    if (found == NULL) {
        return -E_NOT_FOUND;
    }
    if (found->owner != owner) {
        return -E_ACCESS;
    }
    remove(found);
    return 0;
    /* SKELETON
    // Exercise lab3.ex5: the name itself, not one that it is a part of; and only its owner's.
    (void)name;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

int name_lookup(const char *name, struct name_match *match)
{
    /* BEGIN SOLUTION lab3.ex5 */
    struct name_path path;
    int error = name_parse(name, match->name, &path);
    for (uint32_t aliases = 0; error == 0; aliases++) {
        const struct name *found = find_longest(match->name, &path);
        if (found == NULL) {
            return -E_NOT_FOUND;
        }
        if (found->endpoint != NULL) {
            match->endpoint = found->endpoint;
            match->matched = found->length;
            return 0;
        }
        if (aliases == ALIASES_MAX) {
            return -E_LOOP;
        }
        error = follow(found, match->name);
        error = error < 0 ? error : name_parse(match->name, match->name, &path);
    }
    return error;
    /* SKELETON
    // Exercise lab3.ex5: the longest name of which this one is, or is within. `fs:rootless` is not
    // within `fs:root`. An alias is replaced by its target, and the search begins again.
    (void)name;
    (void)match;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info)
{
    /* BEGIN SOLUTION lab3.ex5 */
    size_t length = strlen(prefix);
    while (*cursor < room) {
        const struct name *name = by_number[(*cursor)++];
        if (name != NULL && length <= name->listed && memcmp(name->text, prefix, length) == 0) {
            memcpy(info->name, name->text, name->listed);
            info->name[name->listed] = '\0';
            info->owner = name->owner->pid;
            info->alias = name->endpoint == NULL;
            return true;
        }
    }
    return false;
    /* SKELETON
    // Exercise lab3.ex5: the next name; the cursor says what has been seen. Its meaning is yours.
    (void)cursor;
    (void)prefix;
    (void)info;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

void name_withdraw(struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex5 */
    for (struct list_link *link; (link = list_first(&owner->ipc->names)) != NULL;) {
        remove(LIST_ENTRY(link, struct name, owner_link));
    }
    /* SKELETON
    // Exercise lab3.ex5: nobody shall find a server that is gone.
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}

uint32_t name_count(void)
{
    /* BEGIN SOLUTION lab3.ex5 */
    return names;
    /* SKELETON
    // Exercise lab3.ex5: how many there are.
    exercise_missing("lab3.ex5", __func__);
    END SOLUTION */
}
