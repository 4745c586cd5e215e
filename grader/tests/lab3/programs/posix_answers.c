/**
 * @file
 * Delegated calls with wrong addresses, of all lengths, and with strange answers.
 *
 * usage: posix_answers addresses|lengths|status|data|handles|numbers|process
 *
 * What is wrong with a request is found before anything is sent, which the server's count of
 * requests tells. A server is only a program, and may answer anything. It owns the buffer.
 */
#include "posix_client.h"

#include <cairn/syscall.h>

#define PAGE   4096u
#define BEFORE 0xEE

static uint8_t buffer[600];
static char *page; /* the last page of the heap */

static void clear(void)
{
    memset(buffer, BEFORE, sizeof(buffer));
}

/** Make a call. @return whether it fails with this error, and the server does not hear of it. */
static bool refuses(uint32_t number, uint32_t a, uint32_t b, uint32_t c, int32_t error)
{
    uint32_t count = posix_seen(1).count;
    return posix(number, a, b, c) == error && posix_seen(1).count == count;
}

/** Addresses that no program has, in either ring. */
static const uint32_t nowhere[] = {0, 16, USER_STACK_GUARD, USER_STACK_GUARD + 0xFFF0, 0x90000000};

static void try_addresses(void)
{
    for (uint32_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        CHECK(refuses(POSIX_OPEN, nowhere[i], 0, 0, -E_FAULT));
        CHECK(refuses(POSIX_UNLINK, nowhere[i], 0, 0, -E_FAULT));
        CHECK(refuses(POSIX_WRITE, 1, nowhere[i], 8, -E_FAULT));
        CHECK(refuses(POSIX_STAT, nowhere[i], posix_address(buffer), 0, -E_FAULT));
    }
    /* What ends with the last page is right, what goes on behind it is not. */
    memset(page, 'p', PAGE);
    posix_plan(1, 1, 0, 0);
    CHECK(refuses(POSIX_UNLINK, posix_address(page + PAGE - 8), 0, 0, -E_FAULT));
    CHECK(refuses(POSIX_WRITE, 1, posix_address(page + PAGE - 8), 9, -E_FAULT));
    CHECK(posix(POSIX_WRITE, 1, posix_address(page + PAGE - 8), 8) == 1);
    POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE), 1, "pppppppp", 8);
    page[PAGE - 1] = '\0';
    CHECK(posix(POSIX_UNLINK, posix_address(page + PAGE - 8), 0, 0) == 1);
    POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_UNLINK), "ppppppp");
    /* Room for the answer: nothing is lost but the answer. */
    posix_plan(1, 8, 8, 0);
    for (uint32_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        CHECK(posix(POSIX_READ, 1, nowhere[i], 8) == -E_FAULT); /* no room for the answer there */
    }
    CHECK(posix(POSIX_READ, 1, posix_address(page + PAGE - 7), 8) == -E_FAULT);
    CHECK(posix(POSIX_READ, 1, posix_address(page + PAGE - 8), 8) == 8);
    CHECK(posix_is_answer((const uint8_t *)page + PAGE - 8, 8, 8, 0));
}

/** The path of a length. */
static uint32_t path_of(uint32_t length)
{
    static char path[400];
    memset(path, 'a', sizeof(path));
    path[length] = '\0';
    return posix_address(path);
}

/** A path of every length up to one must arrive, longer ones must not. */
static void try_paths(uint32_t number, uint32_t type, uint32_t most)
{
    for (uint32_t length = most - 3; length <= most; length++) {
        CHECK(posix(number, path_of(length), 1, 2) == 4);
        CHECK(posix_seen(1).type == type);
        CHECK(posix_seen(1).length == length + MESSAGE_DATA_MAX - most);
    }
    CHECK(refuses(number, path_of(most + 1), 1, 2, -E_TOO_LONG));
    CHECK(refuses(number, path_of(NAME_MAX_BYTES - 1), 1, 2, -E_TOO_LONG));
    CHECK(refuses(number, path_of(NAME_MAX_BYTES), 1, 2, -E_TOO_LONG));
    CHECK(refuses(number, path_of(399), 1, 2, -E_TOO_LONG));
}

