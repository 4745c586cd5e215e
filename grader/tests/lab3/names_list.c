/**
 * @file
 * Lab 3, exercise 5: stepping through the names.
 *
 * Names are numbered texts, so that each step can be entered in a table and the table tells in the
 * end which name was seen how often. Names come in no certain order, and from tables of any size.
 * It owns the table.
 */
#include "names.h"

#include "lib/string.h"

/** Numbered names, at most. */
#define NUMBERED 1500u
/** Steps after which a listing is taken for endless. */
#define STEPS_MAX (8 * NUMBERED)

/** How often each numbered name was seen. */
static uint8_t seen[NUMBERED];
/** Whether anything was wrong with what was seen. */
static uint32_t strangers;

/** The text of a number. */
static const char *numbered(uint32_t number)
{
    static char name[32];
    (void)format_string(name, sizeof(name), "list:%u:/n%u", number % 7, number);
    return name;
}

/** The number of a text, as it is listed; NUMBERED if it has none. */
static uint32_t number_of(const char *name)
{
    const char *digits = strlen(name) < 9 ? "" : name + 9;
    uint32_t number = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        number = number * 10 + (uint32_t)(*digits - '0');
    }
    bool same = number < NUMBERED && strcmp(name, numbered(number)) == 0;
    return same ? number : NUMBERED;
}

static void register_numbered(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        const struct names_server *server = &names_servers[i % SERVERS];
        REQUIRE_RESULT(name_register(numbered(i), server->endpoint, server->process), 0,
                       "a name can be registered");
    }
}

static void unregister_numbered(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        REQUIRE_RESULT(name_unregister(numbered(i), names_servers[i % SERVERS].process), 0,
                       "a name can be withdrawn");
    }
}

/** Enter a name that was listed. */
static void enter(const struct name_info *info)
{
    uint32_t number = number_of(info->name);
    if (number == NUMBERED || info->alias != 0 ||
        info->owner != names_servers[number % SERVERS].process->pid) {
        strangers++;
        return;
    }
    seen[number] = (uint8_t)(seen[number] + (seen[number] < UINT8_MAX));
}

static void list_begin(void)
{
    memset(seen, 0, sizeof(seen));
    strangers = 0;
}

/** Step on. @return whether there was another name. */
static bool list_step(uint32_t *cursor, const char *prefix)
{
    struct name_info info;
    memset(&info, 'x', sizeof(info));
    if (!name_next(cursor, prefix, &info)) {
        return false;
    }
    enter(&info);
    return true;
}

/** Step through all names with a prefix. @return how many there were. */
static uint32_t list_all(const char *prefix)
{
    uint32_t cursor = 0;
    uint32_t steps = 0;
    list_begin();
    while (steps < STEPS_MAX && list_step(&cursor, prefix)) {
        steps++;
    }
    return steps;
}

/** The first numbered name, from @p from on, that was not seen as often as it must be. */
static uint32_t first_wrong(uint32_t from, uint32_t to, uint32_t least, uint32_t most)
{
    uint32_t number = from;
    while (number < to && seen[number] >= least && seen[number] <= most) {
        number++;
    }
    return number;
}

