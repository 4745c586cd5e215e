/**
 * @file
 * Well-known endpoints: those of the services that the kernel itself calls.
 *
 * They exist from the start, unbound. A server binds one, if PID_INIT has given it the right, and
 * owns it until it ends; then another server may bind it. It owns the endpoints. Sequence:
 * well_known_init() once; well_known_bind() by servers; well_known_endpoint() to call one.
 */
#ifndef KERNEL_IPC_WELL_KNOWN_H
#define KERNEL_IPC_WELL_KNOWN_H

#include "kernel/ipc/endpoint.h"

/** Make them. */
void well_known_init(void);

/**
 * The endpoint of a number.
 * @param id of enum well_known.
 * @return NULL if there is no such endpoint.
 */
struct endpoint *well_known_endpoint(uint32_t id);

/**
 * Make a process the owner of an endpoint.
 * @param id any number.
 * @param process with a struct ipc.
 * @return a handle of the process with all rights; -E_NOT_FOUND if there is no such endpoint;
 *         -E_ACCESS if the process may not; -E_EXISTS if another one is the owner; the errors of
 *         handle_add().
 */
MUST_USE int well_known_bind(uint32_t id, struct process *process);

#endif
