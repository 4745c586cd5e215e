/**
 * @file
 * Tests of the solution of lab 3, exercise 5, as a program with sanitizers.
 *
 * The code under test is included here, with a heap that is the host's and may refuse. A model, a
 * plain list that is searched from end to end, says what each call must give; names are short and
 * from a small alphabet, so that they often meet. The file owns the model, the endpoints and the
 * random numbers, whose seed is fixed.
 */
#define kmalloc        name_test_kmalloc
#define kfree          name_test_kfree
#define object_retain  name_test_object_retain
#define object_release name_test_object_release
#include "../../../solutions/lab3-ipc/name.c"

#include "../host.h"
#include "lib/random.h"

#include <stdlib.h>

/** Processes, endpoints and names that there are, at most. */
#define OWNERS      4u
#define ENDPOINTS   5u
#define ENTRIES_MAX 900u

/** A name of the model. */
struct entry {
    char text[NAME_MAX_BYTES];   /**< As it is listed. */
    char target[NAME_MAX_BYTES]; /**< Of an alias. */
    struct endpoint *endpoint;   /**< NULL: an alias. */
    struct process *owner;
};

static struct entry entries[ENTRIES_MAX];
static uint32_t entry_count;
static struct process owners[OWNERS];
static struct ipc owner_ipcs[OWNERS];
static struct endpoint endpoints[ENDPOINTS];
static int32_t blocks; /* of the heap, in use */
static bool memory_is_short;
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

void *kmalloc(size_t size)
{
    blocks += !memory_is_short;
    return memory_is_short ? NULL : malloc(size);
}

void kfree(void *memory)
{
    blocks -= memory != NULL;
    free(memory);
}

void object_retain(struct object *object)
{
    object->references++;
}

void object_release(struct object *object)
{
    CHECK(object->references > 1); /* one is the test's */
    object->references--;
}

/** Begin with an empty namespace. */
static void start(uint32_t seed)
{
    random_seed(&numbers, seed);
    entry_count = 0;
    memory_is_short = false;
    for (uint32_t i = 0; i < OWNERS; i++) {
        owners[i] = (struct process){.pid = (int32_t)i + 1, .ipc = &owner_ipcs[i]};
        list_init(&owner_ipcs[i].names);
    }
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        endpoints[i].object.references = 1;
    }
    blocks = 0;
    name_init();
}

/** End everything, and look for what is lost. */
static void finish(void)
{
    for (uint32_t i = 0; i < OWNERS; i++) {
        name_withdraw(&owners[i]);
        CHECK(list_is_empty(&owner_ipcs[i].names));
    }
    CHECK_EQUAL(name_count(), 0);
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        CHECK_EQUAL(endpoints[i].object.references, 1);
    }
    CHECK_EQUAL(blocks, 1); /* the tables */
    kfree(buckets);
}

/** Append to a text. */
static void append(char *text, const char *more)
{
    (void)strlcpy(text + strlen(text), more, NAME_MAX_BYTES - strlen(text));
}

/** Think of a name. It may be malformed. */
static void invent(char text[NAME_MAX_BYTES])
{
    static const char *const parts[] = {"a", "b", "ab", "fs", "Fs", "x.0", "root", "A"};
    const uint32_t components = 1 + below(4);
    text[0] = '\0';
    for (uint32_t i = 0; i < components; i++) {
        append(text, parts[below(COUNT(parts))]);
        const bool last = i == components - 1;
        append(text, i == 0 || below(2) == 0 ? ":" : last && below(2) == 0 ? "" : "/");
    }
    if (below(40) == 0) {
        text[below(strlen(text))] = ' ';
    }
}

/** Bring a name into the form in which it is listed. @return whether it is one. */
static bool canonical(const char *name, char text[NAME_MAX_BYTES])
{
    struct name_path path;
    if (name_parse(name, text, &path) < 0) {
        return false;
    }
    const uint32_t length = path.prefixes[path.count - 1].length;
    text[length] = path.count == 1 ? ':' : '\0';
    text[length + (path.count == 1)] = '\0';
    return true;
}

