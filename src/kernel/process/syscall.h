/**
 * @file
 * System calls: from the trap to the function that acts.
 *
 * Entered through vector 0x80 or by SYSENTER, with interrupts off; either way there is a
 * struct trap_frame. syscall_dispatch() finds the handler in the table of the process's
 * personality, calls it, and puts the result into EAX. The dispatcher is the student's (lab 2,
 * exercise 5: labs/lab2-processes/syscall.c); the table and its handlers are given (calls.c). It
 * owns no state.
 */
#ifndef KERNEL_PROCESS_SYSCALL_H
#define KERNEL_PROCESS_SYSCALL_H

#include "kernel/process/process.h"

#include <cairn/syscall.h>

struct program_arguments;
struct trap_frame;

/**
 * Act on a call. Runs with interrupts off, on the kernel stack of the current process.
 * @param arguments SYSCALL_ARGUMENTS words, as the caller passed them: anything is possible.
 * @return the result, or a negative error.
 */
typedef int32_t syscall_handler(const uint32_t *arguments);

/** The calls of one personality. */
struct syscall_table {
    uint32_t count;                   /**< Numbers from 0 up to, but without, this. */
    syscall_handler *const *handlers; /**< By number; NULL: there is no such call. */
};

/** The tables, by personality. Later labs add to them before the first process starts. */
extern struct syscall_table syscall_tables[];

/**
 * Add a native system call. Given.
 * @param number of enum syscall_number; nobody handles it yet.
 * @param handler acts on it.
 */
void syscall_provide(uint32_t number, syscall_handler *handler);

/**
 * Execute a system call (exercise lab2.ex5).
 * @param frame the caller's registers: the number in EAX, arguments in EBX, ECX, EDX, ESI. EAX
 *              receives the result, -E_NO_CALL for a number without a handler. No other register
 *              changes here.
 */
void syscall_dispatch(struct trap_frame *frame);

/**
 * Execute a call of kernel code, as if a trap had brought it. Given.
 * @param number as in EAX.
 * @param arguments SYSCALL_ARGUMENTS words, as in EBX, ECX, EDX and ESI.
 * @return what EAX would receive.
 */
int32_t syscall_handle(uint32_t number, const uint32_t *arguments);

/**
 * Read a path and an argv from a program, and do something with them. Given.
 * @param arguments of a system call: the addresses of both.
 * @param act what to do.
 * @return the result of @p act; an error of reading.
 */
int32_t syscall_with_program(const uint32_t *arguments,
                             int (*act)(const char *, const struct program_arguments *));

/** Make vector 0x80 and SYSENTER lead to syscall_dispatch(). Given. */
void syscall_init(void);

#endif
