/**
 * @file
 * The text of names; see name_path.h.
 *
 * It owns no state. The text is read from left to right, once: each character is checked, copied
 * and hashed. Several separators in a row count as one boundary.
 */
#include "kernel/ipc/name_path.h"

#include <cairn/error.h>

#define HASH_START 2166136261u
#define HASH_PRIME 16777619u

/** What a character means in a name. */
enum kind {
    KIND_INVALID,  /**< Blanks, control characters, and what is not ASCII. */
    KIND_ORDINARY, /**< A part of a component. */
    KIND_CAPITAL,  /**< The same; a small letter in a scheme. */
    KIND_SLASH,    /**< The end of a component. */
    KIND_COLON,    /**< The end of a component, or of the scheme. */
};

/** In the order of ASCII; what is not named is KIND_INVALID. */
static const uint8_t kinds[256] = {
    ['!' ... '.'] = KIND_ORDINARY, ['/'] = KIND_SLASH,
    ['0' ... '9'] = KIND_ORDINARY, [':'] = KIND_COLON,
    [';' ... '@'] = KIND_ORDINARY, ['A' ... 'Z'] = KIND_CAPITAL,
    ['[' ... '~'] = KIND_ORDINARY,
};

/** Note a prefix that ends here, unless the boundary was there already. @return whether it fits. */
static bool end_prefix(struct name_path *path, const char *text, uint32_t length, uint32_t hash)
{
    if (name_is_separator(text[length - 1])) {
        return true;
    }
    if (path->count == COMPONENTS_MAX) {
        return false;
    }
    path->prefixes[path->count++] = (struct name_prefix){length, hash};
    return true;
}

/** Read the scheme, up to its ':'. @return its length; 0 if there is none. */
static uint32_t parse_scheme(const char *name, char *text, uint32_t *hash)
{
    uint32_t length = 0;
    *hash = HASH_START;
    for (; length < NAME_MAX_BYTES; length++) {
        uint32_t kind = kinds[(uint8_t)name[length]];
        if (kind != KIND_ORDINARY && kind != KIND_CAPITAL) {
            return kind == KIND_COLON ? length : 0;
        }
        text[length] = (char)(kind == KIND_CAPITAL ? name[length] + ('a' - 'A') : name[length]);
        *hash = (*hash ^ (uint8_t)text[length]) * HASH_PRIME;
    }
    return 0;
}

int name_parse(const char *name, char *text, struct name_path *path)
{
    uint32_t hash;
    uint32_t length = parse_scheme(name, text, &hash);
    path->count = 0;
    if (length == 0) {
        return -E_INVALID;
    }
    for (char character; (character = name[length]) != '\0'; length++) {
        uint32_t kind = kinds[(uint8_t)character];
        if (kind == KIND_INVALID || length == NAME_MAX_BYTES - 1 ||
            (kind >= KIND_SLASH && !end_prefix(path, text, length, hash))) {
            return -E_INVALID;
        }
        text[length] = character;
        hash = (hash ^ (uint8_t)character) * HASH_PRIME;
    }
    text[length] = '\0';
    return end_prefix(path, text, length, hash) ? 0 : -E_INVALID;
}
