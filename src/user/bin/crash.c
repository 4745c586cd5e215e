/**
 * @file
 * Does what a program must not do, so that one sees how the kernel ends it.
 *
 * usage: crash [KIND]
 *
 * Without an argument it starts itself once for every kind, one after the other, and says how each
 * child ended; its exit status is 0 if an exception ended all of them. Nobody else notices: that is
 * what address spaces and ring 3 are for. It owns no state.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/x86/privileged.h"

/** An address in the kernel's half. */
#define KERNEL_ADDRESS 0x100000

/** @return an address as a pointer; the compiler does not see where it leads. */
static volatile int *pointer_to(uintptr_t address)
{
    volatile uintptr_t hidden = address;
    return (volatile int *)hidden;
}

static void read_null(void)
{
    (void)*pointer_to(0);
}

static void read_kernel(void)
{
    (void)*pointer_to(KERNEL_ADDRESS);
}

static void write_text(void)
{
    *pointer_to((uintptr_t)main) = 0;
}

static void call_null(void)
{
    ((void (*)(void))pointer_to(0))();
}

static void divide(void)
{
    volatile int quotient = 100 / (int)strtol("0", NULL, 10);
    (void)quotient;
}

/** Call itself without end, which the compiler does not see. */
static void recurse(void) // NOLINT(misc-no-recursion)
{
    volatile char local[1024] = {0};
    if (local[0] == 0) {
        recurse();
    }
    local[1] = local[0];
}

/** A way to crash. */
struct kind {
    const char *name;
    const char *what;
    void (*act)(void);
};

static const struct kind kinds[] = {
    {"null", "reads address 0", read_null},
    {"kernel", "reads the kernel's memory", read_kernel},
    {"write-text", "writes to its own code", write_text},
    {"jump", "calls address 0", call_null},
    {"stack", "calls itself without end", recurse},
    {"divide", "divides by 0", divide},
    {"privileged", "turns interrupts off", privileged_instruction},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/** Crash in one way. */
static int crash(const char *name)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            printf("crash: process %d %s\n", (int)cairn_getpid(), kinds[i].what);
            kinds[i].act();
            printf("crash: process %d is still alive\n", (int)cairn_getpid());
            return EXIT_FAILURE;
        }
    }
    printf("crash: there is no kind \"%s\"\n", name);
    return EXIT_FAILURE;
}

/** Let a child crash. @return whether an exception ended it. */
static bool watch(const struct kind *kind)
{
    char *arguments[] = {"crash", (char *)kind->name, NULL};
    int32_t child = cairn_spawn("bin/crash", arguments);
    int status;
    if (child < 0 || cairn_wait(child, &status) != child) {
        printf("crash: no child for %s: %s\n", kind->name, strerror((int)child));
        return false;
    }
    bool fault = EXIT_KIND(status) == EXIT_FAULT;
    printf("crash: process %d ended %s %d\n", (int)child,
           fault ? "by exception" : "WRONGLY, with status", EXIT_CODE(status));
    return fault;
}

int main(int argc, char *argv[])
{
    if (argc > 1) {
        return crash(argv[1]);
    }
    int result = EXIT_SUCCESS;
    for (size_t i = 0; i < KINDS; i++) {
        if (!watch(&kinds[i])) {
            result = EXIT_FAILURE;
        }
    }
    return result;
}
