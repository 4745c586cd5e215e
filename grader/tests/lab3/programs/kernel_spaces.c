/**
 * @file
 * Reads and writes the memory of another process; both run this program.
 *
 * usage: kernel_spaces read|often|write|shared|errors (in ring 0), kernel_spaces target (in ring 3)
 *
 * The variables of both have the same addresses, so that each part can name what the other one has:
 * it reads its own variables directly, the target's by the services, and must never confuse them.
 * It owns no state; the variables are in kernel_target.h.
 */
#include "kernel_target.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <string.h>

static const struct kernel_services *services;

static int32_t read_target(int32_t pid, void *to, const volatile void *from, uint32_t size)
{
    return services->read_space(pid, to, (uint32_t)(uintptr_t)from, size);
}

static int32_t write_target(int32_t pid, volatile void *to, const void *from, uint32_t size)
{
    return services->write_space(pid, (uint32_t)(uintptr_t)to, from, size);
}

/** Start the target, and wait until its memory is as it says. */
static int32_t start_target(void)
{
    char *words[] = {"kernel_spaces", "target", NULL};
    int32_t pid = cairn_spawn("test/kernel_spaces", words);
    CHECK(pid > 0);
    for (uint32_t seen = 0; seen != 1;) {
        (void)cairn_sleep(1);
        CHECK(read_target(pid, &seen, &order, sizeof(seen)) == 0);
    }
    return pid;
}

static void give_order(int32_t pid, uint32_t number)
{
    CHECK(write_target(pid, &order, &number, sizeof(number)) == 0);
}

static void finish_target(int32_t pid)
{
    int status = -1;
    CHECK(cairn_wait(pid, &status) == pid);
    CHECK(status == 0);
}

/** What is this process's own has not changed. */
static void check_own(void)
{
    CHECK(is_filled(data, 0, AREA, 77) && order == 0 && child_pid == 0);
    CHECK(untouched[0] == 0);
}

static const uint32_t sizes[] = {1, 3, 255, 256, 257, 511, 4095, 4096, 4097, 3 * PAGE + 5, AREA};

static void read_memory(void)
{
    int32_t pid = start_target();
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = sizes[i];
        for (uint32_t from = 0; from + size <= AREA; from += PAGE - 1) {
            memset(buffer, 0xEE, sizeof(buffer));
            CHECK(read_target(pid, buffer + 1, data + from, size) == 0);
            CHECK(is_filled(buffer + 1, from, size, 1));
            CHECK(buffer[0] == 0xEE && buffer[size + 1] == 0xEE);
        }
    }
    check_own();
    CHECK(read_target(pid, buffer, untouched, AREA) == 0); /* pages that are not there yet */
    for (uint32_t i = 0; i < AREA; i++) {
        CHECK(buffer[i] == 0);
    }
    uint8_t *fresh = (uint8_t *)cairn_grow((int32_t)AREA); /* to such pages of one's own */
    CHECK((uintptr_t)fresh < SYSCALL_ERROR_FIRST);
    CHECK(read_target(pid, fresh, data, AREA) == 0 && is_filled(fresh, 0, AREA, 1));
    CHECK(read_target(cairn_getpid(), buffer, data, AREA) == 0 && is_filled(buffer, 0, AREA, 77));
    check_own();
    CHECK(cairn_kill(pid) == 0 && cairn_wait(pid, NULL) == pid);
}

/** Read the same memory very often; others take the processor in between. */
static void read_again(void)
{
    int32_t pid = start_target();
    for (uint32_t round = 0; round < 400; round++) {
        memset(buffer, 0xEE, 2 * PAGE);
        CHECK(read_target(pid, buffer, data + PAGE, 2 * PAGE) == 0);
        for (uint32_t i = 0; i < 2 * PAGE; i += 50) {
            CHECK(buffer[i] == pattern(PAGE + i, 1));
        }
    }
    check_own();
    CHECK(cairn_kill(pid) == 0 && cairn_wait(pid, NULL) == pid);
}

