/**
 * @file
 * Tests of lib/dialect.c: requests are built and read, and malformed ones are refused.
 *
 * A message lies in a block of just its header and its length, so that the sanitizer sees every
 * byte that is read beyond it. A second parser, written from the description in the header and
 * slow, says what each message means; it and message_parse() must agree about every damaged
 * one. The file owns the random numbers, whose seed is fixed.
 */
#include "host.h"
#include "lib/random.h"
#include "lib/string.h"

#include <cairn/dialect.h>
#include <cairn/error.h>

#include <stdlib.h>

#define TYPE(dialect, constant, number, name, signature) MESSAGE_TYPE(dialect, number),
static const uint32_t types[] = {CAIRN_OPERATIONS(TYPE)};
#define SIGNATURE(dialect, constant, number, name, signature) signature,
static const char *const signatures[] = {CAIRN_OPERATIONS(SIGNATURE)};
#define NAME(dialect, constant, number, name, signature) name,
static const char *const names[] = {CAIRN_OPERATIONS(NAME)};

/** Bytes of an argument in the tests, at most: all of them fit into a message. */
#define LENGTH_MAX 50u

/** An argument, as message_build() gets it. */
struct given {
    uint32_t number;
    uint32_t length;
    char bytes[LENGTH_MAX + 1]; /**< With a final 0. */
};

static struct given given[DIALECT_ARGUMENTS];
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

/** Think of arguments for a signature. */
static void invent(const char *signature)
{
    for (uint32_t i = 0; signature[i] != '\0'; i++) {
        given[i].number = random_next(&numbers);
        given[i].length = below(LENGTH_MAX + 1);
        for (uint32_t j = 0; j < given[i].length; j++) {
            given[i].bytes[j] = (char)(signature[i] == 's' ? 1 + below(255) : below(256));
        }
        given[i].bytes[given[i].length] = '\0';
    }
}

/** Build a request. Arguments of any type are words on the stack of i386, so there can be more. */
static int build(struct message *message, uint32_t operation)
{
    uint32_t words[2 * DIALECT_ARGUMENTS] = {0};
    uint32_t count = 0;
    const char *signature = signatures[operation];
    for (uint32_t i = 0; signature[i] != '\0'; i++) {
        const bool has_bytes = signature[i] == 's' || signature[i] == 'b';
        words[count++] = has_bytes ? (uint32_t)(uintptr_t)given[i].bytes : given[i].number;
        if (signature[i] == 'b') {
            words[count++] = given[i].length;
        }
    }
    return message_build(message, types[operation], words[0], words[1], words[2], words[3],
                         words[4], words[5], words[6], words[7]);
}

/** Build a request with arguments that are thought of. */
static void build_any(struct message *message, uint32_t operation)
{
    invent(signatures[operation]);
    CHECK_EQUAL(build(message, operation), 0);
}

/** The other parser: a number, if it is all there. */
static bool take_number(const struct message *message, uint64_t *place, uint32_t *number)
{
    if (*place + 4 > message->length) {
        return false;
    }
    const uint8_t *bytes = message->data + *place;
    *number = bytes[0] + 256u * bytes[1] + 65536u * bytes[2] + 16777216u * bytes[3];
    *place += 4;
    return true;
}

/** The other parser. @return whether the message is well-formed. */
static bool understand(const struct message *message, const char *signature,
                       struct argument arguments[DIALECT_ARGUMENTS])
{
    uint64_t place = 0;
    memset(arguments, 0, DIALECT_ARGUMENTS * sizeof(*arguments));
    for (uint32_t i = 0; signature[i] != '\0'; i++) {
        if (!take_number(message, &place, &arguments[i].value)) {
            return false;
        }
        if (signature[i] == 'u' || signature[i] == 'r') {
            continue;
        }
        if (place + arguments[i].value > message->length) {
            return false;
        }
        arguments[i].bytes = (struct span){message->data + place, arguments[i].value};
        for (uint32_t j = 0; signature[i] == 's' && j < arguments[i].value; j++) {
            if (message->data[place + j] == 0) {
                return false;
            }
        }
        place += arguments[i].value;
    }
    return place == message->length;
}

/** Read a message in a block of its own by both parsers. @return message_parse()'s. */
static int parse(const struct message *message, uint32_t operation)
{
    struct argument actual[DIALECT_ARGUMENTS];
    struct argument expected[DIALECT_ARGUMENTS];
    const size_t size = MESSAGE_HEADER_SIZE + message->length;
    struct message *copy = malloc(size);
    CHECK(copy != NULL);
    memcpy(copy, message, size);
    int error = message_parse(copy, actual);
    CHECK_EQUAL(error, understand(copy, signatures[operation], expected) ? 0 : -E_INVALID);
    for (uint32_t i = 0; error == 0 && i < DIALECT_ARGUMENTS; i++) {
        CHECK_EQUAL(actual[i].value, expected[i].value);
        CHECK(actual[i].bytes.bytes == expected[i].bytes.bytes);
        CHECK_EQUAL(actual[i].bytes.length, expected[i].bytes.length);
    }
    free(copy);
    return error;
}

