/**
 * @file
 * Lab 3, exercise 5: aliases.
 *
 * An alias is found like a name, at its own boundaries, and replaced by its target; then the search
 * begins again. The tests look at where a name leads in the end, at chains and circles, and at
 * names that become too long on the way. The file owns no state.
 */
#include "names.h"

#include "lib/string.h"

KTEST(names_alias, KTEST_NAMES)
{
    names_begin();
    ktest_part("an alias stands for its target");
    const uint32_t count = name_count();
    names_register(0, "fs:root:");
    names_register(1, "fs:root:/users");
    names_register(2, "net:eth0");
    names_expect_alias(3, "root:/", "fs:root:/", 0);
    names_expect_alias(3, "home:/", "fs:root:/users/ada/", 0);
    names_expect_alias(3, "NETD:", "net:eth0:", 0);
    EXPECT_EQUAL(name_count(), count + 6, "name_count() counts aliases, too");
    names_expect_found("root:/etc/motd", 0, "etc/motd");
    names_expect_found("root:/", 0, "");
    names_expect_found("root:", 0, "");
    names_expect_found("root:/users", 1, "");
    names_expect_found("home:/", 1, NULL);
    names_expect_found("netd:", 2, "");
    names_expect_found("NetD:/Socket/7", 2, "Socket/7");
    names_expect_error("rootless:/etc", -E_NOT_FOUND);

    ktest_part("aliases of aliases, and names within an alias");
    names_expect_alias(4, "letters:", "home:/letters/", 0);
    names_expect_found("letters:/new", 1, NULL);
    names_expect_alias(4, "fs:root:/temp", "fs:other:/", 0);
    names_register(5, "fs:other:");
    names_expect_found("fs:root:/temp/a", 5, "a");
    names_expect_found("root:/temp/a", 5, "a");
    names_expect_found("fs:root:/temporary", 0, "temporary");
    names_register(5, "home:/private");
    names_expect_found("home:/private/x", 5, "x");
    names_expect_found("home:/privately/x", 1, NULL);

    ktest_part("targets that come and go");
    names_expect_alias(4, "later:", "service:new:", 0);
    names_expect_error("later:", -E_NOT_FOUND);
    names_expect_error("later:/x", -E_NOT_FOUND);
    names_register(2, "service:new:");
    names_expect_found("later:/x", 2, "x");
    names_expect_unregister(2, "service:new:", 0);
    names_expect_error("later:/x", -E_NOT_FOUND);
    names_register(3, "service:");
    names_expect_found("later:", 3, NULL);

    ktest_part("an alias can be withdrawn");
    names_expect_unregister(3, "root:", 0);
    names_expect_error("root:/etc", -E_NOT_FOUND);
    names_expect_found("fs:root:/etc", 0, "etc");
    names_expect_unregister(3, "root:/", -E_NOT_FOUND);
    names_expect_alias(5, "root:", "fs:other:", 0);
    names_expect_found("root:/etc", 5, "etc");
    names_end();
}

/** Make a chain: chain1: stands for chain0:, and so on up to @p last. */
static void make_chain(uint32_t last)
{
    char name[24];
    char target[24];
    for (uint32_t i = 1; i <= last; i++) {
        (void)format_string(name, sizeof(name), "chain%u:", i);
        (void)format_string(target, sizeof(target), "chain%u:", i - 1);
        names_expect_alias(i % SERVERS, name, target, 0);
    }
}

/** Make an alias "grow:" whose target is this long in all. */
static void make_growing(uint32_t length)
{
    char target[NAME_MAX_BYTES];
    memset(target, 'g', sizeof(target));
    memcpy(target, "target:/", 8);
    target[length - 1] = '/';
    target[length] = '\0';
    names_expect_alias(0, "grow:", target, 0);
}

/** A name within "grow:/" whose rest, behind the separator, is this long. */
static const char *within_grow(uint32_t length)
{
    static char name[NAME_MAX_BYTES];
    memset(name, 'r', sizeof(name));
    memcpy(name, "grow:", 5);
    name[5 + length] = '\0';
    return name;
}

KTEST(names_alias_limits, KTEST_NAMES)
{
    names_begin();
    ktest_part("chains");
    _Static_assert(ALIASES_MAX == 8, "the names below say so");
    names_register(0, "chain0:");
    make_chain(ALIASES_MAX + 2);
    names_expect_found("chain7:/x", 0, "x");
    names_expect_found("chain8:/x", 0, "x");
    names_expect_error("chain9:/x", -E_LOOP);
    names_expect_error("chain10:", -E_LOOP);
    names_expect_unregister(0, "chain0:", 0);
    names_expect_error("chain8:", -E_NOT_FOUND);

    ktest_part("circles");
    names_expect_alias(1, "self:", "self:", 0);
    names_expect_error("self:", -E_LOOP);
    names_expect_error("self:/x", -E_LOOP);
    names_expect_alias(1, "here:", "there:", 0);
    names_expect_alias(2, "there:", "here:", 0);
    names_expect_error("here:/x", -E_LOOP);
    names_expect_error("there:", -E_LOOP);
    names_expect_alias(1, "deeper:", "deeper:/a/", 0);
    names_expect_error("deeper:", -E_LOOP);

    ktest_part("names that become too long");
    names_register(3, "target:");
    make_growing(200);
    names_expect_found(within_grow(50), 3, NULL);
    names_expect_error(within_grow(100), -E_TOO_LONG);
    names_expect_found(within_grow(NAME_MAX_BYTES - 1 - 200 - 2), 3, NULL);
    names_expect_error(within_grow(NAME_MAX_BYTES - 1 - 200 + 2), -E_TOO_LONG);
    names_expect_alias(1, "swells:", "swells:/0123456789012345678901234567890123456789", 0);
    names_expect_error("swells:", -E_TOO_LONG);
    names_end();
}
