/**
 * @file
 * The dialects: every operation's number, name and arguments, and how its request is built and
 * read.
 *
 * A request's data is its arguments, one after the other, as <cairn/pack.h> lays them out. The
 * signature of an operation says what they are, one letter each:
 *
 *     s  a string              length and characters
 *     b  bytes                 length and bytes
 *     u  a number              32 bits
 *     r  room in the answer    32 bits: the largest number of bytes that the caller can take
 *
 * Whoever answers puts a result or a negative error into `status`, and at most as many bytes as
 * there is room for into `data`. From this one list come the builder, the parser, the names in the
 * trace, and how the kernel packs a delegated system call. Sequence for a client: message_build(),
 * then a call; for a server: message_parse(), message_answer(). It owns no state.
 */
#ifndef CAIRN_DIALECT_H
#define CAIRN_DIALECT_H

#include <cairn/message.h>
#include <cairn/pack.h>

#include <stdint.h>

/** Arguments of an operation, at most. */
#define DIALECT_ARGUMENTS 4u

/** Every operation: OPERATION(dialect, constant, number, name, signature). */
#define CAIRN_OPERATIONS(OPERATION)                                                                \
    OPERATION(DIALECT_GENERIC, GENERIC_READ, 0, "read", "ur")         /* position, room */         \
    OPERATION(DIALECT_GENERIC, GENERIC_WRITE, 1, "write", "ub")       /* position, data */         \
    OPERATION(DIALECT_GENERIC, GENERIC_OPEN, 2, "open", "s")          /* name */                   \
    OPERATION(DIALECT_GENERIC, GENERIC_CLOSE, 3, "close", "u")        /* what was opened */        \
    OPERATION(DIALECT_GENERIC, GENERIC_QUERY, 4, "query", "sr")       /* question, room */         \
    OPERATION(DIALECT_GENERIC, GENERIC_RESPONSE, 5, "response", "ub") /* job, data */              \
    OPERATION(DIALECT_GENERIC, GENERIC_ERROR, 6, "error", "us")       /* job, text */              \
    OPERATION(DIALECT_VFS, VFS_OPEN, 100, "open", "suu")              /* path, flags, mode */      \
    OPERATION(DIALECT_VFS, VFS_READ, 101, "read", "ur")               /* file, room */             \
    OPERATION(DIALECT_VFS, VFS_WRITE, 102, "write", "ub")             /* file, data */             \
    OPERATION(DIALECT_VFS, VFS_CLOSE, 103, "close", "u")              /* file */                   \
    OPERATION(DIALECT_VFS, VFS_SEEK, 104, "seek", "uuu")      /* file, offset, from where */       \
    OPERATION(DIALECT_VFS, VFS_STAT, 105, "stat", "sr")       /* path, room */                     \
    OPERATION(DIALECT_VFS, VFS_READDIR, 106, "readdir", "ur") /* file, room */                     \
    OPERATION(DIALECT_VFS, VFS_CREATE, 107, "create", "su")   /* path, mode */                     \
    OPERATION(DIALECT_VFS, VFS_UNLINK, 108, "unlink", "s")    /* path */                           \
    OPERATION(DIALECT_VFS, VFS_MKDIR, 109, "mkdir", "su")     /* path, mode */                     \
    OPERATION(DIALECT_VFS, VFS_RMDIR, 110, "rmdir", "s")      /* path */                           \
    OPERATION(DIALECT_NETWORK, NETWORK_SOCKET, 200, "socket", "uuu")  /* domain, type, protocol */ \
    OPERATION(DIALECT_NETWORK, NETWORK_BIND, 201, "bind", "ub")       /* socket, address */        \
    OPERATION(DIALECT_NETWORK, NETWORK_CONNECT, 202, "connect", "ub") /* socket, address */        \
    OPERATION(DIALECT_NETWORK, NETWORK_LISTEN, 203, "listen", "uu")   /* socket, backlog */        \
    OPERATION(DIALECT_NETWORK, NETWORK_ACCEPT, 204, "accept", "ur")   /* socket, room */           \
    OPERATION(DIALECT_NETWORK, NETWORK_SEND, 205, "send", "ubu")      /* socket, data, flags */    \
    OPERATION(DIALECT_NETWORK, NETWORK_RECV, 206, "recv", "uru")      /* socket, room, flags */    \
    OPERATION(DIALECT_NETWORK, NETWORK_CLOSE, 207, "close", "u")      /* socket */                 \
    OPERATION(DIALECT_NETWORK, NETWORK_GETSOCKOPT, 208, "getsockopt", "uuur") /* level, name */    \
    OPERATION(DIALECT_NETWORK, NETWORK_SETSOCKOPT, 209, "setsockopt", "uuub") /* level, name */    \
    OPERATION(DIALECT_LOADER, LOADER_DLOPEN, 300, "dlopen", "su")             /* path, flags */    \
    OPERATION(DIALECT_LOADER, LOADER_DLCLOSE, 301, "dlclose", "u")            /* library */        \
    OPERATION(DIALECT_LOADER, LOADER_DLSYM, 302, "dlsym", "us") /* library, symbol */              \
    OPERATION(DIALECT_LOADER, LOADER_ERROR, 303, "error", "r")  /* room */

