/**
 * @file
 * Formatted text; the contract is in format.h.
 *
 * A conversion is parsed into a struct specification, its argument is fetched, and one of three
 * emitters (number, text, quoted text) writes it. Numbers are 64 bits wide throughout and are
 * divided by divide(), because the compiler would call its run-time library for a 64-bit division
 * on i386. The file owns no state.
 */
#include "lib/format.h"

#include "lib/string.h"

#include <stdbool.h>
#include <stdint.h>

/** Digits of 2^64 - 1 in octal, the longest form. */
#define DIGITS_MAX 22

/** Where the text goes. */
struct output {
    format_put *put;
    void *context;
};

/** One conversion, such as "%-08.3lx". */
struct specification {
    bool left;      /**< Flag -. */
    bool zeros;     /**< Flag 0. */
    bool alternate; /**< Flag #. */
    char sign;      /**< Flag + or blank: shown before a number that is not negative; 0: none. */
    int width;      /**< Smallest number of characters. */
    int precision;  /**< -1: none given. */
    int size;       /**< -2 hh, -1 h, 0 int, 1 l, z or t, 2 ll. */
    char conversion;
};

/** The variable argument list; in a structure so that it can be passed on by reference. */
struct arguments {
    va_list list;
};

static void emit(const struct output *out, char character)
{
    out->put(out->context, character);
}

static void emit_repeated(const struct output *out, char character, int count)
{
    for (int i = 0; i < count; i++) {
        emit(out, character);
    }
}

static void emit_bytes(const struct output *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        emit(out, text[i]);
    }
}

/** Divide by at most 2^16, 16 bits at a time from the top; returns the remainder. */
static uint32_t divide(uint64_t *number, uint32_t divisor)
{
    uint64_t quotient = 0;
    uint32_t remainder = 0;
    for (int shift = 48; shift >= 0; shift -= 16) {
        uint32_t part = remainder << 16 | ((uint32_t)(*number >> shift) & 0xFFFF);
        quotient = quotient << 16 | part / divisor;
        remainder = part % divisor;
    }
    *number = quotient;
    return remainder;
}

/** Write the digits of a number so that they end at @p end; returns the first. */
static char *digits_of(char *end, uint64_t number, uint32_t base, bool capitals)
{
    const char *digits = capitals ? "0123456789ABCDEF" : "0123456789abcdef";
    while (number != 0) {
        *--end = digits[divide(&number, base)];
    }
    return end;
}

/** What precedes the digits: a sign, or 0x. Returns its length. */
static int prefix_of(const struct specification *spec, uint64_t number, bool negative,
                     const char **prefix)
{
    static const char signs[] = "-+ ";
    if (negative) {
        *prefix = signs;
        return 1;
    }
    if ((spec->conversion == 'd' || spec->conversion == 'i') && spec->sign != 0) {
        *prefix = spec->sign == '+' ? signs + 1 : signs + 2;
        return 1;
    }
    *prefix = spec->conversion == 'X' ? "0X" : "0x";
    bool hexadecimal = spec->conversion == 'x' || spec->conversion == 'X';
    return spec->conversion == 'p' || (spec->alternate && hexadecimal && number != 0) ? 2 : 0;
}

static uint32_t base_of(char conversion)
{
    switch (conversion) {
    case 'o':
        return 8;
    case 'x':
    case 'X':
    case 'p':
        return 16;
    default:
        return 10;
    }
}

static void emit_number(const struct output *out, const struct specification *spec, uint64_t number,
                        bool negative)
{
    char buffer[DIGITS_MAX];
    char *end = buffer + sizeof(buffer);
    const char *digits = digits_of(end, number, base_of(spec->conversion), spec->conversion == 'X');
    const char *prefix;
    int prefix_length = prefix_of(spec, number, negative, &prefix);
    int length = (int)(end - digits);

    int least = spec->precision >= 0 ? spec->precision : 1;
    if (spec->conversion == 'o' && spec->alternate && least <= length) {
        least = length + 1;
    }
    int leading = least > length ? least - length : 0;
    int padding = spec->width - prefix_length - leading - length;
    if (spec->zeros && !spec->left && spec->precision < 0 && padding > 0) {
        leading += padding;
        padding = 0;
    }
    emit_repeated(out, ' ', spec->left ? 0 : padding);
    emit_bytes(out, prefix, (size_t)prefix_length);
    emit_repeated(out, '0', leading);
    emit_bytes(out, digits, (size_t)length);
    emit_repeated(out, ' ', spec->left ? padding : 0);
}

static void emit_padded(const struct output *out, const struct specification *spec,
                        const char *bytes, size_t length)
{
    int padding = spec->width - (int)length;
    emit_repeated(out, ' ', spec->left ? 0 : padding);
    emit_bytes(out, bytes, length);
    emit_repeated(out, ' ', spec->left ? padding : 0);
}

static void emit_text(const struct output *out, const struct specification *spec, const char *text)
{
    size_t length = 0;
    while ((spec->precision < 0 || length < (size_t)spec->precision) && text[length] != '\0') {
        length++;
    }
    emit_padded(out, spec, text, length);
}

static void emit_quoted(const struct output *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    emit(out, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '\n') {
            emit_bytes(out, "\\n", 2);
        } else if (c < 0x20 || c >= 0x7F) {
            emit_bytes(out, "\\x", 2);
            emit(out, digits[c >> 4]);
            emit(out, digits[c & 15]);
        } else {
            emit_repeated(out, '\\', c == '"' || c == '\\');
            emit(out, (char)c);
        }
    }
    emit(out, '"');
}

