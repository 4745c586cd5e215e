/**
 * @file
 * Tests of lib/pack.c: what is built can be read again, and nothing lies outside of its place.
 *
 * Data lies in a block of just its size, at its end, so that the sanitizer sees every byte that is
 * read or written beyond it. A record of random items is built and read; then it is damaged. The
 * file owns the random numbers, whose seed is fixed.
 */
#include "host.h"
#include "lib/random.h"
#include "lib/string.h"

#include <cairn/error.h>
#include <cairn/pack.h>

#include <stdlib.h>

/** Items of a record, and bytes of an item, at most. */
#define ITEMS_MAX  12u
#define LENGTH_MAX 40u
/** Bytes of the largest record. */
#define RECORD_MAX (ITEMS_MAX * (LENGTH_MAX + 4))

/** What an item is. */
enum kind { NUMBER, LARGE_NUMBER, BYTES, TEXT, KINDS };

/** An item of a record. */
struct item {
    enum kind kind;
    uint64_t number;
    uint32_t length;
    uint8_t bytes[LENGTH_MAX + 1]; /**< Of a text with its final 0. */
};

static struct item items[ITEMS_MAX];
static uint32_t item_count;
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

/** A block with @p size bytes at its very end. */
static uint8_t *place_of(uint32_t size, uint8_t **block)
{
    uint32_t odd = below(4); /* no address is better than another one */
    *block = malloc(size + odd + 1);
    CHECK(*block != NULL);
    return *block + odd + 1;
}

/** Think of a record. @return its size as data. */
static uint32_t invent(void)
{
    uint32_t size = 0;
    item_count = 1 + below(ITEMS_MAX);
    for (uint32_t i = 0; i < item_count; i++) {
        struct item *item = &items[i];
        item->kind = below(KINDS);
        item->number = (uint64_t)random_next(&numbers) << 32 | random_next(&numbers);
        item->length = below(LENGTH_MAX + 1);
        for (uint32_t j = 0; j < item->length; j++) {
            item->bytes[j] = (uint8_t)(item->kind == TEXT ? 1 + below(255) : below(256));
        }
        item->bytes[item->length] = 0;
        const uint32_t sizes[] = {4, 8, 4 + item->length, 4 + item->length};
        size += sizes[item->kind];
    }
    return size;
}

/** Build the record. @return pack_finish()'s. */
static int build(uint8_t *place, uint32_t size)
{
    struct pack pack;
    pack_start(&pack, place, size);
    for (uint32_t i = 0; i < item_count; i++) {
        const struct item *item = &items[i];
        if (item->kind == NUMBER) {
            pack_u32(&pack, (uint32_t)item->number);
        } else if (item->kind == LARGE_NUMBER) {
            pack_u64(&pack, item->number);
        } else if (item->kind == BYTES) {
            pack_bytes(&pack, item->bytes, item->length);
        } else {
            pack_string(&pack, (const char *)item->bytes);
        }
    }
    return pack_finish(&pack);
}

/** Read one item. @return whether it is the one that was built. */
static bool read_item(struct unpack *unpack, const struct item *item)
{
    if (item->kind == NUMBER) {
        return unpack_u32(unpack) == (uint32_t)item->number;
    }
    if (item->kind == LARGE_NUMBER) {
        return unpack_u64(unpack) == item->number;
    }
    if (item->kind == BYTES) {
        struct span span = unpack_bytes(unpack);
        for (uint32_t i = 0; i < span.length; i++) { /* touches them all */
            if (i >= item->length || span.bytes[i] != item->bytes[i]) {
                return false;
            }
        }
        return span.length == item->length;
    }
    char text[LENGTH_MAX + 1];
    unpack_string(unpack, text, sizeof(text));
    return strcmp(text, (const char *)item->bytes) == 0;
}

/** Read the record. @return unpack_finish()'s; @p same says whether it is the one that was built.
 */
static int read(const uint8_t *place, uint32_t size, bool *same)
{
    struct unpack unpack;
    *same = true;
    unpack_start(&unpack, place, size);
    for (uint32_t i = 0; i < item_count; i++) {
        *same = read_item(&unpack, &items[i]) && *same;
    }
    CHECK(unpack.used <= size);
    return unpack_finish(&unpack);
}

/** Read the first bytes of a record. @return unpack_finish()'s. */
static int read_copy(const uint8_t *record, uint32_t size, bool *same)
{
    uint8_t *block;
    uint8_t *place = place_of(size, &block);
    memcpy(place, record, size);
    int error = read(place, size, same);
    free(block);
    return error;
}

HOST_TEST(pack_records_are_read_as_they_were_built)
{
    random_seed(&numbers, 1);
    for (uint32_t round = 0; round < 3000; round++) {
        bool same;
        uint8_t *block;
        const uint32_t size = invent();
        uint8_t *place = place_of(size, &block);
        CHECK_EQUAL(build(place, size), size);
        CHECK_EQUAL(read(place, size, &same), 0);
        CHECK(same);
        free(block);
    }
}

HOST_TEST(pack_never_writes_past_the_end)
{
    random_seed(&numbers, 2);
    for (uint32_t round = 0; round < 300; round++) {
        const uint32_t whole = invent();
        for (uint32_t size = 0; size < whole; size++) {
            uint8_t *block;
            uint8_t *place = place_of(size, &block);
            CHECK_EQUAL(build(place, size), -E_TOO_LONG);
            free(block);
        }
    }
}

