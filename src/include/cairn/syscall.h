/**
 * @file
 * System calls: their numbers, and how a program makes one.
 *
 * A call is `int 0x80` or, where the processor has it, `sysenter`; both mean the same. The number
 * is in EAX, up to four arguments in EBX, ECX, EDX and ESI, the result in EAX: a value of
 * SYSCALL_ERROR_FIRST or above is a negated error of <cairn/error.h>. ECX and EDX are lost, all
 * other registers are kept. With `sysenter`, EDI holds the address at which the program goes on and
 * EBP its stack pointer, since the processor saves neither. This file owns no state; the numbers up
 * to 0x1F keep the values of older kernels.
 *
 * Source: Intel SDM volume 2B, SYSENTER and SYSEXIT.
 */
#ifndef CAIRN_SYSCALL_H
#define CAIRN_SYSCALL_H

/** The vector of the software interrupt. */
#define SYSCALL_VECTOR 0x80
/** Arguments that a call can have. */
#define SYSCALL_ARGUMENTS 4
/** Results from here on, taken as unsigned numbers, are errors. */
#define SYSCALL_ERROR_FIRST 0xFFFFF001u

/**
 * Every call: CALL(constant, number, name in the trace). What each expects and returns is declared
 * in the user library (src/user/include/cairn.h) and implemented in src/kernel/process/calls.c.
 */
#define CAIRN_SYSCALLS(CALL)                                                                       \
    CALL(SYS_SEND, 0x01, "send")                                                                   \
    CALL(SYS_RECEIVE, 0x02, "receive")                                                             \
    CALL(SYS_GETPID, 0x05, "getpid")                                                               \
    CALL(SYS_YIELD, 0x06, "yield")                                                                 \
    CALL(SYS_SPAWN, 0x07, "spawn")                                                                 \
    CALL(SYS_EXIT, 0x08, "exit")                                                                   \
    CALL(SYS_ENDPOINT_CREATE, 0x10, "endpoint_create")                                             \
    CALL(SYS_ENDPOINT_SEND, 0x11, "endpoint_send")                                                 \
    CALL(SYS_ENDPOINT_RECEIVE, 0x12, "endpoint_receive")                                           \
    CALL(SYS_HANDLE_CLOSE, 0x13, "handle_close")                                                   \
    CALL(SYS_CALL, 0x14, "call")                                                                   \
    CALL(SYS_REPLY, 0x15, "reply")                                                                 \
    CALL(SYS_REPLY_RECEIVE, 0x16, "reply_receive")                                                 \
    CALL(SYS_HANDLE_DUPLICATE, 0x17, "handle_duplicate")                                           \
    CALL(SYS_ENDPOINT_INFO, 0x18, "endpoint_info")                                                 \
    CALL(SYS_NOTIFICATION_CREATE, 0x19, "notification_create")                                     \
    CALL(SYS_NOTIFICATION_SIGNAL, 0x1A, "notification_signal")                                     \
    CALL(SYS_NOTIFICATION_WAIT, 0x1B, "notification_wait")                                         \
    CALL(SYS_FORK, 0x20, "fork")                                                                   \
    CALL(SYS_EXEC, 0x21, "exec")                                                                   \
    CALL(SYS_WAIT, 0x22, "wait")                                                                   \
    CALL(SYS_KILL, 0x23, "kill")                                                                   \
    CALL(SYS_SLEEP, 0x24, "sleep")                                                                 \
    CALL(SYS_WRITE, 0x25, "write")                                                                 \
    CALL(SYS_GROW, 0x26, "grow")                                                                   \
    CALL(SYS_CLOCK, 0x27, "clock")                                                                 \
    CALL(SYS_NOTE, 0x28, "note")                                                                   \
    CALL(SYS_GETPPID, 0x29, "getppid")                                                             \
    CALL(SYS_PROCESS_INFO, 0x2A, "process_info")                                                   \
    CALL(SYS_MEMORY_INFO, 0x2B, "memory_info")                                                     \
    CALL(SYS_PERSONALITY, 0x2C, "personality")                                                     \
    CALL(SYS_SPAWN_KERNEL, 0x2D, "spawn_kernel")                                                   \
    CALL(SYS_NAME_REGISTER, 0x30, "name_register")                                                 \
    CALL(SYS_NAME_UNREGISTER, 0x31, "name_unregister")                                             \
    CALL(SYS_NAME_LOOKUP, 0x32, "name_lookup")                                                     \
    CALL(SYS_NAME_LIST, 0x33, "name_list")                                                         \
    CALL(SYS_NAME_ALIAS, 0x34, "name_alias")                                                       \
    CALL(SYS_BIND, 0x38, "bind")                                                                   \
    CALL(SYS_GRANT, 0x39, "grant")                                                                 \
    CALL(SYS_MEMORY_CREATE, 0x109, "memory_create")                                                \
    CALL(SYS_MEMORY_MAP, 0x10A, "memory_map")                                                      \
    CALL(SYS_MEMORY_UNMAP, 0x10B, "memory_unmap")                                                  \
    CALL(SYS_MEMORY_SIZE, 0x10D, "memory_size")

/** The enumerator of an entry. */
#define CAIRN_SYSCALL_ENUM(constant, number, name) constant = (number),
/** Numbers of system calls. */
enum syscall_number {
    CAIRN_SYSCALLS(CAIRN_SYSCALL_ENUM)
    /** One more than the highest number. */
    SYSCALL_LIMIT
};
#undef CAIRN_SYSCALL_ENUM

#endif
