/**
 * @file
 * Lab 3, exercise 2: endpoints.
 *
 * The file owns the queues of endpoints, the lists of callers, and what a struct ipc says about
 * waiting. endpoint_call() and endpoint_reply_receive() are the two halves of a conversation: while
 * both sides are there, each hands the processor to the other, and the scheduler is not asked. The
 * contract is in kernel/ipc/endpoint.h.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/exercise.h"
#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab3.ex2 */
/** Whether a process is blocked for a reason. */
static bool waits(const struct process *process, enum process_reason reason)
{
    return process->state == PROCESS_BLOCKED && process->reason == reason;
}

/** The owner, if it waits for a message from the current process. */
static struct process *waiting_owner(const struct endpoint *endpoint)
{
    struct process *owner = endpoint->owner;
    if (owner == NULL || !waits(owner, REASON_RECEIVE) || owner->ipc->endpoint != endpoint) {
        return NULL;
    }
    int32_t accept = owner->ipc->accept;
    return accept == WAIT_ANY || accept == process_current()->pid ? owner : NULL;
}

/** Copy a message to its receiver, stamped with its sender. */
static int deliver(const struct process *from, struct process *to)
{
    if (from->ipc->carried_count > 0) {
        int error = endpoint_transfer(from->ipc, to->ipc, from->ipc->message.handles);
        if (error < 0) {
            return error;
        }
    }
    ipc_copy_message(from, to);
    to->ipc->message.sender = from->pid;
    return 0;
}

/** Give the processor to a process that waits, which goes on with success. */
static void hand_over(struct process *process)
{
    scheduler_remove(process);
    process->wake_result = 0;
    scheduler_run(process);
}

/** Whether the one who receives here waits, perhaps through others, for the current process. */
static bool would_deadlock(const struct endpoint *endpoint)
{
    const struct process *process = endpoint->owner;
    while (process != NULL && process != process_current()) {
        if (waits(process, REASON_SEND)) {
            process = process->ipc->endpoint->owner;
        } else if (waits(process, REASON_REPLY)) {
            process = process->ipc->server;
        } else {
            return false;
        }
    }
    return process != NULL;
}

/** Wait in an endpoint until the message has been received or, in a call, answered. */
static int wait_to_send(struct endpoint *endpoint, bool calling, uint32_t ticks, uint32_t priority)
{
    struct ipc *ipc = process_current()->ipc;
    if (would_deadlock(endpoint)) {
        return -E_DEADLOCK;
    }
    ipc->endpoint = endpoint;
    ipc->calling = calling;
    return scheduler_block(&endpoint->senders[priority], REASON_SEND, ticks);
}

/** Note how a message or a call went that was not received at once. */
static int account(struct endpoint *endpoint, int result)
{
    endpoint->failures += result < 0;
    endpoint->replies += result == 0 && process_current()->ipc->calling;
    return result;
}

/** A message has arrived whose sender wants a reply: from now on it waits for that. */
static void expect_reply(struct process *caller, struct process *server)
{
    list_remove(&caller->queue_link);
    list_append(&server->ipc->callers, &caller->queue_link);
    caller->ipc->server = server;
    process_set_state(caller, PROCESS_BLOCKED, REASON_REPLY);
}

/** The process whose message comes next; NULL if none waits. */
static struct process *next_sender(struct endpoint *endpoint, int32_t from)
{
    if (from == WAIT_ANY) {
        struct list *senders = endpoint_next_senders(endpoint);
        return senders == NULL ? NULL : LIST_ENTRY(list_first(senders), struct process, queue_link);
    }
    struct process *sender = process_find(from);
    bool here = sender != NULL && waits(sender, REASON_SEND) && sender->ipc->endpoint == endpoint;
    return here ? sender : NULL;
}

/** Take the next message that waits. @return whether there was one. */
static bool take_message(struct endpoint *endpoint, int32_t from)
{
    struct process *receiver = process_current();
    struct process *sender;
    while ((sender = next_sender(endpoint, from)) != NULL) {
        int error = deliver(sender, receiver);
        if (error < 0) {
            scheduler_wake(sender, error);
            continue;
        }
        endpoint->messages++;
        if (sender->ipc->calling) {
            endpoint->calls++;
            expect_reply(sender, receiver);
        } else {
            scheduler_wake(sender, 0);
        }
        return true;
    }
    return false;
}

/** The caller that the current process's message answers; NULL if it does not wait (any more). */
static struct process *answered_caller(void)
{
    struct process *server = process_current();
    const struct message *reply = &server->ipc->message;
    struct process *caller = process_find(reply->sender);
    if (caller == NULL || !waits(caller, REASON_REPLY) || caller->ipc->server != server ||
        caller->ipc->request_id != reply->request_id) {
        return NULL;
    }
    return caller;
}
/* SKELETON
END SOLUTION */

