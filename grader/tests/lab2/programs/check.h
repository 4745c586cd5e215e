/**
 * @file
 * Checks in programs that test the kernel from ring 3.
 *
 * A check that fails writes down where it stands, as a note in the trace, and ends the program; the
 * exit status is the number of the line. From both the grader makes a message. So these programs
 * have fewer than 256 lines. A comment behind a check, or in the line above it, tells students what
 * it means. It owns no state.
 */
#ifndef PROGRAMS_CHECK_H
#define PROGRAMS_CHECK_H

#include <cairn.h>
#include <cairn/process.h>
#include <stdbool.h>
#include <string.h>

/** Write down which check failed, "check FILE:LINE", and end the program. */
_Noreturn static inline void check_failed(const char *file, int line)
{
    const char *base = file;
    for (const char *slash = file; (slash = strchr(slash, '/')) != NULL;) {
        base = ++slash;
    }
    const char digits[] = {':', (char)('0' + line / 100), (char)('0' + line / 10 % 10),
                           (char)('0' + line % 10)};
    char text[NOTE_MAX + 1] = "check ";
    size_t length = 6 + strlcpy(text + 6, base, sizeof(text) - 6);
    if (length + sizeof(digits) <= NOTE_MAX) {
        memcpy(text + length, digits, sizeof(digits));
        (void)cairn_note(text, length + sizeof(digits));
    }
    cairn_exit(line);
}

/** End the program unless something holds. */
static inline void check_that(bool holds, const char *file, int line)
{
    if (!holds) {
        check_failed(file, line);
    }
}

/** The number of this line, which must fit into an exit status. */
#define CHECK_LINE (__LINE__ + 0 * (int)sizeof(char[__LINE__ < 256 ? 1 : -1]))
/** End the program with this line's number unless something holds. */
#define CHECK(condition) check_that(condition, __FILE__, CHECK_LINE)

/** @return the number that a text begins with, in decimal digits. */
static inline uint32_t number_of(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint32_t)(*text - '0');
    }
    return value;
}

#endif
