/**
 * @file
 * Counts and sleeps between the numbers.
 *
 * usage: count [N [TICKS]]      (default: 3 100)
 *
 * Several of them show that sleeping processes do not use the processor and wake in order of their
 * times. Times are ticks of the clock since the program started. It owns no state.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    int last = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 3;
    int ticks = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 100;
    uint32_t start = cairn_clock();
    for (int number = 1; number <= last; number++) {
        (void)cairn_sleep((uint32_t)ticks);
        printf("count: process %d says %d after %u ticks\n", (int)cairn_getpid(), number,
               (unsigned)(cairn_clock() - start));
    }
    return EXIT_SUCCESS;
}
