/*
 * The shape of every function that makes a system call, by its number of arguments.
 *
 * Included by assembly files; the functions are in syscall.S and, for messages, message_calls.S.
 * Each loads its number and arguments into the registers of <cairn/syscall.h>, and calls the way
 * into the kernel that is in use, syscall_entry. The file owns no state.
 */
#include "offsets.h"

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

/*
 * A call with three arguments.
 *
 *     16(%esp)  third argument
 *     12(%esp)  second argument
 *      8(%esp)  first argument
 *      4(%esp)  return address
 *       (%esp)  caller's EBX
 */
        .macro  CALL_3 name, number
        .globl  \name
        .type   \name, @function
\name:
        pushl   %ebx
        movl    $\number, %eax
        movl    8(%esp), %ebx
        movl    12(%esp), %ecx
        movl    16(%esp), %edx
        call    *syscall_entry
        popl    %ebx
        ret
        .size   \name, . - \name
        .endm

/*
 * A call with four arguments.
 *
 *     24(%esp)  fourth argument
 *     20(%esp)  third argument
 *     16(%esp)  second argument
 *     12(%esp)  first argument
 *      8(%esp)  return address
 *      4(%esp)  caller's EBX
 *       (%esp)  caller's ESI
 */
        .macro  CALL_4 name, number
        .globl  \name
        .type   \name, @function
\name:
        pushl   %ebx
        pushl   %esi
        movl    $\number, %eax
        movl    12(%esp), %ebx
        movl    16(%esp), %ecx
        movl    20(%esp), %edx
        movl    24(%esp), %esi
        call    *syscall_entry
        popl    %esi
        popl    %ebx
        ret
        .size   \name, . - \name
        .endm

        .section .note.GNU-stack, "", @progbits
