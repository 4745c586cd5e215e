/**
 * @file
 * Forks often: one after the other, in a tree, in a chain, or as many as there can be.
 *
 * usage: crowd loop|tree|chain|many NUMBER
 *        crowd bomb|explode
 *
 * Children tell their parents numbers by their exit statuses, from which the parent sees that all
 * of them were there. It owns a few words, which every child changes for itself.
 */
#include "check.h"

#include <cairn/error.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 3000u

static uint32_t words[WORDS] = {1};

/** Wait for a child. @return its exit status. */
static int status_of(int32_t child)
{
    int status = -1;
    CHECK(cairn_wait(child, &status) == child);
    return status;
}

static void fork_loop(int count)
{
    for (int i = 0; i < count; i++) {
        int32_t child = cairn_fork();
        CHECK(child >= 0);
        if (child == 0) {
            words[0] += (uint32_t)i;
            cairn_exit((int)words[0]);
        }
        CHECK(status_of(child) == EXIT_STATUS(EXIT_NORMAL, (int)words[0] + i));
    }
}

/** Two children, who have two each, and so on. @return the number of processes below, and this. */
// NOLINTNEXTLINE(misc-no-recursion): a tree is what is tested
static int fork_tree(int depth)
{
    int count = 1;
    int32_t children[2];
    for (int i = 0; i < 2 && depth > 0; i++) {
        words[1] = (uint32_t)(depth * 2 + i);
        children[i] = cairn_fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            CHECK(words[1] == (uint32_t)(depth * 2 + i));
            cairn_exit(fork_tree(depth - 1));
        }
    }
    for (int i = 0; i < 2 && depth > 0; i++) {
        count += EXIT_CODE(status_of(children[i]));
    }
    return count;
}

/** A child, who has a child, and so on. @return the length of the chain. */
// NOLINTNEXTLINE(misc-no-recursion): a chain is what is tested
static int fork_chain(int length)
{
    if (length == 0) {
        return 0;
    }
    words[length] = (uint32_t)length;
    int32_t child = cairn_fork();
    CHECK(child >= 0);
    if (child == 0) {
        CHECK(words[length] == (uint32_t)length);
        cairn_exit(fork_chain(length - 1));
    }
    return 1 + EXIT_CODE(status_of(child));
}

/** Kill a child that sleeps; if memory is used up, a write may have ended it already. */
static void kill_child(int32_t child, bool starved)
{
    int32_t error = cairn_kill(child);
    CHECK(error == 0 || (starved && error == -E_NO_PROCESS));
    int32_t status = status_of(child);
    CHECK(status == EXIT_STATUS(EXIT_KILLED, 0) || (error != 0 && EXIT_KIND(status) == EXIT_FAULT));
}

/** Have sleeping children, at most some; then kill them all. @return how many they were. */
static int32_t fork_sleepers(int32_t most)
{
    int32_t *children = malloc(((uint32_t)most + 1) * sizeof(*children));
    int32_t count = 0;
    CHECK(children != NULL);
    memset(children, 0, (uint32_t)most * sizeof(*children));
    for (; count < most; count++) {
        children[count] = cairn_fork();
        if (children[count] == 0) {
            (void)cairn_sleep(0x7FFFFFFF);
            cairn_exit(99);
        }
        if (children[count] < 0) {
            CHECK(children[count] == -E_NO_MEMORY || children[count] == -E_AGAIN);
            break;
        }
    }
    (void)cairn_note("all", 3);
    for (int32_t i = 0; i < count; i++) {
        kill_child(children[i], count < most);
    }
    CHECK(cairn_wait(WAIT_ANY, NULL) == -E_NO_CHILD);
    free(children);
    return count;
}

/** Fork without end, in every child too, until each gets an error; then all exit. */
static void explode(void)
{
    for (int i = 0; i < 12; i++) {
        if (cairn_fork() < 0) {
            break;
        }
    }
    while (cairn_wait(WAIT_ANY, NULL) > 0) {
    }
}

/** What each word means. */
static void act(const char *word, int number)
{
    switch (word[0]) {
    case 'l':
        fork_loop(number);
        break;
    case 't':
        CHECK(fork_tree(number) == (2 << number) - 1);
        break;
    case 'c':
        CHECK(fork_chain(number) == number);
        break;
    case 'm':
        CHECK(fork_sleepers(number) == number);
        break;
    case 'b':
        CHECK(fork_sleepers(20000) > 50);
        break;
    default:
        explode();
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    act(argv[1], argc > 2 ? (int)number_of(argv[2]) : 0);
    return 0;
}
