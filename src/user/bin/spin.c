/**
 * @file
 * Uses the processor and does nothing else.
 *
 * usage: spin [TICKS]      (default: without end)
 *
 * It never gives the processor away, so it shows whether others run all the same. With a time it
 * looks at the clock between its rounds. It owns no state.
 */
#include <cairn.h>
#include <stdlib.h>

/** Rounds between two looks at the clock. */
#define ROUNDS 10000

int main(int argc, char *argv[])
{
    uint32_t ticks = argc > 1 ? (uint32_t)strtol(argv[1], NULL, 10) : 0;
    uint32_t start = cairn_clock();
    while (argc < 2 || cairn_clock() - start < ticks) {
        for (volatile int round = 0; round < ROUNDS; round++) {
        }
    }
    return EXIT_SUCCESS;
}
