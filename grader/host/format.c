/**
 * @file
 * Tests of lib/format.c: by hand where Cairn differs from C, against the host's printf() elsewhere.
 *
 * The comparison makes some hundred thousand formats of all flags, widths, precisions, sizes and
 * conversions from a fixed seed. The file owns no state. Every result is written to a buffer of
 * exactly its size, so that the address sanitizer sees a byte too many.
 */
#include "host.h"

#include "lib/format.h"
#include "lib/random.h"
#include "lib/string.h"

#include <stdio.h>
#include <stdlib.h>

/** Check what a format and its arguments give. */
static void check(const char *expected, const char *format, ...)
{
    char buffer[256];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_va(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    CHECK_TEXT(buffer, expected);
    CHECK_EQUAL(length, strlen(expected));
}

HOST_TEST(format_prints_text_as_it_stands)
{
    check("", "");
    check("plain text", "plain text");
    check("100 %", "100 %%");
}

HOST_TEST(format_prints_numbers)
{
    check("0", "%d", 0);
    check("-1", "%i", -1);
    check("-2147483648", "%d", INT32_MIN);
    check("4294967295", "%u", UINT32_MAX);
    check("deadbeef DEADBEEF 0xdeadbeef", "%x %X %#x", 0xDEADBEEF, 0xDEADBEEF, 0xDEADBEEF);
    check("755 0755", "%o %#o", 0755, 0755);
    check("18446744073709551615", "%llu", UINT64_MAX);
    check("-9223372036854775808", "%lld", INT64_MIN);
    check("123456789012345678", "%llu", 123456789012345678ull);
}

HOST_TEST(format_pads)
{
    check("[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42, 42);
    check("[  042][+42][ 42]", "[%5.3d][%+d][% d]", 42, 42, 42);
    check("[   42][42   ]", "[%*d][%*d]", 5, 42, -5, 42);
    check("[ab][   ab][ab   ]", "[%.2s][%5.2s][%-5.2s]", "abcdef", "abcdef", "abcdef");
    check("[][1]", "[%.0d][%.0d]", 0, 1);
}

HOST_TEST(format_prints_strings_and_characters)
{
    check("x", "%c", 'x');
    check("[  x][x  ]", "[%3c][%-3c]", 'x', 'x');
    check("text", "%s", "text");
    check("(null)", "%s", (char *)NULL);
}

HOST_TEST(format_reads_no_further_than_the_precision_of_a_string)
{
    char *unterminated = malloc(3);
    CHECK(unterminated != NULL);
    memcpy(unterminated, "abc", 3);
    check("abc", "%.3s", unterminated);
    check("abc", "%.*s", 3, unterminated);
    free(unterminated);
}

HOST_TEST(format_prints_pointers)
{
    char buffer[32];
    format_string(buffer, sizeof buffer, "%p", (void *)0x1234);
    CHECK(strchr(buffer, 'x') != NULL && strncmp(buffer, "0x", 2) == 0);
    CHECK_EQUAL(strtoul(buffer, NULL, 16), 0x1234);
}

HOST_TEST(format_quotes_what_would_break_a_line_of_the_trace)
{
    check("\"\"", "%q", "");
    check("\"plain text\"", "%q", "plain text");
    check("\"a\\\"b\\\\c\\nd\"", "%q", "a\"b\\c\nd");
    check("\"\\x01\\x1B[0m\\x7F\"", "%q", "\x01\x1b[0m\x7f");
}

HOST_TEST(format_prints_an_unknown_conversion_as_it_stands)
{
    check("%y", "%y");
}

HOST_TEST(format_cuts_to_fit_and_says_how_long_the_text_is)
{
    for (size_t size = 0; size <= 12; size++) {
        char *buffer = malloc(size + 1); /* The sanitizer watches what lies behind. */
        CHECK(buffer != NULL);
        buffer[size] = 'x';
        CHECK_EQUAL(format_string(buffer, size, "%s %d", "hello", 1234), 10);
        CHECK(buffer[size] == 'x');
        if (size > 0) {
            CHECK_EQUAL(strlen(buffer), size <= 10 ? size - 1 : 10);
            CHECK(strncmp(buffer, "hello 1234", strlen(buffer)) == 0);
        }
        free(buffer);
    }
}

static void count_character(void *context, char character)
{
    (void)character;
    ++*(int *)context;
}

static void emit(format_put *put, void *context, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_emit(put, context, format, arguments);
    va_end(arguments);
}

HOST_TEST(format_emits_one_character_at_a_time)
{
    int count = 0;
    emit(count_character, &count, "%5d|%s", 1, "abc");
    CHECK_EQUAL(count, 9);
}

/** A random element of a list of words. */
static const char *choose(struct random *random, const char *const *words, size_t count)
{
    return words[random_next(random) % count];
}

/** Make a random conversion of an integer of @p size, like "%-08.3llx". */
static void make_conversion(struct random *random, char *format, size_t space, const char *size)
{
    static const char *const flags[] = {"", "", "-", "0", "+", " ", "#", "-#", "+0", " -", "0#"};
    static const char *const widths[] = {"", "", "1", "5", "12", "24"};
    static const char *const precisions[] = {"", "", ".", ".0", ".1", ".7", ".15"};
    static const char *const conversions[] = {"d", "i", "u", "x", "X", "o"};
    snprintf(format, space, "<%%%s%s%s%s%s>", choose(random, flags, COUNT(flags)),
             choose(random, widths, COUNT(widths)), choose(random, precisions, COUNT(precisions)),
             size, choose(random, conversions, COUNT(conversions)));
}

/** A random number, with small and extreme ones more often. */
static uint64_t make_number(struct random *random)
{
    uint64_t wide = (uint64_t)random_next(random) << 32 | random_next(random);
    switch (random_next(random) % 6) {
    case 0:
        return 0;
    case 1:
        return random_next(random) % 300;
    case 2:
        return UINT64_MAX - random_next(random) % 300;
    case 3:
        return (uint64_t)1 << random_next(random) % 64;
    default:
        return wide;
    }
}

HOST_TEST(format_agrees_with_the_host)
{
    static const char *const sizes[] = {"", "hh", "h", "l", "z", "t", "ll"};
    struct random random;
    random_seed(&random, 1);
    for (int i = 0; i < 200000; i++) {
        char format[32];
        char expected[64];
        char actual[64];
        const char *size = choose(&random, sizes, COUNT(sizes));
        uint64_t number = make_number(&random);
        make_conversion(&random, format, sizeof format, size);
        if (size[0] == 'l' && size[1] == 'l') {
            snprintf(expected, sizeof expected, format, number);
            format_string(actual, sizeof actual, format, number);
        } else {
            snprintf(expected, sizeof expected, format, (uint32_t)number);
            format_string(actual, sizeof actual, format, (uint32_t)number);
        }
        host_check_text(format, i, actual, expected);
    }
}