/** Parse a number or *; -1 if neither is there. */
static int parse_count(const char **format, struct arguments *arguments)
{
    if (**format == '*') {
        (*format)++;
        return va_arg(arguments->list, int);
    }
    int count = -1;
    for (; **format >= '0' && **format <= '9'; (*format)++) {
        count = (count < 0 ? 0 : count * 10) + (**format - '0');
    }
    return count;
}

static void parse_flags(const char **format, struct specification *spec)
{
    for (;; (*format)++) {
        switch (**format) {
        case '-':
            spec->left = true;
            break;
        case '0':
            spec->zeros = true;
            break;
        case '#':
            spec->alternate = true;
            break;
        case '+':
            spec->sign = '+';
            break;
        case ' ':
            if (spec->sign == 0) {
                spec->sign = ' ';
            }
            break;
        default:
            return;
        }
    }
}

static void parse_size(const char **format, struct specification *spec)
{
    for (;; (*format)++) {
        switch (**format) {
        case 'h':
            spec->size--;
            break;
        case 'l':
            spec->size++;
            break;
        case 'z':
        case 't':
            spec->size = 1;
            break;
        default:
            return;
        }
    }
}

/** Parse what follows a per cent sign, the conversion character included. */
static struct specification parse(const char **format, struct arguments *arguments)
{
    struct specification spec = {.precision = -1};
    parse_flags(format, &spec);
    spec.width = parse_count(format, arguments);
    if (spec.width < -1) { /* a negative * is the flag - and a width (ISO C17, 7.21.6.1-5) */
        spec.left = true;
        spec.width = -spec.width;
    }
    if (**format == '.') {
        (*format)++;
        const char *start = *format;
        spec.precision = parse_count(format, arguments);
        spec.precision = *format == start ? 0 : spec.precision;
    }
    parse_size(format, &spec);
    spec.conversion = **format;
    if (spec.conversion != '\0') {
        (*format)++;
    }
    return spec;
}

static int64_t fetch_signed(const struct specification *spec, struct arguments *arguments)
{
    switch (spec->size) {
    case -2:
        return (signed char)va_arg(arguments->list, int);
    case -1:
        return (short)va_arg(arguments->list, int);
    case 0:
        return va_arg(arguments->list, int);
    case 1:
        return va_arg(arguments->list, long);
    default:
        return va_arg(arguments->list, long long);
    }
}

static uint64_t fetch_unsigned(const struct specification *spec, struct arguments *arguments)
{
    switch (spec->size) {
    case -2:
        return (unsigned char)va_arg(arguments->list, int);
    case -1:
        return (unsigned short)va_arg(arguments->list, int);
    case 0:
        return va_arg(arguments->list, unsigned int);
    case 1:
        return va_arg(arguments->list, unsigned long);
    default:
        return va_arg(arguments->list, unsigned long long);
    }
}

static const char *fetch_string(struct arguments *arguments)
{
    const char *text = va_arg(arguments->list, const char *);
    return text != NULL ? text : "(null)";
}

static void emit_character(const struct output *out, const struct specification *spec,
                           struct arguments *arguments)
{
    char character = (char)va_arg(arguments->list, int);
    emit_padded(out, spec, &character, 1);
}

static void emit_signed(const struct output *out, const struct specification *spec,
                        struct arguments *arguments)
{
    int64_t number = fetch_signed(spec, arguments);
    bool negative = number < 0;
    emit_number(out, spec, negative ? 0 - (uint64_t)number : (uint64_t)number, negative);
}

static void convert(const struct output *out, const struct specification *spec,
                    struct arguments *arguments)
{
    switch (spec->conversion) {
    case 'd':
    case 'i':
        emit_signed(out, spec, arguments);
        break;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        emit_number(out, spec, fetch_unsigned(spec, arguments), false);
        break;
    case 'p':
        emit_number(out, spec, (uintptr_t)va_arg(arguments->list, void *), false);
        break;
    case 'c':
        emit_character(out, spec, arguments);
        break;
    case 's':
        emit_text(out, spec, fetch_string(arguments));
        break;
    case 'q':
        emit_quoted(out, fetch_string(arguments));
        break;
    case '%':
        emit(out, '%');
        break;
    default: /* unknown: show it, and leave its argument alone */
        emit(out, '%');
        emit_repeated(out, spec->conversion, spec->conversion != '\0');
        break;
    }
}

void format_emit(format_put *put, void *context, const char *format, va_list arguments)
{
    const struct output out = {.put = put, .context = context};
    struct arguments copy;
    va_copy(copy.list, arguments);
    while (*format != '\0') {
        char character = *format++;
        if (character != '%') {
            emit(&out, character);
            continue;
        }
        struct specification spec = parse(&format, &copy);
        convert(&out, &spec, &copy);
    }
    va_end(copy.list);
}

/** A buffer that is being filled; counts also what no longer fits. */
struct buffer {
    char *text;
    size_t size;
    size_t length;
};

static void buffer_put(void *context, char character)
{
    struct buffer *buffer = context;
    if (buffer->length + 1 < buffer->size) {
        buffer->text[buffer->length] = character;
    }
    buffer->length++;
}

size_t format_va(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct buffer target = {.text = buffer, .size = size};
    format_emit(buffer_put, &target, format, arguments);
    if (size > 0) {
        buffer[target.length < size ? target.length : size - 1] = '\0';
    }
    return target.length;
}

size_t format_string(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_va(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
