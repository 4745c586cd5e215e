/**
 * @file
 * Forks a family of processes and waits for all of them.
 *
 * usage: family [GENERATIONS]      (default: 2)
 *
 * Every process has CHILDREN children down to the last generation, says who it is, and ends with
 * the number of its descendants and itself as status; so the first one can tell whether any was
 * lost. No process owns state that another one can see: after fork() each has its own memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** Children of each process. */
#define CHILDREN 2

/** Have children, who have children of their own. A child returns, too, when it has all of its. */
static void raise_family(int generations)
{
    for (int i = 0; i < CHILDREN && generations > 0; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            printf("family: process %d cannot have a child: %s\n", getpid(), strerror(errno));
        } else if (pid == 0) {
            generations--;
            i = -1;
            printf("family: process %d is a child of process %d; generations to come: %d\n",
                   getpid(), getppid(), generations);
        }
    }
}

/** Wait for all children. @return the number of descendants that reported. */
static int gather_family(void)
{
    int members = 0;
    for (int status; wait(&status) > 0;) {
        members += WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    }
    return members;
}

int main(int argc, char *argv[])
{
    int generations = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 2;
    int expected = 1;
    for (int i = 0; i < generations; i++) {
        expected = expected * CHILDREN + 1;
    }
    pid_t first = getpid();
    raise_family(generations);
    int members = gather_family() + 1;
    if (getpid() != first) {
        return members;
    }
    printf("family: %d of %d processes have reported\n", members, expected);
    return members == expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
