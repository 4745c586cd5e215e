/**
 * @file
 * Alternative for lab 3, exercise 2: endpoints.
 *
 * The file owns the queues of endpoints, the lists of callers, and what a struct ipc says about
 * waiting. endpoint_call() and endpoint_reply_receive() are the two halves of a conversation: while
 * both sides are there, each hands the processor to the other, and the scheduler is not asked. The
 * contract is in kernel/ipc/endpoint.h.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "lib/string.h"

#include <cairn/error.h>

/** The process that a link of a queue of senders belongs to. */
static struct process *queued(struct list_link *link)
{
    return LIST_ENTRY(link, struct process, queue_link);
}

/** Whether a process waits for this: the question before any other field of it counts. */
static bool waits_for(const struct process *process, enum process_reason reason)
{
    return process->state == PROCESS_BLOCKED && process->reason == reason;
}

/** The owner of an endpoint, if it waits here for a message of the current process; or NULL. */
static struct process *listening_owner(const struct endpoint *endpoint)
{
    struct process *owner = endpoint->owner;
    if (owner == NULL || !waits_for(owner, REASON_RECEIVE) || owner->ipc->endpoint != endpoint) {
        return NULL;
    }
    int32_t accept = owner->ipc->accept;
    return accept == WAIT_ANY || accept == process_current()->pid ? owner : NULL;
}

/** For whom a process waits to go on; NULL if it can go on without any other. */
static const struct process *waits_for_whom(const struct process *process)
{
    if (waits_for(process, REASON_SEND)) {
        return process->ipc->endpoint->owner;
    }
    return waits_for(process, REASON_REPLY) ? process->ipc->server : NULL;
}

/**
 * Whether the current process would wait for itself if it waited for another one. The chain ends:
 * everybody in it has asked this before waiting, so without the current process it is no circle.
 */
static bool leads_to_me(const struct process *process)
{
    while (process != NULL && process != process_current()) {
        process = waits_for_whom(process);
    }
    return process != NULL;
}

/** Take back the first @p count handles that endpoint_transfer() gave, the youngest first. */
static void take_handles_back(const struct ipc *from, struct ipc *to, const int32_t *handles,
                              uint32_t count)
{
    while (count-- > 0) {
        object_retain(from->carried[count].object); /* the handle's reference is carried again */
        int error = handle_close(&to->handles, handles[count]);
        assert(error == 0);
    }
}

/** Give the message of a process to another, with its handles. @return as endpoint_transfer(). */
static int deliver(struct process *from, struct process *to)
{
    int32_t handles[MESSAGE_HANDLES_MAX]; /* the message itself stays as it is after an error */
    const uint32_t count = from->ipc->carried_count;
    int error = count == 0 ? 0 : endpoint_transfer(from->ipc, to->ipc, handles);
    if (error < 0) {
        return error;
    }
    ipc_copy_message(from, to);
    struct message *message = &to->ipc->message;
    message->sender = from->pid;
    message->handle_count = count;
    memcpy(message->handles, handles, count * sizeof(*handles));
    return 0;
}

/** deliver(), for a message that is received in an endpoint: it counts there. */
static int deliver_here(struct endpoint *endpoint, struct process *from, struct process *to,
                        bool calling)
{
    int error = deliver(from, to);
    if (error == 0) {
        endpoint->messages++;
        endpoint->calls += calling ? 1 : 0;
    }
    return error;
}

/** Give the processor to a process that waits and now has what it wants. @return one's own result.
 */
static int hand_over(struct process *next)
{
    scheduler_remove(next);
    next->wake_result = 0;
    scheduler_run(next);
    return process_current()->wake_result;
}

/** Wait until the owner receives; for a call, until it replies. */
static int wait_in_queue(struct endpoint *endpoint, uint32_t ticks, uint32_t priority, bool calling)
{
    assert(priority < PRIORITIES);
    if (endpoint->owner == NULL) {
        return -E_IO;
    }
    if (leads_to_me(endpoint->owner)) {
        return -E_DEADLOCK;
    }
    struct ipc *ipc = process_current()->ipc;
    ipc->endpoint = endpoint;
    ipc->calling = calling;
    return scheduler_block(&endpoint->senders[priority], REASON_SEND, ticks);
}

/** Deliver to an owner that waits, and leave the processor to it until the reply is there. */
static int call_now(struct endpoint *endpoint, struct process *owner, uint32_t ticks)
{
    struct process *caller = process_current();
    int error = deliver_here(endpoint, caller, owner, true);
    if (error < 0) {
        return error;
    }
    caller->ipc->calling = true;
    caller->ipc->server = owner;
    scheduler_wait(&owner->ipc->callers, REASON_REPLY, ticks);
    return hand_over(owner);
}

