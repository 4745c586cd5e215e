/**
 * @file
 * Tests of lib/string.c, lib/memory.c, lib/random.c and lib/error.c.
 *
 * Areas are allocated with exactly the size that a function may touch, so that the address
 * sanitizer sees a byte too many. Overlapping moves are compared with a copy by way of a third
 * area. The file owns no state.
 */
#include "host.h"

#include "lib/random.h"
#include "lib/string.h"

#include <cairn/error.h>

#include <stdlib.h>

/** An area of random bytes. */
static unsigned char *make_area(struct random *random, size_t size)
{
    unsigned char *area = malloc(size);
    CHECK(area != NULL);
    for (size_t i = 0; i < size; i++) {
        area[i] = (unsigned char)random_next(random);
    }
    return area;
}

HOST_TEST(memcpy_and_memcmp)
{
    struct random random;
    random_seed(&random, 2);
    for (size_t size = 1; size < 70; size++) {
        unsigned char *from = make_area(&random, size);
        unsigned char *to = make_area(&random, size);
        CHECK(memcpy(to, from, size) == to);
        CHECK_EQUAL(memcmp(to, from, size), 0);
        to[size - 1] ^= 0x80;
        int sign = memcmp(to, from, size);
        CHECK(to[size - 1] > from[size - 1] ? sign > 0 : sign < 0);
        CHECK_EQUAL(memcmp(to, from, size - 1), 0);
        free(from);
        free(to);
    }
}

HOST_TEST(memmove_between_overlapping_areas)
{
    enum { SIZE = 24 };
    struct random random;
    random_seed(&random, 3);
    for (size_t from = 0; from < SIZE; from++) {
        for (size_t to = 0; to < SIZE; to++) {
            size_t size = SIZE - (from > to ? from : to);
            unsigned char *area = make_area(&random, SIZE);
            unsigned char copy[SIZE];
            memcpy(copy, area, SIZE);
            CHECK(memmove(area + to, area + from, size) == area + to);
            CHECK_EQUAL(memcmp(area + to, copy + from, size), 0);
            CHECK_EQUAL(memcmp(area, copy, to), 0);
            free(area);
        }
    }
}

HOST_TEST(memset_writes_the_low_byte)
{
    unsigned char area[9] = {0};
    CHECK(memset(area + 1, 0x1AB, 7) == area + 1);
    CHECK(area[0] == 0 && area[8] == 0);
    for (size_t i = 1; i < 8; i++) {
        CHECK_EQUAL(area[i], 0xAB);
    }
}

HOST_TEST(string_lengths_and_comparisons)
{
    CHECK_EQUAL(strlen(""), 0);
    CHECK_EQUAL(strlen("abc"), 3);
    CHECK_EQUAL(strcmp("abc", "abc"), 0);
    CHECK(strcmp("abc", "abd") < 0);
    CHECK(strcmp("abc", "ab") > 0);
    CHECK(strcmp("\x80", "a") > 0);
    CHECK_EQUAL(strncmp("abcx", "abcy", 3), 0);
    CHECK(strncmp("abcx", "abcy", 4) < 0);
    CHECK_EQUAL(strncmp("abc", "abc", 100), 0);
    CHECK_EQUAL(strncmp("x", "y", 0), 0);
}

HOST_TEST(strchr_finds_the_first_place_and_the_end)
{
    const char *text = "a=b=c";
    CHECK(strchr(text, '=') == text + 1);
    CHECK(strchr(text, '\0') == text + 5);
    CHECK(strchr(text, 'x') == NULL);
}

HOST_TEST(strlcpy_cuts_to_fit)
{
    char *buffer = malloc(4);
    CHECK(buffer != NULL);
    CHECK_EQUAL(strlcpy(buffer, "abcdef", 4), 6);
    CHECK_TEXT(buffer, "abc");
    CHECK_EQUAL(strlcpy(buffer, "ab", 4), 2);
    CHECK_TEXT(buffer, "ab");
    CHECK_EQUAL(strlcpy(buffer, "x", 0), 1);
    CHECK_TEXT(buffer, "ab");
    free(buffer);
}

HOST_TEST(random_numbers_follow_from_the_seed)
{
    struct random first;
    struct random second;
    for (uint32_t seed = 0; seed < 100; seed++) {
        random_seed(&first, seed);
        random_seed(&second, seed);
        for (int i = 0; i < 100; i++) {
            uint32_t number = random_next(&first);
            CHECK(number != 0);
            CHECK_EQUAL(random_next(&second), number);
        }
    }
}

HOST_TEST(random_numbers_of_different_seeds_differ)
{
    struct random first;
    struct random second;
    random_seed(&first, 0);
    random_seed(&second, 1);
    int equal = 0;
    for (int i = 0; i < 100; i++) {
        equal += random_next(&first) == random_next(&second);
    }
    CHECK(equal < 2);
}

HOST_TEST(every_error_has_a_text)
{
    CHECK_TEXT(error_text(-E_NO_MEMORY), "out of memory");
    CHECK_TEXT(error_text(E_NO_MEMORY), "out of memory");
    CHECK_TEXT(error_text(9999), "unknown error");
    CHECK_TEXT(error_text(INT32_MIN), "unknown error");
}
