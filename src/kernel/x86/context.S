/*
 * Saved contexts: context_save() and context_restore(), declared in x86/cpu.h.
 *
 * A context holds what a C function must preserve for its caller (EBX, ESI, EDI, EBP, ESP), the
 * place to go on, and the flags, among them the interrupt flag. The caller owns it. Offsets into
 * struct cpu_context are CONTEXT_* in the generated offsets.h.
 */
#include "offsets.h"

        .text

/*
 * int context_save(struct cpu_context *context);
 *
 *       4(%esp)  context
 *       0(%esp)  return address: where the context goes on
 */
        .globl  context_save
        .type   context_save, @function
context_save:
        movl    4(%esp), %eax
        movl    %ebx, CONTEXT_EBX(%eax)
        movl    %esi, CONTEXT_ESI(%eax)
        movl    %edi, CONTEXT_EDI(%eax)
        movl    %ebp, CONTEXT_EBP(%eax)
        leal    4(%esp), %ecx           /* the stack after the return */
        movl    %ecx, CONTEXT_ESP(%eax)
        movl    (%esp), %ecx
        movl    %ecx, CONTEXT_EIP(%eax)
        pushfl
        popl    CONTEXT_EFLAGS(%eax)
        xorl    %eax, %eax
        ret
        .size   context_save, . - context_save

/*
 * _Noreturn void context_restore(const struct cpu_context *context);
 *
 *       4(%esp)  context
 *       0(%esp)  return address, never used: this stack is left behind
 */
        .globl  context_restore
        .type   context_restore, @function
context_restore:
        movl    4(%esp), %edx
        movl    CONTEXT_EBX(%edx), %ebx
        movl    CONTEXT_ESI(%edx), %esi
        movl    CONTEXT_EDI(%edx), %edi
        movl    CONTEXT_EBP(%edx), %ebp
        movl    CONTEXT_ESP(%edx), %esp
        movl    $1, %eax
        pushl   CONTEXT_EFLAGS(%edx)
        popfl
        jmp     *CONTEXT_EIP(%edx)
        .size   context_restore, . - context_restore

        .section .note.GNU-stack, "", @progbits
