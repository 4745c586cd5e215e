/**
 * @file
 * Lab 3, exercise 5: names that are registered, found and withdrawn.
 *
 * The tests call the functions of name.h for a few servers. They look at which server a name leads
 * to, at the forms in which a name can be written, and at what is refused. Nothing may be left at
 * the end of each. The file owns no state.
 */
#include "names.h"

#include "lib/string.h"

KTEST(names_register, KTEST_NAMES)
{
    names_begin();
    ktest_part("names come");
    const uint32_t count = name_count();
    names_expect_error("echo:", -E_NOT_FOUND);
    names_register(0, "echo:");
    names_register(1, "fs:root:");
    EXPECT_EQUAL(name_count(), count + 2, "name_count() counts the names");
    names_expect_found("echo:", 0, "");
    names_expect_found("fs:root:", 1, "");
    names_expect_found("fs:root:/etc/motd", 1, "etc/motd");
    names_expect_error("fs:", -E_NOT_FOUND);
    names_expect_error("ech:", -E_NOT_FOUND);
    names_expect_error("echo2:", -E_NOT_FOUND);

    ktest_part("names go");
    names_expect_unregister(0, "echo:", 0);
    EXPECT_EQUAL(name_count(), count + 1, "name_count() counts the names");
    names_expect_error("echo:", -E_NOT_FOUND);
    names_expect_unregister(0, "echo:", -E_NOT_FOUND);
    names_expect_found("fs:root:", 1, "");
    names_register(2, "echo:");
    names_expect_found("echo:x", 2, "x");
    names_expect_unregister(1, "fs:root:", 0);
    names_expect_unregister(2, "echo:", 0);
    EXPECT_EQUAL(name_count(), count, "name_count() counts the names");

    ktest_part("only the name itself is withdrawn");
    names_register(0, "fs:root:");
    names_expect_unregister(0, "fs:root:/etc", -E_NOT_FOUND);
    names_expect_unregister(0, "fs:", -E_NOT_FOUND);
    names_expect_found("fs:root:/etc", 0, "etc");
    names_end();
}

KTEST(names_longest, KTEST_NAMES)
{
    names_begin();
    ktest_part("the longest name decides");
    names_register(0, "fs:");
    names_register(1, "fs:root:");
    names_register(2, "fs:root:/home/ada");
    names_register(3, "fs:temp:");
    names_expect_found("fs:", 0, "");
    names_expect_found("fs:disk:/x", 0, "disk:/x");
    names_expect_found("fs:root:/home", 1, "home");
    names_expect_found("fs:root:/home/ada", 2, "");
    names_expect_found("fs:root:/home/ada/letters/1", 2, "letters/1");
    names_expect_found("fs:root:/home/bob/letters", 1, "home/bob/letters");
    names_expect_found("fs:temp:/home/ada", 3, "home/ada");

    ktest_part("names end at boundaries of components");
    names_expect_found("fs:rootless:/x", 0, "rootless:/x");
    names_expect_found("fs:roo:", 0, "roo:");
    names_expect_found("fs:root:/home/adam/x", 1, "home/adam/x");
    names_expect_found("fs:root:/home/ad", 1, "home/ad");
    names_expect_found("fs:root/home/ada", 1, NULL);
    names_expect_error("fsx:", -E_NOT_FOUND);
    names_expect_error("f:", -E_NOT_FOUND);

    ktest_part("a shorter name comes to light again");
    names_expect_unregister(1, "fs:root:", 0);
    names_expect_found("fs:root:/home", 0, "root:/home");
    names_expect_found("fs:root:/home/ada/x", 2, "x");
    names_expect_unregister(2, "fs:root:/home/ada", 0);
    names_expect_found("fs:root:/home/ada/x", 0, "root:/home/ada/x");
    names_expect_unregister(0, "fs:", 0);
    names_expect_error("fs:root:/home", -E_NOT_FOUND);
    names_expect_found("fs:temp:/x", 3, "x");
    names_register(1, "fs:root:/home");
    names_expect_error("fs:root:", -E_NOT_FOUND);
    names_expect_found("fs:root:/home/x", 1, "x");
    names_end();
}

/** Register a name in one form; it must be found, and withdrawn, in another. */
static void try_forms(const char *form, const char *other)
{
    names_register(0, form);
    names_expect_found(other, 0, "");
    names_expect_register(1, other, -E_EXISTS);
    names_expect_unregister(0, other, 0);
    names_expect_error(form, -E_NOT_FOUND);
}

/** Names that begin with the whole of another name must not be taken for it. */
static void try_alike(char letter)
{
    char name[32];
    char shorter[32];
    (void)format_string(shorter, sizeof(shorter), "alike:%c", letter);
    for (uint32_t i = 0; i < 60; i++) {
        (void)format_string(name, sizeof(name), "%s%u", shorter, i);
        names_register(0, name);
    }
    names_expect_error(shorter, -E_NOT_FOUND);
    names_expect_unregister(0, shorter, -E_NOT_FOUND);
    names_register(1, shorter);
    names_expect_found(shorter, 1, "");
    for (uint32_t i = 0; i < 60; i++) {
        (void)format_string(name, sizeof(name), "%s%u", shorter, i);
        names_expect_found(name, 0, "");
        names_expect_unregister(0, name, 0);
    }
}

