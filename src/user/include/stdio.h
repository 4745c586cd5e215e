/**
 * @file
 * Output to the console, as in ISO C.
 *
 * Nothing is buffered between calls: what one printf() makes is written before it returns, in one
 * piece if it has at most WRITE_MAX bytes, so that lines of several processes do not mix. The
 * conversions are those of lib/format.h; there is no floating point among them. The functions
 * own no state.
 */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

/** What functions return that could not write. */
#define EOF (-1)

/** Let the compiler compare the arguments with the format. */
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/**
 * Write formatted text.
 * @param format see lib/format.h.
 * @return the number of bytes written; negative if writing failed.
 */
PRINTF_LIKE(1, 2) int printf(const char *format, ...);

/** As printf(), with the arguments in a list. */
PRINTF_LIKE(1, 0) int vprintf(const char *format, va_list arguments);

/**
 * Format text into a buffer; it always ends with 0 unless @p size is 0.
 * @param buffer receives at most @p size bytes, the final 0 included.
 * @param size of the buffer in bytes.
 * @param format see lib/format.h.
 * @return the length of the whole text; a result of @p size or more says that it was cut.
 */
PRINTF_LIKE(3, 4) int snprintf(char *buffer, size_t size, const char *format, ...);

/** As snprintf(), with the arguments in a list. */
PRINTF_LIKE(3, 0) int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);

/** Write a text and the end of the line. @return 0, or EOF. */
int puts(const char *text);

/** Write a character. @return it, or EOF. */
int putchar(int character);

#endif
