/**
 * @file
 * Runs the tests of this folder, and stands in for the kernel's panic.
 *
 * It owns the list of tests, which constructors fill before main(). Each test runs under setjmp();
 * a failure prints its line and jumps back. The exit status is 1 if a test failed, and the last
 * line of output counts them.
 */
#include "host.h"

#include "kernel/panic.h"

#include <stdarg.h>
#include <stdio.h>

jmp_buf host_assertion;
bool host_assertion_expected;

static struct host_test *tests;
static struct host_test *running;
static jmp_buf test_end;

void host_register(struct host_test *test)
{
    struct host_test **last = &tests;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = test;
}

_Noreturn void host_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("not ok %s - ", running->name);
    vprintf(format, arguments);
    printf(" (%s:%d)\n", file, line);
    va_end(arguments);
    longjmp(test_end, 1);
}

void host_check_text(const char *file, int line, const char *actual, const char *expected)
{
    size_t i = 0;
    while (actual[i] != '\0' && actual[i] == expected[i]) {
        i++;
    }
    if (actual[i] != expected[i]) {
        host_fail(file, line, "\"%s\" instead of \"%s\"", actual, expected);
    }
}

void host_check_equal(const char *file, int line, const char *what, long long actual,
                      long long expected)
{
    if (actual != expected) {
        host_fail(file, line, "%s is %lld instead of %lld", what, actual, expected);
    }
}

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
    if (host_assertion_expected) {
        longjmp(host_assertion, 1);
    }
    host_fail(file, line, "assertion failed: %s", condition);
}

_Noreturn void panic(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    host_fail(__FILE__, __LINE__, "panic: %s", text);
}

/** Run one test. @return whether it passed. */
static bool run_test(struct host_test *test)
{
    running = test;
    host_assertion_expected = false;
    if (setjmp(test_end) != 0) {
        return false;
    }
    test->run();
    printf("ok %s\n", test->name);
    return true;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int passed = 0;
    int failed = 0;
    for (struct host_test *test = tests; test != NULL; test = test->next) {
        if (run_test(test)) {
            passed++;
        } else {
            failed++;
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
