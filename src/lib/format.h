/**
 * @file
 * Formatted text, as printf() makes it, without a C library and without floating point.
 *
 * Conversions: %d %i %u %x %X %o %p %c %s %%, and %q, a string in double quotes in which `\"`,
 * `\\`, `\n` and `\xNN` stand for what would break a line of the trace. Flags: - 0 + blank #. Width
 * and precision as numbers or *. Sizes: hh h l ll z t. A NULL string prints (null). An unknown
 * conversion is printed as it stands. The functions own no state and may be called in any state of
 * the machine.
 *
 * Source: ISO C17, 7.21.6.1.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/** Receives one character of the result; @p context is the caller's. */
typedef void format_put(void *context, char character);

/**
 * Format text and pass it on, character by character.
 * @param put called for each character, in order.
 * @param context passed to @p put.
 * @param format printf-like.
 * @param arguments what the format asks for.
 */
void format_emit(format_put *put, void *context, const char *format, va_list arguments);

/**
 * Format text into a buffer; it always ends with 0 unless @p size is 0.
 * @param buffer receives at most @p size bytes, the final 0 included.
 * @param size of the buffer in bytes.
 * @param format printf-like.
 * @return the length of the whole text; a result of @p size or more says that it was cut.
 */
size_t format_string(char *buffer, size_t size, const char *format, ...);

/** As format_string(), with the arguments in a list. */
size_t format_va(char *buffer, size_t size, const char *format, va_list arguments);

#endif
