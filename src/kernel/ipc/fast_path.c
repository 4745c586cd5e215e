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
#include "kernel/memory/layout.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/user_copy.h"

#include <cairn/error.h>

/** Bytes that are copied before the length is known: the header and a little data. */
#define FIRST_COPY (MESSAGE_HEADER_SIZE + 8u)

/** Each half of the fast path is one piece of code: its steps are functions for the reader only. */
#define INLINE static inline __attribute__((always_inline))

/** The endpoint of a handle; NULL if anything about it is unusual. */
INLINE struct endpoint *find_endpoint(const struct ipc *ipc, uint32_t number, uint32_t right)
{
    const struct handle *handle = ipc == NULL ? NULL : handle_get(&ipc->handles, (int32_t)number);
    bool usual =
        handle != NULL && handle->object->type == OBJECT_ENDPOINT && (handle->rights & right) != 0;
    return usual ? (struct endpoint *)handle->object : NULL;
}

/** Whether a process waits for a message from anybody in an endpoint. */
INLINE bool waits_here(const struct process *process, const struct endpoint *endpoint)
{
    return process != NULL && process->state == PROCESS_BLOCKED &&
           process->reason == REASON_RECEIVE && process->ipc->endpoint == endpoint &&
           process->ipc->accept == WAIT_ANY;
}

/** Whether nobody waits to send. */
INLINE bool is_idle(const struct endpoint *endpoint)
{
    const struct list *senders = endpoint->senders;
    return list_is_empty(&senders[0]) && list_is_empty(&senders[1]) && list_is_empty(&senders[2]) &&
           list_is_empty(&senders[3]);
}

/** Whether a process may name the memory of the longest message that starts at an address. */
INLINE bool may_name(const struct process *process, uintptr_t message)
{
    return process->mode == PROCESS_KERNEL ||
           message - USER_START <= USER_END - USER_START - sizeof(struct message);
}

/** Copy a message from the program to its receiver. @return whether that is all right. */
INLINE bool take(struct message *message, uintptr_t from)
{
    if (user_copy(message, (const void *)from, FIRST_COPY) != 0 ||
        message->length > MESSAGE_DATA_MAX) {
        return false;
    }
    return MESSAGE_HEADER_SIZE + message->length <= FIRST_COPY ||
           user_copy((uint8_t *)message + FIRST_COPY, (const void *)(from + FIRST_COPY),
                     MESSAGE_HEADER_SIZE + message->length - FIRST_COPY) == 0;
}

/** Give the receiver of a message handles to what it names. @return whether that was possible. */
static bool pass_handles(struct ipc *from, struct ipc *to)
{
    if (message_carry(from, &to->message) < 0) {
        return false;
    }
    if (endpoint_transfer(from, to, to->message.handles) < 0) {
        ipc_drop_carried(from);
        return false;
    }
    return true;
}

/** Begin to wait. The usual case, without a time limit, is what scheduler_wait() does then. */
INLINE void begin_to_wait(struct process *process, struct list *queue, enum process_reason reason,
                          uint32_t ticks)
{
    if (ticks != WAIT_NO_LIMIT) {
        scheduler_wait(queue, reason, ticks);
        return;
    }
    process_set_state(process, PROCESS_BLOCKED, reason);
    if (queue != NULL) {
        list_append(queue, &process->queue_link);
    }
}

/** Let a process run that has waited, with success; @return how the current one is woken. */
INLINE int32_t hand_over(const struct process *current, struct process *process)
{
    if (list_contains(&process->timer_link)) {
        scheduler_remove(process);
    } else if (list_contains(&process->queue_link)) {
        list_remove(&process->queue_link);
    }
    process->wake_result = 0;
    scheduler_run(process);
    return current->wake_result;
}

/** Give a message to the program. @return whether that was possible. */
INLINE bool give(uintptr_t to, const struct message *message)
{
    return user_copy((void *)to, message, MESSAGE_HEADER_SIZE + message->length) == 0;
}

/** A call. If the server waits, the processor goes straight to it. */
static int32_t fast_call(const uint32_t *arguments)
{
    struct process *caller = process_current();
    const uintptr_t place = arguments[1];
    const uint32_t ticks = arguments[2];
    struct endpoint *endpoint = find_endpoint(caller->ipc, arguments[0], RIGHT_SEND);
    struct process *server = endpoint == NULL ? NULL : endpoint->owner;
    if (!waits_here(server, endpoint) || ticks > INT32_MAX || arguments[3] >= PRIORITIES ||
        !may_name(caller, place) || !take(&server->ipc->message, place)) {
        return sys_call(arguments);
    }
    struct message *message = &server->ipc->message;
    if (message->handle_count > 0 && !pass_handles(caller->ipc, server->ipc)) {
        return sys_call(arguments);
    }
    /* Nothing can fail from here on. */
    caller->ipc->request_id = ipc_new_request_id();
    caller->ipc->server = server;
    caller->ipc->calling = true;
    message->type &= ~MESSAGE_REPLY;
    message->request_id = caller->ipc->request_id;
    message->sender = caller->pid;
    endpoint->messages++;
    endpoint->calls++;
    ipc_message_delivered(caller, server);
    begin_to_wait(caller, &server->ipc->callers, REASON_REPLY, ticks);
    int32_t result = hand_over(caller, server);
    if (result < 0) {
        endpoint->failures++;
        return result;
    }
    endpoint->replies++;
    if (give(place, &caller->ipc->message)) {
        return 0;
    }
    return message_give(caller->ipc, (user_pointer){place}); /* closes handles */
}

/** A reply and receive. If it answers the call that has waited longest, the caller runs next. */
static int32_t fast_reply_receive(const uint32_t *arguments)
{
    struct process *server = process_current();
    struct ipc *ipc = server->ipc;
    const uintptr_t place = arguments[1];
    const uint32_t ticks = arguments[2];
    struct endpoint *endpoint = find_endpoint(ipc, arguments[0], RIGHT_RECEIVE);
    if (endpoint == NULL || endpoint->owner != server || !is_idle(endpoint) ||
        list_is_empty(&ipc->callers) || ticks > INT32_MAX || !may_name(server, place)) {
        return sys_reply_receive(arguments);
    }
    struct process *caller = LIST_ENTRY(list_first(&ipc->callers), struct process, queue_link);
    struct message *message = &caller->ipc->message;
    if (!take(message, place) || message->sender != caller->pid ||
        message->request_id != caller->ipc->request_id ||
        (message->handle_count > 0 && !pass_handles(ipc, caller->ipc))) {
        return sys_reply_receive(arguments);
    }
    /* Nothing can fail from here on. */
    message->type |= MESSAGE_REPLY;
    message->sender = server->pid;
    ipc_message_delivered(server, caller);
    ipc->endpoint = endpoint;
    ipc->accept = WAIT_ANY;
    begin_to_wait(server, NULL, REASON_RECEIVE, ticks);
    int32_t result = hand_over(server, caller);
    if (result == 0 && !give(place, &ipc->message)) {
        return message_give_received(ipc, (user_pointer){place}); /* tells the caller */
    }
    return result <= 0 ? result : sys_endpoint_receive(arguments);
}

void fast_path_init(const char *line)
{
    bool wanted = ktest_active() ? cmdline_has(line, "fastpath") : !cmdline_has(line, "slowpath");
    syscall_provide(SYS_CALL, wanted ? fast_call : sys_call);
    syscall_provide(SYS_REPLY_RECEIVE, wanted ? fast_reply_receive : sys_reply_receive);
}
