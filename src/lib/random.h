/**
 * @file
 * Pseudo-random numbers that a seed determines.
 *
 * Each generator is a structure of its owner's; the file owns no state. Sequence: random_seed()
 * once, then random_next() for each number. Not for secrets: the numbers are predictable.
 *
 * Source: G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <stdint.h>

/** A generator; its period is 2^32 - 1. */
struct random {
    uint32_t state; /**< Never 0. */
};

/**
 * Start a generator.
 * @param random receives the state.
 * @param seed any number; equal seeds give equal sequences.
 */
void random_seed(struct random *random, uint32_t seed);

/**
 * The next number.
 * @param random a generator that was started.
 * @return a number from 1 to 2^32 - 1.
 */
uint32_t random_next(struct random *random);

#endif
