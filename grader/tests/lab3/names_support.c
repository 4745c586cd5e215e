/**
 * @file
 * What the tests of names share; see names.h.
 *
 * It owns the servers. Checks put the name that they are about into what they say, since many of
 * them are made in a loop.
 */
#include "names.h"

#include "kernel/ipc/name_path.h"
#include "lib/string.h"

struct names_server names_servers[SERVERS];
static struct support_census before;

/** Room for what a check says; a name can be long. */
#define SAYING_MAX 400u

void names_begin(void)
{
    before = support_census();
    for (uint32_t i = 0; i < SERVERS; i++) {
        struct process *process = support_launch("server", support_stand, NULL);
        names_servers[i] = (struct names_server){process, support_endpoint(process)};
    }
}

void names_end(void)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        support_kill(names_servers[i].process->pid);
        object_release(&names_servers[i].endpoint->object);
    }
    EXPECT_EQUAL(name_count(), before.names, "the names of servers that have ended are gone");
    support_census_expect(&before);
}

/** Check the result of a call that was given a name. */
static void expect_result(const struct ktest_check *check, const char *name, int actual,
                          int expected)
{
    char expected_text[SAYING_MAX];
    char actual_text[64];
    (void)format_string(expected_text, sizeof(expected_text), "%s for '%s'", result_name(expected),
                        name);
    (void)format_string(actual_text, sizeof(actual_text), "%s", result_name(actual));
    (void)ktest_check_true(check, actual == expected, expected_text, actual_text);
}

void names_expect_register(uint32_t server, const char *name, int expected)
{
    int result = name_register(name, names_servers[server].endpoint, names_servers[server].process);
    expect_result(KTEST_CHECK("what name_register() returns", false), name, result, expected);
}

void names_register(uint32_t server, const char *name)
{
    names_expect_register(server, name, 0);
}

void names_expect_alias(uint32_t server, const char *alias, const char *target, int expected)
{
    int result = name_alias(alias, target, names_servers[server].process);
    expect_result(KTEST_CHECK("what name_alias() returns", false), alias, result, expected);
}

void names_expect_unregister(uint32_t server, const char *name, int expected)
{
    int result = name_unregister(name, names_servers[server].process);
    expect_result(KTEST_CHECK("what name_unregister() returns", false), name, result, expected);
}

/** Who has an endpoint, in words. */
static void describe_server(char *text, size_t size, const struct endpoint *endpoint,
                            const char *name)
{
    for (uint32_t i = 0; i < SERVERS; i++) {
        if (names_servers[i].endpoint == endpoint) {
            (void)format_string(text, size, "server %u for '%s'", i, name);
            return;
        }
    }
    (void)format_string(text, size, "an endpoint that is no server's");
}

/** Check what is left for the server. */
static void expect_rest(const struct name_match *match, const char *name, const char *expected)
{
    char expected_text[SAYING_MAX];
    char actual_text[SAYING_MAX];
    uint32_t length = strlen(match->name);
    uint32_t start = match->matched < length ? match->matched : length;
    const char *rest = match->name + start;
    while (name_is_separator(*rest)) {
        rest++;
    }
    (void)format_string(expected_text, sizeof(expected_text), "'%s' of '%s'", expected, name);
    (void)format_string(actual_text, sizeof(actual_text), "'%s', %u bytes of '%s' are matched",
                        rest, match->matched, match->name);
    (void)ktest_check_true(KTEST_CHECK("what is left of a name for its server", false),
                           match->matched <= length && strcmp(rest, expected) == 0, expected_text,
                           actual_text);
}

void names_expect_found(const char *name, uint32_t server, const char *rest)
{
    static struct name_match match;
    char expected_text[SAYING_MAX];
    char actual_text[SAYING_MAX];
    memset(&match, 'x', sizeof(match));
    int result = name_lookup(name, &match);
    describe_server(expected_text, sizeof(expected_text), names_servers[server].endpoint, name);
    if (result == 0) {
        describe_server(actual_text, sizeof(actual_text), match.endpoint, name);
    } else {
        (void)format_string(actual_text, sizeof(actual_text), "%s", result_name(result));
    }
    bool found = ktest_check_true(KTEST_CHECK("name_lookup() finds the right server", false),
                                  result == 0 && match.endpoint == names_servers[server].endpoint,
                                  expected_text, actual_text);
    if (found && rest != NULL) {
        expect_rest(&match, name, rest);
    }
}

void names_expect_error(const char *name, int expected)
{
    struct name_match match;
    int result = name_lookup(name, &match);
    expect_result(KTEST_CHECK("what name_lookup() returns", false), name, result, expected);
}
