/**
 * @file
 * The system calls of Cairn, as C functions for programs.
 *
 * Each function makes one call of <cairn/syscall.h>; a result below zero is a negated error of
 * <cairn/error.h>. <unistd.h> and <sys/wait.h> offer some of them under the names of POSIX.
 * A call enters the kernel by `sysenter` where the processor has it, otherwise by `int 0x80`;
 * cairn_use_int80() overrides that. The kernel and x86/entry.c own all state.
 */
#ifndef CAIRN_H
#define CAIRN_H

#include <cairn/error.h>
#include <cairn/process.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_services;

/** Makes the compiler complain when a result is not looked at. */
#define CAIRN_MUST_USE __attribute__((warn_unused_result))

/** @return the pid of this process. */
int32_t cairn_getpid(void);

/** @return the pid of this process's parent. */
int32_t cairn_getppid(void);

/** Let the others run. @return 0. */
int cairn_yield(void);

/**
 * Start a program as a new child.
 * @param path of the program, for instance "bin/hello".
 * @param argv its arguments, ending with NULL; argv[0] is its name.
 * @return the child's pid; -E_NOT_FOUND, -E_NOT_EXECUTABLE, -E_TOO_LONG (arguments), -E_FAULT,
 *         -E_AGAIN (too many processes), -E_NO_MEMORY.
 */
CAIRN_MUST_USE int32_t cairn_spawn(const char *path, char *const argv[]);

/**
 * Start a program in ring 0, from lab 3 on. Only the first process can, and whoever it has granted
 * PRIVILEGE_KERNEL (<cairn/message.h>).
 * @param path as for cairn_spawn().
 * @param argv as for cairn_spawn().
 * @return as cairn_spawn(); -E_ACCESS, -E_NO_CALL.
 */
CAIRN_MUST_USE int32_t cairn_spawn_kernel(const char *path, char *const argv[]);

/**
 * Give a privilege, from lab 3 on; only the first process can.
 * @param pid to whom.
 * @param privilege of enum privilege, or of enum well_known (<cairn/message.h>).
 * @return 0; -E_ACCESS, -E_NO_PROCESS, -E_NOT_FOUND, -E_NO_MEMORY, -E_NO_CALL.
 */
int cairn_grant(int32_t pid, uint32_t privilege);

/**
 * End this process. exit() of <stdlib.h> is the usual way.
 * @param status its low 8 bits are what the parent learns.
 */
_Noreturn void cairn_exit(int status);

/**
 * Copy this process.
 * @return the child's pid to the parent, 0 to the child; -E_AGAIN, -E_NO_MEMORY.
 */
CAIRN_MUST_USE int32_t cairn_fork(void);

/**
 * Replace this process's program. Does not return if it succeeds.
 * @param path as for cairn_spawn().
 * @param argv as for cairn_spawn().
 * @return the errors of cairn_spawn() but -E_AGAIN; then this program goes on.
 */
int cairn_exec(const char *path, char *const argv[]);

/**
 * Wait until a child has ended.
 * @param pid of the child, or WAIT_ANY.
 * @param status receives how it ended, for EXIT_KIND() and EXIT_CODE(); may be NULL.
 * @return the child's pid; -E_NO_CHILD if there is no such child (any more), -E_FAULT.
 */
int32_t cairn_wait(int32_t pid, int *status);

/**
 * End a process.
 * @param pid whom; may be this process.
 * @return 0; -E_NO_PROCESS; -E_INVALID for the first process and for what is no pid.
 */
int cairn_kill(int32_t pid);

/**
 * Wait for a time.
 * @param ticks at least that long; there are TICKS_PER_SECOND.
 * @return 0.
 */
int cairn_sleep(uint32_t ticks);

/**
 * Write to the console.
 * @param text any bytes.
 * @param size at most WRITE_MAX.
 * @return the number of bytes written; -E_FAULT; -E_INVALID for a larger size.
 */
int cairn_write(const char *text, size_t size);

/**
 * Move the end of the heap, the memory behind the program's variables, which is 0 at first.
 * @param bytes added, not negative; 0 asks where the end is.
 * @return the old end as an address, which casts to a pointer; taken as unsigned number, a value of
 *         SYSCALL_ERROR_FIRST (<cairn/syscall.h>) or above is -E_NO_MEMORY or -E_INVALID.
 */
CAIRN_MUST_USE uintptr_t cairn_grow(int32_t bytes);

/** @return ticks since the system started, modulo 2^32. */
uint32_t cairn_clock(void);

/**
 * Write an event `note` into the trace, for tests.
 * @param text any text.
 * @param size at most NOTE_MAX.
 * @return 0; -E_FAULT, -E_INVALID.
 */
int cairn_note(const char *text, size_t size);

/**
 * Learn about processes, one after the other.
 * @param pid where to look: the first process of this pid or a higher one.
 * @param info receives what is known about it.
 * @return its pid; -E_NO_PROCESS if there is none, -E_FAULT.
 */
CAIRN_MUST_USE int32_t cairn_process_info(int32_t pid, struct process_info *info);

/**
 * Learn how much memory there is.
 * @param info receives the figures.
 * @return 0; -E_FAULT.
 */
CAIRN_MUST_USE int cairn_memory_info(struct memory_info *info);

/** @return what the kernel offers to a program in ring 0; NULL in ring 3. */
const struct kernel_services *cairn_kernel_services(void);

/** Make all further calls by `int 0x80`. */
void cairn_use_int80(void);

/** Make all further calls by `sysenter`. @return whether the processor has it. */
bool cairn_use_sysenter(void);

/**
 * What a program is made of. Its result is passed to exit().
 * @param argc number of arguments, the program's name included.
 * @param argv the arguments; ends with NULL.
 * @return 0 if all went well, otherwise up to 255.
 */
int main(int argc, char *argv[]);

#endif
