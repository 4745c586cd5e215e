/**
 * @file
 * The system calls of the POSIX personality, most of which servers answer.
 *
 * A process that has chosen PERSONALITY_POSIX (SYS_PERSONALITY) makes these calls, in the same way
 * as native ones. Numbers and arguments are those of Linux on i386, so that its programs can run;
 * from POSIX_PRIVATE on there are calls that Linux does not have. The kernel packs a delegated call
 * as a request and sends it to the well-known endpoint of its range; the result is what the
 * server answers, or -E_NO_CALL if no server is bound, -E_IO if it ended, -E_TIMED_OUT if it needs
 * more than CALL_LIMIT ticks, -E_TOO_LONG if the request does not fit into a message. This file
 * owns no state.
 *
 * Source: Linux, arch/x86/entry/syscalls/syscall_32.tbl; include/uapi/linux/net.h.
 */
#ifndef CAIRN_POSIX_H
#define CAIRN_POSIX_H

/** The personalities that SYS_PERSONALITY can choose. */
enum personality {
    PERSONALITY_NATIVE, /**< The calls of <cairn/syscall.h>. */
    PERSONALITY_POSIX,  /**< The calls below; from lab 3 on. */
    PERSONALITIES,      /**< How many there are. */
};

/** Numbers from here on are Cairn's own. */
#define POSIX_PRIVATE 0x200

/**
 * The calls that are passed on as they are: CALL(constant, number, well-known endpoint, type).
 * Their arguments are those of the operation (<cairn/dialect.h>); `b` and `r` take two, address and
 * size.
 */
#define CAIRN_POSIX_DELEGATED(CALL)                                                                \
    CALL(POSIX_READ, 3, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_READ))                       \
    CALL(POSIX_WRITE, 4, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE))                     \
    CALL(POSIX_OPEN, 5, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_OPEN))                       \
    CALL(POSIX_CLOSE, 6, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_CLOSE))                     \
    CALL(POSIX_CREAT, 8, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_CREATE))                    \
    CALL(POSIX_UNLINK, 10, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_UNLINK))                  \
    CALL(POSIX_LSEEK, 19, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_SEEK))                     \
    CALL(POSIX_MKDIR, 39, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_MKDIR))                    \
    CALL(POSIX_RMDIR, 40, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_RMDIR))                    \
    CALL(POSIX_GETDENTS, 141, WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_READDIR))              \
    CALL(POSIX_DLOPEN, 0x200, WELL_KNOWN_LOADER, MESSAGE_TYPE(DIALECT_LOADER, LOADER_DLOPEN))      \
    CALL(POSIX_DLCLOSE, 0x201, WELL_KNOWN_LOADER, MESSAGE_TYPE(DIALECT_LOADER, LOADER_DLCLOSE))    \
    CALL(POSIX_DLSYM, 0x202, WELL_KNOWN_LOADER, MESSAGE_TYPE(DIALECT_LOADER, LOADER_DLSYM))        \
    CALL(POSIX_DLERROR, 0x203, WELL_KNOWN_LOADER, MESSAGE_TYPE(DIALECT_LOADER, LOADER_ERROR))      \
    CALL(POSIX_CLOSESOCKET, 0x210, WELL_KNOWN_NETWORK, MESSAGE_TYPE(DIALECT_NETWORK, NETWORK_CLOSE))

/** The enumerator of an entry. */
#define CAIRN_POSIX_ENUM(constant, number, endpoint, type) constant = (number),
/** Numbers of calls. */
enum posix_call {
    CAIRN_POSIX_DELEGATED(CAIRN_POSIX_ENUM)
    /* Answered by the kernel, as their native counterparts. */
    POSIX_EXIT = 1,
    POSIX_FORK = 2,
    POSIX_WAITPID = 7, /**< The options must be 0. */
    POSIX_EXECVE = 11, /**< The environment is not passed on. */
    POSIX_GETPID = 20,
    POSIX_KILL = 37, /**< Any signal ends the process. */
    POSIX_GETPPID = 64,
    POSIX_PERSONALITY = 136,
    POSIX_SCHED_YIELD = 158,
    /* Delegated, with arguments of another form. */
    POSIX_SOCKETCALL = 102, /**< enum posix_socket_call, and the address of its arguments. */
    POSIX_STAT = 106,       /**< A path, and room for POSIX_STAT_SIZE bytes. */
    POSIX_LIMIT = 0x211,    /**< One more than the highest number. */
};
#undef CAIRN_POSIX_ENUM

/** Bytes of Linux's struct stat on i386. */
#define POSIX_STAT_SIZE 64u

/** The calls that POSIX_SOCKETCALL stands for. */
enum posix_socket_call {
    POSIX_SOCKET = 1,
    POSIX_BIND = 2,
    POSIX_CONNECT = 3,
    POSIX_LISTEN = 4,
    POSIX_ACCEPT = 5, /**< The size of the address is in memory, and is updated. */
    POSIX_SEND = 9,
    POSIX_RECV = 10,
    POSIX_SETSOCKOPT = 14,
    POSIX_GETSOCKOPT = 15, /**< The size of the value is in memory, and is updated. */
};

#endif
