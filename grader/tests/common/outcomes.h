/**
 * @file
 * Checks of how programs ended, for the tests of labs with processes.
 *
 * A failed check says "expected exit with code 0, got ended by exception 14 (page fault)", not
 * two numbers. Each lab's own header has the macros that use check_exit_status(). The functions are
 * defined here, so that a folder of tests can be linked in without another one. It owns no state.
 */
#ifndef COMMON_OUTCOMES_H
#define COMMON_OUTCOMES_H

#include "kernel/ktest.h"
#include "kernel/types.h"
#include "kernel/x86/trap.h"
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

/** Put an exit status into words. */
static inline void describe_status(char *text, size_t size, int32_t status)
{
    const char *name = exit_kind_name((uint32_t)EXIT_KIND(status));
    size_t length = format_string(text, size, "%s %d", name != NULL ? name : "no exit status",
                                  EXIT_CODE(status));
    if (EXIT_KIND(status) == EXIT_FAULT && length < size) {
        (void)format_string(text + length, size - length, " (%s)",
                            trap_name((uint32_t)EXIT_CODE(status)));
    }
}

/**
 * Check how a process ended, by its exit status. A program that checks something, and so must end
 * with 0, ends with the number of a line instead.
 * @return whether it ended as expected.
 */
static inline bool check_exit_status(const struct ktest_check *check, int32_t actual,
                                     int32_t expected)
{
    char actual_text[80];
    char expected_text[80];
    describe_status(actual_text, sizeof(actual_text), actual);
    describe_status(expected_text, sizeof(expected_text), expected);
    if (expected == EXIT_STATUS(EXIT_NORMAL, 0) && EXIT_KIND(actual) == EXIT_NORMAL) {
        (void)format_string(actual_text, sizeof(actual_text),
                            "exit with code %d, the line of its check that failed",
                            EXIT_CODE(actual));
    }
    return ktest_check_true(check, actual == expected, expected_text, actual_text);
}

#endif