HOST_TEST(pack_numbers_are_little_endian)
{
    static const uint8_t expected[] = {0x78, 0x56, 0x34, 0x12, 0xEF, 0xCD, 0xAB, 0x89, 0x67,
                                       0x45, 0x23, 0x01, 2,    0,    0,    0,    'o',  'k'};
    uint8_t data[sizeof(expected)];
    struct pack pack;
    pack_start(&pack, data, sizeof(data));
    pack_u32(&pack, 0x12345678u);
    pack_u64(&pack, 0x0123456789ABCDEFull);
    pack_string(&pack, "ok");
    CHECK_EQUAL(pack_finish(&pack), sizeof(expected));
    CHECK_EQUAL(memcmp(data, expected, sizeof(expected)), 0);
}

HOST_TEST(pack_errors_stay)
{
    uint8_t data[8];
    struct pack pack;
    pack_start(&pack, data, sizeof(data));
    pack_string(&pack, "too long");
    CHECK(pack_reserve(&pack, 1) == NULL);
    pack_u32(&pack, 1); /* would fit */
    CHECK_EQUAL(pack.used, 0);
    CHECK_EQUAL(pack_finish(&pack), -E_TOO_LONG);

    struct unpack unpack;
    memset(data, 0xFF, sizeof(data));
    unpack_start(&unpack, data, sizeof(data));
    CHECK_EQUAL(unpack_bytes(&unpack).length, 0);
    CHECK_EQUAL(unpack_u32(&unpack), 0); /* there are 4 bytes */
    CHECK_EQUAL(unpack_u64(&unpack), 0);
    CHECK_EQUAL(unpack_finish(&unpack), -E_INVALID);
}

HOST_TEST(pack_survives_lengths_near_the_largest)
{
    uint8_t data[16] = {0};
    for (uint32_t length = UINT32_MAX; length > UINT32_MAX - 40; length--) {
        struct pack pack;
        pack_start(&pack, data, sizeof(data));
        pack_u32(&pack, 7);
        pack_bytes(&pack, data, length);
        CHECK_EQUAL(pack_finish(&pack), -E_TOO_LONG);
        pack_start(&pack, data, sizeof(data));
        pack_u32(&pack, 7);
        CHECK(pack_reserve(&pack, length) == NULL);

        struct unpack unpack;
        pack_start(&pack, data, sizeof(data));
        pack_u32(&pack, length);
        unpack_start(&unpack, data, sizeof(data));
        CHECK(unpack_bytes(&unpack).bytes == NULL);
        CHECK_EQUAL(unpack_finish(&unpack), -E_INVALID);
    }
}

HOST_TEST(unpack_rejects_every_truncation)
{
    random_seed(&numbers, 3);
    for (uint32_t round = 0; round < 300; round++) {
        bool same;
        uint8_t record[RECORD_MAX + 1];
        const uint32_t whole = invent();
        CHECK_EQUAL(build(record, whole), whole);
        for (uint32_t size = 0; size < whole; size++) {
            CHECK_EQUAL(read_copy(record, size, &same), -E_INVALID);
        }
        record[whole] = 0;
        CHECK_EQUAL(read_copy(record, whole + 1, &same), -E_INVALID);
        CHECK(same);
    }
}

HOST_TEST(unpack_survives_damage)
{
    random_seed(&numbers, 4);
    for (uint32_t round = 0; round < 300; round++) {
        uint8_t record[RECORD_MAX];
        const uint32_t whole = invent();
        CHECK_EQUAL(build(record, whole), whole);
        for (uint32_t i = 0; i < whole; i++) {
            bool same;
            const uint8_t flip = (uint8_t)(1 + below(255));
            record[i] ^= flip;
            int error = read_copy(record, whole, &same);
            CHECK(error == -E_INVALID || (error == 0 && !same));
            record[i] ^= flip;
        }
    }
}

HOST_TEST(unpack_strings_have_a_length_and_no_zero)
{
    static const struct {
        const char *data;
        uint32_t size;
        uint32_t room;
        const char *text; /**< NULL: an error. */
    } cases[] = {
        {"\3\0\0\0abc", 7, 4, "abc"}, {"\3\0\0\0abc", 7, 3, NULL},
        {"\3\0\0\0a\0c", 7, 8, NULL}, {"\3\0\0\0ab\0", 7, 8, NULL},
        {"\0\0\0\0", 4, 1, ""},       {"\1\0\0\0x", 5, 1, NULL},
        {"\4\0\0\0abc", 7, 8, NULL},  {"\0\0\0", 3, 8, NULL},
        {"\3\0\0\1abc", 7, 8, NULL},  {"\3\0\0\0\xFF\x80z", 7, 4, "\xFF\x80z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct unpack unpack;
        char *text = malloc(cases[i].room);
        CHECK(text != NULL);
        memset(text, '#', cases[i].room);
        unpack_start(&unpack, cases[i].data, cases[i].size);
        unpack_string(&unpack, text, cases[i].room);
        CHECK_EQUAL(unpack_finish(&unpack), cases[i].text == NULL ? -E_INVALID : 0);
        CHECK_TEXT(text, cases[i].text == NULL ? "" : cases[i].text);
        free(text);
    }
}
