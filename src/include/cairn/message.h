/**
 * @file
 * Messages: what processes send to each other, and the numbers of the dialects that they speak.
 *
 * A message is a header, up to four handles, and up to 256 bytes of data; more travels in shared
 * memory, by handle. Its type is a dialect and an operation, so that each protocol keeps its own
 * numbers. The kernel stamps the sender, and for a call the request id; both can be trusted. The
 * data is little-endian; <cairn/dialect.h> lists the operations, and builds and reads it. This file
 * owns no state.
 */
#ifndef CAIRN_MESSAGE_H
#define CAIRN_MESSAGE_H

#include <stdint.h>

#define MESSAGE_DATA_MAX    256u /**< Bytes of data in a message, at most. */
#define MESSAGE_HANDLES_MAX 4u   /**< Handles in a message, at most. */
#define PRIORITIES          4u   /**< Priorities of messages: 0, the lowest, to 3. */

/** A message. Its first MESSAGE_HEADER_SIZE + length bytes are copied, no others. */
struct message {
    uint32_t type;       /**< MESSAGE_TYPE(); the kernel sets MESSAGE_REPLY in replies alone. */
    uint32_t length;     /**< Bytes of data that are valid. */
    int32_t sender;      /**< Pid. Stamped by the kernel; in a reply that is sent: whom to. */
    uint32_t request_id; /**< Stamped by the kernel in a call; the reply repeats it. 0: no call. */
    int32_t status;      /**< Of a reply: a result, or a negative error. */
    uint32_t handle_count; /**< Handles that are valid. */
    /** The receiver's handles; those of the sender when it is sent, which keeps them. */
    int32_t handles[MESSAGE_HANDLES_MAX];
    uint8_t data[MESSAGE_DATA_MAX];
};
/** Bytes before the data. */
#define MESSAGE_HEADER_SIZE 40u
_Static_assert(sizeof(struct message) == MESSAGE_HEADER_SIZE + MESSAGE_DATA_MAX,
               "programs are compiled with this layout");

/** Make a type. */
#define MESSAGE_TYPE(dialect, operation) ((uint32_t)(dialect) << 16 | (uint32_t)(operation))
#define MESSAGE_REPLY                    0x80000000u /**< In the type of every reply. */
/** The dialect of a type, without MESSAGE_REPLY. */
#define MESSAGE_DIALECT(type) ((uint32_t)(type) >> 16 & 0x7FFFu)
/** The operation of a type. */
#define MESSAGE_OPERATION(type) ((uint32_t)(type)&0xFFFFu)

/** Who speaks a dialect. */
enum dialect {
    DIALECT_GENERIC = 0, /**< Operations 0 to 6; every server should understand them. */
    DIALECT_VFS = 1,     /**< Operations 100 to 199. */
    DIALECT_NETWORK = 2, /**< Operations 200 to 299. */
    DIALECT_LOADER = 3,  /**< Operations 300 to 399. */
    DIALECT_BLOCK = 4,
    DIALECT_USER = 0x100, /**< From here on: for programs of one's own. */
};

/** What a process may do only if the first process has granted it (SYS_GRANT). */
enum privilege {
    PRIVILEGE_KERNEL = 0, /**< Start programs in ring 0 (SYS_SPAWN_KERNEL). */
    /* 1 to WELL_KNOWN_LAST: bind that endpoint (SYS_BIND). */
};

/** Endpoints that exist from the start; a server binds one if it may (SYS_BIND). */
enum well_known {
    WELL_KNOWN_VFS = 1,
    WELL_KNOWN_NETWORK = 2,
    WELL_KNOWN_LOADER = 3,
    WELL_KNOWN_BLOCK = 4,
    WELL_KNOWN_LAST = WELL_KNOWN_BLOCK,
};

/** What a handle allows. */
enum right {
    RIGHT_SEND = 1 << 0,     /**< Send to and call an endpoint; signal a notification. */
    RIGHT_RECEIVE = 1 << 1,  /**< Receive from an endpoint; wait for a notification. */
    RIGHT_READ = 1 << 2,     /**< Map shared memory for reading. */
    RIGHT_WRITE = 1 << 3,    /**< Map shared memory for writing. */
    RIGHT_TRANSFER = 1 << 4, /**< Send the handle in a message, and duplicate it. */
};
/** Every right. */
#define RIGHTS_ALL 0x1Fu

#define HANDLE_NONE    (-1)   /**< No handle. */
#define WAIT_NO_LIMIT  0u     /**< A time limit: none. */
#define CALL_LIMIT     1000u  /**< The time limit of delegated calls, in ticks. */
#define NAME_MAX_BYTES 256u   /**< Bytes of a name, the final 0 included. */
#define NAMES_MAX      16384u /**< Names and aliases that a process can have. */

/** A name of the namespace (SYS_NAME_LIST). */
struct name_info {
    char name[NAME_MAX_BYTES];
    int32_t owner; /**< Pid of who registered it. */
    int32_t alias; /**< Not 0: it stands for another name. */
};
_Static_assert(sizeof(struct name_info) == 264, "programs are compiled with this layout");

/** Figures about an endpoint (SYS_ENDPOINT_INFO). */
struct endpoint_info {
    uint32_t waiting_senders;   /**< Processes that wait until their message is received. */
    uint32_t waiting_receivers; /**< Processes that wait for a message. */
    uint32_t messages;          /**< Messages received, ever. */
    uint32_t calls;             /**< Those of them that were calls. */
    uint32_t replies;           /**< Calls answered. */
    uint32_t failures;          /**< Messages and calls that ended with an error. */
    int32_t owner;              /**< Pid of who receives; 0: nobody. */
};
_Static_assert(sizeof(struct endpoint_info) == 28, "programs are compiled with this layout");

#endif
