/**
 * @file
 * The fast path of calls: what happens when everything is as usual.
 *
 * Nearly every call finds its server waiting, and nearly every answer is the last thing that a
 * server has to do. For these two system calls, call and reply_receive, the fast path looks at all
 * conditions first and then does at once what message_calls.c and endpoint.c do step by step; for
 * anything unusual it does nothing, and they do it all. So a kernel without it behaves in the same
 * way, only slower: the boot option `slowpath` turns it off, and tests run without it. It owns no
 * state. Sequence: fast_path_init() once, before the first program.
 */
#ifndef KERNEL_IPC_FAST_PATH_H
#define KERNEL_IPC_FAST_PATH_H

/**
 * Provide the two system calls: with the fast path, unless tests run without the boot option
 * `fastpath`, or the boot option `slowpath` is there.
 * @param line the kernel's command line.
 */
void fast_path_init(const char *line);

#endif
