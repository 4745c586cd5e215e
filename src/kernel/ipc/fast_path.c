/**
 * @file
 * The fast path of calls; see fast_path.h.
 *
 * It owns no state. A message goes from the sender's memory straight into the struct ipc of the
 * receiver, which waits and has no other use for it; so even a copy that fails in the middle has
 * changed nothing that counts, and the slow path can begin anew.
 *
 * Source of the idea: J. Liedtke, "Improving IPC by Kernel Design", SOSP 1993.
 */
#include "kernel/ipc/fast_path.h"

#include "kernel/cmdline.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/message_calls.h"
#include "kernel/ktest.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/trap.h"

/** Bytes that are copied before the length is known: the header and a little data. */
#define FIRST_COPY (MESSAGE_HEADER_SIZE + 8u)

/** The dispatcher behind the fast path. */
static void (*slow_path)(struct trap_frame *frame);

/** The endpoint of a handle; NULL if anything about it is unusual. */
static struct endpoint *find_endpoint(const struct ipc *ipc, uint32_t number, uint32_t right)
{
    const struct handle *handle = ipc == NULL ? NULL : handle_get(&ipc->handles, (int32_t)number);
    bool usual =
        handle != NULL && handle->object->type == OBJECT_ENDPOINT && (handle->rights & right) != 0;
    return usual ? (struct endpoint *)handle->object : NULL;
}

/** Whether a process waits for a message from anybody in an endpoint. */
static bool waits_here(const struct process *process, const struct endpoint *endpoint)
{
    return process != NULL && process->state == PROCESS_BLOCKED &&
           process->reason == REASON_RECEIVE && process->ipc->endpoint == endpoint &&
           process->ipc->accept == WAIT_ANY;
}

/** Whether nobody waits to send. */
static bool is_idle(const struct endpoint *endpoint)
{
    const struct list *senders = endpoint->senders;
    return list_is_empty(&senders[0]) && list_is_empty(&senders[1]) && list_is_empty(&senders[2]) &&
           list_is_empty(&senders[3]);
}

/** Copy a message without handles from the program. @return whether it is as usual. */
static bool take(struct message *message, user_pointer from)
{
    if (copy_from_user(message, from, FIRST_COPY) < 0 || message->handle_count != 0 ||
        message->length > MESSAGE_DATA_MAX) {
        return false;
    }
    uint32_t size = MESSAGE_HEADER_SIZE + message->length;
    return size <= FIRST_COPY ||
           copy_from_user((uint8_t *)message + FIRST_COPY,
                          (user_pointer){from.address + FIRST_COPY}, size - FIRST_COPY) == 0;
}

/** The current process, which has begun to wait, lets another one run with success. */
static int32_t hand_over(struct process *process)
{
    struct process *current = process_current();
    scheduler_remove(process);
    process->wake_result = 0;
    scheduler_run(process);
    return current->wake_result;
}

/** Call a server that waits. @return whether that was possible. */
static bool fast_call(struct trap_frame *frame)
{
    struct process *caller = process_current();
    struct ipc *ipc = caller->ipc;
    const user_pointer place = {frame->ecx};
    struct endpoint *endpoint = find_endpoint(ipc, frame->ebx, RIGHT_SEND);
    struct process *server = endpoint == NULL ? NULL : endpoint->owner;
    if (!waits_here(server, endpoint) || frame->edx > INT32_MAX || frame->esi >= PRIORITIES ||
        !take(&server->ipc->message, place)) {
        return false;
    }
    /* Nothing can fail from here on. */
    ipc->request_id = ipc_new_request_id();
    ipc->server = server;
    server->ipc->message.request_id = ipc->request_id;
    server->ipc->message.sender = caller->pid;
    endpoint->messages++;
    endpoint->calls++;
    ipc_message_delivered(caller, server);
    scheduler_wait(&server->ipc->callers, REASON_REPLY, frame->edx);
    int32_t result = hand_over(server);
    if (result < 0) {
        endpoint->failures++;
    } else {
        result = copy_to_user(place, &ipc->message, MESSAGE_HEADER_SIZE + ipc->message.length);
    }
    frame->eax = (uint32_t)result;
    return true;
}

/** Answer the call that has waited longest, and wait for the next. @return whether it was that. */
static bool fast_reply_receive(struct trap_frame *frame)
{
    struct process *server = process_current();
    struct ipc *ipc = server->ipc;
    const user_pointer place = {frame->ecx};
    struct endpoint *endpoint = find_endpoint(ipc, frame->ebx, RIGHT_RECEIVE);
    if (endpoint == NULL || endpoint->owner != server || !is_idle(endpoint) ||
        list_is_empty(&ipc->callers) || frame->edx > INT32_MAX) {
        return false;
    }
    struct process *caller = LIST_ENTRY(list_first(&ipc->callers), struct process, queue_link);
    struct message *message = &caller->ipc->message;
    if (!take(message, place) || message->sender != caller->pid ||
        message->request_id != caller->ipc->request_id) {
        return false;
    }
    /* Nothing can fail from here on. */
    message->type |= MESSAGE_REPLY;
    message->sender = server->pid;
    endpoint->replies++;
    ipc_message_delivered(server, caller);
    ipc->endpoint = endpoint;
    ipc->accept = WAIT_ANY;
    scheduler_wait(NULL, REASON_RECEIVE, frame->edx);
    int32_t result = hand_over(caller);
    frame->eax = (uint32_t)(result < 0 ? result : message_give_received(ipc, place));
    return true;
}

/** Act on a system call. */
static void dispatch(struct trap_frame *frame)
{
    bool native = process_current()->personality == PERSONALITY_NATIVE;
    if (native && frame->eax == SYS_CALL && fast_call(frame)) {
        return;
    }
    if (native && frame->eax == SYS_REPLY_RECEIVE && fast_reply_receive(frame)) {
        return;
    }
    slow_path(frame);
}

void fast_path_init(const char *line)
{
    bool wanted = ktest_active() ? cmdline_has(line, "fastpath") : !cmdline_has(line, "slowpath");
    if (wanted) {
        slow_path = trap_system_call;
        trap_system_call = dispatch;
    }
}