HOST_TEST(dialect_operations_are_found)
{
    for (uint32_t i = 0; i < COUNT(types); i++) {
        const struct operation_info *info = operation_find(types[i]);
        CHECK(info != NULL && info->type == types[i]);
        CHECK_TEXT(info->name, names[i]);
        CHECK_TEXT(info->signature, signatures[i]);
        CHECK(strlen(info->signature) <= DIALECT_ARGUMENTS);
        CHECK(operation_find(types[i] | MESSAGE_REPLY) == info);
    }
}

HOST_TEST(dialect_other_operations_are_not_found)
{
    uint32_t found = 0;
    for (uint32_t dialect = 0; dialect < 0x200; dialect++) {
        for (uint32_t operation = 0; operation < 500; operation++) {
            found += operation_find(MESSAGE_TYPE(dialect, operation)) != NULL;
        }
        found += operation_find(MESSAGE_TYPE(dialect, 0xFFFF)) != NULL;
    }
    CHECK_EQUAL(found, COUNT(types));
    CHECK(operation_find(0x7FFFFFFFu) == NULL && operation_find(UINT32_MAX) == NULL);
}

HOST_TEST(dialect_requests_are_read_as_they_were_built)
{
    random_seed(&numbers, 1);
    for (uint32_t round = 0; round < 200 * COUNT(types); round++) {
        const uint32_t operation = round % COUNT(types);
        struct message message;
        struct argument arguments[DIALECT_ARGUMENTS];
        memset(&message, 0xFF, sizeof(message));
        build_any(&message, operation);
        CHECK_EQUAL(message.type, types[operation]);
        CHECK_EQUAL(message.handle_count + message.request_id + (uint32_t)message.status, 0);
        CHECK_EQUAL(parse(&message, operation), 0);
        CHECK_EQUAL(message_parse(&message, arguments), 0);
        for (uint32_t i = 0; signatures[operation][i] != '\0'; i++) {
            const char letter = signatures[operation][i];
            if (letter == 'u' || letter == 'r') {
                CHECK_EQUAL(arguments[i].value, given[i].number);
                continue;
            }
            const uint32_t length = letter == 's' ? strlen(given[i].bytes) : given[i].length;
            CHECK_EQUAL(arguments[i].bytes.length, length);
            CHECK_EQUAL(memcmp(arguments[i].bytes.bytes, given[i].bytes, length), 0);
        }
    }
}

HOST_TEST(dialect_truncated_requests_are_refused)
{
    random_seed(&numbers, 2);
    for (uint32_t operation = 0; operation < COUNT(types); operation++) {
        struct message message;
        build_any(&message, operation);
        const uint32_t whole = message.length;
        for (message.length = 0; message.length < whole; message.length++) {
            CHECK_EQUAL(parse(&message, operation), -E_INVALID);
        }
        for (; message.length < MESSAGE_DATA_MAX; message.length++) {
            CHECK_EQUAL(parse(&message, operation), message.length == whole ? 0 : -E_INVALID);
        }
    }
}

HOST_TEST(dialect_damaged_requests_are_understood_alike)
{
    random_seed(&numbers, 3);
    for (uint32_t operation = 0; operation < COUNT(types); operation++) {
        struct message message;
        build_any(&message, operation);
        for (uint32_t i = 0; i < message.length; i++) {
            for (uint32_t flip = 1; flip < 256; flip++) {
                message.data[i] ^= (uint8_t)flip;
                (void)parse(&message, operation);
                message.data[i] ^= (uint8_t)flip;
            }
        }
        CHECK_EQUAL(parse(&message, operation), 0);
    }
}

HOST_TEST(dialect_lengths_near_the_largest_are_refused)
{
    static const uint32_t lengths[] = {0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFC, 0xFFFFFFF0, 0xFFFFFF00,
                                       0x80000000, 0x7FFFFFFF, 0x00010000, 257,        253};
    random_seed(&numbers, 4);
    for (uint32_t operation = 0; operation < COUNT(types); operation++) {
        uint32_t place = 0;
        struct message message;
        build_any(&message, operation);
        const struct message good = message;
        const char *signature = signatures[operation];
        for (uint32_t i = 0; signature[i] != '\0'; i++) {
            const bool has_bytes = signature[i] == 's' || signature[i] == 'b';
            for (uint32_t j = 0; has_bytes && j < COUNT(lengths); j++) {
                message = good;
                memcpy(message.data + place, &lengths[j], sizeof(lengths[j]));
                CHECK_EQUAL(parse(&message, operation), -E_INVALID);
            }
            const uint32_t length = signature[i] == 's' ? strlen(given[i].bytes) : given[i].length;
            place += 4 + (has_bytes ? length : 0);
        }
    }
}

HOST_TEST(dialect_strings_with_a_zero_are_refused)
{
    struct message message;
    CHECK_EQUAL(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "abc"), 0);
    message.data[5] = 0;
    CHECK_EQUAL(parse(&message, GENERIC_OPEN), -E_INVALID);
    CHECK_EQUAL(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), 0, "a\0b", 3),
                0);
    CHECK_EQUAL(parse(&message, GENERIC_WRITE), 0);
}

