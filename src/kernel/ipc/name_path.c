/**
 * @file
 * The text of names; see name_path.h.
 *
 * It owns no state. The text is read from left to right, once: each character is checked, hashed
 * and copied. Several separators in a row count as one boundary.
 */
#include "kernel/ipc/name_path.h"

#include <cairn/error.h>

#define HASH_START 2166136261u
#define HASH_PRIME 16777619u

static char to_small(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character + ('a' - 'A')) : character;
}

/** Note a prefix that ends here, unless the boundary was there already. @return whether it fits. */
static bool end_prefix(struct name_path *path, uint32_t length, uint32_t hash)
{
    if (name_is_separator(path->text[length - 1])) {
        return true;
    }
    if (path->count == COMPONENTS_MAX) {
        return false;
    }
    path->prefixes[path->count++] = (struct name_prefix){length, hash};
    return true;
}

/** Copy the scheme in small letters, up to its ':'. @return its length; 0 if there is none. */
static uint32_t parse_scheme(const char *name, struct name_path *path, uint32_t *hash)
{
    uint32_t length = 0;
    *hash = HASH_START;
    while (name[length] > ' ' && name[length] <= '~' && !name_is_separator(name[length]) &&
           length < NAME_MAX_BYTES - 1) {
        path->text[length] = to_small(name[length]);
        *hash = (*hash ^ (uint8_t)path->text[length]) * HASH_PRIME;
        length++;
    }
    return name[length] == ':' ? length : 0;
}

int name_parse(const char *name, struct name_path *path)
{
    uint32_t hash;
    uint32_t length = parse_scheme(name, path, &hash);
    path->count = 0;
    if (length == 0) {
        return -E_INVALID;
    }
    for (char character; (character = name[length]) != '\0'; length++) {
        if (character <= ' ' || character > '~' || length == NAME_MAX_BYTES - 1 ||
            (name_is_separator(character) && !end_prefix(path, length, hash))) {
            return -E_INVALID;
        }
        path->text[length] = character;
        hash = (hash ^ (uint8_t)character) * HASH_PRIME;
    }
    path->text[length] = '\0';
    return end_prefix(path, length, hash) ? 0 : -E_INVALID;
}
