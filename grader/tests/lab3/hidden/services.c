/**
 * @file
 * Lab 3, exercises 5 to 7, hidden tests: random use, compared with models.
 *
 * The first test registers, withdraws and looks up names of a small tree at random; its model is a
 * list that is searched from one end to the other. The second one copies from and to another
 * process, whose memory is modelled by an array. The third lets a program make random calls.
 */
#include "../names.h"
#include "kernel/ipc/kernel_program.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/layout.h"
#include "lib/string.h"

/* ------------------------------------------------------------------ names */

#define MODEL_MAX 40u
#define STEPS     4000u

/** A name of the model. */
struct model_name {
    char text[64];   /**< Without a separator at its end; empty: none. */
    char target[64]; /**< Of an alias, with a separator at its end; empty: it is a name. */
    uint32_t server;
};

static struct model_name model[MODEL_MAX];

/** A random name: few components, each from few, so that names meet. */
static void random_name(char *text, size_t size, bool separated)
{
    static const char *const parts[] = {"a", "b", "A", "ab"};
    uint32_t depth = ktest_random_range(0, 3);
    (void)format_string(text, size, "%s:", parts[ktest_random() % 2]);
    for (uint32_t i = 0; i < depth; i++) {
        (void)format_string(text + strlen(text), size - strlen(text), "%s%c",
                            parts[ktest_random() % COUNT_OF(parts)],
                            ktest_random() % 4 == 0 ? ':' : '/');
    }
    if (!separated && ktest_random() % 2 == 0) {
        text[strlen(text) - (depth > 0)] = '\0';
    }
}

/** The length of a text without separators at its end. */
static uint32_t bare_length(const char *text)
{
    uint32_t length = strlen(text);
    while (length > 0 && name_is_separator(text[length - 1])) {
        length--;
    }
    return length;
}

/** The entry of a name itself; NULL. */
static struct model_name *model_find(const char *text)
{
    uint32_t length = bare_length(text);
    for (uint32_t i = 0; i < MODEL_MAX; i++) {
        if (strlen(model[i].text) == length && memcmp(model[i].text, text, length) == 0) {
            return &model[i];
        }
    }
    return NULL;
}

/** The longest entry within which a text lies; NULL. */
static struct model_name *model_longest(const char *text)
{
    struct model_name *found = NULL;
    for (uint32_t i = 0; i < MODEL_MAX; i++) {
        uint32_t length = strlen(model[i].text);
        bool fits = length > 0 && length <= strlen(text) &&
                    memcmp(model[i].text, text, length) == 0 &&
                    (text[length] == '\0' || name_is_separator(text[length]));
        if (fits && (found == NULL || length > strlen(found->text))) {
            found = &model[i];
        }
    }
    return found;
}

/** Check a look-up. */
static void check_lookup(const char *name)
{
    char text[NAME_MAX_BYTES];
    (void)strlcpy(text, name, sizeof(text));
    for (uint32_t aliases = 0;; aliases++) {
        const struct model_name *found = model_longest(text);
        if (found == NULL) {
            names_expect_error(name, -E_NOT_FOUND);
            return;
        }
        const char *rest = text + strlen(found->text);
        while (name_is_separator(*rest)) {
            rest++;
        }
        if (found->target[0] == '\0') {
            names_expect_found(name, found->server, rest);
            return;
        }
        if (aliases == ALIASES_MAX) {
            names_expect_error(name, -E_LOOP);
            return;
        }
        char next[NAME_MAX_BYTES];
        (void)format_string(next, sizeof(next), "%s%s", found->target, rest);
        (void)strlcpy(text, next, sizeof(text));
    }
}

static void step_enter(void)
{
    char text[64];
    char target[64];
    uint32_t server = ktest_random() % SERVERS;
    bool alias = ktest_random() % 4 == 0;
    random_name(text, sizeof(text), false);
    random_name(target, sizeof(target), true);
    struct model_name *entry = model_find(text);
    int expected = entry == NULL ? 0 : -E_EXISTS;
    struct model_name *place = model_find("");
    if (expected == 0 && place == NULL) {
        return;
    }
    if (alias) {
        names_expect_alias(server, text, target, expected);
    } else {
        names_expect_register(server, text, expected);
    }
    if (expected == 0) {
        (void)strlcpy(place->text, text, bare_length(text) + 1);
        (void)strlcpy(place->target, alias ? target : "", sizeof(place->target));
        place->server = server;
    }
}

static void step_remove(void)
{
    char text[64];
    uint32_t server = ktest_random() % SERVERS;
    random_name(text, sizeof(text), false);
    struct model_name *entry = model_find(text);
    if (entry != NULL && ktest_random() % 4 != 0) {
        server = entry->server;
    }
    names_expect_unregister(server, text,
                            entry == NULL             ? -E_NOT_FOUND
                            : entry->server == server ? 0
                                                      : -E_ACCESS);
    if (entry != NULL && entry->server == server) {
        entry->text[0] = '\0';
    }
}

