/**
 * @file
 * Endpoints: where processes meet to pass a message.
 *
 * An endpoint is idle, or processes wait in it to send, or its owner waits in it to receive; never
 * both. Sending waits until the message has been received; a call also waits for the reply, which
 * the server may give at once or later, once. The kernel copies a message from the sender's struct
 * ipc to the receiver's. Sequence for a server: endpoint_init(), endpoint_receive(), then
 * endpoint_reply_receive() again and again; for a client: endpoint_call(). The implementation is
 * the student's (lab 3, exercise 2: labs/lab3-ipc/endpoint.c).
 *
 * Who waits for a message or for an answer wakes with 0 when that is in its struct ipc. The fast
 * path (fast_path.h), which waits and wakes, too, counts on that, and nothing given does otherwise.
 * A design of yours may wake a receiver with a number above 0; its endpoint_receive() and
 * endpoint_reply_receive() then look for the message themselves before they return.
 *
 * Called with interrupts off, by the process that sends or receives: its struct ipc exists, and
 * holds the message. No cost grows with the number of processes, endpoints or handles.
 */
#ifndef KERNEL_IPC_ENDPOINT_H
#define KERNEL_IPC_ENDPOINT_H

#include "kernel/ipc/object.h"
#include "kernel/process/process.h"

#include <cairn/message.h>

struct ipc;

/** After so many messages of the highest priority in a row, one of a lower priority is received. */
#define PRIORITY_STREAK 8u

/** An endpoint. */
struct endpoint {
    struct object object;
    struct process *owner;           /**< Who receives; NULL: nobody (any more). */
    struct list_link owner_link;     /**< Among the owner's endpoints. */
    struct list senders[PRIORITIES]; /**< Who waits to send, by queue_link; one list a priority. */
    uint32_t streak; /**< Messages received in a row while lower priorities waited. */
    uint32_t turn;   /**< The lower priority that was received last, after a streak. */

    /*
     * Figures for people and tests (struct endpoint_info). The first two are counted when a message
     * is received, the others by endpoint_send() and endpoint_call() just before they return.
     */
    uint32_t messages; /**< Received. */
    uint32_t calls;    /**< Those of them that wanted a reply. */
    uint32_t replies;  /**< Calls that returned 0. */
    uint32_t failures; /**< Messages and calls that returned an error, whichever. */
};

/**
 * Start an endpoint (exercise lab3.ex2) whose memory somebody else has.
 * @param endpoint not in use yet; one reference is the caller's.
 * @param owner who will receive; NULL: nobody yet.
 */
void endpoint_init(struct endpoint *endpoint, struct process *owner);

/**
 * Say who receives from now on (exercise lab3.ex2).
 * @param endpoint without an owner.
 * @param owner has a struct ipc.
 */
void endpoint_set_owner(struct endpoint *endpoint, struct process *owner);

/**
 * Take the owner away (exercise lab3.ex2): everybody who waits to send is woken with -E_IO, and
 * until there is an owner again, sending fails. The owner does not wait here: it runs, or has
 * ended.
 * @param endpoint any endpoint.
 */
void endpoint_abandon(struct endpoint *endpoint);

/**
 * Choose where the next message comes from: the highest priority at which somebody waits; but after
 * PRIORITY_STREAK messages while lower ones waited, one of those, each in its turn. Given.
 * @param endpoint any; its streak and turn are moved on.
 * @return the senders of that priority; NULL if nobody waits.
 */
struct list *endpoint_next_senders(struct endpoint *endpoint);

/** Free an endpoint without references; nobody waits. For object_release(). Given. */
void endpoint_destroy(struct object *object);

/**
 * Describe an endpoint for people. Given.
 * @param endpoint any endpoint.
 * @param info receives the figures.
 */
void endpoint_describe(const struct endpoint *endpoint, struct endpoint_info *info);

/**
 * Give a receiver handles to the objects that a message carries (exercise lab3.ex2): to all of
 * them, or to none.
 * @param from the sender's; if the call succeeds, it carries nothing any more.
 * @param to the receiver's.
 * @param handles receives the receiver's numbers, one for each object.
 * @return 0; the errors of handle_add(), and then nothing has changed.
 */
MUST_USE int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles);

/**
 * Send a message (exercise lab3.ex2); waits until it has been received. The message is complete but
 * for what is stamped: its sender, and its request_id, which is 0 if it is no call.
 * @param endpoint where.
 * @param ticks time limit; WAIT_NO_LIMIT: none.
 * @param priority below PRIORITIES.
 * @return 0; -E_IO if nobody receives here (any more); -E_TIMED_OUT; -E_DEADLOCK if the receiver
 *         waits, perhaps through others, for this process; -E_NO_SPACE or -E_NO_MEMORY if the
 *         receiver has no room for the handles. After an error the receiver has seen nothing.
 */
MUST_USE int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority);

/**
 * Send a message and wait for the reply (exercise lab3.ex2). If the owner waits, the processor goes
 * to it directly.
 * @param endpoint where.
 * @param ticks time limit until the reply; WAIT_NO_LIMIT: none.
 * @param priority below PRIORITIES.
 * @return 0, and the reply is in the caller's struct ipc; the errors of endpoint_send(). After
 *         -E_TIMED_OUT or -E_IO the server may have acted or not.
 */
MUST_USE int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority);

/**
 * Receive a message (exercise lab3.ex2): the oldest of the highest priority, but see
 * PRIORITY_STREAK.
 * @param endpoint where.
 * @param from only from this pid; WAIT_ANY: from anybody.
 * @param ticks time limit; WAIT_NO_LIMIT: none.
 * @return 0, and the message is in the receiver's struct ipc; -E_ACCESS if the endpoint is not the
 *         current process's own; -E_TIMED_OUT.
 */
MUST_USE int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks);

/**
 * Answer a call (exercise lab3.ex2). The message in the current process's struct ipc names it by
 * sender and request_id, and its type has MESSAGE_REPLY already. Each call can be answered once, by
 * the process that received it.
 * @return 0; -E_NOT_FOUND if no such call waits for this process: it was answered, it timed out,
 * its caller is gone, or it never was; -E_NO_SPACE or -E_NO_MEMORY as for endpoint_send(), and the
 * caller waits on.
 */
MUST_USE int endpoint_reply(void);

/**
 * Answer a call and receive the next message, in one step (exercise lab3.ex2). If no message waits,
 * the processor goes to the caller directly. A call that nobody waits for any more is no error.
 * @param endpoint where to receive.
 * @param ticks time limit of the receiving.
 * @return as endpoint_receive(), and after -E_ACCESS nobody has been answered; -E_NO_SPACE and
 *         -E_NO_MEMORY as endpoint_reply(), and nothing has been received.
 */
MUST_USE int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks);

#endif
