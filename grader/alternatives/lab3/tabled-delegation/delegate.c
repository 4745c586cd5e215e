/**
 * @file
 * Alternative for lab 3, exercise 7: a function for each letter, and a request of its own.
 *
 * A table has a function for every letter of a signature, which appends to a request on the kernel
 * stack, writes numbers byte by byte, and says how many arguments it has used. Only a request that
 * is complete goes to the struct ipc of the process. The file owns no state. Sequence: delegate()
 * for each call.
 */
#include "kernel/ipc/delegate.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/well_known.h"
#include "kernel/panic.h"
#include "kernel/process/user.h"
#include "lib/string.h"

#include <cairn/error.h>
#include <cairn/syscall.h>

/** The most usual priority. */
#define PRIORITY_USUAL 1u
/** Letters that a signature can have. */
#define LETTERS 26u

/** A request that is being built. */
struct request {
    uint32_t length;
    uint32_t room; /**< Bytes that the answer may have. */
    user_pointer answer;
    uint8_t data[MESSAGE_DATA_MAX];
};

/** Append an argument. @return how many words it was; an error. */
typedef int append_function(struct request *request, const uint32_t *words);

/** Whether so many more bytes find room. */
static bool fits(const struct request *request, uint32_t size)
{
    return size <= MESSAGE_DATA_MAX - request->length;
}

/** Append a number, its lowest byte first. */
static int append_word(struct request *request, uint32_t word)
{
    if (!fits(request, sizeof(word))) {
        return -E_TOO_LONG;
    }
    for (uint32_t shift = 0; shift < 32; shift += 8) {
        request->data[request->length++] = (uint8_t)(word >> shift);
    }
    return 1;
}

static int append_number(struct request *request, const uint32_t *words)
{
    return append_word(request, words[0]);
}

static int append_room(struct request *request, const uint32_t *words)
{
    request->answer.address = words[0];
    request->room = words[1] > MESSAGE_DATA_MAX ? MESSAGE_DATA_MAX : words[1];
    int error = append_word(request, request->room);
    return error < 0 ? error : 2;
}

static int append_bytes(struct request *request, const uint32_t *words)
{
    int error = append_word(request, words[1]);
    if (error < 0 || !fits(request, words[1])) {
        return -E_TOO_LONG;
    }
    error = copy_from_user(request->data + request->length, (user_pointer){words[0]}, words[1]);
    request->length += words[1];
    return error < 0 ? error : 2;
}

static int append_string(struct request *request, const uint32_t *words)
{
    char text[NAME_MAX_BYTES];
    int length = copy_string_from_user(text, (user_pointer){words[0]}, sizeof(text));
    if (length < 0) {
        return length;
    }
    int error = append_word(request, (uint32_t)length);
    if (error < 0 || !fits(request, (uint32_t)length)) {
        return -E_TOO_LONG;
    }
    memcpy(request->data + request->length, text, (uint32_t)length);
    request->length += (uint32_t)length;
    return 1;
}

/** By letter, from `a` on. */
static append_function *const append[LETTERS] = {
    ['b' - 'a'] = append_bytes,
    ['r' - 'a'] = append_room,
    ['s' - 'a'] = append_string,
    ['u' - 'a'] = append_number,
};

/** Build a request. */
static int build(struct request *request, const char *signature, const uint32_t *words)
{
    request->length = 0;
    request->room = 0;
    request->answer.address = 0;
    for (; *signature != '\0'; signature++) {
        uint32_t letter = (uint32_t)(*signature - 'a');
        assert(letter < LETTERS && append[letter] != NULL);
        int used = append[letter](request, words);
        if (used < 0) {
            return used;
        }
        words += used;
    }
    return 0;
}

/** What the process learns of an answer. */
static int32_t judge(const struct message *answer, const struct request *request)
{
    if (answer->status >= 0) {
        return answer->length > request->room ? -E_IO : answer->status;
    }
    bool is_error = (uint32_t)answer->status >= SYSCALL_ERROR_FIRST;
    return is_error ? answer->status : -E_IO;
}

int32_t delegate(uint32_t id, uint32_t type, const uint32_t *arguments, uint32_t *received)
{
    const struct operation_info *operation = operation_find(type);
    struct endpoint *endpoint = well_known_endpoint(id);
    struct request request;
    assert(operation != NULL && endpoint != NULL);
    if (endpoint->owner == NULL) {
        return -E_NO_CALL;
    }
    struct ipc *ipc = ipc_of(process_current());
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = build(&request, operation->signature, arguments);
    if (error < 0) {
        return error;
    }
    struct message *message = &ipc->message;
    memset(message, 0, MESSAGE_HEADER_SIZE);
    message->type = type;
    message->length = request.length;
    memcpy(message->data, request.data, request.length);
    error = endpoint_call(endpoint, CALL_LIMIT, PRIORITY_USUAL);
    if (error < 0) {
        return error;
    }
    int32_t result = judge(message, &request);
    if (result >= 0) {
        error = copy_to_user(request.answer, message->data, message->length);
        result = error < 0 ? error : result;
    }
    if (result >= 0 && received != NULL) {
        *received = message->length;
    }
    while (message->handle_count > 0) { /* nobody has asked for handles */
        message->handle_count--;
        error = handle_close(&ipc->handles, message->handles[message->handle_count]);
        assert(error == 0);
    }
    return result;
}
