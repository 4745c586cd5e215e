/**
 * @file
 * Alternative for lab 3, exercise 5: a ternary search tree.
 *
 * Each node has a character; below it are the characters that may follow it, and beside it, in a
 * binary tree, those that may stand in its place. A name hangs at the node of its last character.
 * So one walk along a text passes by every name that it may be within, and no hash is needed. What
 * a walk costs depends on the text and on the alphabet. For listings the names are in an array,
 * too. The file owns both. Sequence: name_init(), then the others in any order.
 *
 * Source: J. Bentley, R. Sedgewick, "Fast Algorithms for Sorting and Searching Strings", 1997.
 */
#include "kernel/ipc/name.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Slots of an empty namespace. */
#define FIRST_SLOTS 64u
/** Marks the end of the free slots. */
#define NO_SLOT UINT32_MAX

/** A name, or an alias. */
struct name {
    struct endpoint *endpoint; /**< With a reference; NULL: it is an alias. */
    struct process *owner;
    struct list_link owner_link;
    uint32_t slot;
    uint32_t length;             /**< Without a separator at its end. */
    char listed[NAME_MAX_BYTES]; /**< As listings show it. */
    char target[];               /**< Of an alias. */
};

/** A node of the tree. */
struct node {
    char character;
    struct node *less; /**< Stands in its place, smaller. */
    struct node *more; /**< Stands in its place, larger. */
    struct node *next; /**< Follows it. */
    struct name *name; /**< Ends with it; NULL: none. */
};

/** Where a listing finds names; a slot stays a name's as long as it lives. */
struct slot {
    struct name *name;
    uint32_t next_free; /**< In a free slot. */
};

/** The place of a text in the tree: the link to the node of each character, as far as it goes. */
struct trail {
    uint32_t length;
    struct node **links[NAME_MAX_BYTES];
};

static struct node *root;
static struct slot *slots;
static uint32_t slot_count;
static uint32_t first_free;
static uint32_t names;

/* ------------------------------------------------------------------ slots */

/** Make more slots; they are all free then. */
static int add_slots(uint32_t count)
{
    struct slot *larger = krealloc(slots, (slot_count + count) * sizeof(*slots));
    if (larger == NULL) {
        return -E_NO_MEMORY;
    }
    slots = larger;
    for (uint32_t i = 0; i < count; i++) {
        slots[slot_count] = (struct slot){NULL, first_free};
        first_free = slot_count++;
    }
    return 0;
}

static void take_slot(struct name *name)
{
    name->slot = first_free;
    first_free = slots[name->slot].next_free;
    slots[name->slot].name = name;
}

static void give_slot(const struct name *name)
{
    slots[name->slot] = (struct slot){NULL, first_free};
    first_free = name->slot;
}

/* ------------------------------------------------------------------ the tree */

/** Where the node of a character is, or would be, beside others. */
static struct node **find_beside(struct node **link, char character)
{
    while (*link != NULL && (*link)->character != character) {
        link = character < (*link)->character ? &(*link)->less : &(*link)->more;
    }
    return link;
}

/** Follow a text through the tree, until its end or until there is no node. */
static void follow_text(struct trail *trail, const char *text, uint32_t length)
{
    struct node **link = &root;
    for (trail->length = 0; trail->length < length; link = &(*link)->next) {
        link = find_beside(link, text[trail->length]);
        if (*link == NULL) {
            return;
        }
        trail->links[trail->length++] = link;
    }
}

/** The name that is exactly a text; NULL. */
static struct name *name_at(const struct trail *trail, uint32_t length)
{
    return trail->length == length ? (*trail->links[length - 1])->name : NULL;
}

/** The name that a text is, or the longest that it is within; NULL. */
static struct name *find_longest(const char *text)
{
    struct name *longest = NULL;
    const struct node *node = root;
    while (node != NULL && *text != '\0') {
        if (*text != node->character) {
            node = *text < node->character ? node->less : node->more;
            continue;
        }
        text++;
        if (node->name != NULL && (*text == '\0' || name_is_separator(*text))) {
            longest = node->name;
        }
        node = node->next;
    }
    return longest;
}

/** Take a node out of the tree beside others; nothing follows it. */
static void remove_node(struct node **link)
{
    struct node *node = *link;
    struct node *less = node->less;
    *link = node->more;
    if (less != NULL) {
        struct node **smallest = link;
        while (*smallest != NULL) {
            smallest = &(*smallest)->less;
        }
        *smallest = less;
    }
    kfree(node);
}

/** Take all nodes at the end of a text that lead to no name. */
static void prune(struct trail *trail)
{
    while (trail->length > 0) {
        struct node **link = trail->links[trail->length - 1];
        if ((*link)->name != NULL || (*link)->next != NULL) {
            return;
        }
        remove_node(link);
        trail->length--;
    }
}

/** Let a trail reach to the end of its text. */
static int extend(struct trail *trail, const char *text, uint32_t length)
{
    struct node **link = trail->length == 0 ? &root : &(*trail->links[trail->length - 1])->next;
    for (; trail->length < length; link = &(*link)->next) {
        link = find_beside(link, text[trail->length]);
        assert(*link == NULL);
        struct node *node = kmalloc(sizeof(*node));
        if (node == NULL) {
            prune(trail);
            return -E_NO_MEMORY;
        }
        *node = (struct node){.character = text[trail->length]};
        *link = node;
        trail->links[trail->length++] = link;
    }
    return 0;
}

