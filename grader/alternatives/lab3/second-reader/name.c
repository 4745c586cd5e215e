/**
 * @file
 * Alternative for lab 3, exercise 5: the namespace.
 *
 * The file owns all names, in two arrays. In `slots` each name has one place, which it keeps as
 * long as it is there; so the number of a place is a cursor that survives whatever else comes and
 * goes. `index` is a hash table by open addressing whose entries are numbers of places: it may be
 * rebuilt at any time, and nobody remembers where in it a name was. Both double together, and go
 * when the last name goes. An alias is a name with a text in place of an endpoint. The contract is
 * in kernel/ipc/name.h.
 *
 * Source: R. Hettinger, "More compact dictionaries with faster iteration", python-dev 2012 (the two
 * arrays); D. Knuth, "The Art of Computer Programming", volume 3, 6.4, algorithm R (deletion).
 */
#include "kernel/ipc/name.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Places that there are for the first name. */
#define SLOTS_FIRST 16u
/** Entries of the index for each place: at most half of it is full, so a search soon ends. */
#define INDEX_PER_SLOT 2u
/** No place. */
#define SLOT_NONE UINT32_MAX

/** A name, or an alias. */
struct name {
    struct list_link owner_link; /**< Among its owner's names. */
    struct process *owner;
    struct endpoint *endpoint; /**< With a reference; NULL: an alias. */
    uint32_t slot;             /**< Its place. */
    uint32_t length;           /**< In bytes, without separators at its end. */
    const char *target;        /**< What an alias stands for; lies behind the text. */
    char text[];               /**< As people see it: a scheme alone ends with its ':'. */
};

/** A place for a name. */
struct slot {
    struct name *name; /**< NULL: the place is free. */
    uint32_t word;     /**< The name's hash; of a free place, the next free one or SLOT_NONE. */
};

static struct slot *slots;  /**< NULL while there is no name. */
static uint32_t *index;     /**< Numbers of places, or SLOT_NONE. */
static uint32_t slot_count; /**< A power of two, or 0. */
static uint32_t first_free; /**< Place, or SLOT_NONE. */
static uint32_t used_count; /**< Places with a name. */

/* ------------------------------------------------------------------ the index */

/** The entry of the index behind another, around the end. */
static uint32_t behind(uint32_t entry)
{
    return (entry + 1) & (slot_count * INDEX_PER_SLOT - 1);
}

/** The entry of the index where the search for a hash begins. */
static uint32_t home_of(uint32_t hash)
{
    return hash & (slot_count * INDEX_PER_SLOT - 1);
}

static void index_add(uint32_t slot)
{
    uint32_t entry = home_of(slots[slot].word);
    while (index[entry] != SLOT_NONE) {
        entry = behind(entry);
    }
    index[entry] = slot;
}

/** Whether an entry's search, from its home on, would come past @p hole before it finds it. */
static bool needs(uint32_t entry, uint32_t hole)
{
    const uint32_t mask = slot_count * INDEX_PER_SLOT - 1;
    uint32_t home = home_of(slots[index[entry]].word);
    return ((entry - home) & mask) >= ((entry - hole) & mask);
}

/** Take a name out; those behind it move up, so that no search ends too early at the hole. */
static void index_remove(uint32_t slot)
{
    uint32_t hole = home_of(slots[slot].word);
    while (index[hole] != slot) {
        assert(index[hole] != SLOT_NONE);
        hole = behind(hole);
    }
    for (uint32_t entry = behind(hole); index[entry] != SLOT_NONE; entry = behind(entry)) {
        if (needs(entry, hole)) {
            index[hole] = index[entry];
            hole = entry;
        }
    }
    index[hole] = SLOT_NONE;
}

