/**
 * @file
 * Checks of page table entries and their flags, for the tests of all labs.
 *
 * A failed check names the flags: "expected 0x00123000 PTE_PRESENT PTE_WRITE", not "1191939". The
 * functions are used through the macro below them. The file owns no state.
 */
#ifndef COMMON_FLAGS_H
#define COMMON_FLAGS_H

#include "kernel/ktest.h"
#include "kernel/types.h"
#include "kernel/x86/mmu.h"
#include "lib/format.h"

/** Bytes of an entry in words, with all its flags. */
#define ENTRY_TEXT_MAX 128

/** Put an entry, or flags alone, into words. */
static inline void describe_entry(char text[ENTRY_TEXT_MAX], uint32_t entry)
{
    static const char *const names[] = {
        "PTE_PRESENT",  "PTE_WRITE",    "PTE_USER",  "PTE_WRITE_THROUGH",
        "PTE_NO_CACHE", "PTE_ACCESSED", "PTE_DIRTY", "PDE_LARGE",
    };
    size_t length = 0;
    if ((entry & ~0xFFu) != 0) {
        length = (size_t)format_string(text, ENTRY_TEXT_MAX, "0x%08x", entry & ~0xFFu);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if ((entry >> i & 1) != 0) {
            length += (size_t)format_string(text + length, ENTRY_TEXT_MAX - length, "%s%s",
                                            length > 0 ? " " : "", names[i]);
        }
    }
    if (length == 0) {
        (void)format_string(text, ENTRY_TEXT_MAX, "0, no flag");
    }
}

/** Check an entry, or flags alone; use EXPECT_ENTRY(). @return whether it is the expected one. */
static inline bool check_entry(const struct ktest_check *check, uint32_t actual, uint32_t expected)
{
    char actual_text[ENTRY_TEXT_MAX];
    char expected_text[ENTRY_TEXT_MAX];
    describe_entry(actual_text, actual);
    describe_entry(expected_text, expected);
    return ktest_check_true(check, actual == expected, expected_text, actual_text);
}

/** An entry of a page table or directory must be what it must be. */
#define EXPECT_ENTRY(actual, expected, what)                                                       \
    check_entry(KTEST_CHECK(what, false), (actual), (expected))

#endif
