/**
 * @file
 * Reading a program's arguments.
 *
 * A program that is given what it cannot understand says how it is used and ends. Each function
 * takes one argument of main(); one that is not there has a default. It owns no state.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdint.h>

/** The arguments of main(), and what to print if they are wrong. */
struct arguments {
    int count;
    char *const *values;
    const char *usage; /**< For instance "ping [COUNT [NAME]]". */
};

/** Print how the program is used, and end it with EXIT_FAILURE. */
_Noreturn void arguments_usage(const struct arguments *arguments);

/**
 * An argument that is text.
 * @param arguments of the program.
 * @param index of the argument; the first is 1.
 * @param otherwise the result if there are fewer arguments.
 */
const char *argument_text(const struct arguments *arguments, int index, const char *otherwise);

/**
 * An argument that is a number, decimal and up to INT32_MAX; anything else ends the program.
 * @param arguments of the program.
 * @param index of the argument; the first is 1.
 * @param otherwise the result if there are fewer arguments.
 */
uint32_t argument_number(const struct arguments *arguments, int index, uint32_t otherwise);

/**
 * End the program if it has more arguments than it knows.
 * @param arguments of the program.
 * @param most the last one's index.
 */
void arguments_end(const struct arguments *arguments, int most);

#endif
