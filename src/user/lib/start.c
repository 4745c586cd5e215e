/**
 * @file
 * The way from the first instruction to main(); see start.h.
 *
 * It owns no state. First the library finds out how to make system calls; then main() may do
 * anything. Whatever main() returns ends the program.
 */
#include "user/lib/start.h"

#include "user/x86/entry.h"

#include <cairn.h>
#include <stdlib.h>

_Noreturn void program_start(int argc, char *argv[], const struct kernel_services *services)
{
    syscall_init(services);
    exit(main(argc, argv));
}
