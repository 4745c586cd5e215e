/**
 * @file
 * A server's loop: receive, find the operation, check its arguments, act, answer.
 *
 * A server is an endpoint and a table of operations with handlers. Malformed requests and unknown
 * operations are answered with an error and reach no handler. Sequence: fill in a struct server,
 * server_run(). It owns no state.
 */
#ifndef SERVER_H
#define SERVER_H

#include <ipc.h>

struct server;

/**
 * Act on a request.
 * @param server whose; its context is the program's.
 * @param message the request. A handler that answers at once turns it into the answer by
 *                message_answer(). Handles that it keeps it replaces by HANDLE_NONE; others are
 *                closed.
 * @param arguments of the request, for an operation of <cairn/dialect.h>; their bytes lie in the
 *                  message. NULL for a dialect of the program's own.
 * @return true to send the answer now; false if the program will cairn_reply() later, for which it
 *         must keep `sender` and `request_id`.
 */
typedef bool server_handler(struct server *server, struct message *message,
                            const struct argument *arguments);

/** An operation that a server knows. */
struct server_operation {
    uint32_t type; /**< MESSAGE_TYPE(). */
    server_handler *handler;
};

/** A server. */
struct server {
    int32_t endpoint;                          /**< A handle with RIGHT_RECEIVE. */
    const struct server_operation *operations; /**< What it knows. */
    uint32_t operation_count;
    void *context; /**< For the handlers. */
    bool stop;     /**< A handler sets it to end server_run() after its answer. */
};

/**
 * Serve until a handler stops it. If a caller has no room for the handles of its answer, the answer
 * is that error.
 * @param server filled in.
 * @return 0; the error of receiving that ended it.
 */
CAIRN_MUST_USE int server_run(struct server *server);

/**
 * Act on one message that was received: the inside of server_run(), for a program that receives
 * itself.
 * @param server filled in.
 * @param message a request; becomes the answer.
 * @return whether the answer is to be sent.
 */
CAIRN_MUST_USE bool server_handle(struct server *server, struct message *message);

/** The handler of a request to close the server itself: it says yes, and ends server_run(). */
server_handler server_close;

#endif
