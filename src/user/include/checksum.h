/**
 * @file
 * A checksum of bytes that come piece by piece.
 *
 * It tells whether bytes were lost, changed or exchanged on their way, but protects against nobody
 * who wants to deceive. Sequence: begin with CHECKSUM_START, then checksum_add() for each piece.
 * It owns no state.
 *
 * Source: G. Fowler, L. Noll, K. Vo, FNV-1a, 32 bits.
 */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdint.h>

/** The checksum of no bytes. */
#define CHECKSUM_START 2166136261u

/**
 * Add bytes to a checksum.
 * @param checksum of what has come before.
 * @param bytes the next ones.
 * @param count how many.
 * @return the new checksum.
 */
static inline uint32_t checksum_add(uint32_t checksum, const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        checksum = (checksum ^ bytes[i]) * 16777619u;
    }
    return checksum;
}

#endif
