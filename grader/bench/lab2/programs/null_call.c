/**
 * @file
 * Measures the smallest system call, by both ways into the kernel.
 *
 * A call of getpid does nothing but read one word, so this is the cost of entering and leaving the
 * kernel. It owns no state.
 */
#include "measure.h"

static void null_call(void)
{
    (void)cairn_getpid();
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    cairn_use_int80();
    measure("syscall.null.int80", 10000, null_call);
    if (cairn_use_sysenter()) {
        measure("syscall.null.sysenter", 10000, null_call);
    }
    return EXIT_SUCCESS;
}
