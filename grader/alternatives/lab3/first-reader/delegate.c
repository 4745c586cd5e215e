/**
 * @file
 * Alternative for lab 3, exercise 7: delegation of system calls.
 *
 * The file owns no state. A request is packed in the struct ipc of the process, as the signature of
 * its operation says, and the answer arrives there, too. Everything that can be wrong with the
 * request is found before it is sent. The contract is in kernel/ipc/delegate.h.
 */
#include "kernel/ipc/delegate.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/well_known.h"
#include "kernel/panic.h"
#include "kernel/process/user.h"

#include <cairn/error.h>
#include <cairn/syscall.h>

/** Where the answer's data goes. */
struct room {
    user_pointer place;
    uint32_t size;
};

/** Pack a string of the program. */
static int pack_user_string(struct pack *pack, user_pointer from)
{
    char text[NAME_MAX_BYTES];
    int length = copy_string_from_user(text, from, sizeof(text));
    if (length >= 0) {
        pack_string(pack, text);
    }
    return length < 0 ? length : 0;
}

/** Pack bytes of the program. */
static int pack_user_bytes(struct pack *pack, user_pointer from, uint32_t length)
{
    pack_u32(pack, length);
    uint8_t *place = pack_reserve(pack, length);
    return place == NULL ? -E_TOO_LONG : copy_from_user(place, from, length);
}

/** Pack the arguments that a signature names. @return the size of the request, or an error. */
static int pack_arguments(struct pack *pack, const char *signature, const uint32_t *arguments,
                          struct room *room)
{
    *room = (struct room){0};
    for (; *signature != '\0'; signature++) {
        int error = 0;
        uint32_t argument = *arguments++;
        if (*signature == 'u') {
            pack_u32(pack, argument);
        } else if (*signature == 's') {
            error = pack_user_string(pack, (user_pointer){argument});
        } else if (*signature == 'b') {
            error = pack_user_bytes(pack, (user_pointer){argument}, *arguments++);
        } else {
            assert(*signature == 'r');
            uint32_t size = *arguments++;
            *room = (struct room){{argument}, size < MESSAGE_DATA_MAX ? size : MESSAGE_DATA_MAX};
            pack_u32(pack, room->size);
        }
        if (error < 0) {
            return error;
        }
    }
    return pack_finish(pack);
}

/** Nobody has asked for handles: close those that came with an answer. */
static void close_handles(struct ipc *ipc)
{
    for (uint32_t i = 0; i < ipc->message.handle_count; i++) {
        int error = handle_close(&ipc->handles, ipc->message.handles[i]);
        assert(error == 0);
    }
}

/** Give the answer of a server, who may have written anything, to the program. */
static int32_t take_answer(const struct message *answer, const struct room *room,
                           uint32_t *received)
{
    if (answer->status < 0) {
        return (uint32_t)answer->status >= SYSCALL_ERROR_FIRST ? answer->status : -E_IO;
    }
    if (answer->length > room->size) {
        return -E_IO;
    }
    int error = copy_to_user(room->place, answer->data, answer->length);
    if (error < 0) {
        return error;
    }
    if (received != NULL) {
        *received = answer->length;
    }
    return answer->status;
}

int32_t delegate(uint32_t id, uint32_t type, const uint32_t *arguments, uint32_t *received)
{
    const struct operation_info *operation = operation_find(type);
    struct endpoint *endpoint = well_known_endpoint(id);
    assert(operation != NULL);
    if (endpoint == NULL || endpoint->owner == NULL) {
        return -E_NO_CALL;
    }
    struct ipc *ipc = ipc_of(process_current());
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    struct message *message = &ipc->message;
    memset(message, 0, MESSAGE_HEADER_SIZE);
    struct pack pack;
    struct room room;
    pack_start(&pack, message->data, sizeof(message->data));
    int length = pack_arguments(&pack, operation->signature, arguments, &room);
    if (length < 0) {
        return length;
    }
    message->type = type;
    message->length = (uint32_t)length;
    int error = endpoint_call(endpoint, CALL_LIMIT, DELEGATE_PRIORITY);
    if (error < 0) {
        return error;
    }
    close_handles(ipc);
    return take_answer(message, &room, received);
}
