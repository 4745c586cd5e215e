/*
 * The system calls of communication: the functions of <cairn_ipc.h>, and posix_call().
 *
 * See syscall.S, which has the ways into the kernel, and call_macros.S for what a function looks
 * like. The file owns no state.
 */
#include "user/x86/call_macros.S"

        .text

/* The functions; their prototypes are in <cairn_ipc.h>. */
        CALL_0  cairn_endpoint_create, SYS_ENDPOINT_CREATE
        CALL_4  cairn_endpoint_send, SYS_ENDPOINT_SEND
        CALL_3  cairn_endpoint_receive, SYS_ENDPOINT_RECEIVE
        CALL_1  cairn_handle_close, SYS_HANDLE_CLOSE
        CALL_4  cairn_call, SYS_CALL
        CALL_1  cairn_reply, SYS_REPLY
        CALL_3  cairn_reply_receive, SYS_REPLY_RECEIVE
        CALL_2  cairn_handle_duplicate, SYS_HANDLE_DUPLICATE
        CALL_2  cairn_endpoint_info, SYS_ENDPOINT_INFO
        CALL_4  cairn_send, SYS_SEND
        CALL_3  cairn_receive, SYS_RECEIVE
        CALL_0  cairn_notification_create, SYS_NOTIFICATION_CREATE
        CALL_2  cairn_notification_signal, SYS_NOTIFICATION_SIGNAL
        CALL_2  cairn_notification_wait, SYS_NOTIFICATION_WAIT
        CALL_1  cairn_memory_create, SYS_MEMORY_CREATE
        CALL_2  cairn_memory_map, SYS_MEMORY_MAP
        CALL_1  cairn_memory_unmap, SYS_MEMORY_UNMAP
        CALL_1  cairn_memory_size, SYS_MEMORY_SIZE
        CALL_2  cairn_name_register, SYS_NAME_REGISTER
        CALL_1  cairn_name_unregister, SYS_NAME_UNREGISTER
        CALL_2  cairn_name_lookup, SYS_NAME_LOOKUP
        CALL_3  cairn_name_list, SYS_NAME_LIST
        CALL_2  cairn_name_alias, SYS_NAME_ALIAS
        CALL_1  cairn_bind, SYS_BIND
        CALL_1  cairn_personality, SYS_PERSONALITY

/*
 * int32_t posix_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
 *
 *     28(%esp)  d
 *     24(%esp)  c
 *     20(%esp)  b
 *     16(%esp)  a
 *     12(%esp)  number
 *      8(%esp)  return address
 *      4(%esp)  caller's EBX
 *       (%esp)  caller's ESI
 *
 * Declared in <cairn_ipc.h>. Its number is an argument, since a program's personality says what it
 * means.
 */
        .globl  posix_call
        .type   posix_call, @function
posix_call:
        pushl   %ebx
        pushl   %esi
        movl    12(%esp), %eax
        movl    16(%esp), %ebx
        movl    20(%esp), %ecx
        movl    24(%esp), %edx
        movl    28(%esp), %esi
        call    *syscall_entry
        popl    %esi
        popl    %ebx
        ret
        .size   posix_call, . - posix_call

        .section .note.GNU-stack, "", @progbits