KTEST(names_list, KTEST_NAMES)
{
    static const struct {
        const char *prefix;
        uint32_t count;
    } prefixes[] = {
        {"list:", 100}, {"", 103},          {"list:3:", 14},     {"list:3:/n3", 3},
        {"l", 101},     {"list:3:/n38", 1}, {"list:3:/n38x", 0}, {"list:3:/n38xxxxxxxxxx", 0},
        {"List:", 0},   {"x", 0},           {"list:3:/n10", 1},  {"other:/", 0},
        {"other:", 1},  {"lis", 101},       {"other", 1},        {"list:3:/n3xxxxx", 0},
    };
    names_begin();
    ktest_part("a few names");
    uint32_t cursor = 0;
    struct name_info info;
    EXPECT(!name_next(&cursor, "", &info), "an empty namespace has no names");
    EXPECT(!name_next(&cursor, "", &info), "an empty namespace has no names at a second look");
    names_register(3, "Echo:");
    cursor = 0;
    memset(&info, 'x', sizeof(info));
    REQUIRE(name_next(&cursor, "", &info), "the one name is listed");
    EXPECT(strcmp(info.name, "echo:") == 0, "a name is listed in its canonical form, with its ':'");
    names_expect_found(info.name, 3, "");
    EXPECT_EQUAL(info.owner, names_servers[3].process->pid, "a name is listed with its owner");
    EXPECT_EQUAL(info.alias != 0, false, "a name is not listed as an alias");
    EXPECT(!name_next(&cursor, "", &info), "there is no other");
    names_expect_unregister(3, "echo:", 0);

    ktest_part("aliases");
    names_expect_alias(2, "home:", "fs:root:/home/", 0);
    cursor = 0;
    REQUIRE(name_next(&cursor, "home", &info), "an alias is listed");
    EXPECT_EQUAL(info.alias != 0, true, "an alias is listed as one");
    EXPECT_EQUAL(info.owner, names_servers[2].process->pid, "an alias is listed with its owner");
    EXPECT(!name_next(&cursor, "home", &info), "the target of an alias is not listed");
    names_expect_unregister(2, "home:", 0);

    ktest_part("a hundred names, by their beginnings");
    register_numbered(0, 100);
    names_register(0, "other:");
    names_register(0, "listed:");
    names_register(0, "a:");
    for (uint32_t i = 0; i < COUNT_OF(prefixes); i++) {
        EXPECT_EQUAL(list_all(prefixes[i].prefix), prefixes[i].count,
                     "as many names are listed as begin with the text");
    }
    (void)list_all("list:");
    EXPECT_EQUAL(strangers, 0, "what is listed is a name, with its owner");
    EXPECT_EQUAL(first_wrong(0, 100, 1, 1), 100, "every name is listed exactly once");
    names_end();
}

/** Step through all numbered names; at each step two more come. */
static void list_while_names_come(uint32_t there)
{
    uint32_t cursor = 0;
    uint32_t come = there;
    list_begin();
    for (uint32_t steps = 0; steps < STEPS_MAX && list_step(&cursor, "list:"); steps++) {
        if (come < NUMBERED) {
            register_numbered(come, come + 2);
            come += 2;
        }
    }
    register_numbered(come, NUMBERED);
}

/** Step through all numbered names; every second one goes as soon as it was seen. */
static void list_while_names_go(void)
{
    struct name_info info;
    uint32_t cursor = 0;
    list_begin();
    for (uint32_t steps = 0; steps < STEPS_MAX && name_next(&cursor, "list:", &info); steps++) {
        enter(&info);
        uint32_t number = number_of(info.name);
        if (number < NUMBERED && number % 2 == 1) {
            unregister_numbered(number, number + 1);
        }
    }
}

KTEST(names_list_many, KTEST_NAMES)
{
    const uint32_t few = 200;
    names_begin();
    ktest_part("names that come meanwhile");
    register_numbered(0, few);
    list_while_names_come(few);
    EXPECT_EQUAL(strangers, 0, "what is listed is a name, with its owner");
    EXPECT_EQUAL(first_wrong(0, few, 1, 1), few,
                 "every name that was there is listed exactly once");
    EXPECT_EQUAL(first_wrong(few, NUMBERED, 0, 1), NUMBERED, "no name is listed twice");

    ktest_part("many names");
    EXPECT_EQUAL(list_all(""), NUMBERED, "as many names are listed as there are");
    EXPECT_EQUAL(strangers, 0, "what is listed is a name, with its owner");
    EXPECT_EQUAL(first_wrong(0, NUMBERED, 1, 1), NUMBERED, "every name is listed exactly once");

    ktest_part("names that go meanwhile");
    list_while_names_go();
    EXPECT_EQUAL(strangers, 0, "what is listed is a name, with its owner");
    EXPECT_EQUAL(first_wrong(0, NUMBERED, 1, 1), NUMBERED,
                 "every name is listed exactly once, if it goes only then");
    EXPECT_EQUAL(list_all("list:"), NUMBERED / 2, "those that did not go are left");
    names_end();
}
