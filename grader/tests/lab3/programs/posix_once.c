/**
 * @file
 * Makes one delegated call, whose error is the exit status.
 *
 * usage: posix_once ID [TICKS]
 *
 * The call closes something at the file system, the network or the loader, by ID from 1 to 3. With
 * TICKS, it must take at least so long, and not much longer. It owns no state.
 */
#include "posix_client.h"

/** Ticks that may be lost. */
#define PATIENCE 50u

int main(int argc, char *argv[])
{
    static const uint32_t numbers[] = {0, POSIX_CLOSE, POSIX_CLOSESOCKET, POSIX_DLCLOSE};
    CHECK(argc >= 2);
    const uint32_t ticks = argc > 2 ? number_of(argv[2]) : 0;
    const uint32_t start = cairn_clock();
    int32_t result = posix(numbers[number_of(argv[1])], 4, 0, 0);
    const uint32_t needed = cairn_clock() - start;
    if (argc > 2 && (needed < ticks || needed > ticks + PATIENCE)) {
        return 200;
    }
    return result > 0 ? 199 : -result;
}
