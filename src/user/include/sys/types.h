/**
 * @file
 * The types of POSIX that its other headers need.
 *
 * A pid is positive; -1 stands for an error, or for any process. The file owns no state. Programs
 * rarely include it themselves.
 */
#ifndef SYS_TYPES_H
#define SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

/** Identifies a process. */
typedef int32_t pid_t;

#endif
