/**
 * @file
 * Starting programs: from a path and arguments to a process that is ready.
 *
 * A program is loaded into a fresh address space: a guard, the stack with its arguments, its
 * segments, and an empty heap behind them. It owns no state. Sequence: fill in a struct
 * program_arguments; then program_spawn() for a new process, or program_load() and
 * program_install() for one that exists, as exec does. All functions are called with interrupts
 * off.
 */
#ifndef KERNEL_PROCESS_PROGRAM_H
#define KERNEL_PROCESS_PROGRAM_H

#include "kernel/process/process.h"
#include "kernel/process/user.h"

/** Arguments on their way into a program. */
struct program_arguments {
    uint32_t count;            /**< At most ARGUMENTS_MAX. */
    uint32_t size;             /**< Bytes of @p text that are used. */
    char text[ARGUMENT_BYTES]; /**< The arguments one after the other, each with its final 0. */
};

/** A program in a space of its own, which nothing uses yet. */
struct program {
    const struct initrd_file *file;
    struct space *space;     /**< Owned by whoever called program_load(). */
    uintptr_t entry;         /**< Address of the first instruction. */
    uintptr_t stack_pointer; /**< First value of ESP: argc lies there. */
    uintptr_t heap_start;    /**< First address behind the segments, a multiple of PAGE_SIZE. */
};

/**
 * Add an argument.
 * @param arguments start with all members 0.
 * @param text copied.
 * @return 0; -E_TOO_LONG if there is no room.
 */
MUST_USE int program_add_argument(struct program_arguments *arguments, const char *text);

/**
 * Read the arguments that a system call names.
 * @param arguments receives them.
 * @param argv where the process has its array of pointers, with a null pointer at the end.
 * @return 0; -E_FAULT; -E_TOO_LONG.
 */
MUST_USE int program_read_arguments(struct program_arguments *arguments, user_pointer argv);

/**
 * Load a program into a new space.
 * @param path of a file of the initial file system.
 * @param arguments for it.
 * @param program receives the result; undefined after an error.
 * @return 0; -E_NOT_FOUND, -E_NOT_EXECUTABLE, -E_NO_MEMORY; then nothing is lost.
 */
MUST_USE int program_load(const char *path, const struct program_arguments *arguments,
                          struct program *program);

/**
 * Make a program the one of a process: its name, space and heap. The space that the process had is
 * the caller's business.
 * @param process in any mode.
 * @param program from program_load(); its space belongs to the process from now on.
 */
void program_install(struct process *process, const struct program *program);

/**
 * Start a program in a new process, a child of the current one.
 * @param path as for program_load().
 * @param arguments for it.
 * @return the child's pid; the errors of program_load() and process_create().
 */
MUST_USE int program_spawn(const char *path, const struct program_arguments *arguments);

/**
 * Start a program in a new process of a mode.
 * @param path as for program_load().
 * @param arguments for it.
 * @param mode in which ring it will run.
 * @param prepare says where it begins: called with the process, its first instruction, and the
 *                first value of ESP (struct program).
 * @return as program_spawn().
 */
MUST_USE int program_spawn_as(const char *path, const struct program_arguments *arguments,
                              enum process_mode mode,
                              void (*prepare)(struct process *, uintptr_t, uintptr_t));

/**
 * Extend the heap of the current process, in whole pages.
 * @param bytes at least 0; 0 changes nothing.
 * @return the address at which the heap ended before; -E_INVALID for a process that is no program;
 *         -E_NO_MEMORY if addresses or free frames are fewer than asked for. The frames
 *         themselves come when the pages are touched; somebody else may have taken them by then.
 */
int32_t program_grow(uint32_t bytes);

#endif