/** The name that is exactly this text; NULL if there is none. */
static struct name *find(const char *text, const struct name_prefix *prefix)
{
    if (slot_count == 0) {
        return NULL;
    }
    for (uint32_t entry = home_of(prefix->hash); index[entry] != SLOT_NONE; entry = behind(entry)) {
        const struct slot *slot = &slots[index[entry]];
        if (slot->word == prefix->hash && slot->name->length == prefix->length &&
            memcmp(slot->name->text, text, prefix->length) == 0) {
            return slot->name;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ the places */

/** Chain the places from @p first on, of which none is used, before all other free ones. */
static void chain_slots(uint32_t first)
{
    for (uint32_t i = slot_count; i-- > first;) {
        slots[i] = (struct slot){NULL, first_free};
        first_free = i;
    }
}

/** Twice as many places, with an index of that size; after an error everything is as it was. */
static int grow(void)
{
    const uint32_t old_count = slot_count;
    const uint32_t count = old_count == 0 ? SLOTS_FIRST : 2 * old_count;
    uint32_t *new_index = kmalloc(count * INDEX_PER_SLOT * sizeof(*index));
    struct slot *new_slots = new_index == NULL ? NULL : krealloc(slots, count * sizeof(*slots));
    if (new_slots == NULL) {
        kfree(new_index);
        return -E_NO_MEMORY;
    }
    kfree(index);
    slots = new_slots;
    index = new_index;
    slot_count = count;
    memset(index, 0xFF, count * INDEX_PER_SLOT * sizeof(*index)); /* SLOT_NONE everywhere */
    for (uint32_t i = 0; i < old_count; i++) {
        index_add(i); /* all of them are used, or nobody would need more */
    }
    chain_slots(old_count);
    return 0;
}

/** Give a name a place. */
static int enter(struct name *name, uint32_t hash)
{
    if (first_free == SLOT_NONE) {
        int error = grow();
        if (error < 0) {
            return error;
        }
    }
    const uint32_t slot = first_free;
    first_free = slots[slot].word;
    slots[slot] = (struct slot){name, hash};
    name->slot = slot;
    index_add(slot);
    used_count++;
    return 0;
}

/** Give the place of a name back; the last one takes both arrays with it. */
static void leave(const struct name *name)
{
    index_remove(name->slot);
    slots[name->slot] = (struct slot){NULL, first_free};
    first_free = name->slot;
    used_count--;
    if (used_count == 0) {
        kfree(slots);
        kfree(index);
        name_init();
    }
}

/* ------------------------------------------------------------------ names */

/** The name itself among the prefixes of a text. */
static const struct name_prefix *whole(const struct name_path *path)
{
    return &path->prefixes[path->count - 1];
}

/**
 * Make a name.
 * @param text canonical; a separator at its end is not kept, but for that of a scheme alone.
 * @param path of @p text.
 * @param target canonical; empty for what is no alias.
 */
static struct name *make(const char *text, const struct name_path *path, const char *target)
{
    const uint32_t length = whole(path)->length;
    const uint32_t shown = path->count == 1 ? length + 1 : length;
    const uint32_t target_size = strlen(target) + 1;
    struct name *name = kmalloc(sizeof(*name) + shown + 1 + target_size);
    if (name != NULL) {
        *name = (struct name){.length = length, .target = &name->text[shown + 1]};
        memcpy(name->text, text, shown);
        name->text[shown] = '\0';
        memcpy(&name->text[shown + 1], target, target_size);
    }
    return name;
}

/** Enter a name with an endpoint, or with a target that is not empty; all texts are canonical. */
static int add(const char *text, const struct name_path *path, struct endpoint *endpoint,
               const char *target, struct process *owner)
{
    if (find(text, whole(path)) != NULL) {
        return -E_EXISTS;
    }
    struct name *name = make(text, path, target);
    int error = name == NULL ? -E_NO_MEMORY : enter(name, whole(path)->hash);
    if (error < 0) {
        kfree(name);
        return error;
    }
    if (endpoint != NULL) {
        object_retain(&endpoint->object);
    }
    name->endpoint = endpoint;
    name->owner = owner;
    list_append(&owner->ipc->names, &name->owner_link);
    return 0;
}

/** Take a name away, with its reference. */
static void withdraw(struct name *name)
{
    struct endpoint *endpoint = name->endpoint;
    leave(name);
    list_remove(&name->owner_link);
    kfree(name);
    if (endpoint != NULL) {
        object_release(&endpoint->object);
    }
}

/** The longest name of which a text is, or is within; NULL if there is none. */
static const struct name *find_longest(const char *text, const struct name_path *path)
{
    const struct name *found = NULL;
    for (uint32_t i = path->count; i-- > 0 && found == NULL;) {
        found = find(text, &path->prefixes[i]);
    }
    return found;
}

/** Replace the beginning of a text, which is an alias, by what that stands for. */
static int substitute(char *text, const struct name *alias)
{
    const uint32_t length = strlen(alias->target);
    const char *rest = text + alias->length;
    if (name_is_separator(alias->target[length - 1])) {
        while (name_is_separator(*rest)) {
            rest++;
        }
    } else {
        while (name_is_separator(rest[0]) && name_is_separator(rest[1])) {
            rest++;
        }
    }
    const uint32_t rest_size = strlen(rest) + 1;
    if (length + rest_size > NAME_MAX_BYTES) {
        return -E_TOO_LONG;
    }
    memmove(text + length, rest, rest_size); /* first: the target would overwrite it */
    memcpy(text, alias->target, length);
    return 0;
}

void name_init(void)
{
    slots = NULL;
    index = NULL;
    slot_count = 0;
    first_free = SLOT_NONE;
    used_count = 0;
}

int name_register(const char *name, struct endpoint *endpoint, struct process *owner)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(name, text, &path);
    return error < 0 ? error : add(text, &path, endpoint, "", owner);
}

int name_alias(const char *alias, const char *target, struct process *owner)
{
    char text[NAME_MAX_BYTES];
    char target_text[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(target, target_text, &path); /* the path is not needed */
    error = error < 0 ? error : name_parse(alias, text, &path);
    return error < 0 ? error : add(text, &path, NULL, target_text, owner);
}

int name_unregister(const char *name, const struct process *owner)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    struct name *found = name_parse(name, text, &path) < 0 ? NULL : find(text, whole(&path));
    if (found == NULL) {
        return -E_NOT_FOUND; /* also for what can be no name */
    }
    if (found->owner != owner) {
        return -E_ACCESS;
    }
    withdraw(found);
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
        error = substitute(match->name, found);
        error = error < 0 ? error : name_parse(match->name, match->name, &path);
    }
    return error;
}

bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info)
{
    const uint32_t length = strlen(prefix);
    while (*cursor < slot_count) {
        const struct name *name = slots[(*cursor)++].name;
        if (name != NULL && strncmp(name->text, prefix, length) == 0) {
            (void)strlcpy(info->name, name->text, sizeof(info->name));
            info->owner = name->owner->pid;
            info->alias = name->endpoint == NULL;
            return true;
        }
    }
    return false;
}

void name_withdraw(struct process *owner)
{
    for (struct list_link *link; (link = list_first(&owner->ipc->names)) != NULL;) {
        withdraw(LIST_ENTRY(link, struct name, owner_link));
    }
}

uint32_t name_count(void)
{
    return used_count;
}
