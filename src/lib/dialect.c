/**
 * @file
 * The dialects; see cairn/dialect.h.
 *
 * It owns no state. The table of operations comes from the list in the header; builder and parser
 * walk through the letters of a signature, one with the caller's arguments, one with the message's.
 */
#include <cairn/dialect.h>

#include "lib/string.h"

#include <cairn/error.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define INFO(dialect, constant, number, name, signature)                                           \
    {MESSAGE_TYPE(dialect, number), name, signature},
static const struct operation_info operations[] = {CAIRN_OPERATIONS(INFO)};

/** Operations of a dialect have numbers in a row, and lie in the table in that order. */
static const struct {
    uint16_t number; /**< Of the first operation. */
    uint16_t count;
    uint16_t index; /**< Of the first operation, in the table. */
} dialects[] = {
    [DIALECT_GENERIC] = {GENERIC_READ, 7, 0},
    [DIALECT_VFS] = {VFS_OPEN, 11, 7},
    [DIALECT_NETWORK] = {NETWORK_SOCKET, 10, 18},
    [DIALECT_LOADER] = {LOADER_DLOPEN, 4, 28},
};
_Static_assert(sizeof(operations) / sizeof(operations[0]) == 32, "as the table above counts");

const struct operation_info *operation_find(uint32_t type)
{
    uint32_t dialect = MESSAGE_DIALECT(type);
    if (dialect >= sizeof(dialects) / sizeof(dialects[0])) {
        return NULL;
    }
    uint32_t place = MESSAGE_OPERATION(type) - dialects[dialect].number;
    return place < dialects[dialect].count ? &operations[dialects[dialect].index + place] : NULL;
}

/** Add the next argument, of a letter of the signature. */
static void add_argument(struct pack *pack, char letter, va_list *arguments)
{
    if (letter == 's') {
        pack_string(pack, va_arg(*arguments, const char *));
    } else if (letter == 'b') {
        const void *bytes = va_arg(*arguments, const void *);
        pack_bytes(pack, bytes, va_arg(*arguments, uint32_t));
    } else {
        pack_u32(pack, va_arg(*arguments, uint32_t));
    }
}

int message_build(struct message *message, uint32_t type, ...)
{
    const struct operation_info *info = operation_find(type);
    if (info == NULL || (type & MESSAGE_REPLY) != 0) {
        return -E_INVALID;
    }
    memset(message, 0, MESSAGE_HEADER_SIZE);
    message->type = type;
    struct pack pack;
    pack_start(&pack, message->data, sizeof(message->data));
    va_list arguments;
    va_start(arguments, type);
    for (const char *letter = info->signature; *letter != '\0'; letter++) {
        add_argument(&pack, *letter, &arguments);
    }
    va_end(arguments);
    int length = pack_finish(&pack);
    if (length < 0) {
        return length;
    }
    message->length = (uint32_t)length;
    return 0;
}

/** Whether there is no 0 among the bytes. */
static bool is_text(struct span span)
{
    for (uint32_t i = 0; i < span.length; i++) {
        if (span.bytes[i] == 0) {
            return false;
        }
    }
    return true;
}

int message_parse(const struct message *message, struct argument arguments[DIALECT_ARGUMENTS])
{
    memset(arguments, 0, DIALECT_ARGUMENTS * sizeof(*arguments));
    const struct operation_info *info = operation_find(message->type);
    const bool request = info != NULL && (message->type & MESSAGE_REPLY) == 0;
    if (!request || message->length > MESSAGE_DATA_MAX) {
        return -E_INVALID;
    }
    struct unpack unpack;
    unpack_start(&unpack, message->data, message->length);
    for (uint32_t i = 0; info->signature[i] != '\0'; i++) {
        char letter = info->signature[i];
        if (letter != 's' && letter != 'b') {
            arguments[i].value = unpack_u32(&unpack);
            continue;
        }
        arguments[i].bytes = unpack_bytes(&unpack);
        arguments[i].value = arguments[i].bytes.length;
        if (letter == 's' && !is_text(arguments[i].bytes)) {
            return -E_INVALID;
        }
    }
    return unpack_finish(&unpack);
}

int argument_string(const struct argument *argument, char *text, uint32_t size)
{
    if (argument->value >= size) {
        return -E_TOO_LONG;
    }
    memcpy(text, argument->bytes.bytes, argument->value);
    text[argument->value] = '\0';
    return 0;
}

int message_answer(struct message *message, int32_t status, const void *data, uint32_t size)
{
    int error = size > MESSAGE_DATA_MAX ? -E_TOO_LONG : 0;
    message->type |= MESSAGE_REPLY;
    message->status = error < 0 ? error : status;
    message->length = error < 0 ? 0 : size;
    message->handle_count = 0;
    if (message->length > 0) {
        memcpy(message->data, data, size);
    }
    return error;
}
