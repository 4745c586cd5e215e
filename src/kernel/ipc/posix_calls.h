/**
 * @file
 * The system calls of the POSIX personality.
 *
 * Their numbers are in <cairn/posix.h>. Most are delegated to servers (delegate.h). It owns the
 * table of handlers. Sequence: posix_calls_init() once, before the first process.
 */
#ifndef KERNEL_IPC_POSIX_CALLS_H
#define KERNEL_IPC_POSIX_CALLS_H

/** Fill in the table of the personality, and the call that chooses one. */
void posix_calls_init(void);

#endif