/** The enumerator of an entry. */
#define CAIRN_OPERATION_ENUM(dialect, constant, number, name, signature) constant = (number),
/** Numbers of operations; those of DIALECT_GENERIC count by themselves. */
enum operation { CAIRN_OPERATIONS(CAIRN_OPERATION_ENUM) };
#undef CAIRN_OPERATION_ENUM

/** An operation, as the list has it. */
struct operation_info {
    uint32_t type;         /**< MESSAGE_TYPE(). */
    const char *name;      /**< For people. */
    const char *signature; /**< At most DIALECT_ARGUMENTS letters. */
};

/** An argument, as message_parse() has found it. */
struct argument {
    uint32_t value;    /**< `u`, `r`: the number. `s`, `b`: the length. */
    struct span bytes; /**< `s`, `b`: where they are, within the message. */
};

/**
 * Look an operation up.
 * @param type of a request or a reply.
 * @return static; NULL if no list has it, as for programs' own dialects.
 */
const struct operation_info *operation_find(uint32_t type);

/**
 * Build the request of an operation.
 * @param message receives type and data, without handles; the rest is 0.
 * @param type of an operation in the list.
 * @param ... for each letter of the signature: `s` a const char *; `b` a const void * and its
 *            length as uint32_t; `u`, `r` a uint32_t.
 * @return 0; -E_INVALID for an operation that is not in the list; -E_TOO_LONG.
 */
int message_build(struct message *message, uint32_t type, ...);

/**
 * Read the request of an operation. Whatever is in the message, nothing past its length is read.
 * @param message any message.
 * @param arguments receives them in order, DIALECT_ARGUMENTS of them; those that the signature does
 *                  not have are 0.
 * @return 0; -E_INVALID for a malformed message, also for a string with a 0 inside, or for bytes
 *         that are left over, or for an answer, or for an operation that is not in the list.
 */
int message_parse(const struct message *message, struct argument arguments[DIALECT_ARGUMENTS]);

/**
 * Copy a string argument.
 * @param argument of an `s`.
 * @param text receives it and a final 0.
 * @param size of @p text in bytes, at least 1.
 * @return 0; -E_TOO_LONG.
 */
int argument_string(const struct argument *argument, char *text, uint32_t size);

/**
 * Turn a request into its answer, in place: who asked and what stay. The answer has no handles.
 * @param message a request that was received.
 * @param status the result, or a negative error.
 * @param data for the caller; may be NULL if @p size is 0.
 * @param size in bytes.
 * @return 0; -E_TOO_LONG if that is more than MESSAGE_DATA_MAX: the answer says so then.
 */
int message_answer(struct message *message, int32_t status, const void *data, uint32_t size);

#endif
