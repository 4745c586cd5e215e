/**
 * @file
 * Marsaglia's xorshift generator with 32 bits of state; the contract is in random.h.
 *
 * The state must never be 0, which is its own successor; a seed of 0 is therefore replaced. The
 * file owns no state. random_seed() comes first, random_next() as often as wanted.
 */
#include "lib/random.h"

/** Stands for the seed 0: the golden ratio's fraction in 32 bits. */
#define SEED_FOR_ZERO 0x9E3779B9u

void random_seed(struct random *random, uint32_t seed)
{
    random->state = seed != 0 ? seed : SEED_FOR_ZERO;
}

uint32_t random_next(struct random *random)
{
    uint32_t x = random->state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    random->state = x;
    return x;
}
