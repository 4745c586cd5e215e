/**
 * @file
 * Fails in a function of a function, so that the kernel's report has something to tell.
 *
 * usage: crash read|write|divide|overflow
 *
 * The names of the functions must appear in the report, innermost first. It owns no state.
 */
#include "check.h"

/** An address that the compiler does not know. */
static volatile uintptr_t hidden;
/** A number that the compiler does not know. */
static volatile int zero;

static int crash_inner(char kind)
{
    volatile int quotient;
    switch (kind) {
    case 'r':
        return *(volatile int *)hidden;
    case 'w':
        hidden = (uintptr_t)crash_inner;
        *(volatile int *)hidden = 1;
        return 0;
    default:
        quotient = 100 / zero; /* kept in memory: the frame is there until it is */
        return quotient;
    }
}

/** Functions are called by pointers that the compiler cannot follow, so that none is inlined. */
static int (*volatile inner)(char) = crash_inner;

static int crash_middle(char kind)
{
    int result = inner(kind);
    return result + (int)hidden;
}

static int crash_deeper(char kind);
static int (*volatile middle)(char) = crash_middle;
static int (*volatile deeper)(char) = crash_deeper;

/** Calls itself without end. */
static int crash_deeper(char kind)
{
    volatile char local[1000];
    local[0] = kind;
    return deeper(kind) + local[0];
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    return argv[1][0] == 'o' ? deeper('o') : middle(argv[1][0]);
}
