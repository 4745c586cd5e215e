/**
 * @file
 * Alternative for lab 3, exercise 5: the namespace.
 *
 * The file owns a tree of all names. name_parse() gives the hashes of all prefixes under which a
 * name may be found, in one pass; the longest is tried first. An alias is an entry of the tree like
 * any other, with a text in place of an endpoint. The contract is in kernel/ipc/name.h.
 */
#include "kernel/ipc/name.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/heap.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Branches of a name in the tree: one for each value of HASH_BITS bits of a hash. */
#define BRANCHES  16u
#define HASH_BITS 4u
/** Slots at the beginning; they double. */
#define SLOTS_FIRST 64u

/** A name, or an alias. */
struct name {
    struct list_link owner_link; /**< Among the names of its owner. */
    struct process *owner;
    struct endpoint *endpoint;       /**< With a reference; NULL: an alias. */
    struct name *branches[BRANCHES]; /**< Those below it in the tree. */
    uint32_t hash;
    uint32_t slot;
    uint32_t length; /**< Of the name, which ends without a separator. */
    char text[];     /**< The name, 0; of an alias also its target, 0. */
};

/** A place in the order of name_next(). A name keeps its slot, whatever happens to others. */
struct slot {
    struct name *name;  /**< NULL: the slot is free. */
    uint32_t next_free; /**< Of a free slot; the chain ends with slot_count. */
};

/*
 * The names are a digital search tree: each is a node, and the first HASH_BITS bits of a hash say
 * where to go from the root, the next ones from there, and so on; after 32 bits again from the
 * first, so that names with equal hashes lie below each other. Ten thousand names are found within
 * four or five steps, and nothing ever has to be built anew.
 *
 * Source: E. Coffman, J. Eve, "File Structures Using Hashing Functions", CACM 13(7), 1970.
 */
static struct name *root;
static struct slot *slots;
static uint32_t slot_count;
static uint32_t first_free;
static uint32_t count;

/* ------------------------------------------------------------------ the tree */

/** The place in the tree where a name is; if there is none, where it would be, which is NULL. */
static struct name **find_place(const char *text, const struct name_prefix *prefix)
{
    struct name **place = &root;
    uint32_t bits = prefix->hash;
    struct name *name;
    while ((name = *place) != NULL &&
           (name->hash != prefix->hash || name->length != prefix->length ||
            memcmp(name->text, text, prefix->length) != 0)) {
        place = &name->branches[bits % BRANCHES];
        bits = bits >> HASH_BITS | bits << (32 - HASH_BITS);
    }
    return place;
}

/** The place of some name directly below another one; NULL if there is none. */
static struct name **find_below(struct name *name)
{
    for (uint32_t i = 0; i < BRANCHES; i++) {
        if (name->branches[i] != NULL) {
            return &name->branches[i];
        }
    }
    return NULL;
}

/** Take a name out of the tree: one from the very end of a branch below it takes its place. */
static void cut(struct name **place)
{
    struct name *name = *place;
    struct name **end = place;
    for (struct name **below; (below = find_below(*end)) != NULL;) {
        end = below;
    }
    struct name *substitute = *end;
    *end = NULL;
    if (substitute != name) {
        memcpy(substitute->branches, name->branches, sizeof(name->branches));
        *place = substitute;
    }
}

/* ------------------------------------------------------------------ the slots */

/** See to it that a slot is free. */
static int reserve_slot(void)
{
    if (first_free < slot_count) {
        return 0;
    }
    uint32_t size = slot_count == 0 ? SLOTS_FIRST : 2 * slot_count;
    struct slot *grown = krealloc(slots, size * sizeof(*grown));
    if (grown == NULL) {
        return -E_NO_MEMORY;
    }
    for (uint32_t i = slot_count; i < size; i++) {
        grown[i] = (struct slot){NULL, i + 1};
    }
    slots = grown;
    first_free = slot_count;
    slot_count = size;
    return 0;
}

/** Give a slot back; without names there are no slots at all. */
static void free_slot(uint32_t slot)
{
    slots[slot] = (struct slot){NULL, first_free};
    first_free = slot;
    count--;
    if (count == 0) {
        kfree(slots);
        slots = NULL;
        slot_count = 0;
        first_free = 0;
    }
}

/* ------------------------------------------------------------------ coming and going */

void name_init(void)
{
    root = NULL;
    slots = NULL;
    slot_count = 0;
    first_free = 0;
    count = 0;
}

