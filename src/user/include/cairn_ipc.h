/**
 * @file
 * The system calls of communication, as C functions for programs.
 *
 * Endpoints, notifications and shared memory are named by handles, small numbers of this process's
 * own; struct message and the rights are in <cairn/message.h>. A result below zero is a negated
 * error of <cairn/error.h>. <ipc.h> and <server.h> are more comfortable. A time limit is in ticks;
 * WAIT_NO_LIMIT is none. The kernel owns all state.
 */
#ifndef CAIRN_IPC_H
#define CAIRN_IPC_H

#include <cairn.h>
#include <cairn/message.h>
#include <cairn/posix.h>

/* ------------------------------------------------------------------ endpoints */

/**
 * Make an endpoint, from which this process alone receives. It ends with this handle.
 * @return a handle with all rights; -E_NO_MEMORY, -E_NO_SPACE.
 */
CAIRN_MUST_USE int32_t cairn_endpoint_create(void);

/**
 * Send a message; waits until it has been received.
 * @param endpoint a handle with RIGHT_SEND.
 * @param message type, length, data, handle_count and handles count; the handles need
 *                RIGHT_TRANSFER, and stay.
 * @param ticks time limit.
 * @param priority below PRIORITIES; the highest is received first.
 * @return 0; -E_BAD_HANDLE, -E_ACCESS, -E_FAULT, -E_INVALID; -E_IO if nobody receives there (any
 *         more), -E_TIMED_OUT; -E_DEADLOCK if the receiver waits for this process; -E_NO_SPACE if
 *         it has no room for the handles.
 */
CAIRN_MUST_USE int cairn_endpoint_send(int32_t endpoint, const struct message *message,
                                       uint32_t ticks, uint32_t priority);

/**
 * Receive a message.
 * @param endpoint a handle with RIGHT_RECEIVE, of an endpoint of this process.
 * @param message receives it; `sender` is who sent it, `request_id` is 0 if no reply is wanted.
 * @param ticks time limit.
 * @return 0; -E_TIMED_OUT, -E_BAD_HANDLE, -E_ACCESS, -E_FAULT (and then a caller learns -E_IO).
 */
CAIRN_MUST_USE int cairn_endpoint_receive(int32_t endpoint, struct message *message,
                                          uint32_t ticks);

/**
 * Send a message and wait for the reply.
 * @param endpoint a handle with RIGHT_SEND.
 * @param message as for cairn_endpoint_send(); receives the reply.
 * @param ticks time limit until the reply.
 * @param priority below PRIORITIES.
 * @return 0; the errors of cairn_endpoint_send(). The result of the operation itself is
 *         message->status.
 */
CAIRN_MUST_USE int cairn_call(int32_t endpoint, struct message *message, uint32_t ticks,
                              uint32_t priority);

/**
 * Answer a call, now or later, but once.
 * @param message `sender` and `request_id` as they were received; type, status and data are the
 *                answer.
 * @return 0; -E_NOT_FOUND if nobody waits for it (any more); -E_FAULT, -E_INVALID, -E_BAD_HANDLE,
 *         -E_ACCESS, -E_NO_SPACE.
 */
int cairn_reply(const struct message *message);

/**
 * Answer a call and receive the next message, in one step.
 * @param endpoint as for cairn_endpoint_receive().
 * @param message as for cairn_reply(); receives the next message.
 * @param ticks time limit of the receiving.
 * @return as cairn_endpoint_receive(); the errors of cairn_reply() but -E_NOT_FOUND.
 */
CAIRN_MUST_USE int cairn_reply_receive(int32_t endpoint, struct message *message, uint32_t ticks);

/**
 * Send to the endpoint that every process has.
 * @param pid whom.
 * @param message as for cairn_endpoint_send().
 * @param ticks as for cairn_endpoint_send().
 * @param priority as for cairn_endpoint_send().
 * @return as cairn_endpoint_send().
 */
CAIRN_MUST_USE int cairn_send(int32_t pid, const struct message *message, uint32_t ticks,
                              uint32_t priority);

/**
 * Receive from the endpoint that this process has.
 * @param pid only from this process; WAIT_ANY: from anybody.
 * @param message receives it.
 * @param ticks time limit.
 * @return as cairn_endpoint_receive().
 */
CAIRN_MUST_USE int cairn_receive(int32_t pid, struct message *message, uint32_t ticks);

/**
 * Learn about an endpoint.
 * @param endpoint a handle with any rights.
 * @param info receives the figures.
 * @return 0; -E_BAD_HANDLE, -E_FAULT.
 */
CAIRN_MUST_USE int cairn_endpoint_info(int32_t endpoint, struct endpoint_info *info);

/* ------------------------------------------------------------------ handles */

/** Give a handle back. @return 0; -E_BAD_HANDLE. */
int cairn_handle_close(int32_t handle);

/**
 * Make a second handle to the same object.
 * @param handle with RIGHT_TRANSFER.
 * @param rights of it, not more than @p handle has; RIGHT_RECEIVE of an endpoint is left out.
 * @return the new handle; -E_BAD_HANDLE, -E_ACCESS, -E_NO_SPACE, -E_NO_MEMORY.
 */