/** The entry of a name; NULL. */
static struct entry *find_entry(const char *text)
{
    for (uint32_t i = 0; i < entry_count; i++) {
        if (strcmp(entries[i].text, text) == 0) {
            return &entries[i];
        }
    }
    return NULL;
}

/** Bytes of an entry's name that a lookup matches: without a separator at its end. */
static uint32_t matched(const struct entry *entry)
{
    const uint32_t length = strlen(entry->text);
    return length - (entry->text[length - 1] == ':');
}

/** The entry under which a name is found: the longest one; NULL. */
static struct entry *search(const char *name)
{
    struct entry *best = NULL;
    for (uint32_t i = 0; i < entry_count; i++) {
        const uint32_t length = matched(&entries[i]);
        const char end = strlen(name) < length ? 'x' : name[length];
        if (strlen(name) >= length && strncmp(name, entries[i].text, length) == 0 &&
            (end == '\0' || end == ':' || end == '/') && (best == NULL || length > matched(best))) {
            best = &entries[i];
        }
    }
    return best;
}

/** Look a name up in the model. @return an error, or 0 and the match. */
static int model_lookup(const char *name, struct name_match *match)
{
    char text[NAME_MAX_BYTES];
    struct name_path path;
    (void)strlcpy(match->name, name, sizeof(match->name));
    for (uint32_t aliases = 0;; aliases++) {
        if (name_parse(match->name, text, &path) < 0) {
            return -E_INVALID;
        }
        const struct entry *entry = search(text);
        if (entry == NULL) {
            return -E_NOT_FOUND;
        }
        if (entry->endpoint != NULL) {
            match->endpoint = entry->endpoint;
            match->matched = matched(entry);
            (void)strlcpy(match->name, text, sizeof(match->name));
            return 0;
        }
        if (aliases == ALIASES_MAX) {
            return -E_LOOP;
        }
        const char *rest = text + matched(entry);
        const bool separated = name_is_separator(entry->target[strlen(entry->target) - 1]);
        while (name_is_separator(rest[0]) && (separated || name_is_separator(rest[1]))) {
            rest++;
        }
        (void)strlcpy(match->name, entry->target, sizeof(match->name));
        if (strlen(entry->target) + strlen(rest) >= NAME_MAX_BYTES) {
            return -E_TOO_LONG;
        }
        append(match->name, rest);
    }
}

/** Register a name or an alias at random. */
static void enter_any(void)
{
    char name[NAME_MAX_BYTES];
    char target[NAME_MAX_BYTES];
    char text[NAME_MAX_BYTES];
    char unused[NAME_MAX_BYTES];
    struct endpoint *endpoint = below(3) == 0 ? NULL : &endpoints[below(ENDPOINTS)];
    struct process *owner = &owners[below(OWNERS)];
    invent(name);
    invent(target);
    int error =
        endpoint != NULL ? name_register(name, endpoint, owner) : name_alias(name, target, owner);
    if (!canonical(name, text) || (endpoint == NULL && !canonical(target, unused))) {
        CHECK_EQUAL(error, -E_INVALID);
        return;
    }
    if (find_entry(text) != NULL) {
        CHECK_EQUAL(error, -E_EXISTS);
        return;
    }
    CHECK(error == 0 || (error == -E_NO_MEMORY && memory_is_short));
    if (error == 0) {
        struct entry *entry = &entries[entry_count++];
        CHECK(entry_count < ENTRIES_MAX);
        *entry = (struct entry){.endpoint = endpoint, .owner = owner};
        (void)strlcpy(entry->text, text, sizeof(entry->text));
        (void)strlcpy(entry->target, target, sizeof(entry->target));
    }
}

/** Withdraw a name at random: often one that exists. */
static void remove_any(void)
{
    char name[NAME_MAX_BYTES];
    char text[NAME_MAX_BYTES];
    const struct process *owner = &owners[below(OWNERS)];
    invent(name);
    if (entry_count > 0 && below(4) != 0) {
        const struct entry *entry = &entries[below(entry_count)];
        (void)strlcpy(name, entry->text, sizeof(name));
        owner = below(4) != 0 ? entry->owner : owner;
    }
    int error = name_unregister(name, owner);
    struct entry *entry = canonical(name, text) ? find_entry(text) : NULL;
    if (entry == NULL || entry->owner != owner) {
        CHECK_EQUAL(error, entry == NULL ? -E_NOT_FOUND : -E_ACCESS);
        return;
    }
    CHECK_EQUAL(error, 0);
    *entry = entries[--entry_count];
}

