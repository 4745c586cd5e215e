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

/** Note the prefix before a separator, unless another separator is there. @return success. */
static bool end_component(struct name_path *path, const char *text, uint32_t length, uint32_t hash)
{
    if (length == 0 || name_is_separator(text[length - 1])) {
        return length != 0;
    }
    if (path->count == COMPONENTS_MAX) {
        return false;
    }
    path->prefixes[path->count++] = (struct name_prefix){length, hash};
    return true;
}

int name_parse(const char *name, char *text, struct name_path *path)
{
    bool in_scheme = true;
    uint32_t hash = HASH_START;
    uint32_t length = 0;
    path->count = 0;
    for (; length < NAME_MAX_BYTES; length++) {
        char character = name[length];
        uint32_t kind = kinds[(uint8_t)character];
        if (kind == KIND_INVALID) {
            break;
        }
        if (kind >= KIND_SLASH) {
            if ((in_scheme && kind != KIND_COLON) || !end_component(path, text, length, hash)) {
                return -E_INVALID;
            }
            in_scheme = false;
        } else if (kind == KIND_CAPITAL && in_scheme) {
            character = (char)(character + ('a' - 'A'));
        }
        text[length] = character;
        hash = (hash ^ (uint8_t)character) * HASH_PRIME;
    }
    if (length == NAME_MAX_BYTES || name[length] != '\0' || in_scheme) {
        return -E_INVALID;
    }
    text[length] = '\0';
    return end_component(path, text, length, hash) ? 0 : -E_INVALID;
}
