/**
 * @file
 * Makes every delegated call, and asks the servers what has arrived.
 *
 * usage: posix_requests files|sockets|libraries
 *
 * Each call has arguments of its own; the answer is another number each time. It owns the buffer.
 */
#include "posix_client.h"

#define VFS(operation)     MESSAGE_TYPE(DIALECT_VFS, (operation))
#define NETWORK(operation) MESSAGE_TYPE(DIALECT_NETWORK, (operation))
#define LOADER(operation)  MESSAGE_TYPE(DIALECT_LOADER, (operation))
#define BEFORE             0xEE

static uint8_t buffer[600];
static const char path[] = "/a/path";

static void clear(void)
{
    memset(buffer, BEFORE, sizeof(buffer));
}

static void name_files(void)
{
    posix_plan(1, 5, 0, 0);
    CHECK(posix(POSIX_OPEN, posix_address(path), 0x241, 0644) == 5); /* the server answers 5 */
    POSIX_EXPECT_REQUEST(1, VFS(VFS_OPEN), path, 0x241, 0644);
    CHECK(posix(POSIX_CREAT, posix_address("new"), 0600, 3) == 5);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_CREATE), "new", 0600);
    CHECK(posix(POSIX_UNLINK, posix_address(""), 3, 3) == 5);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_UNLINK), "");
    CHECK(posix(POSIX_MKDIR, posix_address("d"), 0700, 3) == 5);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_MKDIR), "d", 0700);
    CHECK(posix(POSIX_RMDIR, posix_address("d/e"), 3, 3) == 5);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_RMDIR), "d/e");
    posix_plan(1, -E_NOT_FOUND, 0, 0);
    CHECK(posix(POSIX_OPEN, posix_address(path), 0, 0) == -E_NOT_FOUND);
}

static void use_files(void)
{
    posix_plan(1, 70, 70, 0);
    clear();
    CHECK(posix(POSIX_READ, 4, posix_address(buffer), 100) == 70); /* 70 bytes are answered */
    POSIX_EXPECT_REQUEST(1, VFS(VFS_READ), 4, 100);
    CHECK(posix_is_answer(buffer, 70, sizeof(buffer), BEFORE)); /* the answer's data arrives */
    clear();
    CHECK(posix(POSIX_GETDENTS, 6, posix_address(buffer), 600) == 70); /* more room than needed */
    POSIX_EXPECT_REQUEST(1, VFS(VFS_READDIR), 6, MESSAGE_DATA_MAX);
    CHECK(posix_is_answer(buffer, 70, sizeof(buffer), BEFORE));
    posix_plan(1, 0, POSIX_STAT_SIZE, 0);
    clear();
    CHECK(posix(POSIX_STAT, posix_address(path), posix_address(buffer), 7) == 0);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_STAT), path, POSIX_STAT_SIZE);
    CHECK(posix_is_answer(buffer, POSIX_STAT_SIZE, sizeof(buffer), BEFORE));
    posix_plan(1, 12, 0, 0);
    for (uint32_t i = 0; i < sizeof(buffer); i++) {
        buffer[i] = (uint8_t)(i * 5);
    }
    CHECK(posix(POSIX_WRITE, 8, posix_address(buffer + 3), 12) == 12); /* 12 bytes are sent */
    POSIX_EXPECT_REQUEST(1, VFS(VFS_WRITE), 8, buffer + 3, 12);
    CHECK(posix(POSIX_LSEEK, 9, 0xFFFFFFF0, 2) == 12);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_SEEK), 9, 0xFFFFFFF0, 2);
    CHECK(posix(POSIX_CLOSE, 10, 1, 2) == 12);
    POSIX_EXPECT_REQUEST(1, VFS(VFS_CLOSE), 10);
}

/** Make a call by POSIX_SOCKETCALL. */
static int32_t by_socket(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d,
                         uint32_t e)
{
    const uint32_t arguments[] = {a, b, c, d, e};
    return posix(POSIX_SOCKETCALL, number, posix_address(arguments), 9);
}

