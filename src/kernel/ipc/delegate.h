/**
 * @file
 * Delegation: a system call that a server answers.
 *
 * The kernel copies the arguments in, packs them as the request of an operation, calls the
 * well-known endpoint, and copies the answer out; the process notices nothing. It owns no state.
 * The implementation is the student's (lab 3, exercise 7: labs/lab3-ipc/delegate.c); posix_calls.c
 * is the caller.
 */
#ifndef KERNEL_IPC_DELEGATE_H
#define KERNEL_IPC_DELEGATE_H

#include "kernel/types.h"

#include <cairn/dialect.h>

/** The priority of delegated calls. */
#define DELEGATE_PRIORITY 1u

/**
 * Let a server answer a system call of the current process (exercise lab3.ex7).
 * @param id the well-known endpoint, of enum well_known.
 * @param type of an operation of <cairn/dialect.h> (asserted).
 * @param arguments as the process passed them. For each letter of the operation's signature: `u` a
 *                  number; `s` the address of a string, of NAME_MAX_BYTES at most with its final 0;
 *                  `b` the address of bytes, and how many; `r` the address of room for the answer's
 *                  data, and how much. The request asks for no more than MESSAGE_DATA_MAX.
 * @param received receives the number of bytes written to the room; may be NULL.
 * @return the status of the answer. -E_FAULT for a bad address: of the request, before anything is
 *         sent; -E_TOO_LONG if the request does not fit into a message; -E_NO_CALL if no server is
 *         bound; -E_TIMED_OUT after CALL_LIMIT ticks; -E_IO if the server ended, or answered
 *         with more data than there is room for, or with a status that is no error number;
 *         -E_DEADLOCK if the server waits for this process; -E_NO_MEMORY. Data that comes with a
 *         negative status is not given to the process; if it is also too long, the status or -E_IO
 *         is returned.
 */
int32_t delegate(uint32_t id, uint32_t type, const uint32_t *arguments, uint32_t *received);

#endif
