/**
 * @file
 * The first program: how it is started, and that the system ends with it.
 *
 * The boot option `init=` names it (default: bin/init), `run=` lists its arguments, separated by
 * commas. It owns no state. Sequence: init_start() once, when everything else has been set up;
 * init_ended() when the process PID_INIT ends.
 */
#ifndef KERNEL_PROCESS_INIT_H
#define KERNEL_PROCESS_INIT_H

#include "kernel/types.h"

/**
 * Start the first program as PID_INIT, a child of the current process. A program that cannot be
 * started is a panic that says why.
 * @param line the kernel's command line.
 */
void init_start(const char *line);

/**
 * End the system, because PID_INIT has ended: rest, or power off with the boot option `poweroff`.
 * @param status its exit status; anything but success is a panic.
 */
_Noreturn void init_ended(int32_t status);

#endif
