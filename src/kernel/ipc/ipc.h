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

#include <cairn/message.h>

/** An object on its way from one handle table to another. */
struct carried {
    struct object *object; /**< With a reference. */
    uint32_t rights;
};

/** What a process holds. */
struct ipc {
    /* The message that it sends, or has received; copied from and to the program by ipc_calls.c. */
    struct message message;
    struct carried carried[MESSAGE_HANDLES_MAX]; /**< The objects of a message to be sent. */
    uint32_t carried_count;

    /* Waiting; owned by endpoint.c. Valid while the process is blocked for the reason. */
    struct endpoint *endpoint; /**< REASON_SEND, REASON_RECEIVE: where. */
    int32_t accept;            /**< REASON_RECEIVE: from whom; a pid or WAIT_ANY. */
    bool calling;              /**< REASON_SEND: it wants a reply. */
    struct process *server;    /**< REASON_REPLY: whose reply. */
    uint32_t request_id;       /**< REASON_SEND, REASON_REPLY: of the call under way. */

    /* What it owns. */
    struct handle_table handles;
    struct endpoint own;   /**< The endpoint to which its pid resolves. */
    struct list endpoints; /**< Endpoints from which it may receive, by owner_link. */
    struct list callers;   /**< Processes that wait for its reply, by queue_link. */
    struct list names;     /**< Owned by name.c. */
    struct list mappings;  /**< Owned by shared.c. */
    uint32_t bind_rights;  /**< Bit N: it may bind the well-known endpoint N. */
};

/** Make the well-known endpoints, and the system calls of this lab. */
void ipc_init(void);

/**
 * What a process holds, made now if there is nothing yet.
 * @param process lives.
 * @return NULL if memory is short.
 */
struct ipc *ipc_of(struct process *process);

/** Give back what a process holds; everybody who waits for it is woken with -E_IO. */
void ipc_end(struct process *process);

/** Give back the objects of a message that was not delivered. */
void ipc_drop_carried(struct ipc *ipc);

#endif
