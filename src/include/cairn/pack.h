/**
 * @file
 * Building and reading the data of messages: numbers, strings and bytes, one after the other.
 *
 * Numbers are little-endian and lie at any address. A string or a run of bytes is its length as a
 * 32-bit number and then its bytes, without a final 0. Whoever builds never writes past the end,
 * and whoever reads never reads past it: the first thing that does not fit is an error that stays,
 * so one look at the end is enough. Sequence: pack_start(), pack_u32() and so on, pack_finish();
 * unpack_start(), unpack_u32() and so on, unpack_finish(). It owns no state.
 */
#ifndef CAIRN_PACK_H
#define CAIRN_PACK_H

#include <stdint.h>

/** Data that is being built. */
struct pack {
    uint8_t *data;
    uint32_t size; /**< Bytes that there is room for. */
    uint32_t used; /**< Bytes that are written. */
    int error;     /**< 0, or -E_TOO_LONG for ever. */
};

/** Data that is being read. */
struct unpack {
    const uint8_t *data;
    uint32_t size; /**< Bytes that there are. */
    uint32_t used; /**< Bytes that have been read. */
    int error;     /**< 0, or -E_INVALID for ever. */
};

/** Bytes within data that is being read; they stay where they are. */
struct span {
    const uint8_t *bytes;
    uint32_t length; /**< In bytes. */
};

/**
 * Begin to build.
 * @param pack not in use.
 * @param data where to.
 * @param size of @p data in bytes.
 */
void pack_start(struct pack *pack, void *data, uint32_t size);

/**
 * Make room for bytes that the caller fills in itself.
 * @param pack under way.
 * @param count how many.
 * @return where they go; NULL if there is no room.
 */
uint8_t *pack_reserve(struct pack *pack, uint32_t count);

/** Add a number of 32 bits. */
void pack_u32(struct pack *pack, uint32_t value);

/** Add a number of 64 bits. */
void pack_u64(struct pack *pack, uint64_t value);

/** Add a run of bytes: its length, and the bytes. */
void pack_bytes(struct pack *pack, const void *bytes, uint32_t length);

/** Add a string: its length, and its characters without the final 0. */
void pack_string(struct pack *pack, const char *text);

/**
 * End building.
 * @return the number of bytes built; -E_TOO_LONG if something did not fit.
 */
int pack_finish(const struct pack *pack);

/**
 * Begin to read.
 * @param unpack not in use.
 * @param data where from; it must stay as it is while spans of it are in use.
 * @param size of @p data in bytes.
 */
void unpack_start(struct unpack *unpack, const void *data, uint32_t size);

/** @return the next number of 32 bits; 0 after an error. */
uint32_t unpack_u32(struct unpack *unpack);

/** @return the next number of 64 bits; 0 after an error. */
uint64_t unpack_u64(struct unpack *unpack);

/** @return the next run of bytes; an empty one after an error. */
struct span unpack_bytes(struct unpack *unpack);

/**
 * Read a string.
 * @param unpack under way.
 * @param text receives it and a final 0; an empty string after an error.
 * @param size of @p text in bytes, at least 1. A string without room in it, or with a 0 inside, is
 *             an error.
 */
void unpack_string(struct unpack *unpack, char *text, uint32_t size);

/**
 * End reading.
 * @return 0; -E_INVALID if something was missing or malformed, or bytes are left over.
 */
int unpack_finish(const struct unpack *unpack);

#endif
