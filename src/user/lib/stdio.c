/**
 * @file
 * Output to the console; see <stdio.h>.
 *
 * A text is collected on the stack and written whenever it reaches WRITE_MAX bytes, and at its end.
 * So a text of usual length is one system call, and the file owns no state. If a write fails, the
 * rest of the text is dropped and its printf() returns the error.
 */
#include <stdio.h>

#include "lib/format.h"

#include <cairn.h>

/** A text on its way to the console. */
struct output {
    size_t used;
    int result; /**< Bytes written, or the first error. */
    char text[WRITE_MAX];
};

static void flush(struct output *output)
{
    if (output->result >= 0 && output->used > 0) {
        int written = cairn_write(output->text, output->used);
        output->result = written < 0 ? written : output->result + written;
    }
    output->used = 0;
}

static void put(void *context, char character)
{
    struct output *output = context;
    if (output->used == sizeof(output->text)) {
        flush(output);
    }
    output->text[output->used++] = character;
}

int vprintf(const char *format, va_list arguments)
{
    struct output output;
    output.used = 0;
    output.result = 0;
    format_emit(put, &output, format, arguments);
    flush(&output);
    return output.result;
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vprintf(format, arguments);
    va_end(arguments);
    return result;
}

int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return (int)format_va(buffer, size, format, arguments);
}

int snprintf(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

int puts(const char *text)
{
    return printf("%s\n", text) < 0 ? EOF : 0;
}

int putchar(int character)
{
    char byte = (char)character;
    return cairn_write(&byte, 1) < 0 ? EOF : (unsigned char)byte;
}