/** Receive the message of a process that waits to send; after an error only that process knows. */
static bool receive_from(struct endpoint *endpoint, struct process *sender)
{
    struct process *receiver = process_current();
    int error = deliver_here(endpoint, sender, receiver, sender->ipc->calling);
    if (error < 0 || !sender->ipc->calling) {
        scheduler_wake(sender, error);
        return error == 0;
    }
    /* It goes on waiting, for the reply; a time limit that it has stays. */
    list_remove(&sender->queue_link);
    list_append(&receiver->ipc->callers, &sender->queue_link);
    process_set_state(sender, PROCESS_BLOCKED, REASON_REPLY);
    sender->ipc->server = receiver;
    return true;
}

/** Receive the message whose turn it is. @return false if none waits that can be received. */
static bool receive_next(struct endpoint *endpoint)
{
    for (struct list *senders; (senders = endpoint_next_senders(endpoint)) != NULL;) {
        if (receive_from(endpoint, queued(list_first(senders)))) {
            return true;
        }
    }
    return false;
}

/** Receive a message of one process only, if it waits here to send. */
static bool receive_of(struct endpoint *endpoint, int32_t pid)
{
    struct process *sender = process_find(pid);
    return sender != NULL && waits_for(sender, REASON_SEND) && sender->ipc->endpoint == endpoint &&
           receive_from(endpoint, sender);
}

/** Say for whose message one waits from now on; it counts as soon as one does wait. */
static void expect(struct endpoint *endpoint, int32_t from)
{
    struct ipc *ipc = process_current()->ipc;
    ipc->endpoint = endpoint;
    ipc->accept = from;
}

/** The process whose call the current process's message answers; NULL: nobody waits for it. */
static struct process *who_expects_this(void)
{
    const struct process *server = process_current();
    const struct message *reply = &server->ipc->message;
    struct process *caller = process_find(reply->sender);
    if (caller == NULL || !waits_for(caller, REASON_REPLY)) {
        return NULL;
    }
    const struct ipc *ipc = caller->ipc;
    return ipc->server == server && ipc->request_id == reply->request_id ? caller : NULL;
}

void endpoint_init(struct endpoint *endpoint, struct process *owner)
{
    *endpoint = (struct endpoint){0};
    object_init(&endpoint->object, OBJECT_ENDPOINT);
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        list_init(&endpoint->senders[i]);
    }
    if (owner != NULL) {
        endpoint_set_owner(endpoint, owner);
    }
}

void endpoint_set_owner(struct endpoint *endpoint, struct process *owner)
{
    assert(endpoint->owner == NULL && owner->ipc != NULL);
    endpoint->owner = owner;
    list_append(&owner->ipc->endpoints, &endpoint->owner_link);
}

void endpoint_abandon(struct endpoint *endpoint)
{
    if (endpoint->owner != NULL) {
        endpoint->owner = NULL;
        list_remove(&endpoint->owner_link);
    }
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        while (scheduler_wake_first(&endpoint->senders[i], -E_IO) != NULL) {
        }
    }
}

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    for (uint32_t i = 0; i < from->carried_count; i++) {
        int number = handle_add(&to->handles, from->carried[i].object, from->carried[i].rights);
        if (number < 0) {
            take_handles_back(from, to, handles, i);
            return number;
        }
        handles[i] = number;
    }
    from->carried_count = 0; /* the references are the handles' now */
    return 0;
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    struct process *sender = process_current();
    sender->ipc->message.request_id = 0; /* whatever the program has written there: no call */
    struct process *owner = listening_owner(endpoint);
    int error = owner == NULL ? wait_in_queue(endpoint, ticks, priority, false)
                              : deliver_here(endpoint, sender, owner, false);
    if (owner != NULL && error == 0) {
        scheduler_wake(owner, 0);
    }
    endpoint->failures += error < 0 ? 1 : 0;
    return error;
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    struct ipc *ipc = process_current()->ipc;
    ipc->request_id = ipc_new_request_id();
    ipc->message.request_id = ipc->request_id;
    struct process *owner = listening_owner(endpoint);
    int error = owner == NULL ? wait_in_queue(endpoint, ticks, priority, true)
                              : call_now(endpoint, owner, ticks);
    *(error < 0 ? &endpoint->failures : &endpoint->replies) += 1;
    return error;
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    if (from == WAIT_ANY ? receive_next(endpoint) : receive_of(endpoint, from)) {
        return 0;
    }
    expect(endpoint, from);
    return scheduler_block(NULL, REASON_RECEIVE, ticks);
}

int endpoint_reply(void)
{
    struct process *caller = who_expects_this();
    int error = caller == NULL ? -E_NOT_FOUND : deliver(process_current(), caller);
    if (error == 0) {
        scheduler_wake(caller, 0);
    }
    return error;
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    struct process *caller = who_expects_this();
    int error = caller == NULL ? 0 : deliver(process_current(), caller);
    if (error < 0) {
        return error;
    }
    if (caller == NULL) {
        return endpoint_receive(endpoint, WAIT_ANY, ticks);
    }
    /* The reply has left the struct ipc, so the next message may take its place there. */
    if (receive_next(endpoint)) {
        scheduler_wake(caller, 0);
        return 0;
    }
    expect(endpoint, WAIT_ANY);
    scheduler_wait(NULL, REASON_RECEIVE, ticks);
    return hand_over(caller);
}
