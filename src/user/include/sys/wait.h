/**
 * @file
 * Waiting for children, under the names of POSIX.
 *
 * A status says how the child ended: by itself (WIFEXITED), or not (WIFSIGNALED), that is, killed
 * or by an exception. Cairn has no signals; EXIT_KIND() of <cairn/process.h> tells these two apart.
 * The functions own no state.
 */
#ifndef SYS_WAIT_H
#define SYS_WAIT_H

#include <cairn/process.h>

#include <sys/types.h>

/** Whether the child ended by itself. */
#define WIFEXITED(status) (EXIT_KIND(status) == EXIT_NORMAL)
/** With WIFEXITED(): what it passed to exit(). */
#define WEXITSTATUS(status) EXIT_CODE(status)
/** Whether the child was killed or ended by an exception. */
#define WIFSIGNALED(status) (EXIT_KIND(status) != EXIT_NORMAL)

/** Wait for any child. @return the child's pid; -1 with errno ECHILD. */
pid_t wait(int *status);

/**
 * Wait for a child.
 * @param pid of the child; -1: any.
 * @param status receives how it ended; may be NULL.
 * @param options must be 0.
 * @return the child's pid; -1 with errno ECHILD or EINVAL.
 */
pid_t waitpid(pid_t pid, int *status, int options);

#endif
