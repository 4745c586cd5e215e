/**
 * @file
 * The one list of errors that kernel and user programs share.
 *
 * Each error has a positive number, a name and a text; functions that can fail return the negated
 * number, so a result below zero is always an error and never data. This file owns no state. A
 * caller writes `int error = paging_map(...); if (error < 0) return error;` and a person reads the
 * text that error_text() finds for it. Numbers equal those of POSIX systems on i386 Linux where a
 * POSIX error of that name exists, so that they can be passed on unchanged.
 */
#ifndef CAIRN_ERROR_H
#define CAIRN_ERROR_H

/** Every error: ERROR(name, number, text). All other lists are generated from this one. */
#define CAIRN_ERRORS(ERROR)                                                                        \
    ERROR(E_NOT_FOUND, 2, "no such object")                                                        \
    ERROR(E_NO_PROCESS, 3, "no such process")                                                      \
    ERROR(E_INTERRUPTED, 4, "interrupted")                                                         \
    ERROR(E_IO, 5, "the other side is gone")                                                       \
    ERROR(E_TOO_LONG, 7, "text too long")                                                          \
    ERROR(E_NOT_EXECUTABLE, 8, "not an executable program")                                        \
    ERROR(E_BAD_HANDLE, 9, "bad handle")                                                           \
    ERROR(E_NO_CHILD, 10, "no child process")                                                      \
    ERROR(E_AGAIN, 11, "try again")                                                                \
    ERROR(E_NO_MEMORY, 12, "out of memory")                                                        \
    ERROR(E_ACCESS, 13, "permission denied")                                                       \
    ERROR(E_FAULT, 14, "bad address")                                                              \
    ERROR(E_EXISTS, 17, "already there")                                                           \
    ERROR(E_INVALID, 22, "invalid argument")                                                       \
    ERROR(E_NO_SPACE, 28, "table is full")                                                         \
    ERROR(E_RANGE, 34, "out of range")                                                             \
    ERROR(E_DEADLOCK, 35, "it would wait for itself")                                              \
    ERROR(E_NO_CALL, 38, "no such system call")                                                    \
    ERROR(E_LOOP, 40, "too many aliases")                                                          \
    ERROR(E_TIMED_OUT, 110, "timed out")

/** The enumerator of an entry. */
#define CAIRN_ERROR_ENUM(name, number, text) name = (number),
/** Error numbers; functions return them negated. */
enum error { CAIRN_ERRORS(CAIRN_ERROR_ENUM) };
#undef CAIRN_ERROR_ENUM

/**
 * The text of an error.
 * @param error an error as returned by a function (negative) or as listed (positive).
 * @return a static string; "unknown error" for a number that is not in the list.
 */
const char *error_text(int error);

#endif
