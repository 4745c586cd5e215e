/**
 * @file
 * The end of a lab 3 kernel's start: processes that communicate.
 *
 * See start.h and start_processes.c. It owns no state. The well-known endpoints and the namespace
 * are there before the first process.
 */
#include "kernel/start.h"

#include "kernel/ipc/ipc.h"

_Noreturn void start_system(const char *line)
{
    start_processes(line, ipc_init);
}
