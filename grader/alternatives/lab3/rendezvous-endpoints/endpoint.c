/**
 * @file
 * Alternative for lab 3, exercise 2: a rendezvous, in which the receiver takes every message.
 *
 * Who sends always queues up, and copies nothing; a receiver that waits is told to look, and takes
 * the message itself when it runs. If the sender has ended meanwhile, or its time is over, there is
 * nothing any more, and the receiver waits on for the rest of its time. A call gives the processor
 * to the receiver that it has told. Answers are copied by the server. The file owns the queues, the
 * lists of callers, and what a struct ipc says about waiting. Sequence: as for the reference.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

/** With this result a receiver wakes that is to look for itself. */
#define LOOK 1

static bool is_blocked(const struct process *process, enum process_reason reason)
{
    return process->state == PROCESS_BLOCKED && process->reason == reason;
}

/** Give the processor to a process that waits. */
static void switch_to(struct process *process, int32_t result)
{
    scheduler_remove(process);
    process->wake_result = result;
    scheduler_run(process);
}

/* ------------------------------------------------------------------ copying */

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    for (uint32_t i = 0; i < from->carried_count; i++) {
        const struct carried *carried = &from->carried[i];
        handles[i] = handle_add(&to->handles, carried->object, carried->rights);
        if (handles[i] >= 0) {
            object_retain(carried->object); /* until all have arrived, it is carried, too */
            continue;
        }
        int error = handles[i];
        while (i > 0) {
            int closed = handle_close(&to->handles, handles[--i]);
            assert(closed == 0);
        }
        return error;
    }
    ipc_drop_carried(from);
    return 0;
}

/** Copy a message from its sender to its receiver. */
static int copy(const struct process *from, struct process *to)
{
    int error = endpoint_transfer(from->ipc, to->ipc, from->ipc->message.handles);
    if (error == 0) {
        ipc_copy_message(from, to);
        to->ipc->message.sender = from->pid;
    }
    return error;
}

/* ------------------------------------------------------------------ whose turn it is */

/** The process whose message is to be taken; NULL: there is none. */
static struct process *sender_in_turn(struct endpoint *endpoint, int32_t from)
{
    if (from != WAIT_ANY) {
        struct process *sender = process_find(from);
        return sender != NULL && is_blocked(sender, REASON_SEND) &&
                       sender->ipc->endpoint == endpoint
                   ? sender
                   : NULL;
    }
    struct list *senders = endpoint_next_senders(endpoint);
    return senders == NULL ? NULL : LIST_ENTRY(list_first(senders), struct process, queue_link);
}

/** A message has been taken: its sender goes on, or waits for the answer. */
static void release_sender(struct endpoint *endpoint, struct process *sender)
{
    endpoint->messages++;
    if (!sender->ipc->calling) {
        scheduler_wake(sender, 0);
        return;
    }
    endpoint->calls++;
    list_remove(&sender->queue_link);
    list_append(&process_current()->ipc->callers, &sender->queue_link);
    sender->ipc->server = process_current();
    process_set_state(sender, PROCESS_BLOCKED, REASON_REPLY);
}

/** Take a message. @return whether there was one that could be taken. */
static bool take(struct endpoint *endpoint, int32_t from)
{
    for (;;) {
        struct process *sender = sender_in_turn(endpoint, from);
        if (sender == NULL) {
            return false;
        }
        int error = copy(sender, process_current());
        if (error == 0) {
            release_sender(endpoint, sender);
            return true;
        }
        scheduler_wake(sender, error);
    }
}

/* ------------------------------------------------------------------ the owner */

void endpoint_init(struct endpoint *endpoint, struct process *owner)
{
    endpoint->owner = NULL;
    endpoint->owner_link = (struct list_link){NULL, NULL};
    endpoint->streak = 0;
    endpoint->messages = 0;
    endpoint->calls = 0;
    endpoint->replies = 0;
    endpoint->failures = 0;
    for (struct list *senders = endpoint->senders; senders < endpoint->senders + PRIORITIES;
         senders++) {
        list_init(senders);
    }
    object_init(&endpoint->object, OBJECT_ENDPOINT);
    if (owner != NULL) {
        endpoint_set_owner(endpoint, owner);
    }
}

void endpoint_set_owner(struct endpoint *endpoint, struct process *owner)
{
    assert(endpoint->owner == NULL && owner->ipc != NULL);
    list_append(&owner->ipc->endpoints, &endpoint->owner_link);
    endpoint->owner = owner;
}

void endpoint_abandon(struct endpoint *endpoint)
{
    if (endpoint->owner == NULL) {
        return; /* nobody waits where nobody receives */
    }
    endpoint->owner = NULL;
    list_remove(&endpoint->owner_link);
    for (uint32_t priority = PRIORITIES; priority-- > 0;) {
        while (!list_is_empty(&endpoint->senders[priority])) {
            (void)scheduler_wake_first(&endpoint->senders[priority], -E_IO);
        }
    }
}