/** Look a name up at random. */
static void look_up_any(void)
{
    char name[NAME_MAX_BYTES];
    struct name_match actual;
    struct name_match expected;
    invent(name);
    int error = model_lookup(name, &expected);
    CHECK_EQUAL(name_lookup(name, &actual), error);
    if (error == 0) {
        CHECK(actual.endpoint == expected.endpoint);
        CHECK_EQUAL(actual.matched, expected.matched);
        CHECK_TEXT(actual.name, expected.name);
    }
}

/** List the names with a prefix: each entry must come once. */
static void list_any(void)
{
    static const char *const prefixes[] = {"", "a", "fs:", "ab:", "root:b", "x.0:a/"};
    const char *prefix = prefixes[below(COUNT(prefixes))];
    struct name_info info;
    uint32_t expected = 0;
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < entry_count; i++) {
        expected += strncmp(entries[i].text, prefix, strlen(prefix)) == 0;
    }
    while (name_next(&cursor, prefix, &info)) {
        const struct entry *entry = find_entry(info.name);
        CHECK(entry != NULL && strncmp(info.name, prefix, strlen(prefix)) == 0);
        CHECK(info.owner == entry->owner->pid && info.alias == (entry->endpoint == NULL));
        CHECK(expected-- > 0);
    }
    CHECK_EQUAL(expected, 0);
}

HOST_TEST(namespace_at_random)
{
    start(1);
    for (uint32_t round = 0; round < 20000; round++) {
        memory_is_short = below(20) == 0;
        /* The namespace grows and shrinks in turn. */
        if (below(10) < (round / 2500 % 2 == 0 ? 7u : 3u)) {
            enter_any();
        } else {
            remove_any();
        }
        look_up_any();
        if (below(50) == 0) {
            list_any();
        }
        CHECK_EQUAL(name_count(), entry_count);
    }
    memory_is_short = false;
    finish();
}

HOST_TEST(namespace_names_go_with_their_owner)
{
    start(2);
    while (entry_count < 200) {
        enter_any();
    }
    for (uint32_t i = 0; i < OWNERS; i++) {
        name_withdraw(&owners[i]);
        for (uint32_t j = entry_count; j-- > 0;) {
            if (entries[j].owner == &owners[i]) {
                entries[j] = entries[--entry_count];
            }
        }
        CHECK_EQUAL(name_count(), entry_count);
        for (uint32_t j = 0; j < 500; j++) {
            look_up_any();
        }
        list_any();
    }
    finish();
}

HOST_TEST(namespace_aliases_end_somewhere)
{
    struct name_match match;
    char name[NAME_MAX_BYTES];
    char target[NAME_MAX_BYTES];
    start(3);
    CHECK_EQUAL(name_register("a0:", &endpoints[0], &owners[0]), 0);
    for (uint32_t i = 1; i < 10; i++) {
        (void)strlcpy(name, "a0:", sizeof(name));
        (void)strlcpy(target, "a0:", sizeof(target));
        name[1] = (char)('0' + i);
        target[1] = (char)('0' + i - 1);
        CHECK_EQUAL(name_alias(name, target, &owners[1]), 0);
        CHECK_EQUAL(name_lookup(name, &match), i <= ALIASES_MAX ? 0 : -E_LOOP);
    }
    CHECK_EQUAL(name_alias("self:", "self:more", &owners[1]), 0);
    CHECK_EQUAL(name_lookup("self:", &match), -E_LOOP);
    memset(target, 'y', sizeof(target));
    target[NAME_MAX_BYTES - 2] = '\0'; /* room for one separator */
    target[1] = ':';
    CHECK_EQUAL(name_alias("long:", target, &owners[1]), 0);
    CHECK_EQUAL(name_lookup("long:", &match), -E_NOT_FOUND);
    CHECK_EQUAL(name_lookup("long:z", &match), -E_TOO_LONG);
    finish();
}