HOST_TEST(dialect_only_requests_of_the_list_are_read)
{
    struct argument arguments[DIALECT_ARGUMENTS];
    struct message message;
    CHECK_EQUAL(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 1u), 0);
    message.type |= MESSAGE_REPLY;
    CHECK_EQUAL(message_parse(&message, arguments), -E_INVALID);
    message.type = MESSAGE_TYPE(DIALECT_USER, GENERIC_CLOSE);
    CHECK_EQUAL(message_parse(&message, arguments), -E_INVALID);
    for (uint32_t length = MESSAGE_DATA_MAX + 1; length > MESSAGE_DATA_MAX; length <<= 1) {
        const uint32_t bytes = length - 8; /* would be right for this length */
        message.type = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE);
        message.length = length;
        memcpy(message.data + 4, &bytes, sizeof(bytes));
        CHECK_EQUAL(message_parse(&message, arguments), -E_INVALID);
    }
}

HOST_TEST(dialect_random_messages_are_understood_alike)
{
    random_seed(&numbers, 5);
    for (uint32_t round = 0; round < 200000; round++) {
        const uint32_t operation = below(COUNT(types));
        struct message message = {.type = types[operation], .length = below(64)};
        for (uint32_t i = 0; i < message.length; i++) {
            /* Mostly small, so that lengths often fit. */
            message.data[i] = (uint8_t)(below(4) == 0 ? below(256) : below(3) * below(12));
        }
        (void)parse(&message, operation);
    }
}

HOST_TEST(dialect_what_does_not_fit_is_not_built)
{
    char text[MESSAGE_DATA_MAX + 1];
    struct message *message = malloc(sizeof(*message));
    CHECK(message != NULL);
    memset(text, 'x', sizeof(text));
    for (uint32_t length = 240; length <= MESSAGE_DATA_MAX; length++) {
        text[length] = '\0';
        const uint32_t open = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN);
        CHECK_EQUAL(message_build(message, open, text),
                    length + 4 <= MESSAGE_DATA_MAX ? 0 : -E_TOO_LONG);
        const uint32_t stat = MESSAGE_TYPE(DIALECT_VFS, VFS_STAT);
        CHECK_EQUAL(message_build(message, stat, text, 64u),
                    length + 8 <= MESSAGE_DATA_MAX ? 0 : -E_TOO_LONG);
        text[length] = 'x';
    }
    for (uint32_t length = UINT32_MAX; length > UINT32_MAX - 20; length--) {
        const uint32_t write = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE);
        CHECK_EQUAL(message_build(message, write, 0u, text, length), -E_TOO_LONG);
    }
    CHECK_EQUAL(message_build(message, MESSAGE_TYPE(DIALECT_USER, 1)), -E_INVALID);
    CHECK_EQUAL(message_build(message, types[0] | MESSAGE_REPLY, 0u, 0u), -E_INVALID);
    free(message);
}

HOST_TEST(dialect_strings_are_copied_if_there_is_room)
{
    struct message message;
    struct argument arguments[DIALECT_ARGUMENTS];
    CHECK_EQUAL(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "name"), 0);
    CHECK_EQUAL(message_parse(&message, arguments), 0);
    for (uint32_t size = 1; size < 8; size++) {
        char *text = malloc(size);
        CHECK(text != NULL);
        CHECK_EQUAL(argument_string(&arguments[0], text, size), size < 5 ? -E_TOO_LONG : 0);
        if (size >= 5) {
            CHECK_TEXT(text, "name");
        }
        free(text);
    }
}

HOST_TEST(dialect_answers_keep_who_asked)
{
    uint8_t data[MESSAGE_DATA_MAX + 1];
    struct message *message = malloc(sizeof(*message));
    CHECK(message != NULL);
    memset(data, 7, sizeof(data));
    CHECK_EQUAL(message_build(message, MESSAGE_TYPE(DIALECT_VFS, VFS_READ), 3u, 100u), 0);
    message->sender = 42;
    message->request_id = 99;
    message->handle_count = 2;
    CHECK_EQUAL(message_answer(message, MESSAGE_DATA_MAX, data, MESSAGE_DATA_MAX), 0);
    CHECK_EQUAL(message->type, MESSAGE_REPLY | MESSAGE_TYPE(DIALECT_VFS, VFS_READ));
    CHECK(message->sender == 42 && message->request_id == 99 && message->handle_count == 0);
    CHECK(message->status == MESSAGE_DATA_MAX && message->length == MESSAGE_DATA_MAX);
    CHECK_EQUAL(memcmp(message->data, data, MESSAGE_DATA_MAX), 0);
    CHECK_EQUAL(message_answer(message, 0, data, sizeof(data)), -E_TOO_LONG);
    CHECK(message->status == -E_TOO_LONG && message->length == 0);
    CHECK_EQUAL(message_answer(message, -E_NOT_FOUND, NULL, 0), 0);
    CHECK(message->status == -E_NOT_FOUND && message->length == 0);
    free(message);
}
