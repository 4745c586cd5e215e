/**
 * @file
 * Counts prime numbers, which keeps the processor busy.
 *
 * usage: primes [LIMIT]      (default: 50000)
 *
 * It makes no system call while it computes, so only the clock takes the processor away from it;
 * its registers and its stack must survive that. It owns no state.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_prime(int number)
{
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return number >= 2;
}

int main(int argc, char *argv[])
{
    int limit = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 50000;
    int count = 0;
    for (int number = 0; number < limit; number++) {
        count += is_prime(number);
    }
    printf("primes: %d below %d\n", count, limit);
    return EXIT_SUCCESS;
}
