/**
 * @file
 * Numbers, chance, and the end of a program; see <stdlib.h>.
 *
 * It owns the state of rand(). Nothing is buffered anywhere in the library, so ending a program
 * takes nothing but the system call. strtol() collects digits in unsigned arithmetic and corrects
 * the sign last.
 */
#include <stdlib.h>

#include "lib/random.h"

#include <cairn.h>
#include <errno.h>

/** The status of a process that may not kill itself: the first one. */
#define ABORT_STATUS 134
/** Largest results of strtol(). */
#define LONG_LARGEST  0x7FFFFFFFul
#define LONG_SMALLEST 0x80000000ul

static struct random generator = {.state = 1};

_Noreturn void exit(int status)
{
    cairn_exit(status);
}

_Noreturn void abort(void)
{
    (void)cairn_kill(cairn_getpid());
    cairn_exit(ABORT_STATUS);
}

/** @return the value of a digit in any base up to 36; 36 or more for anything else. */
static unsigned int digit_value(char character)
{
    if (character >= '0' && character <= '9') {
        return (unsigned int)(character - '0');
    }
    char letter = (char)(character | 0x20);
    return letter >= 'a' && letter <= 'z' ? (unsigned int)(letter - 'a') + 10 : 36;
}

/** @return the base that a number's prefix asks for; @p text is moved behind 0x. */
static unsigned int read_base(const char **text, int base)
{
    const char *prefix = *text;
    bool hexadecimal = prefix[0] == '0' && (prefix[1] | 0x20) == 'x' && digit_value(prefix[2]) < 16;
    if (hexadecimal && (base == 0 || base == 16)) {
        *text += 2;
        return 16;
    }
    if (base == 0) {
        return prefix[0] == '0' ? 8 : 10;
    }
    return (unsigned int)base;
}

/** Read digits up to a limit. @return the number; the limit, with errno ERANGE, if it is larger. */
static unsigned long read_digits(const char **text, unsigned int base, unsigned long limit)
{
    unsigned long number = 0;
    for (unsigned int digit; (digit = digit_value(**text)) < base; (*text)++) {
        if (number > (limit - digit) / base) {
            errno = ERANGE;
            number = limit;
        } else if (number != limit) {
            number = number * base + digit;
        }
    }
    return number;
}

long strtol(const char *text, char **end, int base)
{
    const char *place = text;
    while (*place == ' ' || (*place >= '\t' && *place <= '\r')) {
        place++;
    }
    bool negative = *place == '-';
    if (*place == '-' || *place == '+') {
        place++;
    }
    unsigned int radix = read_base(&place, base);
    const char *digits = place;
    unsigned long number = read_digits(&place, radix, negative ? LONG_SMALLEST : LONG_LARGEST);
    if (end != NULL) {
        *end = (char *)(place == digits ? text : place);
    }
    return (long)(negative ? 0 - number : number);
}

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

void srand(unsigned int seed)
{
    random_seed(&generator, seed);
}

int rand(void)
{
    return (int)(random_next(&generator) & RAND_MAX);
}
