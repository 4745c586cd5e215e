/**
 * @file
 * The system calls of communication.
 *
 * Their handlers copy messages and names from and to programs, turn handles into objects, and call
 * whoever acts. It owns no state. Sequence: ipc_calls_init() once, before the first process.
 */
#ifndef KERNEL_IPC_CALLS_H
#define KERNEL_IPC_CALLS_H

/** Enter the handlers into the table of native system calls. */
void ipc_calls_init(void);

#endif
