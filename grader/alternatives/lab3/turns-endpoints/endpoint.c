/**
 * @file
 * Alternative for lab 3, exercise 2: lower priorities take turns, and sending is one function.
 *
 * A word of bits says at which priorities somebody waits. After a streak of the highest, the next
 * of the lower ones has its turn: below the one that had the last, and from the top again. `streak`
 * holds both, the count and the last turn. Sending and calling are the same steps, as are the two
 * ways to answer. The file owns the queues, the lists of callers, and what a struct ipc says about
 * waiting. Sequence: as for the reference.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

/** How a message is sent. */
struct dispatch {
    struct endpoint *endpoint;
    bool calling;
    uint32_t ticks;
    uint32_t priority;
};

/* ------------------------------------------------------------------ turns */

/** Bit N: somebody waits with priority N. */
static uint32_t waiting_priorities(const struct endpoint *endpoint)
{
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        waiting |= (uint32_t)!list_is_empty(&endpoint->senders[i]) << i;
    }
    return waiting;
}

/** The highest bit of a word that has one. */
static uint32_t highest(uint32_t bits)
{
    assert(bits != 0);
    return 31 - (uint32_t)__builtin_clz(bits);
}

/** Choose the priority of the next message, of those at which somebody waits. */
static uint32_t choose(struct endpoint *endpoint, uint32_t waiting)
{
    uint32_t first = highest(waiting);
    uint32_t lower = waiting & ((1u << first) - 1);
    uint32_t count = endpoint->streak & 0xFFFF;
    uint32_t last = endpoint->streak >> 16;
    if (lower == 0 || count < PRIORITY_STREAK) {
        count = lower == 0 ? 0 : count + 1;
        endpoint->streak = last << 16 | count;
        return first;
    }
    uint32_t below_last = lower & ((1u << last) - 1);
    uint32_t chosen = highest(below_last != 0 ? below_last : lower);
    endpoint->streak = chosen << 16;
    return chosen;
}

/** The first sender of the list whose turn it is; NULL: nobody waits. */
static struct process *any_sender(struct endpoint *endpoint)
{
    uint32_t waiting = waiting_priorities(endpoint);
    if (waiting == 0) {
        return NULL;
    }
    struct list *senders = &endpoint->senders[choose(endpoint, waiting)];
    return LIST_ENTRY(list_first(senders), struct process, queue_link);
}

/** A certain sender; NULL: it does not wait here. */
static struct process *one_sender(const struct endpoint *endpoint, int32_t pid)
{
    struct process *sender = process_find(pid);
    if (sender == NULL || sender->state != PROCESS_BLOCKED || sender->reason != REASON_SEND) {
        return NULL;
    }
    return sender->ipc->endpoint == endpoint ? sender : NULL;
}

/* ------------------------------------------------------------------ copying */

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    const uint32_t count = from->carried_count;
    int32_t made[MESSAGE_HANDLES_MAX];
    int32_t last = 0;
    uint32_t done = 0;
    for (; done < count && last >= 0; done++) {
        const struct carried *carried = &from->carried[done];
        object_retain(carried->object);
        last = handle_add(&to->handles, carried->object, carried->rights);
        made[done] = last;
    }
    if (last < 0) { /* the last one failed: it and those before it are undone */
        done--;
        object_release(from->carried[done].object);
        while (done-- > 0) {
            int error = handle_close(&to->handles, made[done]);
            assert(error == 0);
        }
        return last;
    }
    for (uint32_t i = 0; i < count; i++) {
        handles[i] = made[i];
    }
    ipc_drop_carried(from);
    return 0;
}

/** Hand a message over, handles first, since only they can fail. */
static int hand_message(const struct process *from, struct process *to)
{
    struct ipc *ipc = from->ipc;
    int error = endpoint_transfer(ipc, to->ipc, ipc->message.handles);
    if (error < 0) {
        return error;
    }
    ipc_copy_message(from, to);
    to->ipc->message.sender = from->pid;
    return 0;
}

/** The current process waits already: another one, which waits, too, goes on at once. */
static int32_t trade_places(struct process *next)
{
    struct process *current = process_current();
    scheduler_remove(next);
    next->wake_result = 0;
    scheduler_run(next);
    return current->wake_result;
}

/* ------------------------------------------------------------------ the owner */

void endpoint_init(struct endpoint *endpoint, struct process *owner)
{
    *endpoint = (struct endpoint){.owner = NULL};
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
        list_remove(&endpoint->owner_link);
    }
    endpoint->owner = NULL;
    for (uint32_t waiting; (waiting = waiting_priorities(endpoint)) != 0;) {
        (void)scheduler_wake_first(&endpoint->senders[highest(waiting)], -E_IO);
    }
}

/* ------------------------------------------------------------------ sending */

/** Whether a process waits, perhaps through others, for the current one. */
static bool depends_on_current(const struct process *process)
{
    for (;;) {
        if (process == NULL || process == process_current()) {
            return process != NULL;
        }
        if (process->state != PROCESS_BLOCKED) {
            return false;
        }
        if (process->reason == REASON_SEND) {
            process = process->ipc->endpoint->owner;
        } else if (process->reason == REASON_REPLY) {
            process = process->ipc->server;
        } else {
            return false;
        }
    }
}

