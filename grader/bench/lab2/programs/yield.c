/**
 * @file
 * Measures two programs that give the processor to each other.
 *
 * A call of the parent goes to the child and back, which is two calls and two switches of the
 * address space. The child does nothing else, until its parent kills it. It owns no state.
 */
#include "measure.h"

static void yield(void)
{
    (void)cairn_yield();
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    int32_t partner = cairn_fork();
    if (partner == 0) {
        for (;;) {
            yield();
        }
    }
    require(partner > 0);
    measure("yield.pair", 10000, yield);
    require(cairn_kill(partner) == 0 && cairn_wait(partner, NULL) == partner);
    return EXIT_SUCCESS;
}
