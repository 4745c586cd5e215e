/**
 * @file
 * Where the library begins, before main().
 *
 * The assembly of x86/start.S calls program_start() once. It owns no state. A program itself never
 * includes this file.
 */
#ifndef USER_LIB_START_H
#define USER_LIB_START_H

struct kernel_services;

/**
 * Prepare the library, run main(), and end the program with its result.
 * @param argc number of arguments.
 * @param argv the arguments; ends with NULL.
 * @param services what the kernel offers to a program in ring 0; NULL in ring 3.
 */
_Noreturn void program_start(int argc, char *argv[], const struct kernel_services *services);

#endif
