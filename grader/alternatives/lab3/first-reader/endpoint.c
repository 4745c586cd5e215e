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

#include <cairn/error.h>

/* ------------------------------------------------------------------ who owns an endpoint */

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
    assert(endpoint->owner == NULL);
    endpoint->owner = owner;
    endpoint->streak = 0;
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

/* ------------------------------------------------------------------ questions */

static bool is_blocked(const struct process *process, enum process_reason reason)
{
    return process->state == PROCESS_BLOCKED && process->reason == reason;
}

/** For whom a process waits: the one that must act before it goes on; NULL if no certain one. */
static struct process *waits_for(const struct process *process)
{
    if (is_blocked(process, REASON_SEND)) {
        return process->ipc->endpoint->owner;
    }
    return is_blocked(process, REASON_REPLY) ? process->ipc->server : NULL;
}

/** Whether the current process would wait for itself if it waited for @p process. */
static bool is_circle(const struct process *process)
{
    while (process != NULL && process != process_current()) {
        process = waits_for(process);
    }
    return process != NULL;
}

/** Whether the owner of an endpoint waits there for a message of the current process. */
static bool expects_me(const struct endpoint *endpoint)
{
    const struct process *owner = endpoint->owner;
    return is_blocked(owner, REASON_RECEIVE) && owner->ipc->endpoint == endpoint &&
           (owner->ipc->accept == WAIT_ANY || owner->ipc->accept == process_current()->pid);
}

/** The process that waits for the reply in the current one's struct ipc; NULL if there is none. */
static struct process *find_caller(void)
{
    struct process *current = process_current();
    const struct message *reply = &current->ipc->message;
    struct process *caller = process_find(reply->sender);
    bool waits = caller != NULL && is_blocked(caller, REASON_REPLY) &&
                 caller->ipc->server == current && caller->ipc->request_id == reply->request_id;
    return waits ? caller : NULL;
}

/* ------------------------------------------------------------------ delivering */

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    for (uint32_t i = 0; i < from->carried_count; i++) {
        int handle = handle_add(&to->handles, from->carried[i].object, from->carried[i].rights);
        if (handle < 0) {
            while (i > 0) {
                i--;
                object_retain(from->carried[i].object); /* closing takes a reference */
                int error = handle_close(&to->handles, handles[i]);
                assert(error == 0);
            }
            return handle;
        }
        handles[i] = handle;
    }
    from->carried_count = 0;
    return 0;
}

/** Give the message of one process to another, with everything in it; or nothing, and an error. */
static int deliver(struct process *from, struct process *to)
{
    int error = endpoint_transfer(from->ipc, to->ipc, from->ipc->message.handles);
    if (error == 0) {
        ipc_copy_message(from, to);
        to->ipc->message.sender = from->pid;
    }
    return error;
}

/** Deliver a message that was sent to an endpoint to its owner. */
static int deliver_here(struct endpoint *endpoint, struct process *from)
{
    int error = deliver(from, endpoint->owner);
    if (error == 0) {
        endpoint->messages++;
        endpoint->calls += from->ipc->message.request_id != 0;
    }
    return error;
}

/** Let a process run, with success, that waits; the current one has begun to wait. */
static int hand_over(struct process *next)
{
    scheduler_remove(next);
    next->wake_result = 0;
    scheduler_run(next);
    return process_current()->wake_result;
}

/* ------------------------------------------------------------------ sending */

