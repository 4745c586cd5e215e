/*
 * System calls: the functions of <cairn.h>, and the two ways into the kernel.
 *
 * The kernel takes the number in EAX and arguments in EBX, ECX, EDX and ESI, and returns its result
 * in EAX; ECX and EDX are lost (<cairn/syscall.h>). A C function must keep EBX, ESI, EDI and EBP for
 * its caller (System V i386 psABI, 2.2.1). The file owns no state; syscall_entry is entry.c's.
 */
#include "offsets.h"

        .text

/*
 * void syscall_int80(void);
 *
 *       (%esp)  return address
 *
 * Arguments and result are in registers, see above.
 */
        .globl  syscall_int80
        .type   syscall_int80, @function
syscall_int80:
        int     $SYSCALL_VECTOR_VALUE
        ret
        .size   syscall_int80, . - syscall_int80

/*
 * void syscall_sysenter(void);
 *
 *      8(%esp)  return address
 *      4(%esp)  caller's EDI
 *       (%esp)  caller's EBP      <- EBP, from which the kernel restores ESP
 *
 * The processor keeps neither EIP nor ESP (SDM 2B, SYSENTER), so EDI and EBP carry them.
 */
        .globl  syscall_sysenter
        .type   syscall_sysenter, @function
syscall_sysenter:
        pushl   %edi
        pushl   %ebp
        movl    $.Lreturn, %edi
        movl    %esp, %ebp
        sysenter
.Lreturn:
        popl    %ebp
        popl    %edi
        ret
        .size   syscall_sysenter, . - syscall_sysenter

/*
 * A call without arguments.
 *
 *       (%esp)  return address
 */
        .macro  CALL_0 name, number
        .globl  \name
        .type   \name, @function
\name:
        movl    $\number, %eax
        jmp     *syscall_entry
        .size   \name, . - \name
        .endm

/*
 * A call with one argument.
 *
 *      8(%esp)  first argument
 *      4(%esp)  return address
 *       (%esp)  caller's EBX
 */
        .macro  CALL_1 name, number
        .globl  \name
        .type   \name, @function
\name:
        pushl   %ebx
        movl    $\number, %eax
        movl    8(%esp), %ebx
        call    *syscall_entry
        popl    %ebx
        ret
        .size   \name, . - \name
        .endm

/*
 * A call with two arguments.
 *
 *     12(%esp)  second argument
 *      8(%esp)  first argument
 *      4(%esp)  return address
 *       (%esp)  caller's EBX
 */
        .macro  CALL_2 name, number
        .globl  \name
        .type   \name, @function
\name:
        pushl   %ebx
        movl    $\number, %eax
        movl    8(%esp), %ebx
        movl    12(%esp), %ecx
        call    *syscall_entry
        popl    %ebx
        ret
        .size   \name, . - \name
        .endm

/* The functions; their prototypes are in <cairn.h>. */
        CALL_0  cairn_getpid, SYS_GETPID
        CALL_0  cairn_getppid, SYS_GETPPID
        CALL_0  cairn_yield, SYS_YIELD
        CALL_2  cairn_spawn, SYS_SPAWN
        CALL_1  cairn_exit, SYS_EXIT
        CALL_0  cairn_fork, SYS_FORK
        CALL_2  cairn_exec, SYS_EXEC
        CALL_2  cairn_wait, SYS_WAIT
        CALL_1  cairn_kill, SYS_KILL
        CALL_1  cairn_sleep, SYS_SLEEP
        CALL_2  cairn_write, SYS_WRITE
        CALL_1  cairn_grow, SYS_GROW
        CALL_0  cairn_clock, SYS_CLOCK
        CALL_2  cairn_note, SYS_NOTE
        CALL_2  cairn_process_info, SYS_PROCESS_INFO
        CALL_1  cairn_memory_info, SYS_MEMORY_INFO

        .section .note.GNU-stack, "", @progbits
