/**
 * @file
 * Computes with floating point while others do the same.
 *
 * usage: float pi|square|vector|mode
 *
 * Sums of long series must come out right to the last bit: the x87 registers hold them (pi,
 * square), or SSE registers (vector), across all switches to other programs. `mode` has control
 * words of its own, which round differently. The expected bits are those of any IEEE 754 machine.
 */
#include "check.h"
#include "raw.h"

#include <string.h>

#define TERMS  20000
#define REPEAT 3

/** A sum of long doubles as its bits. */
struct bits {
    uint64_t significand;
    uint16_t exponent;
};

static long double leibniz_term(int index)
{
    long double term = 4.0L / (long double)(2 * index + 1);
    return index % 2 == 0 ? term : -term;
}

static long double euler_term(int index)
{
    long double root = (long double)(index + 1);
    return 1.0L / (root * root);
}

/** Sum up a series. @return whether the sum has certain bits. */
static bool sum_is(long double (*term)(int), struct bits expected)
{
    long double sum = 0.0L;
    for (int index = 0; index < TERMS; index++) {
        sum += term(index);
    }
    uint64_t significand;
    uint16_t exponent;
    memcpy(&significand, &sum, sizeof(significand));
    memcpy(&exponent, (const char *)&sum + sizeof(significand), sizeof(exponent));
    return significand == expected.significand && exponent == expected.exponent;
}

typedef double pair __attribute__((vector_size(16)));

/** Sum up two series at once in SSE registers. @return whether the sums have certain bits. */
static __attribute__((target("sse2"))) bool vector_sum_is_right(void)
{
    pair sum = {0.0, 0.0};
    pair term = {1.0, 2.0};
    const pair ratio = {0.999, 0.998};
    const pair more = {1e-9, 1e-8};
    for (int i = 0; i < 3 * TERMS; i++) {
        sum += term;
        term *= ratio;
        term += more;
    }
    uint64_t bits[2];
    memcpy(bits, &sum, sizeof(bits));
    return bits[0] == 0x408F4078D4FDEF8Fu && bits[1] == 0x408F426147AE00B6u;
}

/** Compute with control words of its own: single precision, rounding up; SSE rounds to zero. */
static void keep_modes(void)
{
    const struct raw_modes modes = {0x087F, 0x7F80};
    raw_set_modes(&modes);
    volatile long double three = 3.0L;
    volatile long double third = 1.0L / three;
    for (int i = 0; i < 8 * TERMS; i++) {
        struct raw_modes now = {0, 0};
        raw_get_modes(&now);
        CHECK(now.x87 == modes.x87 && now.sse == modes.sse);
        CHECK(1.0L / three == third);
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    const struct bits pi = {0xC90F08EB0A121356u, 0x4000};
    const struct bits square = {0xD28B8FA718BBC295u, 0x3FFF};
    for (int i = 0; i < REPEAT; i++) {
        switch (argv[1][0]) {
        case 'p':
            CHECK(sum_is(leibniz_term, pi));
            break;
        case 's':
            CHECK(sum_is(euler_term, square));
            break;
        case 'v':
            CHECK(vector_sum_is_right());
            break;
        default:
            keep_modes();
        }
    }
    return 0;
}
