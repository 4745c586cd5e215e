/**
 * @file
 * Why the last function with a POSIX name failed.
 *
 * Such a function returns -1 or NULL and leaves a positive number here; one that succeeds leaves it
 * alone. The names are those of POSIX for the errors of <cairn/error.h>. There is one errno, in
 * errno.c, as a process has one thread.
 */
#ifndef ERRNO_H
#define ERRNO_H

#include <cairn/error.h>

#define ENOENT    E_NOT_FOUND      /**< No such program. */
#define ESRCH     E_NO_PROCESS     /**< No such process. */
#define EINTR     E_INTERRUPTED    /**< Interrupted. */
#define E2BIG     E_TOO_LONG       /**< The arguments are too long. */
#define ENOEXEC   E_NOT_EXECUTABLE /**< Not an executable program. */
#define ECHILD    E_NO_CHILD       /**< No such child. */
#define EAGAIN    E_AGAIN          /**< Too many processes. */
#define ENOMEM    E_NO_MEMORY      /**< Out of memory. */
#define EFAULT    E_FAULT          /**< Bad address. */
#define EEXIST    E_EXISTS         /**< Already there. */
#define EINVAL    E_INVALID        /**< Invalid argument. */
#define ENOSPC    E_NO_SPACE       /**< A table is full. */
#define ERANGE    E_RANGE          /**< Out of range. */
#define ENOSYS    E_NO_CALL        /**< No such system call. */
#define ETIMEDOUT E_TIMED_OUT      /**< Timed out. */

/** The last error; 0 when the program starts. */
extern int errno;

#endif
