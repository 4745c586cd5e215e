/**
 * @file
 * The system calls that pass messages; part of calls.h.
 *
 * Private to this folder: calls.c enters these handlers into the table, fast_path.c shares the last
 * three functions. They own no state. Each
 * takes a message from the program, lets endpoint.c act, and gives the answer to the program.
 */
#ifndef KERNEL_IPC_MESSAGE_CALLS_H
#define KERNEL_IPC_MESSAGE_CALLS_H

#include "kernel/process/syscall.h"
#include "kernel/process/user.h"

struct ipc;
struct message;

/** Send to a process: pid, message, ticks, priority. */
syscall_handler sys_send;
/** Receive from a process or from anybody, on the own endpoint: pid, message, ticks. */
syscall_handler sys_receive;
/** Send to an endpoint: handle, message, ticks, priority. */
syscall_handler sys_endpoint_send;
/** Receive from an endpoint: handle, message, ticks. */
syscall_handler sys_endpoint_receive;
/** Call an endpoint: handle, message, ticks, priority. */
syscall_handler sys_call;
/** Reply: message. */
syscall_handler sys_reply;
/** Reply and receive: handle, message, ticks. */
syscall_handler sys_reply_receive;

/**
 * Take references to the objects that a message's handles name.
 * @param ipc of who sends it; receives the objects.
 * @param message with the sender's handles.
 * @return 0; -E_INVALID for too many handles, -E_BAD_HANDLE, -E_ACCESS for one that may not be
 *         passed on; then it carries nothing.
 */
MUST_USE int message_carry(struct ipc *ipc, const struct message *message);

/**
 * Give a message to the program. If that fails, its handles are closed: the program would never
 * learn their numbers.
 * @param ipc of the current process, with the message.
 * @param to where the program wants it.
 * @return 0; -E_FAULT.
 */
MUST_USE int message_give(struct ipc *ipc, user_pointer to);

/**
 * As message_give(), for a message that was received. If that fails and it was a call, its
 * caller is told -E_IO: it must not wait for an answer to something that nobody has seen.
 * @param ipc of the current process, with the message.
 * @param to where the program wants it.
 * @return 0; -E_FAULT.
 */
MUST_USE int message_give_received(struct ipc *ipc, user_pointer to);

#endif