/* ------------------------------------------------------------------ names */

/** Make a name that is in no tree yet. */
static struct name *make_name(const char *text, uint32_t length, bool scheme, const char *target)
{
    uint32_t target_size = target == NULL ? 0 : strlen(target) + 1;
    struct name *name = kmalloc(sizeof(*name) + target_size);
    if (name == NULL) {
        return NULL;
    }
    *name = (struct name){.length = length};
    memcpy(name->listed, text, length);
    if (scheme) {
        name->listed[length] = ':';
    }
    memcpy(name->target, target, target_size);
    return name;
}

/** Enter a name or, with a target, an alias. */
static int enter(const char *text, const char *target, struct endpoint *endpoint,
                 struct process *owner)
{
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    struct trail trail;
    int error = name_parse(text, canonical, &path);
    if (error < 0) {
        return error;
    }
    const uint32_t length = path.prefixes[path.count - 1].length;
    follow_text(&trail, canonical, length);
    if (name_at(&trail, length) != NULL) {
        return -E_EXISTS;
    }
    struct name *name = make_name(canonical, length, path.count == 1, target);
    if (name == NULL || (first_free == NO_SLOT && add_slots(slot_count) < 0) ||
        extend(&trail, canonical, length) < 0) {
        kfree(name);
        return -E_NO_MEMORY;
    }
    /* Nothing can fail from here on. */
    (*trail.links[length - 1])->name = name;
    take_slot(name);
    name->endpoint = endpoint;
    name->owner = owner;
    list_append(&owner->ipc->names, &name->owner_link);
    names++;
    if (endpoint != NULL) {
        object_retain(&endpoint->object);
    }
    return 0;
}

/** Take a name out of everything, and free it. */
static void remove_name(struct name *name)
{
    struct trail trail;
    follow_text(&trail, name->listed, name->length);
    assert(name_at(&trail, name->length) == name);
    (*trail.links[name->length - 1])->name = NULL;
    prune(&trail);
    give_slot(name);
    list_remove(&name->owner_link);
    names--;
    if (name->endpoint != NULL) {
        object_release(&name->endpoint->object);
    }
    kfree(name);
}

/** Put the target of an alias before the rest of a name. */
static int replace(const struct name *alias, char *text)
{
    char rest[NAME_MAX_BYTES];
    const char *start = text + alias->length;
    uint32_t length = strlen(alias->target);
    /* Between the two there is one separator: the target's last, or the rest's first. */
    bool separated = name_is_separator(alias->target[length - 1]);
    while (name_is_separator(start[0]) && (separated || name_is_separator(start[1]))) {
        start++;
    }
    (void)strlcpy(rest, start, sizeof(rest));
    (void)strlcpy(text, alias->target, NAME_MAX_BYTES);
    return strlcpy(text + length, rest, NAME_MAX_BYTES - length) < NAME_MAX_BYTES - length
               ? 0
               : -E_TOO_LONG;
}

void name_init(void)
{
    root = NULL;
    slots = NULL;
    slot_count = 0;
    first_free = NO_SLOT;
    names = 0;
    int error = add_slots(FIRST_SLOTS);
    assert(error == 0);
}

int name_register(const char *name, struct endpoint *endpoint, struct process *owner)
{
    assert(endpoint != NULL && owner->ipc != NULL);
    return enter(name, NULL, endpoint, owner);
}

int name_alias(const char *alias, const char *target, struct process *owner)
{
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    int error = name_parse(target, canonical, &path);
    return error < 0 ? error : enter(alias, canonical, NULL, owner);
}

int name_unregister(const char *name, const struct process *owner)
{
    char canonical[NAME_MAX_BYTES];
    struct name_path path;
    struct trail trail;
    if (name_parse(name, canonical, &path) < 0) {
        return -E_NOT_FOUND;
    }
    const uint32_t length = path.prefixes[path.count - 1].length;
    follow_text(&trail, canonical, length);
    struct name *found = name_at(&trail, length);
    if (found == NULL || found->owner != owner) {
        return found == NULL ? -E_NOT_FOUND : -E_ACCESS;
    }
    remove_name(found);
    return 0;
}

int name_lookup(const char *name, struct name_match *match)
{
    struct name_path path;
    int error = name_parse(name, match->name, &path);
    for (uint32_t left = ALIASES_MAX + 1; error == 0 && left > 0; left--) {
        const struct name *found = find_longest(match->name);
        if (found == NULL) {
            return -E_NOT_FOUND;
        }
        if (found->endpoint != NULL) {
            match->endpoint = found->endpoint;
            match->matched = found->length;
            return 0;
        }
        if (left == 1) {
            return -E_LOOP;
        }
        error = replace(found, match->name);
        error = error < 0 ? error : name_parse(match->name, match->name, &path);
    }
    return error;
}

bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info)
{
    for (const size_t length = strlen(prefix); *cursor < slot_count;) {
        const struct name *name = slots[(*cursor)++].name;
        if (name != NULL && strncmp(name->listed, prefix, length) == 0) {
            memcpy(info->name, name->listed, sizeof(info->name));
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
        remove_name(LIST_ENTRY(link, struct name, owner_link));
    }
}

uint32_t name_count(void)
{
    return names;
}
