/**
 * @file
 * How a test tells a server of delegated calls what to answer, and asks what it has received.
 *
 * The server receives both by its well-known endpoint, for which it registers a name. Requests of
 * its own dialect are orders and questions; everything else is a delegated call, which it keeps and
 * answers as it was told. It owns no state.
 */
#ifndef PROGRAMS_DELEGATE_PROTOCOL_H
#define PROGRAMS_DELEGATE_PROTOCOL_H

#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <ipc.h>
#include <string.h>

/** Orders and questions. */
enum delegate_order {
    ORDER_PLAN,   /**< A struct delegate_plan: how delegated calls are answered from now on. */
    ORDER_HEADER, /**< Answered with a struct delegate_seen. */
    ORDER_DATA,   /**< Answered with the data of the last delegated call. */
    ORDER_END,    /**< The server ends. */
};

/** The type of an order. */
#define ORDER_TYPE(order) MESSAGE_TYPE(DIALECT_USER + 6, (order))

/** How delegated calls are answered. */
struct delegate_plan {
    int32_t status;
    uint32_t length;  /**< Bytes of data: 1, 2, 3 and so on. */
    uint32_t handles; /**< Handles in the answer. */
    uint32_t silent;  /**< Not 0: there is no answer. */
};

/** The last delegated call. */
struct delegate_seen {
    uint32_t type;
    uint32_t length;
    int32_t sender;
    uint32_t request_id;
    int32_t status;
    uint32_t handle_count;
    uint32_t count; /**< Delegated calls, ever. */
};

#endif
