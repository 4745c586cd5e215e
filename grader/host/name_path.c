/**
 * @file
 * Tests of kernel/ipc/name_path.c: every text is a name or is refused, as the header says.
 *
 * A text lies in a block of just its length, so that the sanitizer sees every byte that is read
 * beyond it. What name_parse() says about random texts is checked property by property, with slow
 * code: which characters, how many components, where they end, and the hash of each prefix. The
 * file owns the random numbers, whose seed is fixed.
 */
#include "kernel/ipc/name_path.h"

#include "host.h"
#include "lib/random.h"
#include "lib/string.h"

#include <cairn/error.h>

#include <stdlib.h>

/** Bytes of the longest text, the final 0 included: longer than any name. */
#define TEXT_MAX 400u

static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

/** FNV-1a of the beginning of a text. */
static uint32_t hash_of(const char *text, uint32_t length)
{
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

/** Whether a boundary of components comes after the first @p length bytes. */
static bool ends_here(const char *text, uint32_t length)
{
    const bool separator = text[length] == ':' || text[length] == '/' || text[length] == '\0';
    return length > 0 && separator && text[length - 1] != ':' && text[length - 1] != '/';
}

/** The number of components. */
static uint32_t count_components(const char *text)
{
    uint32_t count = 0;
    for (uint32_t length = 1; length <= strlen(text); length++) {
        count += ends_here(text, length);
    }
    return count;
}

/** Whether a text is a name. */
static bool is_name(const char *text)
{
    uint32_t scheme = 0;
    while (text[scheme] != '\0' && text[scheme] != ':' && text[scheme] != '/') {
        scheme++;
    }
    for (uint32_t i = 0; text[i] != '\0'; i++) {
        const uint8_t character = (uint8_t)text[i];
        if (character < 0x21 || character > 0x7E) {
            return false;
        }
    }
    return scheme > 0 && text[scheme] == ':' && strlen(text) < NAME_MAX_BYTES &&
           count_components(text) <= COMPONENTS_MAX;
}

/** Check the canonical form of a name. */
static void check_path(const char *text, const char *canonical, const struct name_path *path)
{
    bool scheme = true;
    for (uint32_t i = 0; i <= strlen(text); i++) {
        scheme = scheme && text[i] != ':';
        const bool capital = text[i] >= 'A' && text[i] <= 'Z';
        CHECK_EQUAL(canonical[i], scheme && capital ? text[i] + 32 : text[i]);
    }
    uint32_t count = 0;
    for (uint32_t length = 1; length <= strlen(text); length++) {
        if (ends_here(text, length)) {
            CHECK(count < path->count);
            CHECK_EQUAL(path->prefixes[count].length, length);
            CHECK_EQUAL(path->prefixes[count].hash, hash_of(canonical, length));
            count++;
        }
    }
    CHECK_EQUAL(path->count, count);
}

/** Parse a text in a block of its own. @return name_parse()'s. */
static int parse(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    char *canonical = malloc(NAME_MAX_BYTES);
    struct name_path path;
    CHECK(copy != NULL && canonical != NULL);
    memcpy(copy, text, size);
    memset(&path, 0xA5, sizeof(path));
    int error = name_parse(copy, canonical, &path);
    CHECK_EQUAL(error, is_name(text) ? 0 : -E_INVALID);
    if (error == 0) {
        check_path(text, canonical, &path);
    }
    if (size <= NAME_MAX_BYTES) { /* in place */
        memcpy(canonical, text, size);
        CHECK_EQUAL(name_parse(canonical, canonical, &path), error);
    }
    if (error == 0) {
        check_path(text, canonical, &path);
    }
    free(canonical);
    free(copy);
    return error;
}

HOST_TEST(names_that_are_well_formed)
{
    static const char *const good[] = {
        "a:",       "fs:root:", "fs:root", "FS:Root:/etc/motd",
        "a::",      "a:b//c",   "a:/",     "block:ide:0.0.0",
        "~!?:x",    "home:/",   "NETD:",   "a:b:c:d/e",
        "a:/:/:/b",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        CHECK_EQUAL(parse(good[i]), 0);
    }
}

HOST_TEST(names_that_are_malformed)
{
    static const char *const bad[] = {
        "",      ":",    "a",       "/",        "/a:",        "a/b:", "a b:",
        "a: ",   "a:\t", "a:\x7F",  "a:\x80",   "\xFF:",      "::a",  " a:",
        "a:b c", "\n",   "a\x01:b", "root/etc", "a:\xC3\xA4",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_EQUAL(parse(bad[i]), -E_INVALID);
    }
}

HOST_TEST(names_have_a_longest_length)
{
    char text[TEXT_MAX];
    for (uint32_t length = 250; length < TEXT_MAX; length++) {
        memset(text, 'x', sizeof(text));
        text[length] = '\0';
        CHECK_EQUAL(parse(text), -E_INVALID);
        text[1] = ':';
        CHECK_EQUAL(parse(text), length < NAME_MAX_BYTES ? 0 : -E_INVALID);
        text[1] = 'x';
        text[length - 1] = ':';
        CHECK_EQUAL(parse(text), length < NAME_MAX_BYTES ? 0 : -E_INVALID);
    }
}

HOST_TEST(names_have_so_many_components)
{
    char text[TEXT_MAX];
    for (uint32_t components = 1; components < 2 * COMPONENTS_MAX; components++) {
        for (uint32_t separators = 1; separators < 4; separators++) {
            uint32_t length = 0;
            for (uint32_t i = 0; i < components; i++) {
                text[length++] = 'c';
                memset(text + length, i % 2 == 0 ? ':' : '/', separators);
                length += separators;
            }
            text[length] = '\0';
            const bool fits = components <= COMPONENTS_MAX && length < NAME_MAX_BYTES;
            CHECK_EQUAL(parse(text), fits ? 0 : -E_INVALID);
        }
    }
}

HOST_TEST(names_at_random)
{
    static const char alphabet[] = "::::////aaabBzZ09.~-_";
    uint32_t good = 0;
    random_seed(&numbers, 6);
    for (uint32_t round = 0; round < 30000; round++) {
        char text[TEXT_MAX];
        const uint32_t length = below(round % 8 == 0 ? TEXT_MAX : 40);
        for (uint32_t i = 0; i < length; i++) {
            text[i] =
                below(200) == 0 ? (char)(1 + below(255)) : alphabet[below(sizeof(alphabet) - 1)];
        }
        text[length] = '\0';
        good += parse(text) == 0;
    }
    CHECK(good > 3000);
}
