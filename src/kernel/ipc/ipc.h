/**
 * @file
 * What a process holds for communication, and how it comes and goes.
 *
 * Most processes never communicate, so the structure is made at first use. It has everything that
 * must be given back when the process ends: handles, endpoints, names, mappings, callers that wait
 * for its reply. Sequence: ipc_init() once; ipc_of() wherever a process communicates; ipc_end() is
 * called for each process that ends. Called with interrupts off.
 */
#ifndef KERNEL_IPC_IPC_H
#define KERNEL_IPC_IPC_H

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/handle.h"
#include "kernel/process/process.h"
#include "lib/string.h"

#include <cairn/message.h>

/** An object on its way from one handle table to another. */
struct carried {
    struct object *object; /**< With a reference. */
    uint32_t rights;
};

/** What a process holds. */
struct ipc {
    /* The message that it sends, or has received; copied from and to the program by
     * message_calls.c. */
    struct message message;
    struct carried carried[MESSAGE_HANDLES_MAX]; /**< The objects of a message to be sent. */
    uint32_t carried_count;
    struct object *held; /**< Must not go while the process waits, with a reference; or NULL. */

    /* Waiting; owned by endpoint.c. Valid while the process is blocked for the reason. */
    struct endpoint *endpoint; /**< REASON_SEND, REASON_RECEIVE: where. */
    int32_t accept;            /**< REASON_RECEIVE: from whom; a pid or WAIT_ANY. */
    bool calling;              /**< REASON_SEND: it wants a reply. REASON_REPLY: true. */
    struct process *server;    /**< REASON_REPLY: whose reply. */
    uint32_t request_id;       /**< REASON_SEND, REASON_REPLY: of the call under way. */

    /* What it owns. */
    struct handle_table handles;
    struct endpoint *own;  /**< The endpoint to which its pid resolves. */
    struct list endpoints; /**< Endpoints from which it may receive, by owner_link. */
    struct list callers;   /**< Processes that wait for its reply, by queue_link. */
    struct list names;     /**< Owned by name.c. */
    uint32_t name_count;   /**< How many its system calls have registered; owned by calls.c. */
    struct list mappings;  /**< Owned by shared.c. */
    struct list pages;     /**< Owned by service_memory.c. */
    uint32_t device_end; /**< One past its mappings of devices, or 0; owned by service_memory.c. */
    uint32_t privileges; /**< Bit N: it has privilege N of enum privilege. */
};

/**
 * Find the object of a handle of the current process.
 * @param handle any number, from a program.
 * @param type what the object must be.
 * @param rights all of them are needed.
 * @param object receives the object; the reference stays the handle's. NULL after an error.
 * @return 0; the errors of handle_find(), also if the process holds nothing yet.
 */
MUST_USE int ipc_find_object(uint32_t handle, enum object_type type, uint32_t rights,
                             struct object **object);

/**
 * The rights that stay behind when a handle is passed on or duplicated: only its owner receives
 * from an endpoint, by the handle that it was given, whoever else has one.
 * @param object of the handle.
 * @return a set of enum right.
 */
static inline uint32_t ipc_rights_of_owner(const struct object *object)
{
    return object->type == OBJECT_ENDPOINT ? RIGHT_RECEIVE : 0;
}

/** @return a number for a call, which names it until it is answered; never 0. */
uint32_t ipc_new_request_id(void);

/** For ipc_message_delivered(): write a message to the trace. */
void ipc_trace_message(const struct process *from, const struct process *to);

/**
 * Say that a message has gone from one process to another; the trace shows it.
 * @param from who has sent it.
 * @param to who has it in its struct ipc.
 */
static inline void ipc_message_delivered(const struct process *from, const struct process *to)
{
    if ((trace_groups & TRACE_IPC) != 0) {
        ipc_trace_message(from, to);
    }
}

/**
 * Copy the message of one process to another, with header and data, but not the objects that it
 * carries; and write it to the trace.
 * @param from who sends; its message is complete.
 * @param to who receives it; `sender` is still what @p from has written there.
 */
static inline void ipc_copy_message(const struct process *from, struct process *to)
{
    const struct message *source = &from->ipc->message;
    assert(source->length <= MESSAGE_DATA_MAX);
    memcpy(&to->ipc->message, source, MESSAGE_HEADER_SIZE + source->length);
    ipc_message_delivered(from, to);
}

/** Make the well-known endpoints, and the system calls of this lab. */
void ipc_init(void);

/** For ipc_of(): make what a process holds. @return NULL if memory is short. */
struct ipc *ipc_create(struct process *process);

/**
 * What a process holds, made now if there is nothing yet.
 * @param process lives.
 * @return NULL if memory is short.
 */
static inline struct ipc *ipc_of(struct process *process)
{
    return process->ipc != NULL ? process->ipc : ipc_create(process);
}

/** Give back what a process holds; everybody who waits for it is woken with -E_IO. */
void ipc_end(struct process *process);

/** Give back the objects of a message that was not delivered. */
void ipc_drop_carried(struct ipc *ipc);

#endif
