/**
 * @file
 * Measures two programs that give the processor to each other.
 *
 * A call of the parent goes to the child and back, which is two calls and two switches of the
 * address space. The child does nothing else, until its parent kills it. Both enter the kernel by
 * `int 0x80`, as other systems do, and then by `sysenter`. It owns no state.
 */
#include "measure.h"

static void yield(void)
{
    (void)cairn_yield();
}

/** Measure yielding between this program and a child, which uses the same way into the kernel. */
static void measure_pair(const char *name)
{
    int32_t partner = cairn_fork();
    if (partner == 0) {
        for (;;) {
            yield();
        }
    }
    require(partner > 0);
    measure(name, 10000, yield);
    require(cairn_kill(partner) == 0 && cairn_wait(partner, NULL) == partner);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    cairn_use_int80();
    measure_pair("yield.pair");
    if (cairn_use_sysenter()) {
        measure_pair("yield.pair_sysenter");
    }
    return EXIT_SUCCESS;
}
