/**
 * @file
 * The exercises of the labs, as the kernel knows them.
 *
 * A skeleton's holes call exercise_missing(), which names the exercise to do and ends the run; a
 * panic asks exercise_of() which exercise the code on the stack belongs to. The table in
 * exercise.c lists every function that a student writes. It owns no state.
 */
#ifndef KERNEL_EXERCISE_H
#define KERNEL_EXERCISE_H

#include "kernel/types.h"

/**
 * Stop because an exercise has not been done. Prints what to do and powers off. Does not return.
 * @param exercise for instance "lab1.ex2".
 * @param function the function that is missing.
 */
_Noreturn void exercise_missing(const char *exercise, const char *function);

/**
 * The exercise in which a function is written.
 * @param function its name.
 * @return for instance "lab1.ex2", also for the given functions that check an exercise; NULL for
 *         any other.
 */
const char *exercise_of(const char *function);

#endif
