/**
 * @file
 * Tests of the kernel's parts that need no machine, run as a program with sanitizers.
 *
 * A test is a function declared with HOST_TEST(); all of them run, one after the other, and each
 * prints a line `ok NAME` or `not ok NAME - why`. A check that fails ends its test. An assertion
 * of the code under test fails the test too, unless CHECK_ASSERTS() expects it. main.c owns the
 * list of tests and stands in for the kernel's panic.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Number of elements of an array. */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** A test, and the next one in the list. */
struct host_test {
    const char *name;
    void (*run)(void);
    struct host_test *next;
};

/** Add a test to the list; called before main(). */
void host_register(struct host_test *test);

/** Declare a test: HOST_TEST(format_pads_numbers) { ... }. */
#define HOST_TEST(test_name)                                                                       \
    static void test_name(void);                                                                   \
    static struct host_test test_name##_entry = {.name = #test_name, .run = test_name};            \
    __attribute__((constructor)) static void test_name##_register(void)                            \
    {                                                                                              \
        host_register(&test_name##_entry);                                                         \
    }                                                                                              \
    static void test_name(void)

/** End the running test: it failed. The arguments are printf()'s. */
_Noreturn void host_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Fail unless two texts are equal. */
void host_check_text(const char *file, int line, const char *actual, const char *expected);
/** Fail unless two numbers are equal. */
void host_check_equal(const char *file, int line, const char *what, long long actual,
                      long long expected);

/** Where an expected assertion failure continues; see CHECK_ASSERTS(). */
extern jmp_buf host_assertion;
/** Whether an assertion failure is expected. */
extern bool host_assertion_expected;

#define CHECK(condition)                                                                           \
    ((condition) ? (void)0 : host_fail(__FILE__, __LINE__, "%s is false", #condition))
#define CHECK_TEXT(actual, expected) host_check_text(__FILE__, __LINE__, (actual), (expected))
#define CHECK_EQUAL(actual, expected)                                                              \
    host_check_equal(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))

/** Fail unless an assertion of the code under test fails while this is computed. */
#define CHECK_ASSERTS(expression)                                                                  \
    do {                                                                                           \
        host_assertion_expected = true;                                                            \
        if (setjmp(host_assertion) == 0) {                                                         \
            (void)!(expression);                                                                   \
            host_fail(__FILE__, __LINE__, "%s passes all assertions", #expression);                \
        }                                                                                          \
        host_assertion_expected = false;                                                           \
    } while (0)

#endif
