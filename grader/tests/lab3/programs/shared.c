/**
 * @file
 * Uses shared memory from ring 3.
 *
 * usage: shared errors | shared fork | shared exec | shared produce COUNT | shared consume COUNT |
 *        shared write | shared touch ADDRESS
 *
 * `errors` and `fork` make memory of their own; `exec` maps memory, drops its handle, and becomes
 * `touch`, which reads from an address. The others use memory for which they were given a handle:
 * numbers go round in it from `produce` to `consume`, and `write` writes to what it may only read.
 * It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/syscall.h>
#include <cairn_ipc.h>

#define PAGE 4096u
/** Handles that are looked at to find the one that was given. */
#define HANDLES 64
/** Words of the ring behind the two counters. */
#define RING 1000u

/** What producer and consumer share. */
struct ring {
    volatile uint32_t written; /**< Numbers, ever. */
    volatile uint32_t read;
    volatile uint32_t numbers[RING];
};

/** Whether the result of cairn_memory_map() is a certain error. */
static bool is_error(uintptr_t result, int32_t error)
{
    return (int32_t)result == -error;
}

/** Map the memory for which there is a handle. */
static void *map_given(uint32_t rights)
{
    for (int32_t handle = 0; handle < HANDLES; handle++) {
        uintptr_t address = cairn_memory_map(handle, rights);
        if (!is_error(address, E_BAD_HANDLE)) {
            CHECK(address < SYSCALL_ERROR_FIRST);
            return (void *)address;
        }
    }
    CHECK(false);
    return NULL;
}

/** Rights of handles, and rights that are asked for. */
static void try_rights(int32_t all)
{
    int32_t read = cairn_handle_duplicate(all, RIGHT_READ);
    int32_t write = cairn_handle_duplicate(all, RIGHT_WRITE);
    CHECK(read >= 0 && write >= 0);
    CHECK(is_error(cairn_memory_map(read, RIGHT_READ | RIGHT_WRITE), E_ACCESS));
    CHECK(is_error(cairn_memory_map(write, RIGHT_READ | RIGHT_WRITE), E_ACCESS));
    CHECK(is_error(cairn_memory_map(write, RIGHT_READ), E_ACCESS));
    CHECK(is_error(cairn_memory_map(all, RIGHT_WRITE), E_INVALID));
    CHECK(is_error(cairn_memory_map(all, 0), E_INVALID));
    CHECK(is_error(cairn_memory_map(all, RIGHTS_ALL), E_INVALID));
    CHECK(is_error(cairn_memory_map(HANDLE_NONE, RIGHT_READ), E_BAD_HANDLE));
    CHECK(cairn_notification_signal(all, 1) == -E_BAD_HANDLE);
    CHECK(cairn_handle_close(read) == 0 && cairn_handle_close(write) == 0);
}

/** Make memory, map it twice, and undo that. */
static int try_errors(void)
{
    CHECK(cairn_memory_create(0) == -E_INVALID);
    CHECK(cairn_memory_create((16u << 20) + 1) == -E_INVALID);
    CHECK(cairn_memory_create(0xFFFFFFFFu) == -E_INVALID);
    CHECK(cairn_memory_unmap(0x80000000u) == -E_NOT_FOUND);
    int32_t all = cairn_memory_create(2 * PAGE);
    CHECK(all >= 0);
    try_rights(all);
    volatile uint32_t *words = (volatile uint32_t *)cairn_memory_map(all, RIGHT_READ | RIGHT_WRITE);
    volatile uint32_t *same = (volatile uint32_t *)cairn_memory_map(all, RIGHT_READ);
    CHECK((uintptr_t)words < SYSCALL_ERROR_FIRST && (uintptr_t)same < SYSCALL_ERROR_FIRST);
    CHECK(words[0] == 0 && words[2047] == 0 && words != same);
    words[0] = 17;
    words[2047] = 18;
    CHECK(same[0] == 17 && same[2047] == 18);
    struct endpoint_info *info = (struct endpoint_info *)(uintptr_t)same;
    int32_t endpoint = cairn_endpoint_create();
    CHECK(cairn_memory_size(all) == 2 * PAGE && cairn_memory_size(endpoint) == -E_BAD_HANDLE);
    CHECK(endpoint >= 0 && cairn_endpoint_info(endpoint, info) == -E_FAULT);
    CHECK(cairn_endpoint_info(endpoint, (struct endpoint_info *)(uintptr_t)words) == 0);
    CHECK(cairn_handle_close(all) == 0);
    words[1] = 19;
    CHECK(same[1] == 19);
    CHECK(cairn_memory_unmap((uintptr_t)words + PAGE) == -E_NOT_FOUND);
    CHECK(cairn_memory_unmap((uintptr_t)words) == 0);
    CHECK(cairn_memory_unmap((uintptr_t)words) == -E_NOT_FOUND);
    CHECK(same[1] == 19);
    return 0;
}

