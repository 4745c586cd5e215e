/**
 * @file
 * Kernel-mode programs: the same files as other programs, in ring 0.
 *
 * Such a process has mode PROCESS_KERNEL and a space of its own. Its stack is its kernel stack,
 * because in ring 0 the processor pushes a trap frame where ESP points, and so that page must be
 * there. Sequence: kernel_program_spawn(); the program enters at its first instruction and calls
 * the functions of struct kernel_services, of which the table is in services.c. The implementation
 * is the student's (lab 3, exercise 6: labs/lab3-ipc/kernel_program.c).
 *
 * The functions named service_... are called by programs, with interrupts on or off, and return
 * with the interrupt flag as it was. What they do is done with interrupts off, like everything in
 * the kernel.
 */
#ifndef KERNEL_IPC_KERNEL_PROGRAM_H
#define KERNEL_IPC_KERNEL_PROGRAM_H

#include "kernel/process/process.h"
#include "kernel/process/program.h"

#include <cairn/kernel_services.h>

/** Bytes that read_space and write_space carry from one space to another at a time. */
#define CARRY_MAX 256u

/** The table that programs get. Given: services.c. */
extern const struct kernel_services kernel_services;

/**
 * Let a program begin in ring 0 (exercise lab3.ex6): context_switch() shall return to
 * program_entry (x86/program_entry.h), which expects the table of services in EBX, the words of
 * argc and argv in ESI and the first instruction in EDI.
 * @param process new, in kernel mode; its space is set (both are asserted).
 * @param entry address of the first instruction.
 * @param words address of argc, behind which the pointers of argv lie.
 */
void kernel_program_prepare(struct process *process, uintptr_t entry, uintptr_t words);

/**
 * Start a program in ring 0 as a child of the current process (exercise lab3.ex6).
 * @param path as for program_load().
 * @param arguments for it.
 * @return as program_spawn().
 */
MUST_USE int kernel_program_spawn(const char *path, const struct program_arguments *arguments);

/** The system call of struct kernel_services (exercise lab3.ex6), by syscall_handle(). */
int32_t service_system_call(uint32_t number, const uint32_t *arguments);

/** read_space of struct kernel_services (exercise lab3.ex6). */
int32_t service_read_space(int32_t pid, void *to, uint32_t from, uint32_t size);

/** write_space of struct kernel_services (exercise lab3.ex6). */
int32_t service_write_space(int32_t pid, uint32_t to, const void *from, uint32_t size);

/** sleep of struct kernel_services (exercise lab3.ex6): REASON_EVENT, in no queue. */
int32_t service_sleep(uint32_t ticks);

/** wake of struct kernel_services (exercise lab3.ex6). */
int32_t service_wake(int32_t pid);

#endif