KTEST(names_forms, KTEST_NAMES)
{
    static const char *const pairs[][2] = {
        {"fs:root:", "fs:root"},
        {"fs:root", "fs:root:"},
        {"fs:root:", "fs:root/"},
        {"fs:root:/", "fs:root:"},
        {"fs:root:/a", "fs:root:/a/"},
        {"home:/", "home:"},
        {"home:", "home:/"},
        {"Home:", "hOME:"},
        {"NETD:", "netd:"},
        {"FS:Root:", "fs:Root"},
        {"a:", "A:"},
        {"[Z]:", "[z]:"},
        {"block:ide:0.0.0", "BLOCK:ide:0.0.0:"},
    };
    names_begin();
    ktest_part("a separator at the end makes no difference, nor the case of the scheme");
    for (uint32_t i = 0; i < COUNT_OF(pairs); i++) {
        try_forms(pairs[i][0], pairs[i][1]);
    }

    ktest_part("the case of the rest matters");
    names_register(0, "fs:root:");
    names_register(1, "FS:Root:");
    names_register(2, "Fs:ROOT:");
    names_expect_found("fs:root:/Etc/Motd", 0, "Etc/Motd");
    names_expect_found("fs:Root:/x", 1, "x");
    names_expect_found("FS:ROOT:/x", 2, "x");
    names_expect_error("fs:rOOT:/x", -E_NOT_FOUND);
    names_register(3, "fs:root:/Etc");
    names_expect_found("fs:root:/etc/x", 0, "etc/x");
    names_expect_found("fs:root:/Etc/x", 3, "x");

    ktest_part("two names of the same hash");
    names_register(0, "ktodoe:"); /* FNV-1a 0xc9bd57cd, 0x8c1179d5 with the separator */
    names_expect_error("yiijsv:", -E_NOT_FOUND);
    names_register(1, "yiijsv:");
    names_expect_found("ktodoe:", 0, "");
    names_expect_found("yiijsv:", 1, "");
    names_expect_unregister(0, "ktodoe:", 0);
    names_expect_error("ktodoe:", -E_NOT_FOUND);
    names_expect_found("yiijsv:", 1, "");

    ktest_part("names that begin alike");
    for (int letter = 'a'; letter < 'k'; letter++) {
        try_alike((char)letter);
    }
    names_end();
}

/** A name of exactly @p length characters: a scheme, and one component. */
static const char *long_name(uint32_t length, char fill)
{
    static char name[NAME_MAX_BYTES + 8];
    memset(name, fill, length);
    memcpy(name, "long:", 5);
    name[length] = '\0';
    return name;
}

/** A name of a scheme and more components. */
static const char *deep_name(uint32_t components)
{
    static char name[NAME_MAX_BYTES];
    (void)strlcpy(name, "deep:", sizeof(name));
    for (uint32_t i = 1; i < components; i++) {
        (void)format_string(name + strlen(name), sizeof(name) - strlen(name), "%sc%u",
                            i == 1 ? "" : "/", i % 10);
    }
    return name;
}

KTEST(names_malformed, KTEST_NAMES)
{
    static const char *const malformed[] = {
        "",        ":",    "/",      "echo",    "/x:",   "a/b:",         " fs:",
        "fs :",    "fs: ", "fs:a b", "fs:a\tb", "fs:\n", "fs:\x7F",      "\x80:",
        "fs:\xFF", "::",   "/fs:",   ":fs:",    "fs",    "fs:root:\x01", "fs/root:",
    };
    names_begin();
    const uint32_t count = name_count();
    ktest_part("names that are none");
    names_register(1, "fs:");
    for (uint32_t i = 0; i < COUNT_OF(malformed); i++) {
        names_expect_register(0, malformed[i], -E_INVALID);
        names_expect_error(malformed[i], -E_INVALID);
        names_expect_alias(0, malformed[i], "fs:", -E_INVALID);
        names_expect_alias(0, "alias:", malformed[i], -E_INVALID);
    }
    EXPECT_EQUAL(name_count(), count + 1, "what is refused leaves nothing");
    names_expect_error("alias:", -E_NOT_FOUND);

    ktest_part("long names");
    names_register(0, long_name(NAME_MAX_BYTES - 1, 'x'));
    names_expect_found(long_name(NAME_MAX_BYTES - 1, 'x'), 0, "");
    names_expect_error(long_name(NAME_MAX_BYTES - 2, 'x'), -E_NOT_FOUND);
    names_expect_register(0, long_name(NAME_MAX_BYTES - 1, 'x'), -E_EXISTS);
    names_expect_register(0, long_name(NAME_MAX_BYTES, 'x'), -E_INVALID);
    names_expect_error(long_name(NAME_MAX_BYTES, 'x'), -E_INVALID);
    names_register(2, long_name(NAME_MAX_BYTES - 1, 'y'));
    names_expect_found(long_name(NAME_MAX_BYTES - 1, 'y'), 2, "");

    ktest_part("deep names");
    names_register(3, deep_name(20));
    names_expect_found(deep_name(20), 3, "");
    names_expect_found(deep_name(30), 3, NULL);
    names_expect_error(deep_name(19), -E_NOT_FOUND);
    names_end();
}