/* ------------------------------------------------------------------ sending */

/** Whom a process waits for; NULL: nobody in particular. */
static const struct process *awaited(const struct process *process)
{
    if (is_blocked(process, REASON_SEND)) {
        return process->ipc->endpoint->owner;
    }
    return is_blocked(process, REASON_REPLY) ? process->ipc->server : NULL;
}

/** Begin to send. @return 0, and where to tell the receiver; an error. */
static int prepare(struct endpoint *endpoint, bool calling, struct process **receiver)
{
    struct process *sender = process_current();
    struct process *owner = endpoint->owner;
    if (owner == NULL) {
        return -E_IO;
    }
    for (const struct process *next = owner; next != NULL; next = awaited(next)) {
        if (next == sender) {
            endpoint->failures++;
            return -E_DEADLOCK;
        }
    }
    sender->ipc->endpoint = endpoint;
    sender->ipc->calling = calling;
    sender->ipc->request_id = calling ? ipc_new_request_id() : 0;
    sender->ipc->message.request_id = sender->ipc->request_id;
    bool waits = is_blocked(owner, REASON_RECEIVE) && owner->ipc->endpoint == endpoint &&
                 (owner->ipc->accept == WAIT_ANY || owner->ipc->accept == sender->pid);
    *receiver = waits ? owner : NULL;
    return 0;
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    struct process *receiver;
    assert(priority < PRIORITIES);
    int result = prepare(endpoint, false, &receiver);
    if (result < 0) {
        return result;
    }
    if (receiver != NULL) {
        scheduler_wake(receiver, LOOK);
    }
    result = scheduler_block(&endpoint->senders[priority], REASON_SEND, ticks);
    endpoint->failures += result < 0;
    return result;
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    struct process *receiver;
    assert(priority < PRIORITIES);
    int result = prepare(endpoint, true, &receiver);
    if (result < 0) {
        return result;
    }
    if (receiver == NULL) {
        result = scheduler_block(&endpoint->senders[priority], REASON_SEND, ticks);
    } else {
        scheduler_wait(&endpoint->senders[priority], REASON_SEND, ticks);
        switch_to(receiver, LOOK);
        result = process_current()->wake_result;
    }
    endpoint->failures += result < 0;
    endpoint->replies += result == 0;
    return result;
}

/* ------------------------------------------------------------------ receiving */

/** Say where the current process waits for a message. */
static void announce(struct endpoint *endpoint, int32_t from)
{
    process_current()->ipc->endpoint = endpoint;
    process_current()->ipc->accept = from;
}

/** Receive within a time that began at a tick. */
static int receive(struct endpoint *endpoint, int32_t from, uint32_t ticks, uint32_t start)
{
    while (!take(endpoint, from)) {
        uint32_t passed = ticks == WAIT_NO_LIMIT ? 0 : clock_now() - start;
        if (passed > 0 && passed >= ticks) {
            return -E_TIMED_OUT;
        }
        announce(endpoint, from);
        int result = scheduler_block(NULL, REASON_RECEIVE, ticks - passed);
        if (result != LOOK) {
            return result;
        }
    }
    return 0;
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    return receive(endpoint, from, ticks, clock_now());
}

/** Answer the call that the current message names. @return who has made it; NULL, and an error. */
static struct process *answer(int *error)
{
    struct process *server = process_current();
    const struct message *message = &server->ipc->message;
    struct process *caller = process_find(message->sender);
    bool expected = caller != NULL && is_blocked(caller, REASON_REPLY) &&
                    caller->ipc->server == server && caller->ipc->request_id == message->request_id;
    *error = expected ? copy(server, caller) : -E_NOT_FOUND;
    return *error == 0 ? caller : NULL;
}

int endpoint_reply(void)
{
    int error;
    struct process *caller = answer(&error);
    if (caller != NULL) {
        scheduler_wake(caller, 0);
    }
    return error;
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    const uint32_t start = clock_now();
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    int result;
    struct process *caller = answer(&result);
    if (caller == NULL) {
        return result == -E_NOT_FOUND ? receive(endpoint, WAIT_ANY, ticks, start) : result;
    }
    if (take(endpoint, WAIT_ANY)) {
        scheduler_wake(caller, 0);
        return 0;
    }
    announce(endpoint, WAIT_ANY);
    scheduler_wait(NULL, REASON_RECEIVE, ticks);
    switch_to(caller, 0);
    result = process_current()->wake_result;
    return result == LOOK ? receive(endpoint, WAIT_ANY, ticks, start) : result;
}