/** Whether the owner waits for a message from the current process. */
static bool is_expected(const struct endpoint *endpoint)
{
    const struct process *owner = endpoint->owner;
    return owner->state == PROCESS_BLOCKED && owner->reason == REASON_RECEIVE &&
           owner->ipc->endpoint == endpoint &&
           (owner->ipc->accept == WAIT_ANY || owner->ipc->accept == process_current()->pid);
}

/** Send to an owner who waits. */
static int send_at_once(const struct dispatch *dispatch)
{
    struct endpoint *endpoint = dispatch->endpoint;
    struct process *owner = endpoint->owner;
    int error = hand_message(process_current(), owner);
    if (error < 0) {
        return error;
    }
    endpoint->messages++;
    if (!dispatch->calling) {
        scheduler_wake(owner, 0);
        return 0;
    }
    endpoint->calls++;
    process_current()->ipc->server = owner;
    scheduler_wait(&owner->ipc->callers, REASON_REPLY, dispatch->ticks);
    return trade_places(owner);
}

/** Send, in either way. */
static int transmit(const struct dispatch *dispatch)
{
    struct endpoint *endpoint = dispatch->endpoint;
    struct ipc *ipc = process_current()->ipc;
    assert(dispatch->priority < PRIORITIES);
    if (endpoint->owner == NULL) {
        return -E_IO;
    }
    ipc->message.request_id = dispatch->calling ? ipc_new_request_id() : 0;
    ipc->request_id = ipc->message.request_id;
    int result = -E_DEADLOCK;
    if (is_expected(endpoint)) {
        result = send_at_once(dispatch);
    } else if (!depends_on_current(endpoint->owner)) {
        ipc->endpoint = endpoint;
        ipc->calling = dispatch->calling;
        result =
            scheduler_block(&endpoint->senders[dispatch->priority], REASON_SEND, dispatch->ticks);
    }
    if (result < 0) {
        endpoint->failures++;
    }
    return result;
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    return transmit(&(struct dispatch){endpoint, false, ticks, priority});
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    int result = transmit(&(struct dispatch){endpoint, true, ticks, priority});
    endpoint->replies += result == 0;
    return result;
}

/* ------------------------------------------------------------------ receiving */

/** What becomes of a sender whose message has been received. */
static void settle(struct endpoint *endpoint, struct process *sender)
{
    struct process *receiver = process_current();
    endpoint->messages++;
    if (sender->ipc->calling) {
        endpoint->calls++;
        sender->ipc->server = receiver;
        list_remove(&sender->queue_link);
        list_append(&receiver->ipc->callers, &sender->queue_link);
        process_set_state(sender, PROCESS_BLOCKED, REASON_REPLY);
    } else {
        scheduler_wake(sender, 0);
    }
}

/** Receive a message that waits. @return whether there was one. */
static bool receive_waiting(struct endpoint *endpoint, int32_t from)
{
    struct process *sender;
    do {
        sender = from == WAIT_ANY ? any_sender(endpoint) : one_sender(endpoint, from);
        int error = sender == NULL ? 0 : hand_message(sender, process_current());
        if (error == 0) {
            break;
        }
        scheduler_wake(sender, error);
    } while (true);
    if (sender != NULL) {
        settle(endpoint, sender);
    }
    return sender != NULL;
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    struct ipc *ipc = process_current()->ipc;
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    if (receive_waiting(endpoint, from)) {
        return 0;
    }
    ipc->endpoint = endpoint;
    ipc->accept = from;
    return scheduler_block(NULL, REASON_RECEIVE, ticks);
}

/** Answer a call, and leave it to the caller of this function to let the process go on. */
static int answer(struct process **caller)
{
    struct process *server = process_current();
    const struct message *message = &server->ipc->message;
    *caller = process_find(message->sender);
    if (*caller == NULL || (*caller)->state != PROCESS_BLOCKED ||
        (*caller)->reason != REASON_REPLY) {
        return -E_NOT_FOUND;
    }
    const struct ipc *ipc = (*caller)->ipc;
    if (ipc->server != server || ipc->request_id != message->request_id) {
        return -E_NOT_FOUND;
    }
    return hand_message(server, *caller);
}

int endpoint_reply(void)
{
    struct process *caller;
    int error = answer(&caller);
    if (error == 0) {
        scheduler_wake(caller, 0);
    }
    return error;
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    struct ipc *ipc = process_current()->ipc;
    struct process *caller = NULL;
    if (endpoint->owner != process_current()) {
        return -E_ACCESS;
    }
    int error = answer(&caller);
    if (error == -E_NOT_FOUND) {
        return endpoint_receive(endpoint, WAIT_ANY, ticks);
    }
    if (error < 0) {
        return error;
    }
    if (waiting_priorities(endpoint) != 0 && receive_waiting(endpoint, WAIT_ANY)) {
        scheduler_wake(caller, 0);
        return 0;
    }
    ipc->endpoint = endpoint;
    ipc->accept = WAIT_ANY;
    scheduler_wait(NULL, REASON_RECEIVE, ticks);
    return trade_places(caller);
}
