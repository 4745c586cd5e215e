/**
 * @file
 * Two processes compute with floating point at the same time.
 *
 * usage: float
 *
 * Parent and child sum up different series, and let each other run within the computation, when
 * intermediate results are in floating-point registers. The sums are known to the last bit: all
 * values are long double, which the x87 computes as it stores them, so compilers cannot differ. The
 * exit status is 1 if a sum is wrong. No state is shared.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Terms of a series, and how many of them are computed at a time. */
#define TERMS   20000
#define PORTION 100

/** A series and its sum. */
struct series {
    const char *name;
    long double (*term)(int index);
    uint64_t significand; /**< Of the sum; bits 0 to 63 of its representation. */
    uint16_t exponent;    /**< Bits 64 to 79. */
};

/** 4 - 4/3 + 4/5 - ...: pi, by Leibniz. */
static long double leibniz(int index)
{
    long double term = 4.0L / (long double)(2 * index + 1);
    return index % 2 == 0 ? term : -term;
}

/** 1/1 + 1/4 + 1/9 + ...: pi^2/6, by Euler. */
static long double euler(int index)
{
    long double root = (long double)(index + 1);
    return 1.0L / (root * root);
}

static const struct series leibniz_series = {"pi", leibniz, 0xC90F08EB0A121356u, 0x4000};
static const struct series euler_series = {"pi^2/6", euler, 0xD28B8FA718BBC295u, 0x3FFF};

/** Sum up a series, with the sum in a register across the switches to the other process. */
static long double sum_up(const struct series *series)
{
    long double sum = 0.0L;
    for (int index = 0; index < TERMS; index++) {
        sum += series->term(index);
        if (index % PORTION == 0) {
            (void)cairn_yield();
        }
    }
    return sum;
}

/** @return EXIT_SUCCESS if a series has the sum that it should have. */
static int check(const struct series *series)
{
    long double sum = sum_up(series);
    uint64_t significand;
    uint16_t exponent;
    memcpy(&significand, &sum, sizeof(significand));
    memcpy(&exponent, (const char *)&sum + sizeof(significand), sizeof(exponent));
    bool right = significand == series->significand && exponent == series->exponent;
    printf("float: the sum for %s is 0x%016llx * 2^%d, which is %s\n", series->name, significand,
           exponent - 16383 - 63, right ? "right" : "WRONG");
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    pid_t child = fork();
    if (child < 0) {
        puts("float: fork failed");
        return EXIT_FAILURE;
    }
    int result = check(child == 0 ? &euler_series : &leibniz_series);
    int status = 0;
    if (child > 0 && (wait(&status) != child || status != EXIT_STATUS(EXIT_NORMAL, 0))) {
        result = EXIT_FAILURE;
    }
    return result;
}