/** The status of a process that a page fault has ended. */
static bool ended_by_page_fault(int status)
{
    return status == EXIT_STATUS(EXIT_FAULT, 14);
}

/** A child has neither the mapping nor its addresses; the parent has both. */
static int try_fork(void)
{
    int32_t memory = cairn_memory_create(2 * PAGE);
    CHECK(memory >= 0);
    uintptr_t address = cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    CHECK(address < SYSCALL_ERROR_FIRST);
    volatile uint32_t *words = (volatile uint32_t *)address;
    words[5] = 55;
    for (int round = 0; round < 3; round++) {
        int32_t child = cairn_fork();
        if (child == 0) {
            CHECK(cairn_memory_unmap(address) == -E_NOT_FOUND);
            CHECK(is_error(cairn_memory_map(memory, RIGHT_READ), E_BAD_HANDLE));
            return round == 0 ? (int)words[5] : (int)(words[1024] = 1);
        }
        int status = 0;
        CHECK(child > 0 && cairn_wait(child, &status) == child && ended_by_page_fault(status));
        CHECK(words[5] == 55 && words[1024] == 0);
        words[6] = (uint32_t)round;
    }
    CHECK(cairn_memory_unmap(address) == 0);
    return 0;
}

/** Become `touch`; the mapping does not come along. */
static int try_exec(void)
{
    char text[11] = "0x00000000";
    int32_t memory = cairn_memory_create(PAGE);
    CHECK(memory >= 0);
    uintptr_t address = cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    CHECK(address < SYSCALL_ERROR_FIRST && cairn_handle_close(memory) == 0);
    for (int i = 0; i < 8; i++) {
        text[9 - i] = "0123456789abcdef"[address >> (4 * i) & 15];
    }
    char *arguments[] = {"shared", "touch", text, NULL};
    return cairn_exec("test/shared", arguments);
}

/** Wait for a while, then read from an address. */
static int touch(const char *digits)
{
    uintptr_t address = 0;
    (void)cairn_sleep(20);
    for (const char *digit = digits + 2; *digit != '\0'; digit++) {
        address = address * 16 + (uintptr_t)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
    }
    CHECK(cairn_memory_unmap(address) == -E_NOT_FOUND);
    return (int)(*(volatile uint32_t *)address & 1);
}

static int produce(uint32_t count)
{
    struct ring *ring = map_given(RIGHT_READ | RIGHT_WRITE);
    for (uint32_t i = 0; i < count; i++) {
        while (ring->written - ring->read == RING) {
            (void)cairn_yield();
        }
        ring->numbers[i % RING] = i * 2654435761u;
        ring->written = i + 1;
    }
    return 0;
}

static int consume(uint32_t count)
{
    struct ring *ring = map_given(RIGHT_READ | RIGHT_WRITE);
    for (uint32_t i = 0; i < count; i++) {
        while (ring->written == i) {
            (void)cairn_yield();
        }
        CHECK(ring->numbers[i % RING] == i * 2654435761u);
        ring->read = i + 1;
    }
    return 0;
}

/** Read what is there; then write, which ends the program. */
static int write_read_only(void)
{
    volatile uint32_t *words = map_given(RIGHT_READ);
    CHECK(words[0] == 4711);
    words[0] = 4712;
    return 0;
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    const char *argument = argc == 3 ? argv[2] : "0";
    switch (argv[1][0]) {
    case 'f':
        return try_fork();
    case 'e':
        return argv[1][1] == 'x' ? try_exec() : try_errors();
    case 'p':
        return produce(number_of(argument));
    case 'c':
        return consume(number_of(argument));
    case 't':
        return touch(argument);
    default:
        return write_read_only();
    }
}
