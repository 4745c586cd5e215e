/*
 * System calls: the functions of <cairn.h>, and the ways into the kernel.
 *
 * The kernel takes the number in EAX and arguments in EBX, ECX, EDX and ESI, and returns its result
 * in EAX; ECX and EDX are lost (<cairn/syscall.h>). A C function must keep EBX, ESI, EDI and EBP for
 * its caller (System V i386 psABI, 2.2.1). The file owns no state; syscall_entry is entry.c's,
 * the macros are those of call_macros.S.
 */
#include "user/x86/call_macros.S"

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
 * void syscall_service(void);
 *
 *      16(%esp)  ESI    \
 *      12(%esp)  EDX     | the array of arguments
 *       8(%esp)  ECX     |
 *       4(%esp)  EBX    /
 *       (%esp)   address of that array, then number and return address below it
 *
 * In ring 0 a system call is a call of the kernel's service; kernel_services is entry.c's.
 */
        .globl  syscall_service
        .type   syscall_service, @function
syscall_service:
        pushl   %esi
        pushl   %edx
        pushl   %ecx
        pushl   %ebx
        pushl   %esp
        pushl   %eax
        movl    kernel_services, %eax
        call    *SERVICE_SYSTEM_CALL(%eax)
        addl    $24, %esp
        ret
        .size   syscall_service, . - syscall_service

/* The functions; their prototypes are in <cairn.h>. */
        CALL_0  cairn_getpid, SYS_GETPID
        CALL_0  cairn_getppid, SYS_GETPPID
        CALL_0  cairn_yield, SYS_YIELD
        CALL_2  cairn_spawn, SYS_SPAWN
        CALL_2  cairn_spawn_kernel, SYS_SPAWN_KERNEL
        CALL_2  cairn_grant, SYS_GRANT
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
