/**
 * @file
 * Checks of how programs ended, for the tests of labs with processes.
 *
 * A failed check says "expected exit with code 0, got ended by exception 14", not two numbers. Each
 * lab's own header has the macros that use check_exit_status(). The functions are defined here, so
 * that a folder of tests can be linked in without another one. The file owns no state.
 */
#ifndef COMMON_OUTCOMES_H
#define COMMON_OUTCOMES_H

#include "kernel/ktest.h"
#include "kernel/types.h"
#include "lib/format.h"

#include <cairn/process.h>

/** What an exit status says in words, before its code; NULL if it is no kind of end. */
static inline const char *exit_kind_name(uint32_t kind)
{
    static const char *const names[] = {[EXIT_NORMAL] = "exit with code",
                                        [EXIT_KILLED] = "killed, with code",
                                        [EXIT_FAULT] = "ended by exception"};
    return kind < COUNT_OF(names) ? names[kind] : NULL;
}

/** Put an exit status into words. A program that checks something exits with a line's number. */
static inline void describe_status(char *text, size_t size, int32_t status)
{
    const char *name = exit_kind_name((uint32_t)EXIT_KIND(status));
    const char *more = EXIT_KIND(status) == EXIT_NORMAL && EXIT_CODE(status) != 0
                           ? ", the line of its check that failed"
                           : "";
    (void)format_string(text, size, "%s %d%s", name != NULL ? name : "no exit status",
                        EXIT_CODE(status), more);
}

/** Check how a process ended, by its exit status. @return whether it ended so. */
static inline bool check_exit_status(const struct ktest_check *check, int32_t actual,
                                     int32_t expected)
{
    char actual_text[80];
    char expected_text[80];
    describe_status(actual_text, sizeof(actual_text), actual);
    (void)format_string(expected_text, sizeof(expected_text), "%s %d",
                        exit_kind_name((uint32_t)EXIT_KIND(expected)), EXIT_CODE(expected));
    return ktest_check_true(check, actual == expected, expected_text, actual_text);
}

#endif
