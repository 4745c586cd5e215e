/**
 * @file
 * The last step of the kernel's start, which is another one in each lab.
 *
 * kernel_main() sets up what all stages have and then calls start_system(), which src/stages.mk
 * takes from start_memory.c in lab 1 and from start_processes.c from lab 2 on. It owns no state.
 */
#ifndef KERNEL_START_H
#define KERNEL_START_H

#include "kernel/types.h"

/**
 * Run what this stage has to run; memory is set up, interrupts are off. Does not return.
 * @param line the kernel's command line.
 */
_Noreturn void start_system(const char *line);

/**
 * Start processes, as every stage from lab 2 on does. Does not return.
 * @param line the kernel's command line.
 * @param more sets up what a later stage adds: before the first process, or in it, when the tests
 *             of this stage have run; may be NULL.
 */
_Noreturn void start_processes(const char *line, void (*more)(const char *line));

#endif
