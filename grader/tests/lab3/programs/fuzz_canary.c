/**
 * @file
 * Notices when something touches what is its own alone.
 *
 * It fills memory of every kind, shared memory that it shares with nobody among it, with known
 * values, registers a name, and then looks at all that again and again, until it is killed. What
 * has changed ends it with the number of a line. Senders may queue at its endpoints; it receives
 * nothing.
 */
#include "../../lab2/programs/check.h"

#include <cairn/syscall.h>
#include <cairn_ipc.h>
#include <ipc.h>

#define AREA 8000u
#define BIAS 0x9E3779B9u

static uint32_t data[AREA / 4] = {BIAS};
static uint32_t bss[AREA / 4];

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

/** What it serves is still its own, and nobody has sent to it. */
static void check_service(int32_t endpoint, int32_t bell)
{
    struct endpoint_info info;
    CHECK(cairn_endpoint_info(endpoint, &info) == 0 && info.owner == cairn_getpid());
    CHECK(info.messages == 0);
    int32_t found = ns_lookup("canary:/cage", NULL);
    CHECK(found >= 0 && cairn_endpoint_info(found, &info) == 0);
    CHECK(info.owner == cairn_getpid() && cairn_handle_close(found) == 0);
    CHECK(cairn_notification_wait(bell, 1) == -E_TIMED_OUT);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    uint32_t stack[AREA / 4];
    uint32_t *heap = (uint32_t *)cairn_grow(AREA);
    CHECK((uintptr_t)heap < SYSCALL_ERROR_FIRST);
    int32_t memory = cairn_memory_create(AREA);
    uint32_t *shared = (uint32_t *)cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    CHECK(memory >= 0 && (uintptr_t)shared < SYSCALL_ERROR_FIRST);
    int32_t endpoint = ns_publish("canary:");
    int32_t bell = cairn_notification_create();
    CHECK(endpoint >= 0 && bell >= 0);
    uint32_t *areas[] = {data, bss, stack, heap, shared};
    for (uint32_t i = 0; i < 5; i++) {
        fill(areas[i], i);
    }
    long double number = 1.0L;
    for (;;) {
        (void)cairn_sleep(10);
        for (uint32_t i = 0; i < 5; i++) {
            CHECK(is_filled(areas[i], i));
        }
        CHECK(number + 0.25L > number);
        number += 0.5L;
        check_service(endpoint, bell);
    }
}
