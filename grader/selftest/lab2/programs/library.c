/**
 * @file
 * Tests the library of programs in a running system.
 *
 * What does not hold is printed with its line; the exit status is 1 if anything was. Every system
 * call is made by both ways into the kernel. The parts of the library that need no kernel are
 * tested on the host, in grader/host/. It owns the count of failures.
 */
#include "lib/random.h"

#include <cairn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** An address in the kernel's half. */
#define KERNEL_ADDRESS 0x100000

static int failures;

#define CHECK(condition) check((condition), #condition, __LINE__)

static void check(bool holds, const char *condition, int line)
{
    if (!holds) {
        printf("library: %s is false (line %d)\n", condition, line);
        failures++;
    }
}

/** Wait for a child that must end in one way. */
static void expect(int32_t child, int status)
{
    int actual = -1;
    CHECK(child > 0 && cairn_wait(child, &actual) == child);
    CHECK(actual == status);
}

static void test_children(void)
{
    char *arguments[] = {"hello", "one", "two", NULL};
    CHECK(cairn_wait(WAIT_ANY, NULL) == -E_NO_CHILD);
    int32_t child = cairn_fork();
    if (child == 0) {
        cairn_exit(0x1234);
    }
    expect(child, EXIT_STATUS(EXIT_NORMAL, 0x34));
    child = cairn_fork();
    if (child == 0) {
        for (;;) {
            (void)cairn_yield();
        }
    }
    CHECK(cairn_kill(child) == 0);
    expect(child, EXIT_STATUS(EXIT_KILLED, 0));
    child = cairn_fork();
    if (child == 0) {
        exit(cairn_exec("bin/hello", arguments));
    }
    expect(child, EXIT_STATUS(EXIT_NORMAL, 2));
    expect(cairn_spawn("bin/hello", arguments), EXIT_STATUS(EXIT_NORMAL, 2));
}

static void test_errors(void)
{
    char *arguments[] = {"none", NULL};
    CHECK(cairn_spawn("bin/none", arguments) == -E_NOT_FOUND);
    CHECK(cairn_spawn((const char *)KERNEL_ADDRESS, arguments) == -E_FAULT);
    CHECK(cairn_kill(PROCESS_NAME_MAX << 16) == -E_NO_PROCESS);
    CHECK(cairn_write(NULL, 1) == -E_FAULT);
    CHECK(cairn_write("", WRITE_MAX + 1) == -E_INVALID);
    CHECK(cairn_note("", NOTE_MAX + 1) == -E_INVALID);
    CHECK(cairn_memory_info((struct memory_info *)KERNEL_ADDRESS) == -E_FAULT);
}

static void test_information(void)
{
    struct memory_info memory;
    struct process_info process;
    CHECK(cairn_memory_info(&memory) == 0 && memory.frames_free < memory.frames_total);
    CHECK(cairn_process_info(cairn_getpid(), &process) == cairn_getpid());
    CHECK(process.parent == cairn_getppid() && process.state == PROCESS_RUNNING);
    uint32_t start = cairn_clock();
    CHECK(cairn_sleep(20) == 0 && cairn_clock() - start >= 20);
    CHECK(cairn_note("library", 7) == 0);
    uintptr_t end = cairn_grow(0);
    CHECK(cairn_grow(5000) == end && cairn_grow(0) == end + 5000);
    memset((void *)end, 1, 5000);
}

/** The same calls by whichever way into the kernel is in use. */
static void test_calls(void)
{
    test_children();
    test_errors();
    test_information();
}

static void test_posix(void)
{
    char *arguments[] = {"none", NULL};
    errno = 0;
    CHECK(execv("bin/none", arguments) == -1 && errno == ENOENT);
    CHECK(waitpid(1, NULL, 0) == -1 && errno == ECHILD);
    CHECK(waitpid(-1, NULL, 1) == -1 && errno == EINVAL);
    CHECK(strcmp(strerror(ECHILD), strerror(-E_NO_CHILD)) == 0);
    CHECK(sbrk(-1) == (void *)-1 && errno == EINVAL);
    CHECK(sbrk(0) == (void *)cairn_grow(0));
    pid_t child = fork();
    if (child == 0) {
        abort();
    }
    int status;
    CHECK(wait(&status) == child && WIFSIGNALED(status) && !WIFEXITED(status));
}

static void test_memory(void)
{
    enum { AREAS = 100, STEPS = 5000 };
    char *areas[AREAS] = {NULL};
    struct random random;
    random_seed(&random, 1);
    for (int step = 0; step < STEPS; step++) {
        int i = (int)(random_next(&random) % AREAS);
        size_t size = random_next(&random) % 3000 + 1;
        CHECK(areas[i] == NULL || *areas[i] == (char)i);
        areas[i] = realloc(areas[i], size);
        if (areas[i] == NULL) {
            CHECK(!"out of memory");
            return;
        }
        memset(areas[i], i, size);
    }
    for (int i = 0; i < AREAS; i++) {
        free(areas[i]);
    }
    pid_t child = fork();
    if (child == 0) {
        free(areas[0]);
        exit(0);
    }
    expect(child, EXIT_STATUS(EXIT_KILLED, 0));
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    cairn_use_int80();
    test_calls();
    bool fast = cairn_use_sysenter();
    if (fast) {
        test_calls();
    }
    test_posix();
    test_memory();
    printf("library: %s, failures: %d\n", fast ? "both ways" : "int 0x80 only", failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
