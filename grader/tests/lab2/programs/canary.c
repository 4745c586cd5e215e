/**
 * @file
 * Notices when something touches what is its own alone.
 *
 * It fills memory of every kind and floating-point registers with known values, and then looks at
 * them again and again, until it is killed. A value that has changed ends it with the number of a
 * line. The pattern in an area depends on its address, so that areas cannot be mixed up.
 */
#include "check.h"

#include <cairn/syscall.h>

#define AREA 8000u
#define BIAS 0x9E3779B9u

static uint32_t data[AREA / 4] = {BIAS};
static uint32_t bss[AREA / 4];
static const uint32_t constants[4] = {1, BIAS, 3, 4};

static void fill(uint32_t *words, uint32_t salt)
{
    for (uint32_t i = 0; i < AREA / 4; i++) {
        words[i] = (uint32_t)(uintptr_t)&words[i] * BIAS ^ salt;
    }
}

static bool is_filled(const uint32_t *words, uint32_t salt)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < AREA / 4; i++) {
        wrong |= words[i] ^ ((uint32_t)(uintptr_t)&words[i] * BIAS ^ salt);
    }
    return wrong == 0;
}

int main(int argc, char *argv[])
{
    uint32_t stack[AREA / 4];
    uint32_t *heap = (uint32_t *)cairn_grow(AREA);
    CHECK((uintptr_t)heap < SYSCALL_ERROR_FIRST);
    uint32_t salt = (uint32_t)cairn_getpid() + (uint32_t)argc;
    uint32_t *areas[] = {data, bss, stack, heap};
    for (int i = 0; i < 4; i++) {
        fill(areas[i], salt + (uint32_t)i);
    }
    long double number = 1.0L;
    for (;;) {
        (void)cairn_sleep(10);
        CHECK(is_filled(areas[0], salt));
        CHECK(is_filled(areas[1], salt + 1));
        CHECK(is_filled(areas[2], salt + 2));
        CHECK(is_filled(areas[3], salt + 3));
        CHECK(constants[0] == 1 && constants[1] == BIAS && constants[3] == 4);
        CHECK(argv[argc] == NULL && argv[0][0] == 'c');
        CHECK(number + 0.25L > number);
        number += 0.5L;
    }
}