void endpoint_init(struct endpoint *endpoint, struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex2 */
    *endpoint = (struct endpoint){0};
    object_init(&endpoint->object, OBJECT_ENDPOINT);
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        list_init(&endpoint->senders[i]);
    }
    if (owner != NULL) {
        endpoint_set_owner(endpoint, owner);
    }
    /* SKELETON
    // Exercise lab3.ex2 (30 points together with the functions below): an endpoint where nobody
    // waits. object_init() starts its beginning.
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

void endpoint_set_owner(struct endpoint *endpoint, struct process *owner)
{
    /* BEGIN SOLUTION lab3.ex2 */
    assert(endpoint->owner == NULL && owner->ipc != NULL);
    endpoint->owner = owner;
    list_append(&owner->ipc->endpoints, &endpoint->owner_link);
    /* SKELETON
    // Exercise lab3.ex2: the owner, and the endpoint in its list.
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

void endpoint_abandon(struct endpoint *endpoint)
{
    /* BEGIN SOLUTION lab3.ex2 */
    if (endpoint->owner != NULL) {
        list_remove(&endpoint->owner_link);
        endpoint->owner = NULL;
    }
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        while (scheduler_wake_first(&endpoint->senders[i], -E_IO) != NULL) {
        }
    }
    /* SKELETON
    // Exercise lab3.ex2: no owner, and no queue of sleepers left behind: all of them wake, with
    // -E_IO.
    (void)endpoint;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    /* BEGIN SOLUTION lab3.ex2 */
    for (uint32_t i = 0; i < from->carried_count; i++) {
        handles[i] = handle_add(&to->handles, from->carried[i].object, from->carried[i].rights);
        if (handles[i] < 0) {
            int error = handles[i];
            while (i-- > 0) {
                object_retain(from->carried[i].object); /* closing drops a reference */
                int closed = handle_close(&to->handles, handles[i]);
                assert(closed == 0);
            }
            return error;
        }
    }
    from->carried_count = 0;
    return 0;
    /* SKELETON
    // Exercise lab3.ex2: a handle for each object that is carried, with the rights that came with
    // it, and its number in the message; the references go over. If the receiver's table is full
    // in the middle, none of them may be left there.
    (void)from;
    (void)to;
    (void)handles;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    /* BEGIN SOLUTION lab3.ex2 */
    struct process *sender = process_current();
    assert(priority < PRIORITIES);
    if (endpoint->owner == NULL) {
        return -E_IO;
    }
    sender->ipc->message.request_id = 0;
    struct process *owner = waiting_owner(endpoint);
    if (owner == NULL) {
        return account(endpoint, wait_to_send(endpoint, false, ticks, priority));
    }
    int error = deliver(sender, owner);
    if (error < 0) {
        return account(endpoint, error);
    }
    endpoint->messages++;
    scheduler_wake(owner, 0);
    return 0;
    /* SKELETON
    // Exercise lab3.ex2: if the owner waits for this, copy the message and wake it; if not, wait in
    // the endpoint: but not for somebody who waits for you.
    (void)endpoint;
    (void)ticks;
    (void)priority;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    /* BEGIN SOLUTION lab3.ex2 */
    struct process *caller = process_current();
    assert(priority < PRIORITIES);
    if (endpoint->owner == NULL) {
        return -E_IO;
    }
    caller->ipc->request_id = ipc_new_request_id();
    caller->ipc->message.request_id = caller->ipc->request_id;
    struct process *owner = waiting_owner(endpoint);
    if (owner == NULL) {
        return account(endpoint, wait_to_send(endpoint, true, ticks, priority));
    }
    int error = deliver(caller, owner);
    if (error < 0) {
        return account(endpoint, error);
    }
    endpoint->messages++;
    endpoint->calls++;
    caller->ipc->calling = true;
    caller->ipc->server = owner;
    scheduler_wait(&owner->ipc->callers, REASON_REPLY, ticks);
    hand_over(owner);
    return account(endpoint, caller->wake_result);
    /* SKELETON
    // Exercise lab3.ex2: as endpoint_send(), and then wait among the owner's callers. If the owner
    // waits, nobody else needs to be asked who runs next: scheduler_wait(), then scheduler_run().
    (void)endpoint;
    (void)ticks;
    (void)priority;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    /* BEGIN SOLUTION lab3.ex2 */
    struct process *receiver = process_current();
    if (endpoint->owner != receiver) {
        return -E_ACCESS;
    }
    if (take_message(endpoint, from)) {
        return 0;
    }
    receiver->ipc->endpoint = endpoint;
    receiver->ipc->accept = from;
    return scheduler_block(NULL, REASON_RECEIVE, ticks);
    /* SKELETON
    // Exercise lab3.ex2: the next message that waits, or wait for one. Whoever sends finds you by
    // your state and by what your struct ipc says.
    (void)endpoint;
    (void)from;
    (void)ticks;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_reply(void)
{
    /* BEGIN SOLUTION lab3.ex2 */
    struct process *caller = answered_caller();
    if (caller == NULL) {
        return -E_NOT_FOUND;
    }
    int error = deliver(process_current(), caller);
    if (error < 0) {
        return error;
    }
    scheduler_wake(caller, 0);
    return 0;
    /* SKELETON
    // Exercise lab3.ex2: is there a process of that pid, does it wait for a reply, for yours,
    // and to this very call? Only then.
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    /* BEGIN SOLUTION lab3.ex2 */
    struct process *server = process_current();
    if (endpoint->owner != server) {
        return -E_ACCESS;
    }
    struct process *caller = answered_caller();
    if (caller == NULL) {
        return endpoint_receive(endpoint, WAIT_ANY, ticks);
    }
    int error = deliver(server, caller);
    if (error < 0) {
        return error;
    }
    if (take_message(endpoint, WAIT_ANY)) {
        scheduler_wake(caller, 0);
        return 0;
    }
    server->ipc->endpoint = endpoint;
    server->ipc->accept = WAIT_ANY;
    scheduler_wait(NULL, REASON_RECEIVE, ticks);
    hand_over(caller);
    return server->wake_result;
    /* SKELETON
    // Exercise lab3.ex2: endpoint_reply() and endpoint_receive(); but if no message waits, the
    // processor goes straight to the caller.
    (void)endpoint;
    (void)ticks;
    exercise_missing("lab3.ex2", __func__);
    END SOLUTION */
}