static void use_sockets(void)
{
    const uint32_t place = posix_address(buffer);
    posix_plan(2, 3, 0, 0);
    CHECK(by_socket(POSIX_SOCKET, 2, 1, 6, 77, 78) == 3);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_SOCKET), 2, 1, 6);
    memset(buffer, 7, sizeof(buffer));
    CHECK(by_socket(POSIX_BIND, 4, place, 16, 0, 0) == 3);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_BIND), 4, buffer, 16);
    CHECK(by_socket(POSIX_CONNECT, 5, place, 8, 0, 0) == 3);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_CONNECT), 5, buffer, 8);
    CHECK(by_socket(POSIX_LISTEN, 6, 20, 0, 0, 0) == 3);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_LISTEN), 6, 20);
    CHECK(by_socket(POSIX_SEND, 7, place, 30, 0x40, 0) == 3); /* a number follows the bytes */
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_SEND), 7, buffer, 30, 0x40);
    CHECK(by_socket(POSIX_SETSOCKOPT, 8, 1, 2, place, 4) == 3);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_SETSOCKOPT), 8, 1, 2, buffer, 4);
    posix_plan(2, 40, 40, 0);
    clear();
    CHECK(by_socket(POSIX_RECV, 9, place, 50, 0x20, 0) == 40); /* a number follows the room */
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_RECV), 9, 50, 0x20);
    CHECK(posix_is_answer(buffer, 40, sizeof(buffer), BEFORE));
    CHECK(posix(POSIX_CLOSESOCKET, 11, 1, 1) == -E_IO); /* there is no room for 40 bytes */
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_CLOSE), 11);
}

/** Calls that read the size of their room from memory, and write it there. */
static void update_sizes(void)
{
    volatile uint32_t size = 100;
    posix_plan(2, 6, 8, 0);
    clear();
    CHECK(by_socket(POSIX_ACCEPT, 4, posix_address(buffer), posix_address(&size), 0, 0) == 6);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_ACCEPT), 4, 100);
    /* the size of the answer is written where that of the room stood */
    CHECK(size == 8 && posix_is_answer(buffer, 8, sizeof(buffer), BEFORE));
    size = 4;
    posix_plan(2, 0, 4, 0);
    clear();
    CHECK(by_socket(POSIX_GETSOCKOPT, 5, 1, 3, posix_address(buffer), posix_address(&size)) == 0);
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_GETSOCKOPT), 5, 1, 3, 4);
    CHECK(size == 4 && posix_is_answer(buffer, 4, sizeof(buffer), BEFORE));
    posix_plan(2, -E_AGAIN, 0, 0);
    CHECK(by_socket(POSIX_ACCEPT, 4, posix_address(buffer), posix_address(&size), 0, 0) ==
          -E_AGAIN);
    CHECK(size == 4);
    posix_plan(2, 9, 0, 0);
    CHECK(by_socket(POSIX_ACCEPT, 4, 0, 0, 0, 0) == 9); /* nobody wants to know who it was */
    POSIX_EXPECT_REQUEST(2, NETWORK(NETWORK_ACCEPT), 4, 0);
    uint32_t count = posix_seen(2).count;
    CHECK(by_socket(POSIX_ACCEPT, 4, posix_address(buffer), USER_STACK_GUARD, 0, 0) == -E_FAULT);
    CHECK(posix(POSIX_SOCKETCALL, POSIX_SOCKET, USER_STACK_GUARD, 0) == -E_FAULT);
    static const uint32_t none[] = {0, 6, 7, 8, 11, 12, 13, 16, 0x7FFFFFFF, 0xFFFFFFFF};
    for (uint32_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        CHECK(by_socket(none[i], 4, 0, 0, 0, 0) == -E_INVALID);
    }
    CHECK(posix_seen(2).count == count);
}

static void use_libraries(void)
{
    posix_plan(3, 77, 0, 0);
    CHECK(posix(POSIX_DLOPEN, posix_address("lib.so"), 2, 0) == 77);
    POSIX_EXPECT_REQUEST(3, LOADER(LOADER_DLOPEN), "lib.so", 2);
    CHECK(posix(POSIX_DLSYM, 77, posix_address("main"), 0) == 77);
    POSIX_EXPECT_REQUEST(3, LOADER(LOADER_DLSYM), 77, "main");
    CHECK(posix(POSIX_DLCLOSE, 78, 0, 0) == 77);
    POSIX_EXPECT_REQUEST(3, LOADER(LOADER_DLCLOSE), 78);
    posix_plan(3, 20, 20, 0);
    clear();
    CHECK(posix(POSIX_DLERROR, posix_address(buffer), 30, 0) == 20);
    POSIX_EXPECT_REQUEST(3, LOADER(LOADER_ERROR), 30);
    CHECK(posix_is_answer(buffer, 20, sizeof(buffer), BEFORE));
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    switch (argv[1][0]) {
    case 'f':
        posix_begin(1);
        name_files();
        use_files();
        return 0;
    case 's':
        posix_begin(2);
        use_sockets();
        update_sizes();
        return 0;
    default:
        posix_begin(3);
        use_libraries();
        return 0;
    }
}
