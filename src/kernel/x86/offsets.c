/**
 * @file
 * The numbers that assembly shares with C, written once, in C.
 *
 * This file is compiled to assembly text and never linked: the build turns each marked line into a
 * definition of the generated header offsets.h, which the .S files include. It owns no state.
 */
#include "kernel/x86/cpu.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/stubs.h"
#include "kernel/x86/trap.h"

/** Emit one number under a name. */
#define DEFINE(name, value) __asm__ volatile(".ascii \"@define " #name " %c0\"" : : "i"(value))
/** Emit the offset of a structure's field. */
#define OFFSET(name, type, field) DEFINE(name, offsetof(struct type, field))

void offsets(void);

void offsets(void)
{
    OFFSET(TRAP_FRAME_EBP, trap_frame, ebp);
    OFFSET(TRAP_FRAME_EIP, trap_frame, eip);
    OFFSET(TRAP_FRAME_VECTOR, trap_frame, vector);
    DEFINE(TRAP_SYSCALL_VECTOR, TRAP_SYSCALL);
    DEFINE(TRAP_SYSENTER_VECTOR, TRAP_SYSENTER);
    DEFINE(TRAP_EFLAGS_PROGRAM, EFLAGS_PROGRAM);
    OFFSET(TASK_KERNEL_STACK, task_state, esp0);
    DEFINE(SELECTOR_USER_CODE_VALUE, SELECTOR_USER_CODE);
    DEFINE(SELECTOR_USER_DATA_VALUE, SELECTOR_USER_DATA);
    DEFINE(TRAP_EXCEPTIONS_COUNT, TRAP_EXCEPTIONS);
    DEFINE(TRAP_VECTORS_COUNT, TRAP_VECTORS);
    DEFINE(TRAP_STUB_SIZE, STUB_SIZE);
    DEFINE(TRAP_ERROR_CODE_MASK, STUB_ERROR_CODES);
    DEFINE(SELECTOR_KERNEL_CODE_VALUE, SELECTOR_KERNEL_CODE);
    DEFINE(SELECTOR_KERNEL_DATA_VALUE, SELECTOR_KERNEL_DATA);
    DEFINE(SELECTOR_TASK_VALUE, SELECTOR_TASK);
    OFFSET(CONTEXT_EBX, cpu_context, ebx);
    OFFSET(CONTEXT_ESI, cpu_context, esi);
    OFFSET(CONTEXT_EDI, cpu_context, edi);
    OFFSET(CONTEXT_EBP, cpu_context, ebp);
    OFFSET(CONTEXT_ESP, cpu_context, esp);
    OFFSET(CONTEXT_EIP, cpu_context, eip);
    OFFSET(CONTEXT_EFLAGS, cpu_context, eflags);
}
