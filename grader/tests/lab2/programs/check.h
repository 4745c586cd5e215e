/**
 * @file
 * Checks in programs that test the kernel from ring 3.
 *
 * A check that fails ends the program; its exit status is the number of the line, from which the
 * kernel's side makes a message. So these programs have fewer than 256 lines. It owns no state.
 */
#ifndef PROGRAMS_CHECK_H
#define PROGRAMS_CHECK_H

#include <cairn.h>

/** End the program with the number of a line unless something holds. */
static inline void check_line(bool holds, int line)
{
    if (!holds) {
        cairn_exit(line);
    }
}

/** The number of this line, which must fit into an exit status. */
#define CHECK_LINE (__LINE__ + 0 * (int)sizeof(char[__LINE__ < 256 ? 1 : -1]))
/** End the program with this line's number unless something holds. */
#define CHECK(condition) check_line((condition), CHECK_LINE)

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
