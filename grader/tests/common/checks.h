/**
 * @file
 * Checks that show names instead of numbers, for the tests of all labs.
 *
 * They complete the macros of kernel/ktest.h: a failed check says "expected -E_AGAIN, got 0", not
 * "expected 4294967285". The functions are used through the macros below them. They are defined
 * here, so that a folder of tests can be linked in without another one. The file owns no state.
 */
#ifndef COMMON_CHECKS_H
#define COMMON_CHECKS_H

#include "kernel/ktest.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/misuse.h"
#include "kernel/types.h"
#include "lib/format.h"

#include <cairn/error.h>

/** The name of a result: 0 or a negated error. */
static inline const char *result_name(int result)
{
    switch (-result) {
    case 0:
        return "0";
#define RESULT_NAME(name, number, text)                                                            \
    case number:                                                                                   \
        return "-" #name;
        CAIRN_ERRORS(RESULT_NAME)
#undef RESULT_NAME
    default:
        return "a number that is neither 0 nor an error";
    }
}

/** The name of a misuse. */
static inline const char *misuse_name(enum misuse misuse)
{
    static const char *const names[] = {[MISUSE_NONE] = "no misuse reported",
#define MISUSE_NAME(constant, name, text) [constant] = #constant,
                                        MEMORY_MISUSES(MISUSE_NAME)
#undef MISUSE_NAME
    };
    return (uint32_t)misuse < COUNT_OF(names) ? names[misuse] : "no misuse";
}

/** The name of the cause of a fault. */
static inline const char *cause_name(enum fault_cause cause)
{
    static const char *const names[] = {
        [FAULT_CAUSE_NONE] = "FAULT_CAUSE_NONE, resolved",
        [FAULT_CAUSE_NULL] = "FAULT_CAUSE_NULL",
        [FAULT_CAUSE_GUARD] = "FAULT_CAUSE_GUARD",
        [FAULT_CAUSE_NOT_MAPPED] = "FAULT_CAUSE_NOT_MAPPED",
        [FAULT_CAUSE_READ_ONLY] = "FAULT_CAUSE_READ_ONLY",
        [FAULT_CAUSE_PRIVILEGE] = "FAULT_CAUSE_PRIVILEGE",
        [FAULT_CAUSE_RESERVED_BIT] = "FAULT_CAUSE_RESERVED_BIT",
        [FAULT_CAUSE_OUT_OF_MEMORY] = "FAULT_CAUSE_OUT_OF_MEMORY",
    };
    return (uint32_t)cause < COUNT_OF(names) ? names[cause] : "no cause";
}

/** Check that a number lies in a range; use EXPECT_BETWEEN(). @return whether it does. */
static inline bool check_between(const struct ktest_check *check, uint32_t actual, uint32_t low,
                                 uint32_t high)
{
    char expected_text[32];
    char actual_text[16];
    format_string(expected_text, sizeof(expected_text), "%u to %u", low, high);
    format_string(actual_text, sizeof(actual_text), "%u", actual);
    return ktest_check_true(check, actual >= low && actual <= high, expected_text, actual_text);
}

/** Check that no address was found; use EXPECT_NONE(). @return whether it is 0. */
static inline bool check_none(const struct ktest_check *check, uint32_t address)
{
    char actual_text[32];
    format_string(actual_text, sizeof(actual_text), "not at address 0x%08x", address);
    return ktest_check_true(check, address == 0, "always", actual_text);
}

/** Put a result into words: 0, the name of an error, or a number. */
static inline void describe_result(char *text, size_t size, int32_t result)
{
    if (result > 0) {
        (void)format_string(text, size, "%d", result);
    } else {
        (void)format_string(text, size, "%s", result_name(result));
    }
}

/** Check a result: a number, 0 or an error; use EXPECT_RESULT(). @return whether it is right. */
static inline bool check_result(const struct ktest_check *check, int32_t actual, int32_t expected)
{
    char actual_text[48];
    char expected_text[48];
    describe_result(actual_text, sizeof(actual_text), actual);
    describe_result(expected_text, sizeof(expected_text), expected);
    return ktest_check_true(check, actual == expected, expected_text, actual_text);
}

/** Check which misuse was reported; use EXPECT_MISUSE(). @return whether it is the expected one. */
static inline bool check_misuse(const struct ktest_check *check, enum misuse actual,
                                enum misuse expected)
{
    return ktest_check_true(check, actual == expected, misuse_name(expected), misuse_name(actual));
}

/** Check the cause of a fault; use EXPECT_CAUSE(). @return whether it is the expected one. */
static inline bool check_cause(const struct ktest_check *check, enum fault_cause actual,
                               enum fault_cause expected)
{
    return ktest_check_true(check, actual == expected, cause_name(expected), cause_name(actual));
}

/** A number must lie between two others, these included. */
#define EXPECT_BETWEEN(actual, low, high, what)                                                    \
    check_between(KTEST_CHECK(what, false), (actual), (low), (high))
/** As EXPECT_BETWEEN; a failure ends the run. */
#define REQUIRE_BETWEEN(actual, low, high, what)                                                   \
    check_between(KTEST_CHECK(what, true), (actual), (low), (high))
/** The first offending address of a search must be 0. */
#define EXPECT_NONE(address, what) check_none(KTEST_CHECK(what, false), (uint32_t)(address))
/** A call must return 0 or a certain error. */
#define EXPECT_RESULT(actual, expected, what)                                                      \
    check_result(KTEST_CHECK(what, false), (actual), (expected))
/** As EXPECT_RESULT; a failure ends the run. */
#define REQUIRE_RESULT(actual, expected, what)                                                     \
    check_result(KTEST_CHECK(what, true), (actual), (expected))
/** A certain misuse must have been reported. */
#define EXPECT_MISUSE(actual, expected, what)                                                      \
    check_misuse(KTEST_CHECK(what, false), (actual), (expected))
/** A fault must have a certain cause. */
#define EXPECT_CAUSE(actual, expected, what)                                                       \
    check_cause(KTEST_CHECK(what, false), (actual), (expected))

#endif
