/**
 * @file
 * The kernel's command line: words separated by blanks, each `word` or `key=value`.
 *
 * The functions look words up in the text itself; they own no state, and no copy is made. Of a key
 * that appears more than once the first counts. The kernel's start-up and the tests are the
 * callers.
 */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

#include "kernel/boot.h"
#include "kernel/types.h"

/**
 * Whether a word is there.
 * @param line the command line.
 * @param word for instance "earlycon"; matches a whole word only.
 * @return true if it is.
 */
MUST_USE bool cmdline_has(const char *line, const char *word);

/**
 * The value of a key.
 * @param line the command line.
 * @param key for instance "ktest", without the equals sign.
 * @param value receives the value, cut to fit; ends with 0. Unchanged if the key is absent.
 * @param size of @p value in bytes, at least 1.
 * @return whether the key is there.
 */
MUST_USE bool cmdline_value(const char *line, const char *key, char *value, size_t size);

/**
 * The value of a key that is a number: decimal, or hexadecimal after 0x.
 * @param line the command line.
 * @param key for instance "seed".
 * @param value receives the number; unchanged on failure.
 * @return false if the key is absent, its value is not a number, or it exceeds 32 bits.
 */
bool cmdline_number(const char *line, const char *key, uint32_t *value);

/**
 * The first word that is no option of this kernel. Words with a dot or a slash before any equals
 * sign are passed over: QEMU puts the name of the kernel's file before the options.
 * @param line the command line.
 * @param name receives the word up to its equals sign, cut to fit; ends with 0. Without meaning if
 *             there is none.
 * @param size of @p name in bytes, enough for every option.
 * @return whether there is one.
 */
MUST_USE bool cmdline_unknown(const char *line, char *name, size_t size);

/**
 * Replace the regions of a memory map by those of `memmap=`, whose value is
 * `LENGTH@START[:usable|reserved]`, several of them separated by commas. Numbers are decimal or,
 * after 0x, hexadecimal, up to 64 bits, perhaps followed by K or M. Without a word the region is
 * usable.
 * @param line the command line.
 * @param map its regions are replaced; what is reserved stays.
 * @return 0; -E_NOT_FOUND without `memmap=`; -E_INVALID if it is malformed or has more than
 *         BOOT_REGIONS_MAX regions. After an error the map is unchanged.
 */
MUST_USE int cmdline_memory_map(const char *line, struct memory_map *map);

#endif
