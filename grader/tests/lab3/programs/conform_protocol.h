/**
 * @file
 * What the server and the client of the conformance suite have agreed on.
 *
 * Besides operations of the generic dialect the server knows some of its own. Their data is a
 * number of 32 bits, little-endian, where the list says so. It owns no state.
 */
#ifndef PROGRAMS_CONFORM_PROTOCOL_H
#define PROGRAMS_CONFORM_PROTOCOL_H

#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <ipc.h>
#include <string.h>

/** The server's own operations. */
enum conform_operation {
    CONFORM_DEFER,    /**< Answered by the next CONFORM_RELEASE, with the data of that. */
    CONFORM_RELEASE,  /**< Number; the status is how many calls were answered. */
    CONFORM_SIGNAL,   /**< A notification and a number: its bits are signalled. */
    CONFORM_COUNT_UP, /**< Shared memory and a number: so many words are increased by one. */
    CONFORM_LEND,     /**< Answered with a handle to a page of shared memory, words 0, 1, 2, .... */
    CONFORM_SLOW,     /**< Number: answered after so many ticks. */
    CONFORM_WHO,      /**< Answered with the caller's pid as status. */
    CONFORM_RING,     /**< Answered with the server's mode as status. */
    CONFORM_DIE,      /**< Not answered: the server ends. */
    CONFORM_LONG,     /**< Answered with as much data as fits. */
    CONFORM_COUNT,    /**< Answered with the number of messages that wanted no answer. */
    CONFORM_OPERATIONS /**< How many there are. */
};

/** The type of an operation. */
#define CONFORM_TYPE(operation) MESSAGE_TYPE(DIALECT_USER + 5, (operation))
/** Words in the page that the server lends. */
#define CONFORM_WORDS 1024u

/** Make a request with a number. */
static inline struct message conform_request(uint32_t operation, uint32_t number)
{
    struct message message = {.type = CONFORM_TYPE(operation), .length = sizeof(number)};
    memcpy(message.data, &number, sizeof(number));
    return message;
}

/** The number in a message. */
static inline uint32_t conform_number(const struct message *message)
{
    uint32_t number;
    memcpy(&number, message->data, sizeof(number));
    return message->length < sizeof(number) ? 0 : number;
}

#endif