/** Send the message of the current process. A call waits for its reply, too. */
static int transmit(struct endpoint *endpoint, uint32_t ticks, uint32_t priority, bool calling)
{
    struct process *current = process_current();
    struct ipc *ipc = current->ipc;
    struct process *owner = endpoint->owner;
    if (owner == NULL) {
        return -E_IO;
    }
    if (is_circle(owner)) {
        return -E_DEADLOCK;
    }
    ipc->calling = calling;
    if (!expects_me(endpoint)) {
        ipc->endpoint = endpoint;
        return scheduler_block(&endpoint->senders[priority], REASON_SEND, ticks);
    }
    int error = deliver_here(endpoint, current);
    if (error < 0) {
        return error;
    }
    if (!calling) {
        scheduler_wake(owner, 0);
        return 0;
    }
    ipc->server = owner;
    scheduler_wait(&owner->ipc->callers, REASON_REPLY, ticks);
    return hand_over(owner);
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    process_current()->ipc->message.request_id = 0;
    int result = transmit(endpoint, ticks, priority, false);
    endpoint->failures += result < 0;
    return result;
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    struct ipc *ipc = process_current()->ipc;
    ipc->request_id = ipc_new_request_id();
    ipc->message.request_id = ipc->request_id;
    int result = transmit(endpoint, ticks, priority, true);
    if (result < 0) {
        endpoint->failures++;
    } else {
        endpoint->replies++;
    }
    return result;
}

/* ------------------------------------------------------------------ receiving */

/** The process of a link in `senders`. */
static struct process *sender_of(struct list_link *link)
{
    return LIST_ENTRY(link, struct process, queue_link);
}

/** Whose message comes next; NULL if nobody waits. The caller has to receive it. */
static struct process *choose_sender(struct endpoint *endpoint)
{
    struct list *senders = endpoint_next_senders(endpoint);
    return senders == NULL ? NULL : sender_of(list_first(senders));
}

/** The process of a pid, if it waits to send here. */
static struct process *find_sender(const struct endpoint *endpoint, int32_t pid)
{
    struct process *process = process_find(pid);
    bool waits =
        process != NULL && is_blocked(process, REASON_SEND) && process->ipc->endpoint == endpoint;
    return waits ? process : NULL;
}

/** A sender's message has been received: a caller waits on, for the reply. */
static void received_from(struct process *sender)
{
    if (!sender->ipc->calling) {
        scheduler_wake(sender, 0);
        return;
    }
    struct process *server = process_current();
    sender->ipc->server = server;
    list_remove(&sender->queue_link);
    list_append(&server->ipc->callers, &sender->queue_link);
    process_set_state(sender, PROCESS_BLOCKED, REASON_REPLY);
}

/** Receive a message that waits already. @return whether there was one. */
static bool take_message(struct endpoint *endpoint, int32_t from)
{
    struct process *sender;
    while ((sender = from == WAIT_ANY ? choose_sender(endpoint) : find_sender(endpoint, from)) !=
           NULL) {
        int error = deliver_here(endpoint, sender);
        if (error == 0) {
            received_from(sender);
            return true;
        }
        scheduler_wake(sender, error);
    }
    return false;
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    struct process *current = process_current();
    if (endpoint->owner != current) {
        return -E_ACCESS;
    }
    if (take_message(endpoint, from)) {
        return 0;
    }
    current->ipc->endpoint = endpoint;
    current->ipc->accept = from;
    return scheduler_block(NULL, REASON_RECEIVE, ticks);
}

/* ------------------------------------------------------------------ replying */

int endpoint_reply(void)
{
    struct process *caller = find_caller();
    if (caller == NULL) {
        return -E_NOT_FOUND;
    }
    int error = deliver(process_current(), caller);
    if (error == 0) {
        scheduler_wake(caller, 0);
    }
    return error;
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    struct process *current = process_current();
    if (endpoint->owner != current) {
        return -E_ACCESS;
    }
    struct process *caller = find_caller();
    if (caller == NULL) {
        return endpoint_receive(endpoint, WAIT_ANY, ticks);
    }
    int error = deliver(current, caller);
    if (error < 0) {
        return error;
    }
    if (take_message(endpoint, WAIT_ANY)) {
        scheduler_wake(caller, 0);
        return 0;
    }
    current->ipc->endpoint = endpoint;
    current->ipc->accept = WAIT_ANY;
    scheduler_wait(NULL, REASON_RECEIVE, ticks);
    return hand_over(caller);
}
