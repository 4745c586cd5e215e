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
#include "lib/string.h"

#include <cairn/error.h>
#include <cairn/syscall.h>

/** Where the program wants the data of the answer. */
struct room {
    user_pointer place;
    uint32_t size; /**< In bytes; 0 also for an operation without room. */
};

/** Pack a string; it is copied once, so nobody can change it between two looks. */
static int pack_user_string(struct pack *pack, user_pointer from)
{
    char text[NAME_MAX_BYTES];
    int length = copy_string_from_user(text, from, sizeof(text));
    if (length < 0) {
        return length;
    }
    pack_bytes(pack, text, (uint32_t)length);
    return 0;
}

/** Pack a run of bytes, from the program straight to its place. */
static int pack_user_bytes(struct pack *pack, user_pointer from, uint32_t length)
{
    pack_u32(pack, length);
    uint8_t *place = pack_reserve(pack, length);
    return place == NULL ? -E_TOO_LONG : copy_from_user(place, from, length);
}

/** Pack the size of the room, of which no more is asked for than an answer can fill. */
static void pack_room(struct pack *pack, user_pointer place, uint32_t size, struct room *room)
{
    room->place = place;
    room->size = size < MESSAGE_DATA_MAX ? size : MESSAGE_DATA_MAX;
    pack_u32(pack, room->size);
}

/** Pack the arguments of a call one after the other. @return as pack_finish(), or -E_FAULT. */
static int pack_arguments(struct pack *pack, const char *signature, const uint32_t *arguments,
                          struct room *room)
{
    int error = 0;
    for (; *signature != '\0' && error == 0; signature++) {
        const uint32_t first = *arguments++;
        switch (*signature) {
        case 's':
            error = pack_user_string(pack, (user_pointer){first});
            break;
        case 'b':
            error = pack_user_bytes(pack, (user_pointer){first}, *arguments++);
            break;
        case 'r':
            pack_room(pack, (user_pointer){first}, *arguments++, room);
            break;
        default:
            assert(*signature == 'u');
            pack_u32(pack, first);
        }
    }
    return error < 0 ? error : pack_finish(pack);
}

/** Build the request, over whatever message was there before. */
static int build(struct message *message, const struct operation_info *operation,
                 const uint32_t *arguments, struct room *room)
{
    struct pack pack;
    pack_start(&pack, message->data, sizeof(message->data));
    int length = pack_arguments(&pack, operation->signature, arguments, room);
    if (length < 0) {
        return length;
    }
    memset(message, 0, MESSAGE_HEADER_SIZE);
    message->type = operation->type;
    message->length = (uint32_t)length;
    return 0;
}

/** Close the handles that came with an answer: the program would never learn of them. */
static void close_handles(struct ipc *ipc)
{
    for (uint32_t i = 0; i < ipc->message.handle_count; i++) {
        int error = handle_close(&ipc->handles, ipc->message.handles[i]);
        assert(error == 0);
    }
}

/** Whether an answer is one that the server may give; it is not trusted. */
static bool makes_sense(const struct message *answer, const struct room *room)
{
    bool is_result = answer->status >= 0 || (uint32_t)answer->status >= SYSCALL_ERROR_FIRST;
    return is_result && answer->length <= room->size;
}

/** Turn the answer into the result of the call, and its data into the program's. */
static int32_t finish(const struct message *answer, const struct room *room, uint32_t *received)
{
    if (!makes_sense(answer, room)) {
        return -E_IO;
    }
    if (answer->status < 0) {
        return answer->status;
    }
    int error = copy_to_user(room->place, answer->data, answer->length);
    if (error == 0 && received != NULL) {
        *received = answer->length;
    }
    return error < 0 ? error : answer->status;
}

int32_t delegate(uint32_t id, uint32_t type, const uint32_t *arguments, uint32_t *received)
{
    const struct operation_info *operation = operation_find(type);
    struct endpoint *endpoint = well_known_endpoint(id);
    assert(operation != NULL && endpoint != NULL);
    if (endpoint->owner == NULL) {
        return -E_NO_CALL;
    }
    struct ipc *ipc = ipc_of(process_current());
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    struct room room = {{0}, 0};
    int error = build(&ipc->message, operation, arguments, &room);
    if (error == 0) {
        error = endpoint_call(endpoint, CALL_LIMIT, DELEGATE_PRIORITY);
    }
    if (error < 0) {
        return error;
    }
    close_handles(ipc);
    return finish(&ipc->message, &room, received);
}
