/**
 * @file
 * Forks, execs and exits at random.
 *
 * usage: programs_family SEED DEPTH [EXPECTED]
 *
 * It starts a few children by fork or spawn; some of them exec this program anew with a smaller
 * depth. Each child exits with a number that the parent knows in advance. EXPECTED is the number to
 * exit with. It owns the random numbers and a table that every child changes for itself.
 */
#include "../../programs/check.h"

#include <stdio.h>

#define CHILDREN 4

static uint32_t state;
static uint32_t table[3000];
static const char self[] = "test/programs_family";

static uint32_t below(uint32_t limit)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % limit;
}

/** Become this program anew, or start it. @return the child's pid. */
static int32_t begin(int32_t (*start)(const char *, char *const[]), int depth, int expected)
{
    char texts[3][12];
    char *argv[] = {"programs_family", texts[0], texts[1], texts[2], NULL};
    (void)snprintf(texts[0], sizeof(texts[0]), "%u", state >> 2);
    (void)snprintf(texts[1], sizeof(texts[1]), "%d", depth);
    (void)snprintf(texts[2], sizeof(texts[2]), "%d", expected);
    return start(self, argv);
}

/** Start a child that will exit with a certain number. */
static int32_t have_child(int depth, int expected)
{
    if (below(3) == 0) {
        return begin(cairn_spawn, depth, expected);
    }
    uint32_t word = below(3000);
    table[word] = 7;
    int32_t child = cairn_fork();
    if (child != 0) {
        table[word] = 8;
        return child;
    }
    CHECK(table[word] == 7);
    for (uint32_t i = 0; i < 3000; i += 100) {
        table[i] = (uint32_t)expected;
    }
    if (below(2) == 0) {
        (void)begin(cairn_exec, depth, expected);
        CHECK(false);
    }
    cairn_exit(expected);
}

/** Have children, and wait for each of them. */
static void have_family(int depth)
{
    int32_t children[CHILDREN];
    int expected[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        expected[i] = 100 + (int)below(100);
        children[i] = have_child(depth - 1, expected[i]);
        CHECK(children[i] > 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        CHECK(cairn_wait(children[i], &status) == children[i]);
        CHECK(status == EXIT_STATUS(EXIT_NORMAL, expected[i]));
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 3);
    state = number_of(argv[1]);
    int depth = (int)number_of(argv[2]);
    for (uint32_t i = 0; i < 3000; i++) {
        CHECK(table[i] == 0);
    }
    if (depth > 0) {
        have_family(depth);
    }
    CHECK(cairn_wait(WAIT_ANY, NULL) < 0);
    return argc == 4 ? (int)number_of(argv[3]) : 0;
}
