/**
 * @file
 * Replaces itself by itself, and in the end by another program.
 *
 * usage: relay [RUNS]      (default: 3)
 *
 * Each run says which process it is and executes the next one, which has one run less to go; the
 * last run executes bin/hello. The pid is the same in all of them, because exec replaces the
 * program and keeps the process. It owns no state: what the next run has to know is its argument.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Bytes of a number as text, the final 0 included. */
#define NUMBER_MAX 12

int main(int argc, char *argv[])
{
    int runs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 3;
    printf("relay: I am process %d; runs to go: %d\n", getpid(), runs);
    if (runs > 1) {
        char number[NUMBER_MAX];
        (void)snprintf(number, sizeof(number), "%d", runs - 1);
        char *again[] = {"relay", number, NULL};
        (void)execv("bin/relay", again);
    } else {
        char *last[] = {"hello", NULL};
        (void)execv("bin/hello", last);
    }
    printf("relay: there is no next run: %s\n", strerror(errno));
    return EXIT_FAILURE;
}
