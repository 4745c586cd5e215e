/**
 * @file
 * Building and reading the data of messages; see cairn/pack.h.
 *
 * Every function asks pack_reserve() or take() for its bytes: the two places that compare with the
 * end. Sizes are compared by subtraction, which cannot wrap. It owns no state.
 */
#include <cairn/pack.h>

#include "lib/string.h"

#include <cairn/error.h>

#include <stdbool.h>
#include <stddef.h>

uint8_t *pack_reserve(struct pack *pack, uint32_t count)
{
    if (pack->error < 0 || count > pack->size - pack->used) {
        pack->error = -E_TOO_LONG;
        return NULL;
    }
    uint8_t *place = pack->data + pack->used;
    pack->used += count;
    return place;
}

/** The next @p count bytes; NULL, and an error for ever, if there are fewer. */
static const uint8_t *take(struct unpack *unpack, uint32_t count)
{
    if (unpack->error < 0 || count > unpack->size - unpack->used) {
        unpack->error = -E_INVALID;
        return NULL;
    }
    const uint8_t *place = unpack->data + unpack->used;
    unpack->used += count;
    return place;
}

void pack_start(struct pack *pack, void *data, uint32_t size)
{
    *pack = (struct pack){.data = data, .size = size};
}

/** Write the lowest byte first. */
static void put(uint8_t *place, uint64_t value, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        place[i] = (uint8_t)(value >> 8 * i);
    }
}

void pack_u32(struct pack *pack, uint32_t value)
{
    uint8_t *place = pack_reserve(pack, 4);
    if (place != NULL) {
        put(place, value, 4);
    }
}

void pack_u64(struct pack *pack, uint64_t value)
{
    uint8_t *place = pack_reserve(pack, 8);
    if (place != NULL) {
        put(place, value, 8);
    }
}

void pack_bytes(struct pack *pack, const void *bytes, uint32_t length)
{
    if (length > UINT32_MAX - 4) {
        pack->error = -E_TOO_LONG;
        return;
    }
    uint8_t *place = pack_reserve(pack, 4 + length); /* all of it, or nothing */
    if (place != NULL) {
        put(place, length, 4);
        memcpy(place + 4, bytes, length);
    }
}

void pack_string(struct pack *pack, const char *text)
{
    pack_bytes(pack, text, strlen(text));
}

int pack_finish(const struct pack *pack)
{
    return pack->error < 0 ? pack->error : (int)pack->used;
}

void unpack_start(struct unpack *unpack, const void *data, uint32_t size)
{
    *unpack = (struct unpack){.data = data, .size = size};
}

static uint64_t get(const uint8_t *place, uint32_t count)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        value |= (uint64_t)place[i] << 8 * i;
    }
    return value;
}

uint32_t unpack_u32(struct unpack *unpack)
{
    const uint8_t *place = take(unpack, 4);
    return place == NULL ? 0 : (uint32_t)get(place, 4);
}

uint64_t unpack_u64(struct unpack *unpack)
{
    const uint8_t *place = take(unpack, 8);
    return place == NULL ? 0 : get(place, 8);
}

struct span unpack_bytes(struct unpack *unpack)
{
    uint32_t length = unpack_u32(unpack);
    const uint8_t *place = take(unpack, length);
    return place == NULL ? (struct span){NULL, 0} : (struct span){place, length};
}

void unpack_string(struct unpack *unpack, char *text, uint32_t size)
{
    struct span span = unpack_bytes(unpack);
    bool fits = unpack->error == 0 && span.length < size;
    for (uint32_t i = 0; fits && i < span.length; i++) {
        text[i] = (char)span.bytes[i];
        fits = text[i] != '\0';
    }
    if (!fits) {
        unpack->error = -E_INVALID;
    }
    text[fits ? span.length : 0] = '\0';
}

int unpack_finish(const struct unpack *unpack)
{
    return unpack->error < 0 || unpack->used != unpack->size ? -E_INVALID : 0;
}