static void try_lengths(void)
{
    posix_plan(1, 4, 0, 0);
    try_paths(POSIX_UNLINK, MESSAGE_TYPE(DIALECT_VFS, VFS_UNLINK), MESSAGE_DATA_MAX - 4);
    try_paths(POSIX_MKDIR, MESSAGE_TYPE(DIALECT_VFS, VFS_MKDIR), MESSAGE_DATA_MAX - 8);
    try_paths(POSIX_OPEN, MESSAGE_TYPE(DIALECT_VFS, VFS_OPEN), MESSAGE_DATA_MAX - 12);
    for (uint32_t i = 0; i < sizeof(buffer); i++) {
        buffer[i] = (uint8_t)(i * 11);
    }
    for (uint32_t size = 0; size <= MESSAGE_DATA_MAX - 8; size += 31) {
        CHECK(posix(POSIX_WRITE, 1, posix_address(buffer), size) == 4);
        POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE), 1, buffer, size);
    }
    CHECK(posix(POSIX_WRITE, 1, posix_address(buffer), MESSAGE_DATA_MAX - 8) == 4);
    POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE), 1, buffer, MESSAGE_DATA_MAX - 8);
    static const uint32_t sizes[] = {
        MESSAGE_DATA_MAX - 7, MESSAGE_DATA_MAX - 4, MESSAGE_DATA_MAX, 600,        0x7FFFFFFF,
        0x80000000,           0xFFFFFF00,           0xFFFFFFF8,       0xFFFFFFFC, 0xFFFFFFFF};
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK(refuses(POSIX_WRITE, 1, posix_address(buffer), sizes[i], -E_TOO_LONG));
    }
}

static void try_status(void)
{
    static const int32_t good[] = {0, 1, 4096, 0x7FFFFFFF, -1, -E_NO_CALL, -200, -4094, -4095};
    static const int32_t bad[] = {-4096, -4097, -100000, -0x7FFFFFFF, -0x7FFFFFFF - 1};
    for (uint32_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        posix_plan(1, good[i], 0, 0);
        CHECK(posix(POSIX_CLOSE, 1, 0, 0) == good[i]); /* the answer's status is the result */
        clear();
        CHECK(posix(POSIX_READ, 1, posix_address(buffer), 100) == good[i]);
        CHECK(posix_is_answer(buffer, 0, sizeof(buffer), BEFORE));
        if (good[i] < 0) {
            posix_plan(1, good[i], 10, 0);
            CHECK(posix(POSIX_READ, 1, posix_address(buffer), 100) == good[i]);
            CHECK(posix_is_answer(buffer, 0, sizeof(buffer), BEFORE)); /* the data is not given */
        }
    }
    for (uint32_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        posix_plan(1, bad[i], 0, 0);
        CHECK(posix(POSIX_CLOSE, 1, 0, 0) == -E_IO); /* the status is no result and no error */
    }
}

static void try_data(void)
{
    static const uint32_t sizes[] = {1, 2, 63, 64, 255, 256};
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = sizes[i];
        clear();
        posix_plan(1, 3, size, 0);
        /* the server answers with a byte more than there is room for */
        CHECK(posix(POSIX_READ, 1, posix_address(buffer), size - 1) == -E_IO);
        CHECK(posix_is_answer(buffer, 0, sizeof(buffer), BEFORE));
        CHECK(posix(POSIX_CLOSE, 1, 0, 0) == -E_IO);
        CHECK(posix(POSIX_READ, 1, posix_address(buffer), size) == 3);
        CHECK(posix_is_answer(buffer, size, sizeof(buffer), BEFORE));
    }
    posix_plan(1, 256, 256, 0);
    static const uint32_t rooms[] = {257, 600, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (uint32_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        clear();
        CHECK(posix(POSIX_READ, 1, posix_address(buffer), rooms[i]) == 256);
        POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_READ), 1, MESSAGE_DATA_MAX);
        CHECK(posix_is_answer(buffer, 256, sizeof(buffer), BEFORE));
    }
    posix_plan(1, 0, 0, 0);
    CHECK(posix(POSIX_READ, 1, 0, 0) == 0);
    CHECK(posix(POSIX_WRITE, 1, posix_address(buffer), 0) == 0);
}

