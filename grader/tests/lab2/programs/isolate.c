/**
 * @file
 * Keeps a value in many places while others run.
 *
 * usage: isolate yield|sleep|work NUMBER
 *
 * Several such programs run at once, with different numbers at the same addresses. Each gives the
 * processor away by yielding or sleeping, or has it taken away while it works. It owns its values.
 */
#include "check.h"

#include <stdlib.h>

#define VALUES 3000u
#define ROUNDS 12

static uint32_t in_data = 5;
static uint32_t in_bss[VALUES];

static void pause(char way)
{
    switch (way) {
    case 'y':
        (void)cairn_yield();
        break;
    case 's':
        (void)cairn_sleep(2);
        break;
    default:
        for (volatile int i = 0; i < 20000; i++) {
        }
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc == 3);
    uint32_t number = number_of(argv[2]);
    int32_t pid = cairn_getpid();
    uint32_t *heap = malloc(VALUES * sizeof(*heap));
    CHECK(heap != NULL && in_data == 5);
    in_data = number;
    for (uint32_t i = 0; i < VALUES; i++) {
        CHECK(in_bss[i] == 0);
        in_bss[i] = number + i;
        heap[i] = number - i;
    }
    for (int round = 0; round < ROUNDS; round++) {
        pause(argv[1][0]);
        CHECK(in_data == number && cairn_getpid() == pid);
        for (uint32_t i = 0; i < VALUES; i++) {
            CHECK(in_bss[i] == number + i && heap[i] == number - i);
        }
    }
    return 0;
}
