/**
 * @file
 * Memory and string functions of the C standard library, as far as Cairn uses them.
 *
 * Names and behaviour are those of ISO C (C17, 7.24); strlcpy() is BSD's. They own no state, never
 * allocate, and may be called in any state of the machine. In the kernel memcpy() and memset() are
 * the assembly of x86/memory_ops.S; elsewhere, for instance in tests on the host, those of memory.c
 * are linked. The compiler itself may emit calls of the first four.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

/**
 * Copy bytes between areas that do not overlap.
 * @param to receives @p size bytes.
 * @param from is read.
 * @param size number of bytes.
 * @return @p to.
 */
void *memcpy(void *restrict to, const void *restrict from, size_t size);

/**
 * Copy bytes between areas that may overlap.
 * @param to receives @p size bytes.
 * @param from is read.
 * @param size number of bytes.
 * @return @p to.
 */
void *memmove(void *to, const void *from, size_t size);

/**
 * Fill memory.
 * @param memory receives @p size bytes.
 * @param value its low 8 bits are written to each byte.
 * @param size number of bytes.
 * @return @p memory.
 */
void *memset(void *memory, int value, size_t size);

/**
 * Compare bytes as unsigned numbers.
 * @param a first area.
 * @param b second area.
 * @param size number of bytes.
 * @return less than, equal to or greater than 0, as the first difference of @p a and @p b.
 */
int memcmp(const void *a, const void *b, size_t size);

/**
 * The length of a string.
 * @param string ends with 0.
 * @return number of bytes before the 0.
 */
size_t strlen(const char *string);

/**
 * Compare strings.
 * @param a ends with 0.
 * @param b ends with 0.
 * @return less than, equal to or greater than 0, as @p a sorts before, with or after @p b.
 */
int strcmp(const char *a, const char *b);

/**
 * Compare the beginnings of strings.
 * @param a ends with 0, or is at least @p size bytes long.
 * @param b ends with 0, or is at least @p size bytes long.
 * @param size compare at most that many bytes.
 * @return as strcmp().
 */
int strncmp(const char *a, const char *b, size_t size);

/**
 * Find a character.
 * @param string ends with 0.
 * @param wanted the character; may be 0, which finds the end.
 * @return its first place in @p string; NULL if there is none.
 */
char *strchr(const char *string, int wanted);

/**
 * Copy a string, cut to fit; the result always ends with 0 unless @p size is 0.
 * @param to receives at most @p size bytes, the 0 included.
 * @param from ends with 0.
 * @param size of @p to in bytes.
 * @return the length of @p from; a result of @p size or more says that the copy was cut.
 */
size_t strlcpy(char *restrict to, const char *restrict from, size_t size);

#endif
