/**
 * @file
 * The numbers that programs' assembly and linker script share with C, written once, in C.
 *
 * This file is compiled to assembly text and never linked: the build turns each marked line into a
 * definition of the generated header offsets.h, which the .S files and user.ld include. It owns no
 * state.
 */
#include <cairn/kernel_services.h>
#include <cairn/process.h>
#include <cairn/syscall.h>

#include <stddef.h>

/** Emit one number under a name. */
#define DEFINE(name, value) __asm__ volatile(".ascii \"@define " #name " %c0\"" : : "i"(value))
/** Emit the number of a system call. */
#define DEFINE_CALL(constant, number, name) DEFINE(constant, number);

void offsets(void);

void offsets(void)
{
    CAIRN_SYSCALLS(DEFINE_CALL)
    DEFINE(SERVICE_SYSTEM_CALL, offsetof(struct kernel_services, system_call));
    DEFINE(SYSCALL_VECTOR_VALUE, SYSCALL_VECTOR);
    DEFINE(PROGRAM_BASE_VALUE, USER_PROGRAM_BASE);
}
