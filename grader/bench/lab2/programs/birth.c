/**
 * @file
 * Measures the life of a process, from its birth until its parent knows of its end.
 *
 * The child ends at once: after a fork by a call of its own, after spawn and exec by returning from
 * main(). The parent waits meanwhile. It owns no state.
 */
#include "measure.h"

static char *arguments[] = {"nothing", NULL};

/** Wait for a child, which must have ended well. */
static void wait_for(int32_t pid)
{
    int status;
    require(pid > 0 && cairn_wait(pid, &status) == pid && status == 0);
}

static void fork_exit_wait(void)
{
    int32_t pid = cairn_fork();
    if (pid == 0) {
        cairn_exit(0);
    }
    wait_for(pid);
}

static void spawn_exit_wait(void)
{
    wait_for(cairn_spawn("test/nothing", arguments));
}

static void fork_exec_exit_wait(void)
{
    int32_t pid = cairn_fork();
    if (pid == 0) {
        (void)cairn_exec("test/nothing", arguments);
        cairn_exit(EXIT_FAILURE);
    }
    wait_for(pid);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    measure("fork.exit.wait", 200, fork_exit_wait);
    measure("spawn.exit.wait", 200, spawn_exit_wait);
    measure("forkexec.exit.wait", 200, fork_exec_exit_wait);
    return EXIT_SUCCESS;
}
