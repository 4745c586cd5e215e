/**
 * @file
 * Tests of the programs' user/lib/stdlib.c and user/lib/stdio.c, included under other names.
 *
 * The console, cairn_write(), is a buffer here that can be made to refuse. Results of strtol() are
 * those of the host's C library, whose long has 32 bits as well. The file owns the buffer.
 */
#include "host.h"

#include "lib/string.h"

#include <cairn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/** A number read by the host. */
static long host_strtol(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}

#define exit      user_exit
#define abort     user_abort
#define strtol    user_strtol
#define atoi      user_atoi
#define rand      user_rand
#define srand     user_srand
#define printf    user_printf
#define vprintf   user_vprintf
#define snprintf  user_snprintf
#define vsnprintf user_vsnprintf
#define puts      user_puts
#undef putchar
#define putchar user_putchar
#include "user/lib/stdio.c"
#include "user/lib/stdlib.c"

/** What was written, how many writes that took, and what the next one returns if not 0. */
static char console[2 * WRITE_MAX + 2];
static size_t console_used;
static int console_writes;
static int console_error;

int cairn_write(const char *text, size_t size)
{
    CHECK(size <= WRITE_MAX && size < sizeof(console) - console_used);
    if (console_error != 0) {
        return console_error;
    }
    memcpy(console + console_used, text, size);
    console_used += size;
    console[console_used] = '\0';
    console_writes++;
    return (int)size;
}

int32_t cairn_getpid(void)
{
    return 1;
}

int cairn_kill(int32_t pid)
{
    return pid == 1 ? -E_INVALID : -E_NO_PROCESS;
}

_Noreturn void cairn_exit(int status)
{
    host_fail(__FILE__, __LINE__, "the library ends the program with status %d", status);
}

static void clear_console(void)
{
    console_used = 0;
    console_writes = 0;
    console_error = 0;
}

HOST_TEST(strtol_reads_as_the_host_does)
{
    static const char *const texts[] = {"0",
                                        "7",
                                        "-7",
                                        "+7",
                                        " \t\n\v\f\r12x",
                                        "",
                                        " ",
                                        "-",
                                        "+-1",
                                        "0x1F",
                                        "0X1fg",
                                        "0x",
                                        "0xg",
                                        "-0x10",
                                        "010",
                                        "08",
                                        "zZ",
                                        "2147483647",
                                        "2147483648",
                                        "-2147483648",
                                        "-2147483649",
                                        "4294967296",
                                        "99999999999",
                                        "-99999999999",
                                        "0x80000000",
                                        "-0x80000000",
                                        "1 2",
                                        "12345678901234567890123",
                                        "/:@[`{"};
    static const int bases[] = {0, 2, 8, 10, 16, 36};
    for (size_t i = 0; i < COUNT(texts); i++) {
        for (size_t k = 0; k < COUNT(bases); k++) {
            char *expected_end;
            char *end;
            errno = 0;
            long expected = host_strtol(texts[i], &expected_end, bases[k]);
            int expected_errno = errno;
            errno = 0;
            CHECK_EQUAL(user_strtol(texts[i], &end, bases[k]), expected);
            CHECK_EQUAL(errno, expected_errno);
            CHECK_EQUAL(end - texts[i], expected_end - texts[i]);
        }
    }
    CHECK_EQUAL(user_atoi("-12.5"), -12);
}

HOST_TEST(rand_repeats_from_its_seed)
{
    user_srand(5);
    int first = user_rand();
    CHECK(first >= 0 && user_rand() != first);
    user_srand(5);
    CHECK_EQUAL(user_rand(), first);
}

HOST_TEST(printf_writes_once)
{
    clear_console();
    CHECK_EQUAL(user_printf("%s %d\n", "text", 5), 7);
    CHECK_TEXT(console, "text 5\n");
    CHECK_EQUAL(console_writes, 1);
    CHECK_EQUAL(user_printf("%s", ""), 0);
    CHECK_EQUAL(console_writes, 1);
    CHECK_EQUAL(user_puts("line"), 0);
    CHECK_EQUAL(user_putchar('x'), 'x');
    CHECK_TEXT(console, "text 5\nline\nx");
    CHECK_EQUAL(console_writes, 3);
}

HOST_TEST(printf_writes_long_text_in_pieces)
{
    clear_console();
    CHECK_EQUAL(user_printf("%*d", (int)WRITE_MAX, 1), WRITE_MAX);
    CHECK_EQUAL(console_writes, 1);
    CHECK_EQUAL(user_printf("%*d", (int)WRITE_MAX + 1, 2), WRITE_MAX + 1);
    CHECK_EQUAL(console_writes, 3);
    CHECK_EQUAL(console[console_used - 1], '2');
}

HOST_TEST(printf_reports_errors)
{
    clear_console();
    console_error = -E_FAULT;
    CHECK_EQUAL(user_printf("%d", 1), -E_FAULT);
    CHECK_EQUAL(user_puts("x"), EOF);
    CHECK_EQUAL(user_putchar('x'), EOF);
}

HOST_TEST(snprintf_cuts)
{
    char buffer[4];
    CHECK_EQUAL(user_snprintf(buffer, sizeof(buffer), "%d", 12345), 5);
    CHECK_TEXT(buffer, "123");
}
