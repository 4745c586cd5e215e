/**
 * @file
 * Lists all processes.
 *
 * usage: ps
 *
 * The kernel is asked for one process after the other, by pid; a process that ends meanwhile is
 * simply not seen. Times are ticks of the clock. It owns no state.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>

#define STATE_NAME(constant, name) [constant] = (name),
static const char *const state_names[] = {PROCESS_STATES(STATE_NAME)};

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    puts("  pid parent ring state       ticks name");
    struct process_info info;
    for (int32_t pid = 0; (pid = cairn_process_info(pid, &info)) >= 0; pid++) {
        printf("%5d %6d %4d %-8s %8u %s\n", (int)info.pid, (int)info.parent,
               info.mode == PROCESS_USER ? 3 : 0, state_names[info.state], (unsigned)info.ticks,
               info.name);
    }
    return EXIT_SUCCESS;
}
