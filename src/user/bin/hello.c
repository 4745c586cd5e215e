/**
 * @file
 * Greets the world and says who it is: the shortest program.
 *
 * usage: hello [WORD...]
 *
 * It shows that a program starts, gets its arguments, reaches the console and ends. It owns no
 * state. Its exit status is the number of words, so a parent can see that they arrived.
 */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    printf("hello: I am process %d, child of process %d\n", getpid(), getppid());
    for (int i = 1; i < argc; i++) {
        printf("hello: %s\n", argv[i]);
    }
    return argc - 1;
}