/** The handles of answers must not stay, whatever else they say: a process has only so many. */
static void try_handles(void)
{
    static const struct {
        int32_t status;
        uint32_t length; /* of an answer for which there is no room */
        int32_t result;
    } cases[] = {{0, 0, 0}, {-E_AGAIN, 0, -E_AGAIN}, {-5000, 0, -E_IO}, {0, 10, -E_IO}};
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        posix_plan(1, cases[i].status, cases[i].length, MESSAGE_HANDLES_MAX);
        for (uint32_t round = 0; round < 300; round++) {
            CHECK(posix(POSIX_CLOSE, 1, 0, 0) == cases[i].result);
        }
        CHECK(posix(POSIX_CLOSE, 7, 0, 0) == cases[i].result); /* after hundreds like it */
        POSIX_EXPECT_REQUEST(1, MESSAGE_TYPE(DIALECT_VFS, VFS_CLOSE), 7);
        int32_t next = cairn_notification_create();
        CHECK(next >= 0 && cairn_handle_close(next) == 0);
    }
}

static void try_numbers(void)
{
    static const uint32_t none[] = {0,           9,          12,         21,    63,
                                    POSIX_LIMIT, 0x204,      0x20F,      0x300, 0x7FFFFFFF,
                                    0x80000003,  0x40000003, 0xFFFFFFFF, 103,   SYS_NAME_LOOKUP};
    for (uint32_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        CHECK(refuses(none[i], 1, 2, 3, -E_NO_CALL));
    }
    CHECK(posix(POSIX_GETPID, 0, 0, 0) == cairn_getpid());
    CHECK(posix(POSIX_GETPPID, 0, 0, 0) == cairn_getppid());
    CHECK(posix(POSIX_SCHED_YIELD, 0, 0, 0) == 0);
    CHECK(posix(POSIX_PERSONALITY, PERSONALITIES, 0, 0) == -E_INVALID);
    CHECK(posix(POSIX_WAITPID, (uint32_t)WAIT_ANY, 0, 0) == -E_NO_CHILD);
    CHECK(posix(POSIX_WAITPID, (uint32_t)WAIT_ANY, 0, 1) == -E_INVALID);
    CHECK(posix(POSIX_KILL, 0x7FFFFFFF, 9, 0) == -E_NO_PROCESS);
    CHECK(posix(POSIX_EXECVE, posix_address("no/program"), 0, 0) < 0);
}

/** A child has the personality of its parent; each process has its own. */
static void try_fork(void)
{
    int status = -1;
    CHECK(cairn_personality(PERSONALITY_POSIX) == 0);
    int32_t child = posix_call(POSIX_FORK, 0, 0, 0, 0);
    if (child == 0) {
        int32_t parent = posix_call(POSIX_GETPPID, 0, 0, 0, 0);
        (void)posix_call(POSIX_CLOSE, 21, 0, 0, 0);
        (void)posix_call(POSIX_EXIT, parent > 1 ? 17 : 1, 0, 0, 0);
    }
    int32_t waited = posix_call(POSIX_WAITPID, (uint32_t)child, posix_address(&status), 0, 0);
    CHECK(posix_call(POSIX_PERSONALITY, PERSONALITY_NATIVE, 0, 0, 0) == 0);
    CHECK(child > 0 && waited == child && status == EXIT_STATUS(EXIT_NORMAL, 17));
    const struct delegate_seen seen = posix_seen(1);
    CHECK(seen.sender == child && seen.type == MESSAGE_TYPE(DIALECT_VFS, VFS_CLOSE));
    child = cairn_fork();
    if (child == 0) {
        cairn_exit(cairn_getpid() > 1 ? 18 : 1);
    }
    CHECK(cairn_wait(child, &status) == child && status == EXIT_STATUS(EXIT_NORMAL, 18));
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    page = (char *)cairn_grow((int32_t)PAGE);
    CHECK((uintptr_t)page < SYSCALL_ERROR_FIRST);
    posix_begin(1);
    const char *part = argv[1];
    if (strcmp(part, "addresses") == 0) {
        try_addresses();
    } else if (strcmp(part, "lengths") == 0) {
        try_lengths();
    } else if (strcmp(part, "status") == 0) {
        try_status();
    } else if (strcmp(part, "data") == 0) {
        try_data();
    } else if (strcmp(part, "handles") == 0) {
        try_handles();
    } else if (strcmp(part, "numbers") == 0) {
        try_numbers();
    } else {
        try_fork();
    }
    return 0;
}
