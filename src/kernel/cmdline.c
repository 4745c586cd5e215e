/**
 * @file
 * The kernel's command line; see cmdline.h.
 *
 * It owns no state. find_value() is the one place that knows how words are separated; everything
 * else works on the value it returns. A memory map is built aside and copied only when all of it
 * has been understood.
 */
#include "kernel/cmdline.h"

#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Every option that some part of the kernel looks up; whoever adds one adds it here. */
static const char options[] =
    "earlycon fastpath init ktest limit memmap poweroff run seed slowpath "
    "testpagefault testpanic trace";

static bool is_end(char character)
{
    return character == ' ' || character == '\0';
}

/** Skip a word and the blanks after it. */
static const char *next_word(const char *word)
{
    while (!is_end(*word)) {
        word++;
    }
    while (*word == ' ') {
        word++;
    }
    return word;
}

/** The text after "key=" in the first word that begins so; NULL if there is none. */
static const char *find_value(const char *line, const char *key)
{
    size_t length = strlen(key);
    assert(length > 0);
    for (const char *word = line; *word != '\0'; word = next_word(word)) {
        if (strncmp(word, key, length) == 0 && word[length] == '=') {
            return word + length + 1;
        }
    }
    return NULL;
}

bool cmdline_has(const char *line, const char *word)
{
    assert(line != NULL && word != NULL);
    size_t length = strlen(word);
    assert(length > 0);
    for (const char *candidate = line; *candidate != '\0'; candidate = next_word(candidate)) {
        if (strncmp(candidate, word, length) == 0 && is_end(candidate[length])) {
            return true;
        }
    }
    return false;
}

bool cmdline_value(const char *line, const char *key, char *value, size_t size)
{
    assert(line != NULL && key != NULL);
    assert(value != NULL && size > 0);
    const char *found = find_value(line, key);
    if (found == NULL) {
        return false;
    }
    size_t length = 0;
    while (!is_end(found[length]) && length < size - 1) {
        length++;
    }
    memcpy(value, found, length);
    value[length] = '\0';
    return true;
}

/** The value of a digit in any base up to 16; 16 if it is none. */
static uint32_t digit_value(char character)
{
    if (character >= '0' && character <= '9') {
        return (uint32_t)(character - '0');
    }
    char lower = (char)(character | 0x20);
    return lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a' + 10) : 16;
}

/** Parse a decimal or 0x number and step over it; false if there is none or it exceeds 64 bits. */
static bool parse_number(const char **text, uint64_t *number)
{
    uint32_t base = 10;
    if ((*text)[0] == '0' && ((*text)[1] | 0x20) == 'x') {
        base = 16;
        *text += 2;
    }
    const uint64_t largest =
        base == 16 ? UINT64_MAX / 16 : UINT64_MAX / 10; /* another digit fits after at most this */
    const char *start = *text;
    uint64_t result = 0;
    for (; digit_value(**text) < base; (*text)++) {
        uint64_t next = result * base + digit_value(**text);
        if (result > largest || next < result) {
            return false;
        }
        result = next;
    }
    *number = result;
    return *text != start;
}

/** As parse_number(), with a suffix K or M. */
static bool parse_size(const char **text, uint64_t *number)
{
    if (!parse_number(text, number)) {
        return false;
    }
    unsigned shift = **text == 'K' ? 10 : **text == 'M' ? 20 : 0;
    if (shift != 0) {
        (*text)++;
    }
    if (*number > UINT64_MAX >> shift) {
        return false;
    }
    *number <<= shift;
    return true;
}

bool cmdline_number(const char *line, const char *key, uint32_t *value)
{
    assert(line != NULL && key != NULL);
    assert(value != NULL);
    const char *text = find_value(line, key);
    uint64_t number;
    if (text == NULL || !parse_number(&text, &number) || !is_end(*text) || number > UINT32_MAX) {
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

bool cmdline_unknown(const char *line, char *name, size_t size)
{
    assert(line != NULL);
    assert(name != NULL && size > 0);
    for (const char *word = line; *word != '\0'; word = next_word(word)) {
        bool is_path = false;
        size_t length = 0;
        for (; !is_end(word[length]) && word[length] != '='; length++) {
            is_path = is_path || word[length] == '.' || word[length] == '/';
        }
        strlcpy(name, word, length < size ? length + 1 : size);
        if (length > 0 && !is_path && !cmdline_has(options, name)) {
            return true;
        }
    }
    return false;
}

/** Step over a text if it is there. */
static bool skip(const char **text, const char *expected)
{
    size_t length = strlen(expected);
    if (strncmp(*text, expected, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

/** Parse LENGTH@START[:usable|reserved]. */
static bool parse_region(const char **text, struct memory_region *region)
{
    if (!parse_size(text, &region->length) || !skip(text, "@") ||
        !parse_size(text, &region->start)) {
        return false;
    }
    region->usable = !skip(text, ":reserved");
    if (region->usable) {
        (void)skip(text, ":usable");
    }
    return is_end(**text) || **text == ',';
}

int cmdline_memory_map(const char *line, struct memory_map *map)
{
    assert(line != NULL && map != NULL);
    const char *text = find_value(line, "memmap");
    if (text == NULL) {
        return -E_NOT_FOUND;
    }
    struct memory_region regions[BOOT_REGIONS_MAX];
    size_t count = 0;
    do {
        if (count == BOOT_REGIONS_MAX || !parse_region(&text, &regions[count])) {
            return -E_INVALID;
        }
        count++;
    } while (skip(&text, ","));

    /* Nothing can fail from here on. */
    memcpy(map->regions, regions, count * sizeof(regions[0]));
    map->region_count = count;
    return 0;
}