static void step_withdraw(void)
{
    uint32_t server = ktest_random() % SERVERS;
    name_withdraw(names_servers[server].process);
    for (uint32_t i = 0; i < MODEL_MAX; i++) {
        if (model[i].server == server) {
            model[i].text[0] = '\0';
        }
    }
}

/** Every name of the model is listed, and no other. */
static void check_list(void)
{
    struct name_info info;
    uint32_t cursor = 0;
    uint32_t listed = 0;
    uint32_t there = 0;
    while (listed <= MODEL_MAX && name_next(&cursor, "", &info)) {
        const struct model_name *entry = model_find(info.name);
        EXPECT(entry != NULL && (info.alias != 0) == (entry->target[0] != '\0') &&
                   info.owner == names_servers[entry->server].process->pid,
               "what is listed is a name, as it was registered");
        listed++;
    }
    for (uint32_t i = 0; i < MODEL_MAX; i++) {
        there += model[i].text[0] != '\0';
    }
    EXPECT_EQUAL(listed, there, "as many names are listed as there are");
    EXPECT_EQUAL(name_count(), there, "as many names are counted as there are");
}

KTEST(names_random_use, KTEST_NAMES)
{
    char text[64];
    memset(model, 0, sizeof(model));
    names_begin();
    for (uint32_t step = 0; step < STEPS; step++) {
        switch (ktest_random() % 8) {
        case 0:
        case 1:
            step_enter();
            break;
        case 2:
            step_remove();
            break;
        default:
            random_name(text, sizeof(text), false);
            check_lookup(text);
            break;
        }
        if (step % 100 == 99) {
            step_withdraw();
            check_list();
        }
    }
    names_end();
}

/* ------------------------------------------------------------------ copies */

#define GUARD_PAGES  2u
#define WINDOW_PAGES 30u
#define WINDOW       (WINDOW_PAGES * PAGE_SIZE)
/** The window begins with the end of the guard below the target's stack. */
#define WINDOW_START (USER_STACK_BOTTOM - GUARD_PAGES * PAGE_SIZE)

static uint8_t memory_model[WINDOW];
static uint8_t piece[WINDOW];

/** A copy in one direction, at random. */
static void copy_at_random(int32_t pid)
{
    uint32_t size =
        ktest_random() % 2 == 0 ? ktest_random_range(1, 600) : ktest_random_range(1, 5 * PAGE_SIZE);
    uint32_t start = ktest_random_range(0, WINDOW - size);
    int expected = start < GUARD_PAGES * PAGE_SIZE ? -E_FAULT : 0;
    if (ktest_random() % 2 == 0) {
        memset(piece, 0xEE, sizeof(piece));
        EXPECT_RESULT(service_read_space(pid, piece, WINDOW_START + start, size), expected,
                      "what read_space() returns");
        EXPECT(expected < 0 || memcmp(piece, memory_model + start, size) == 0,
               "read_space() reads what was written there");
        EXPECT(piece[size] == 0xEE, "read_space() reads no more than it was asked for");
        return;
    }
    if (expected < 0 && size > GUARD_PAGES * PAGE_SIZE - start) {
        size = GUARD_PAGES * PAGE_SIZE - start; /* what fails midway may have written anything */
    }
    for (uint32_t i = 0; i < size; i++) {
        piece[i] = (uint8_t)ktest_random();
    }
    EXPECT_RESULT(service_write_space(pid, WINDOW_START + start, piece, size), expected,
                  "what write_space() returns");
    if (expected == 0) {
        memcpy(memory_model + start, piece, size);
    }
}

KTEST(kernel_program_random_copies, KTEST_NAMES)
{
    const struct support_census before = support_census();
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "names_server", "wait");
    support_sleep(5);
    memset(memory_model, 0, sizeof(memory_model));
    for (uint32_t i = 0; i < 250; i++) {
        copy_at_random(pid);
    }
    EXPECT_RESULT(
        service_read_space(pid, piece, USER_STACK_BOTTOM, WINDOW - GUARD_PAGES * PAGE_SIZE), 0,
        "the whole window can be read");
    EXPECT(memcmp(piece, memory_model + GUARD_PAGES * PAGE_SIZE,
                  WINDOW - GUARD_PAGES * PAGE_SIZE) == 0,
           "the window holds what was written");
    support_kill(pid);
    support_census_expect(&before);
}

/* ------------------------------------------------------------------ delegation */

KTEST(delegate_random_use, KTEST_NAMES)
{
    char seed[16];
    const struct support_census before = support_census();
    int32_t server = SUPPORT_SPAWN(PROCESS_USER, "delegate_server", "1", "serve");
    support_grant(server, WELL_KNOWN_VFS);
    (void)format_string(seed, sizeof(seed), "%u", ktest_random() >> 2);
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "posix_random", seed),
                           "every call has the result that it must have");
    support_kill(server);
    support_census_expect(&before);
}
