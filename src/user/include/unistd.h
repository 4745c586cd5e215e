/**
 * @file
 * Processes under the names of POSIX.
 *
 * A function that fails returns -1 (or (void *)-1) and sets errno; what each call does is in
 * <cairn.h>. The environment of a program is always empty.
 */
#ifndef UNISTD_H
#define UNISTD_H

#include <sys/types.h>

/** @return the pid of this process. */
pid_t getpid(void);

/** @return the pid of this process's parent. */
pid_t getppid(void);

/** Copy this process. @return the child's pid to the parent, 0 to the child; -1. */
pid_t fork(void);

/**
 * Replace this process's program. Does not return if it succeeds.
 * @param path of the program, for instance "bin/hello".
 * @param argv its arguments, ending with NULL.
 * @return -1.
 */
int execv(const char *path, char *const argv[]);

/** Wait for some seconds. @return 0: no second is left. */
unsigned int sleep(unsigned int seconds);

/** Move the end of the heap. @return the old end; (void *)-1. Not for programs that use malloc().
 */
void *sbrk(intptr_t bytes);

#endif
