/**
 * @file
 * The text of names: its canonical form, and where its components end.
 *
 * Every name is brought into one form before it is entered or looked for. On the way, each prefix
 * that ends at a boundary of components is noted, with its hash: so one pass tells under which
 * names a text may be found. It owns no state.
 *
 * Source of the hash: G. Fowler, L. Noll, K. Vo, FNV-1a, 32 bits.
 */
#ifndef KERNEL_IPC_NAME_PATH_H
#define KERNEL_IPC_NAME_PATH_H

#include "kernel/types.h"

#include <cairn/message.h>

/** Components of a name, at most. */
#define COMPONENTS_MAX 32u

/** The beginning of a name, up to a boundary of components. */
struct name_prefix {
    uint32_t length; /**< In bytes, without the separator at its end. */
    uint32_t hash;   /**< FNV-1a of these bytes. */
};

/** The prefixes of a name under which it may be found. */
struct name_path {
    uint32_t count; /**< At least 1; the last is the name itself. */
    struct name_prefix prefixes[COMPONENTS_MAX];
};

/** @return whether a character ends a component: ':' or '/'. */
static inline bool name_is_separator(char character)
{
    return character == ':' || character == '/';
}

/**
 * Bring a name into its canonical form: with small letters up to the first ':'. It begins with a
 * component that ends with ':' (the scheme), and consists of printable characters without blanks.
 * @param name any text.
 * @param text of NAME_MAX_BYTES, receives the canonical form; may be @p name itself.
 * @param path receives the prefixes.
 * @return 0; -E_INVALID for a malformed name, or one with more than COMPONENTS_MAX components; then
 *         @p text and @p path are undefined.
 */
MUST_USE int name_parse(const char *name, char *text, struct name_path *path);

#endif