CAIRN_MUST_USE int32_t cairn_handle_duplicate(int32_t handle, uint32_t rights);

/* ------------------------------------------------------------------ notifications */

/** Make a notification. @return a handle with all rights; -E_NO_MEMORY, -E_NO_SPACE. */
CAIRN_MUST_USE int32_t cairn_notification_create(void);

/**
 * Set bits; never waits.
 * @param notification a handle with RIGHT_SEND.
 * @param bits of 0x7FFFFFFF, not 0.
 * @return 0; -E_BAD_HANDLE, -E_ACCESS, -E_INVALID.
 */
int cairn_notification_signal(int32_t notification, uint32_t bits);

/**
 * Take the bits that are set; waits until there is one.
 * @param notification a handle with RIGHT_RECEIVE.
 * @param ticks time limit.
 * @return the bits; -E_TIMED_OUT, -E_BAD_HANDLE, -E_ACCESS, -E_INVALID.
 */
CAIRN_MUST_USE int32_t cairn_notification_wait(int32_t notification, uint32_t ticks);

/* ------------------------------------------------------------------ shared memory */

/**
 * Make shared memory, full of zeros.
 * @param size in bytes, up to 16 MiB.
 * @return a handle with all rights; -E_INVALID, -E_NO_MEMORY, -E_NO_SPACE.
 */
CAIRN_MUST_USE int32_t cairn_memory_create(uint32_t size);

/**
 * Map shared memory. It stays mapped when the handle is closed, but not over exec, and not in a
 * child made by fork.
 * @param memory a handle with the rights asked for.
 * @param rights RIGHT_READ, or RIGHT_READ | RIGHT_WRITE.
 * @return the address as a number; from SYSCALL_ERROR_FIRST on it is -E_BAD_HANDLE, -E_ACCESS,
 *         -E_INVALID, -E_NO_MEMORY.
 */
CAIRN_MUST_USE uintptr_t cairn_memory_map(int32_t memory, uint32_t rights);

/**
 * Learn how large shared memory is. Whoever maps memory that another program has made should ask:
 * behind its end nothing is mapped.
 * @param memory a handle with any rights.
 * @return its size in bytes, whole pages; -E_BAD_HANDLE.
 */
CAIRN_MUST_USE int32_t cairn_memory_size(int32_t memory);

/** Undo cairn_memory_map(). @param address as it gave it. @return 0; -E_NOT_FOUND. */
int cairn_memory_unmap(uintptr_t address);

/* ------------------------------------------------------------------ names */

/**
 * Register a name, until this process ends.
 * @param name for instance "fs:root:".
 * @param endpoint a handle with RIGHT_RECEIVE.
 * @return 0; -E_EXISTS, -E_INVALID, -E_BAD_HANDLE, -E_ACCESS, -E_TOO_LONG, -E_NO_MEMORY, -E_FAULT;
 *         -E_NO_SPACE if the process has NAMES_MAX names.
 */
CAIRN_MUST_USE int cairn_name_register(const char *name, int32_t endpoint);

/** Withdraw a name or alias of this process. @return 0; -E_NOT_FOUND, -E_ACCESS, -E_FAULT. */
int cairn_name_unregister(const char *name);

/**
 * Find who serves a name: the longest registered name of which it is, or is within.
 * @param name for instance "fs:root:/etc/motd".
 * @param rest receives what follows the registered name, at most NAME_MAX_BYTES; may be NULL.
 * @return a handle for sending; -E_NOT_FOUND, -E_INVALID, -E_LOOP, -E_TOO_LONG, -E_NO_SPACE,
 *         -E_NO_MEMORY, -E_FAULT.
 */
CAIRN_MUST_USE int32_t cairn_name_lookup(const char *name, char *rest);

/**
 * Step through the names, in any order.
 * @param cursor 0 the first time, then the last result.
 * @param prefix only names that begin with this text.
 * @param info receives the next one.
 * @return where to go on; -E_NOT_FOUND at the end, -E_FAULT, -E_TOO_LONG.
 */
CAIRN_MUST_USE int32_t cairn_name_list(uint32_t cursor, const char *prefix, struct name_info *info);

/** Let a name stand for another, until this process ends. @return as cairn_name_register(). */
CAIRN_MUST_USE int cairn_name_alias(const char *alias, const char *target);

/* ------------------------------------------------------------------ services of the kernel */

/**
 * Receive from a well-known endpoint from now on.
 * @param id of enum well_known.
 * @return a handle with all rights; -E_NOT_FOUND; -E_ACCESS without the privilege; -E_EXISTS if
 *         another process does; -E_NO_SPACE, -E_NO_MEMORY.
 */
CAIRN_MUST_USE int32_t cairn_bind(uint32_t id);

/** Choose which system calls this process makes. @return 0; -E_INVALID. */
int cairn_personality(enum personality personality);

/**
 * Make a system call of the POSIX personality (<cairn/posix.h>), which the process has chosen.
 * @param number of enum posix_call.
 * @param a the first argument; those that a call does not have are ignored.
 * @param b the second.
 * @param c the third.
 * @param d the fourth.
 * @return its result, or a negated error.
 */
int32_t posix_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

#endif