/** Enter a name; one of @p endpoint and @p target is NULL. */
static int enter(const char *wanted, struct endpoint *endpoint, const char *target,
                 struct process *owner)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(wanted, text, &path);
    if (error < 0) {
        return error;
    }
    const struct name_prefix *whole = &path.prefixes[path.count - 1];
    struct name **place = find_place(text, whole);
    if (*place != NULL) {
        return -E_EXISTS;
    }
    size_t target_size = target == NULL ? 0 : strlen(target) + 1;
    struct name *name = kmalloc(sizeof(*name) + whole->length + 1 + target_size);
    if (name == NULL || reserve_slot() < 0) {
        kfree(name);
        return -E_NO_MEMORY;
    }
    *name = (struct name){.owner = owner, .endpoint = endpoint, .hash = whole->hash};
    name->length = whole->length;
    memcpy(name->text, text, whole->length);
    name->text[whole->length] = '\0';
    memcpy(name->text + whole->length + 1, target, target_size);
    name->slot = first_free;
    first_free = slots[name->slot].next_free;
    slots[name->slot].name = name;
    *place = name;
    list_append(&owner->ipc->names, &name->owner_link);
    count++;
    return 0;
}

int name_register(const char *name, struct endpoint *endpoint, struct process *owner)
{
    int error = enter(name, endpoint, NULL, owner);
    if (error == 0) {
        object_retain(&endpoint->object);
    }
    return error;
}

int name_alias(const char *alias, const char *target, struct process *owner)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(target, text, &path);
    return error < 0 ? error : enter(alias, NULL, text, owner);
}

/** Remove a name. */
static void discard(struct name **place)
{
    struct name *name = *place;
    cut(place);
    free_slot(name->slot);
    list_remove(&name->owner_link);
    if (name->endpoint != NULL) {
        object_release(&name->endpoint->object);
    }
    kfree(name);
}

int name_unregister(const char *name, const struct process *owner)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(name, text, &path);
    if (error < 0) {
        return error;
    }
    struct name **place = find_place(text, &path.prefixes[path.count - 1]);
    if (*place == NULL) {
        return -E_NOT_FOUND;
    }
    if ((*place)->owner != owner) {
        return -E_ACCESS;
    }
    discard(place);
    return 0;
}

void name_withdraw(struct process *owner)
{
    for (struct list_link *link; (link = list_first(&owner->ipc->names)) != NULL;) {
        const struct name *name = LIST_ENTRY(link, struct name, owner_link);
        const struct name_prefix whole = {name->length, name->hash};
        discard(find_place(name->text, &whole));
    }
}

uint32_t name_count(void)
{
    return count;
}

/* ------------------------------------------------------------------ looking */

/** The longest name that a text is, or is within; NULL if there is none. */
static const struct name *find_longest(const char *text, const struct name_path *path)
{
    const struct name *name = NULL;
    for (uint32_t i = path->count; i > 0 && name == NULL; i--) {
        name = *find_place(text, &path->prefixes[i - 1]);
    }
    return name;
}

/** Replace the beginning of a text, which is an alias, by the target. */
static int replace(char *text, const struct name *alias)
{
    const char *target = alias->text + alias->length + 1;
    size_t target_length = strlen(target);
    const char *rest = text + alias->length; /* empty, or it begins with a separator */
    while (name_is_separator(target[target_length - 1]) && name_is_separator(*rest)) {
        rest++;
    }
    size_t rest_size = strlen(rest) + 1;
    if (target_length + rest_size > NAME_MAX_BYTES) {
        return -E_TOO_LONG;
    }
    memmove(text + target_length, rest, rest_size);
    memcpy(text, target, target_length);
    return 0;
}

int name_lookup(const char *name, struct name_match *match)
{
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
        error = replace(match->name, found);
        if (error == 0 && name_parse(match->name, match->name, &path) < 0) {
            error = -E_TOO_LONG; /* it was sound in parts: so it has too many components */
        }
    }
    return error;
}

bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info)
{
    while (*cursor < slot_count) {
        const struct name *name = slots[*cursor].name;
        ++*cursor;
        if (name == NULL) {
            continue;
        }
        *info = (struct name_info){.owner = name->owner->pid, .alias = name->endpoint == NULL};
        memcpy(info->name, name->text, name->length);
        if (strchr(name->text, ':') == NULL) { /* a scheme alone */
            info->name[name->length] = ':';
        }
        if (strncmp(info->name, prefix, strlen(prefix)) == 0) {
            return true;
        }
    }
    return false;
}