static void write_memory(void)
{
    int32_t pid = start_target();
    fill(buffer, AREA, 2);
    for (uint32_t done = 0, i = 0; done < AREA; i++) { /* pieces of all sizes, one after another */
        uint32_t size = sizes[i % 8] < AREA - done ? sizes[i % 8] : AREA - done;
        CHECK(write_target(pid, data + done, buffer + done, size) == 0);
        done += size;
    }
    uint8_t nine = 9;
    CHECK(write_target(pid, untouched + 2 * PAGE + 1, &nine, 1) == 0);
    check_own();
    give_order(pid, 2);
    finish_target(pid);
    check_own();
}

/** Memory that is shared with a child until somebody writes to it. */
static void write_shared(void)
{
    int32_t pid = start_target();
    give_order(pid, 3);
    for (uint32_t seen = 0; seen != 4;) {
        (void)cairn_sleep(1);
        CHECK(read_target(pid, &seen, &order, sizeof(seen)) == 0);
    }
    int32_t child = 0;
    CHECK(read_target(pid, &child, &child_pid, sizeof(child)) == 0 && child > pid);
    (void)cairn_sleep(3);
    fill(buffer, AREA, 2);
    CHECK(write_target(pid, data, buffer, AREA) == 0);
    CHECK(read_target(child, buffer, data, AREA) == 0 && is_filled(buffer, 0, AREA, 1));
    CHECK(read_target(pid, buffer, data, AREA) == 0 && is_filled(buffer, 0, AREA, 2));
    give_order(child, 5);
    give_order(pid, 5);
    finish_target(pid);
    check_own();
}

/** Both directions must refuse an address. */
static void refuse(int32_t pid, uint32_t address, uint32_t size, int32_t error)
{
    CHECK(services->read_space(pid, buffer, address, size) == error);
    memset(buffer, 0, 64);
    CHECK(services->write_space(pid, address, buffer, size) == error);
    CHECK(interrupts_are_on());
}

static void make_errors(void)
{
    static const uint32_t nowhere[] = {0,          0x1000,     0x100000,   0x3FFFFFF0,
                                       0x40000000, 0x90000000, 0xBFFFFFF8, 0xC0000000,
                                       0xF0000000, 0xFFFFFFF0, 0x3FFFFFFF};
    int32_t pid = start_target();
    for (uint32_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        refuse(pid, nowhere[i], 16, -E_FAULT);
    }
    refuse(pid, USER_STACK_BOTTOM - 300, 600, -E_FAULT); /* it begins in the guard */
    CHECK(services->write_space(pid, (uintptr_t)make_errors, buffer, 4) == -E_FAULT);
    CHECK(services->read_space(pid, buffer, (uintptr_t)make_errors, 4) == 0);
    CHECK(read_target(pid, (void *)(uintptr_t)USER_STACK_GUARD, data, 4) == -E_FAULT);
    CHECK(write_target(pid, data, (void *)(uintptr_t)USER_STACK_GUARD, 4) == -E_FAULT);
    fill(data, AREA, 77);
    refuse(0x7FFFFFFF, (uint32_t)(uintptr_t)data, 4, -E_NO_PROCESS);
    refuse(-1, (uint32_t)(uintptr_t)data, 4, -E_NO_PROCESS);
    CHECK(cairn_kill(pid) == 0);
    refuse(pid, (uint32_t)(uintptr_t)data, 4, -E_NO_PROCESS); /* nobody has waited for it yet */
    CHECK(cairn_wait(pid, NULL) == pid);
    refuse(pid, (uint32_t)(uintptr_t)data, 4, -E_NO_PROCESS);
    check_own();
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    services = cairn_kernel_services();
    if (argv[1][0] == 't') {
        be_target();
        return 0;
    }
    CHECK(services != NULL);
    fill(data, AREA, 77);
    switch (argv[1][0]) {
    case 'r':
        read_memory();
        return 0;
    case 'o':
        read_again();
        return 0;
    case 'w':
        write_memory();
        return 0;
    case 's':
        write_shared();
        return 0;
    default:
        make_errors();
        return 0;
    }
}
