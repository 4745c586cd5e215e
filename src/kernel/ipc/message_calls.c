/**
 * @file
 * The system calls that pass messages; see message_calls.h.
 *
 * It owns no state. A message is copied into the struct ipc of the process, with the objects of its
 * handles, before anybody is asked; so whoever receives it needs nothing of the sender's memory.
 * A process has a struct ipc from its first call on.
 */
#include "kernel/ipc/message_calls.h"

#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/user.h"

#include <cairn/error.h>

static struct ipc *current_ipc(void)
{
    return ipc_of(process_current());
}

int message_carry(struct ipc *ipc, const struct message *message)
{
    if (message->handle_count > MESSAGE_HANDLES_MAX) {
        return -E_INVALID;
    }
    for (uint32_t i = 0; i < message->handle_count; i++) {
        const struct handle *handle = handle_get(&ipc->handles, message->handles[i]);
        if (handle == NULL || (handle->rights & RIGHT_TRANSFER) == 0) {
            ipc_drop_carried(ipc);
            return handle == NULL ? -E_BAD_HANDLE : -E_ACCESS;
        }
        object_retain(handle->object);
        ipc->carried[ipc->carried_count++] =
            (struct carried){handle->object, handle->rights & ~ipc_rights_of_owner(handle->object)};
    }
    return 0;
}

/** Copy a message from the program: its header, and as much data as that says. */
static int take(struct ipc *ipc, user_pointer from)
{
    struct message *message = &ipc->message;
    int error = copy_from_user(message, from, MESSAGE_HEADER_SIZE);
    if (error < 0) {
        return error;
    }
    if (message->length > MESSAGE_DATA_MAX) {
        return -E_INVALID;
    }
    error = copy_from_user(message->data, (user_pointer){from.address + MESSAGE_HEADER_SIZE},
                           message->length);
    return error < 0 || message->handle_count == 0 ? error : message_carry(ipc, message);
}

int message_give(struct ipc *ipc, user_pointer to)
{
    const struct message *message = &ipc->message;
    int error = copy_to_user(to, message, MESSAGE_HEADER_SIZE + message->length);
    for (uint32_t i = 0; error < 0 && i < message->handle_count; i++) {
        int closed = handle_close(&ipc->handles, message->handles[i]);
        assert(closed == 0);
    }
    return error;
}

int message_give_received(struct ipc *ipc, user_pointer to)
{
    int error = message_give(ipc, to);
    if (error < 0 && ipc->message.request_id != 0) {
        ipc->message.status = -E_IO;
        ipc->message.type |= MESSAGE_REPLY;
        ipc->message.length = 0;
        ipc->message.handle_count = 0;
        int refused = endpoint_reply();
        return refused == 0 || refused == -E_NOT_FOUND ? error : refused;
    }
    return error;
}

/** The endpoint of a handle. */
static int find_endpoint(const struct ipc *ipc, uint32_t handle, uint32_t rights,
                         struct endpoint **endpoint)
{
    struct object *object = NULL;
    int error = handle_find(&ipc->handles, (int32_t)handle, OBJECT_ENDPOINT, rights, &object);
    *endpoint = (struct endpoint *)object;
    return error;
}

/** Send or call; what was not delivered is given back. */
static int transmit(struct ipc *ipc, struct endpoint *endpoint, const uint32_t *arguments,
                    int (*act)(struct endpoint *, uint32_t, uint32_t))
{
    if (arguments[3] >= PRIORITIES || arguments[2] > INT32_MAX) {
        return -E_INVALID;
    }
    int error = take(ipc, (user_pointer){arguments[1]});
    ipc->message.type &= ~MESSAGE_REPLY; /* whatever the program has written there */
    if (error == 0) {
        error = act(endpoint, arguments[2], arguments[3]);
    }
    if (ipc->carried_count > 0) {
        ipc_drop_carried(ipc);
    }
    return error;
}

int32_t sys_send(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    struct process *receiver = process_find((int32_t)arguments[0]);
    if (receiver == NULL || receiver->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    if (ipc == NULL || ipc_of(receiver) == NULL) {
        return -E_NO_MEMORY;
    }
    struct endpoint *endpoint = receiver->ipc->own;
    object_retain(&endpoint->object); /* the receiver may end meanwhile */
    ipc->held = &endpoint->object;    /* and so may this process: ipc_end() releases it then */
    int error = transmit(ipc, endpoint, arguments, endpoint_send);
    ipc->held = NULL;
    object_release(&endpoint->object);
    return error;
}

int32_t sys_receive(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    if (arguments[2] > INT32_MAX) {
        return -E_INVALID;
    }
    int error = endpoint_receive(ipc->own, (int32_t)arguments[0], arguments[2]);
    return error < 0 ? error : message_give_received(ipc, (user_pointer){arguments[1]});
}

int32_t sys_endpoint_send(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    struct endpoint *endpoint;
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = find_endpoint(ipc, arguments[0], RIGHT_SEND, &endpoint);
    return error < 0 ? error : transmit(ipc, endpoint, arguments, endpoint_send);
}

int32_t sys_endpoint_receive(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    struct endpoint *endpoint;
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = find_endpoint(ipc, arguments[0], RIGHT_RECEIVE, &endpoint);
    if (error < 0 || arguments[2] > INT32_MAX) {
        return error < 0 ? error : -E_INVALID;
    }
    error = endpoint_receive(endpoint, WAIT_ANY, arguments[2]);
    return error < 0 ? error : message_give_received(ipc, (user_pointer){arguments[1]});
}

int32_t sys_call(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    struct endpoint *endpoint;
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = find_endpoint(ipc, arguments[0], RIGHT_SEND, &endpoint);
    if (error == 0) {
        error = transmit(ipc, endpoint, arguments, endpoint_call);
    }
    return error < 0 ? error : message_give(ipc, (user_pointer){arguments[1]});
}

/** Copy a reply from the program; the kernel marks it as one. */
static int take_reply(struct ipc *ipc, uint32_t message)
{
    int error = take(ipc, (user_pointer){message});
    ipc->message.type |= MESSAGE_REPLY;
    return error;
}

int32_t sys_reply(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = take_reply(ipc, arguments[0]);
    error = error < 0 ? error : endpoint_reply();
    ipc_drop_carried(ipc);
    return error;
}

int32_t sys_reply_receive(const uint32_t *arguments)
{
    struct ipc *ipc = current_ipc();
    struct endpoint *endpoint;
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    int error = find_endpoint(ipc, arguments[0], RIGHT_RECEIVE, &endpoint);
    if (error < 0 || arguments[2] > INT32_MAX) {
        return error < 0 ? error : -E_INVALID;
    }
    error = take_reply(ipc, arguments[1]);
    if (error == 0) {
        error = endpoint_reply_receive(endpoint, arguments[2]);
    }
    if (ipc->carried_count > 0) {
        ipc_drop_carried(ipc);
    }
    return error < 0 ? error : message_give_received(ipc, (user_pointer){arguments[1]});
}
