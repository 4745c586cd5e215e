/**
 * @file
 * Lab 3, exercise 7: delegation of system calls.
 *
 * The file owns no state. A request is packed in the struct ipc of the process, as the signature of
 * its operation says, and the answer arrives there, too. Everything that can be wrong with the
 * request is found before it is sent. The contract is in kernel/ipc/delegate.h.
 */
#include "kernel/ipc/delegate.h"

#include "kernel/exercise.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/well_known.h"
#include "kernel/panic.h"
#include "kernel/process/user.h"

#include <cairn/error.h>
#include <cairn/syscall.h>

/* BEGIN SOLUTION lab3.ex7 */
/** Where the data of the answer goes. */
struct room {
    user_pointer address;
    uint32_t size; /**< In bytes; 0 if the operation has none. */
};

/** Pack a string of the program. */
static int pack_path(struct pack *pack, user_pointer address)
{
    char path[NAME_MAX_BYTES];
    int length = copy_string_from_user(path, address, sizeof(path));
    if (length >= 0) {
        pack_bytes(pack, path, (uint32_t)length);
    }
    return length < 0 ? length : 0;
}

/** Pack bytes of the program. */
static int pack_memory(struct pack *pack, user_pointer address, uint32_t size)
{
    pack_u32(pack, size);
    uint8_t *place = pack_reserve(pack, size);
    return place == NULL ? -E_TOO_LONG : copy_from_user(place, address, size);
}

/** Pack all arguments. */
static int pack_request(struct pack *pack, const char *signature, const uint32_t *arguments,
                        struct room *room)
{
    int error = 0;
    for (; *signature != '\0' && error == 0; signature++) {
        switch (*signature) {
        case 's':
            error = pack_path(pack, (user_pointer){*arguments++});
            break;
        case 'b':
            error = pack_memory(pack, (user_pointer){arguments[0]}, arguments[1]);
            arguments += 2;
            break;
        case 'r':
            room->address.address = arguments[0];
            room->size = arguments[1] < MESSAGE_DATA_MAX ? arguments[1] : MESSAGE_DATA_MAX;
            pack_u32(pack, room->size);
            arguments += 2;
            break;
        default:
            pack_u32(pack, *arguments++);
            break;
        }
    }
    return error < 0 ? error : pack_finish(pack);
}

/** The process has no use for handles. */
static void close_handles(struct ipc *ipc)
{
    for (uint32_t i = 0; i < ipc->message.handle_count; i++) {
        int error = handle_close(&ipc->handles, ipc->message.handles[i]);
        assert(error == 0);
    }
}

/** Give the data of an answer to the program. */
static int32_t take_answer(struct ipc *ipc, const struct room *room, uint32_t *received)
{
    const struct message *answer = &ipc->message;
    close_handles(ipc);
    if (answer->status < 0) {
        return (uint32_t)answer->status >= SYSCALL_ERROR_FIRST ? answer->status : -E_IO;
    }
    if (answer->length > room->size) {
        return -E_IO;
    }
    int error = copy_to_user(room->address, answer->data, answer->length);
    if (error == 0 && received != NULL) {
        *received = answer->length;
    }
    return error < 0 ? error : answer->status;
}
/* SKELETON
END SOLUTION */

int32_t delegate(uint32_t id, uint32_t type, const uint32_t *arguments, uint32_t *received)
{
    /* BEGIN SOLUTION lab3.ex7 */
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
    struct room room = {0};
    struct pack pack;
    pack_start(&pack, ipc->message.data, MESSAGE_DATA_MAX);
    int length = pack_request(&pack, operation->signature, arguments, &room);
    if (length < 0) {
        return length;
    }
    /* Nothing is sent before here. */
    ipc->message.type = type;
    ipc->message.length = (uint32_t)length;
    ipc->message.status = 0;
    ipc->message.handle_count = 0;
    int error = endpoint_call(endpoint, CALL_LIMIT, DELEGATE_PRIORITY);
    return error < 0 ? error : take_answer(ipc, &room, received);
    /* SKELETON
    // Exercise lab3.ex7 (12 points): pack the arguments as the signature of the operation
    // (operation_find()) says, call the endpoint with CALL_LIMIT, and give the answer's data to
    // the program. pack_start() and its relatives (cairn/pack.h) never write past the end. Beware
    // of what a server may answer: it is only a program.
    (void)id;
    (void)type;
    (void)arguments;
    (void)received;
    exercise_missing("lab3.ex7", __func__);
    END SOLUTION */
}
